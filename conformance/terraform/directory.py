"""aws_cognito_user_group, aws_cognito_user, aws_cognito_user_in_group, aws_cognito_user_pool_domain, aws_cognito_resource_server."""

import time
from typing import Any, ClassVar

from conformance.terraform.engine import Change, Key, Node, Schema, Values, expand, flatten

_WAIT_SECONDS = 60
_STANDARD_CLAIMS = frozenset(
    {
        "address",
        "birthdate",
        "email",
        "email_verified",
        "gender",
        "given_name",
        "family_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "phone_number_verified",
        "picture",
        "preferred_username",
        "profile",
        "sub",
        "updated_at",
        "website",
        "zoneinfo",
    }
)


class UserGroup:
    """CreateGroup, GetGroup, UpdateGroup with what changed, DeleteGroup."""

    name = "aws_cognito_user_group"
    schema: ClassVar[Schema] = {
        "description": Node("Description"),
        "name": Node("GroupName"),
        "precedence": Node("Precedence"),
        "role_arn": Node("RoleArn"),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        made = self._client.create_group(**expand(self.schema, planned))["Group"]
        return made["UserPoolId"], made["GroupName"]

    def read(self, key: Key) -> Values | None:
        try:
            found = self._client.get_group(UserPoolId=key[0], GroupName=key[1])["Group"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return flatten(self.schema, found)

    def update(self, change: Change) -> None:
        zero = {"description": "", "precedence": 0, "role_arn": ""}
        members = {self.schema[name].api: change.planned[name] or zero[name] for name in change.names}
        self._client.update_group(UserPoolId=change.key[0], GroupName=change.key[1], **members)

    def delete(self, key: Key) -> None:
        self._client.delete_group(UserPoolId=key[0], GroupName=key[1])


class User:
    """AdminCreateUser, AdminDisableUser or AdminSetUserPassword if so configured, AdminGetUser, what changed, AdminDeleteUser."""

    name = "aws_cognito_user"
    schema: ClassVar[Schema] = {
        "attributes": Node(),
        "enabled": Node("Enabled", default=True),
        "message_action": Node("MessageAction", read=False),
        "password": Node("Password", read=False),
        "temporary_password": Node("TemporaryPassword", read=False),
        "user_pool_id": Node("UserPoolId", read=False),
        "username": Node("Username", read=False),
    }
    _SENT = ("message_action", "temporary_password", "user_pool_id", "username")

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        members = expand({name: self.schema[name] for name in self._SENT}, planned)
        made = self._client.admin_create_user(**members, UserAttributes=_attributes(planned["attributes"] or {}))
        key = planned["user_pool_id"], made["User"]["Username"]
        if not planned["enabled"]:
            self._client.admin_disable_user(**_named(key))
        if planned["password"]:
            self._client.admin_set_user_password(**_named(key), Password=planned["password"], Permanent=True)
        return key

    def read(self, key: Key) -> Values | None:
        try:
            found = self._client.admin_get_user(**_named(key))
        except self._client.exceptions.UserNotFoundException:
            return None
        attributes = {_short(one["Name"]): one["Value"] for one in found["UserAttributes"]}
        del attributes["sub"]
        return {"attributes": attributes, "enabled": found["Enabled"], "status": found["UserStatus"]}

    def update(self, change: Change) -> None:
        key, planned = change.key, change.planned
        if "attributes" in change.names:
            before, after = change.state["attributes"], planned["attributes"] or {}
            if updated := {name: value for name, value in after.items() if before.get(name) != value}:
                self._client.admin_update_user_attributes(**_named(key), UserAttributes=_attributes(updated))
            if gone := [one["Name"] for one in _attributes({name: "" for name in before if name not in after})]:
                self._client.admin_delete_user_attributes(**_named(key), UserAttributeNames=gone)
        if "enabled" in change.names:
            call = self._client.admin_enable_user if planned["enabled"] else self._client.admin_disable_user
            call(**_named(key))

    def delete(self, key: Key) -> None:
        self._client.admin_delete_user(**_named(key))


def _named(key: Key) -> dict[str, str]:
    return {"UserPoolId": key[0], "Username": key[1]}


def _short(name: str) -> str:
    return name if name in _STANDARD_CLAIMS else name.removeprefix("dev:").removeprefix("custom:")


def _attributes(values: Values) -> list[dict[str, str]]:
    def full(name: str) -> str:
        return name if name in _STANDARD_CLAIMS or name.startswith("custom:") else f"custom:{name}"

    return [{"Name": full(name), "Value": value} for name, value in values.items()]


class UserInGroup:
    """AdminAddUserToGroup, AdminListGroupsForUser page by page, AdminRemoveUserFromGroup."""

    name = "aws_cognito_user_in_group"
    schema: ClassVar[Schema] = {name: Node() for name in ("group_name", "user_pool_id", "username")}

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        key = planned["user_pool_id"], planned["username"], planned["group_name"]
        self._client.admin_add_user_to_group(**_named(key), GroupName=key[2])
        return key

    def read(self, key: Key) -> Values | None:
        pages = self._client.get_paginator("admin_list_groups_for_user").paginate(**_named(key))
        if key[2] not in [group["GroupName"] for page in pages for group in page["Groups"]]:
            return None
        return {"user_pool_id": key[0], "username": key[1], "group_name": key[2]}

    def update(self, change: Change) -> None:
        raise NotImplementedError(f"every change is a replacement: {change.names}")

    def delete(self, key: Key) -> None:
        self._client.admin_remove_user_from_group(**_named(key), GroupName=key[2])


class UserPoolDomain:
    """CreateUserPoolDomain, DescribeUserPoolDomain until it is ACTIVE, UpdateUserPoolDomain, DeleteUserPoolDomain until it is gone."""

    name = "aws_cognito_user_pool_domain"
    schema: ClassVar[Schema] = {
        "certificate_arn": Node(),
        "domain": Node("Domain"),
        "managed_login_version": Node("ManagedLoginVersion", computed=True),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        self._client.create_user_pool_domain(**self._members(planned))
        key = planned["domain"], planned["user_pool_id"]
        self._wait(key[0], "ACTIVE")
        return key

    def read(self, key: Key) -> Values | None:
        found = self._describe(key[0])
        if "Status" not in found:
            return None
        certificate = found.get("CustomDomainConfig", {}).get("CertificateArn")
        return {**flatten(self.schema, found), "certificate_arn": certificate}

    def update(self, change: Change) -> None:
        self._client.update_user_pool_domain(**self._members(change.planned))
        self._wait(change.key[0], "ACTIVE")

    def delete(self, key: Key) -> None:
        self._client.delete_user_pool_domain(Domain=key[0], UserPoolId=key[1])
        self._wait(key[0], None)

    def _members(self, planned: Values) -> Values:
        custom = {"CustomDomainConfig": {"CertificateArn": planned["certificate_arn"]}}
        return {**expand(self.schema, planned), **(custom if planned["certificate_arn"] else {})}

    def _describe(self, domain: str) -> Values:
        found: Values = self._client.describe_user_pool_domain(Domain=domain)["DomainDescription"]
        return found

    def _wait(self, domain: str, status: str | None) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while (found := self._describe(domain).get("Status")) != status:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{domain} is {found}, not {status}")
            time.sleep(0.5)


class ResourceServer:
    """CreateResourceServer, DescribeResourceServer, UpdateResourceServer with all, DeleteResourceServer."""

    name = "aws_cognito_resource_server"
    schema: ClassVar[Schema] = {
        "identifier": Node("Identifier"),
        "name": Node("Name"),
        "scope": Node(
            "Scopes",
            many=True,
            of={"scope_description": Node("ScopeDescription"), "scope_name": Node("ScopeName")},
        ),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        self._client.create_resource_server(**expand(self.schema, planned))
        return planned["user_pool_id"], planned["identifier"]

    def read(self, key: Key) -> Values | None:
        try:
            found = self._client.describe_resource_server(UserPoolId=key[0], Identifier=key[1])["ResourceServer"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return flatten(self.schema, found)

    def update(self, change: Change) -> None:
        self._client.update_resource_server(**{"Scopes": [], **expand(self.schema, change.planned)})

    def delete(self, key: Key) -> None:
        self._client.delete_resource_server(UserPoolId=key[0], Identifier=key[1])
