"""Pools, clients and users for tests, made through the API with sensible defaults that a test may override."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from app.flows.work import Resources, Work

PASSWORD = "Correct-Horse-7"
# What CreateUserPool wants of whoever sends SMS.
SNS = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unverified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


@dataclass(frozen=True)
class MadeUser:
    """A user and the password that works."""

    username: str
    sub: str
    password: str


class Factory:
    """Makes things in the server under test."""

    def __init__(self, operator: Any, resources: Resources) -> None:
        self._operator = operator
        self._resources = resources

    def work(self, **options: Any) -> Work:
        """Work as a request at the clock's moment would have it."""
        return Work(self._resources, self._resources.clock(), str(uuid4()), **options)

    def pool(self, **options: Any) -> str:
        """The id of a new pool."""
        options.setdefault("PoolName", "test")
        return str(self._operator.create_user_pool(**options)["UserPool"]["Id"])

    def client(self, pool_id: str, **options: Any) -> dict[str, Any]:
        """A new client as UserPoolClientType; with every password flow allowed unless told otherwise."""
        options.setdefault("ClientName", "test")
        options.setdefault(
            "ExplicitAuthFlows",
            [
                "ALLOW_USER_PASSWORD_AUTH",
                "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                "ALLOW_USER_SRP_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
            ],
        )
        made: dict[str, Any] = self._operator.create_user_pool_client(UserPoolId=pool_id, **options)["UserPoolClient"]
        return made

    def user(self, pool_id: str, username: str | None = None, password: str = PASSWORD, **attributes: str) -> MadeUser:
        """A confirmed user with a permanent password."""
        username = username or f"user-{uuid4().hex[:12]}"
        made = self._operator.admin_create_user(
            UserPoolId=pool_id,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )["User"]
        self._operator.admin_set_user_password(UserPoolId=pool_id, Username=username, Password=password, Permanent=True)
        sub = next(attribute["Value"] for attribute in made["Attributes"] if attribute["Name"] == "sub")
        return MadeUser(made["Username"], sub, password)

    def tokens(self, client_id: str, user: MadeUser) -> dict[str, Any]:
        """AuthenticationResult of a password sign-in."""
        result: dict[str, Any] = self._operator.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user.username, "PASSWORD": user.password},
        )["AuthenticationResult"]
        return result
