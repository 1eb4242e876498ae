"""aws_cognito_user_pool_ui_customization and aws_cognito_managed_login_branding."""

from typing import Any, ClassVar

from conformance.terraform.engine import Change, Key, Node, Schema, Values, expand, flatten


class UserPoolUICustomization:
    """SetUICustomization for everything, without CSS and image to delete; GetUICustomization."""

    name = "aws_cognito_user_pool_ui_customization"
    schema: ClassVar[Schema] = {
        "client_id": Node("ClientId", default="ALL"),
        "css": Node("CSS"),
        "image_file": Node("ImageFile", read=False),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        self._client.set_ui_customization(**expand(self.schema, planned))
        return planned["user_pool_id"], planned["client_id"]

    def read(self, key: Key) -> Values | None:
        found = self._client.get_ui_customization(UserPoolId=key[0], ClientId=key[1])["UICustomization"]
        return flatten(self.schema, found) if found else None

    def update(self, change: Change) -> None:
        self.create(change.planned)

    def delete(self, key: Key) -> None:
        self._client.set_ui_customization(UserPoolId=key[0], ClientId=key[1])


class ManagedLoginBranding:
    """CreateManagedLoginBranding; DescribeManagedLoginBranding with and without merging; the client is found by asking each.

    Bytes of assets are text in base64 for Terraform; any difference in an asset replaces the style.
    """

    name = "aws_cognito_managed_login_branding"
    schema: ClassVar[Schema] = {
        "asset": Node(
            "Assets",
            many=True,
            of={
                "bytes": Node("Bytes"),
                "category": Node("Category"),
                "color_mode": Node("ColorMode"),
                "extension": Node("Extension"),
                "resource_id": Node("ResourceId"),
            },
        ),
        "client_id": Node("ClientId"),
        "settings": Node("Settings"),
        "use_cognito_provided_values": Node("UseCognitoProvidedValues", computed=True),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        made = self._client.create_managed_login_branding(**expand(self.schema, planned))["ManagedLoginBranding"]
        key = planned["user_pool_id"], made["ManagedLoginBrandingId"]
        self._describe(key, is_merged=True)
        return key

    def read(self, key: Key) -> Values | None:
        try:
            state = flatten(self.schema, self._describe(key, is_merged=False))
            merged = self._describe(key, is_merged=True)["Settings"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return {**state, "settings_all": merged, "client_id": self._client_of(key)}

    def update(self, change: Change) -> None:
        members = expand(self.schema, {**change.planned, "client_id": None, "settings": None})
        if "settings" in change.names and change.planned["settings"]:
            members |= {"Settings": change.planned["settings"], "UseCognitoProvidedValues": False}
        self._client.update_managed_login_branding(**members, ManagedLoginBrandingId=change.key[1])
        self._describe(change.key, is_merged=True)

    def delete(self, key: Key) -> None:
        self._client.delete_managed_login_branding(UserPoolId=key[0], ManagedLoginBrandingId=key[1])

    def _describe(self, key: Key, *, is_merged: bool) -> Values:
        found: Values = self._client.describe_managed_login_branding(
            UserPoolId=key[0], ManagedLoginBrandingId=key[1], ReturnMergedResources=is_merged
        )["ManagedLoginBranding"]
        return found

    def _client_of(self, key: Key) -> str | None:
        pages = self._client.get_paginator("list_user_pool_clients").paginate(UserPoolId=key[0])
        for client_id in [one["ClientId"] for page in pages for one in page["UserPoolClients"]]:
            named = {"UserPoolId": key[0], "ClientId": client_id}
            try:
                style = self._client.describe_managed_login_branding_by_client(**named)["ManagedLoginBranding"]
            except self._client.exceptions.ResourceNotFoundException:
                continue
            if style["ManagedLoginBrandingId"] == key[1]:
                return str(client_id)
        return None
