"""The demo: a user pool with a public, a confidential and a machine client, a resource server and one confirmed user.

Made through the API's own operations, each piece only if it is missing, so that a second start finds what the first made
and a start that was interrupted is completed by the next.
"""

from collections.abc import Iterator
from typing import Any

from app.commands.operations import Operator
from app.flows.locations import browser_base
from app.flows.work import Resources
from app.kit.errors import ResourceNotFoundException, UserNotFoundException
from app.web.aws.registry import cognito_idp, poolhouse
from app.web.dev.sign_in import CALLBACK

NAME = "demo"
USERNAME = "demo"
PASSWORD = "Demo-password-1"
EMAIL = "demo@example.com"
API = "demo-api"
SCOPE = f"{API}/read"
_SCOPES = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"]
_FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]


class Demo:
    """Makes or finds the demo in opened resources."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._operator = Operator(resources)
        self._base = resources.settings.base_url

    def ensure(self) -> dict[str, str]:
        """The demo's members of dev.json."""
        pool_id = self._pool()
        self._resource_server(pool_id)
        public = self._client(pool_id, "demo-web", **self._code_grant())
        confidential = self._client(pool_id, "demo-server", GenerateSecret=True, **self._code_grant())
        machine = self._client(
            pool_id,
            "demo-machine",
            GenerateSecret=True,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=[SCOPE],
        )
        self._user(pool_id)
        snapshot = self._resources.snapshots.pool(pool_id)
        return {
            "user_pool_id": pool_id,
            "issuer": snapshot.pool.issuer,
            "domain_url": browser_base(self._resources.settings, snapshot),
            "client_id": public["ClientId"],
            "redirect_uri": self._base + CALLBACK,
            "confidential_client_id": confidential["ClientId"],
            "confidential_client_secret": confidential["ClientSecret"],
            "m2m_client_id": machine["ClientId"],
            "m2m_client_secret": machine["ClientSecret"],
            "m2m_scope": SCOPE,
            "username": USERNAME,
            "password": PASSWORD,
        }

    def _call(self, operation: str, **members: Any) -> dict[str, Any]:
        return self._operator.call(cognito_idp, operation, **members)

    def _pages(self, operation: str, member: str, **members: Any) -> Iterator[dict[str, Any]]:
        token: dict[str, Any] = {}
        while True:
            answer = self._call(operation, MaxResults=60, **token, **members)
            yield from answer.get(member) or []
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def _pool(self) -> str:
        for pool in self._pages("ListUserPools", "UserPools"):
            if pool["Name"] == NAME:
                return str(pool["Id"])
        made = self._call("CreateUserPool", PoolName=NAME, AutoVerifiedAttributes=["email"], AliasAttributes=["email"])
        pool_id = str(made["UserPool"]["Id"])
        self._operator.call(poolhouse, "UpdatePoolSettings", UserPoolId=pool_id, AccountPage="ENABLED")
        return pool_id

    def _resource_server(self, pool_id: str) -> None:
        try:
            self._call("DescribeResourceServer", UserPoolId=pool_id, Identifier=API)
        except ResourceNotFoundException:
            scopes = [{"ScopeName": "read", "ScopeDescription": "Read through the demo API"}]
            self._call("CreateResourceServer", UserPoolId=pool_id, Identifier=API, Name="Demo API", Scopes=scopes)

    def _code_grant(self) -> dict[str, Any]:
        return {
            "ExplicitAuthFlows": _FLOWS,
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": _SCOPES,
            "SupportedIdentityProviders": ["COGNITO"],
            "CallbackURLs": [self._base + CALLBACK],
            "LogoutURLs": [f"{self._base}/"],
            "PreventUserExistenceErrors": "ENABLED",
        }

    def _client(self, pool_id: str, name: str, **members: Any) -> dict[str, Any]:
        """The client of this name; its redirect URIs follow the port of the server."""
        for listed in self._pages("ListUserPoolClients", "UserPoolClients", UserPoolId=pool_id):
            if listed["ClientName"] == name:
                found = self._describe(pool_id, listed["ClientId"])
                if set(members.get("CallbackURLs", ())) <= set(found.get("CallbackURLs") or ()):
                    return found
                kept = {key: value for key, value in members.items() if key != "GenerateSecret"}
                self._call(
                    "UpdateUserPoolClient", UserPoolId=pool_id, ClientId=listed["ClientId"], ClientName=name, **kept
                )
                return found
        made = self._call("CreateUserPoolClient", UserPoolId=pool_id, ClientName=name, **members)["UserPoolClient"]
        return dict(made)

    def _describe(self, pool_id: str, client_id: str) -> dict[str, Any]:
        found = self._call("DescribeUserPoolClient", UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
        return dict(found)

    def _user(self, pool_id: str) -> None:
        try:
            user = self._call("AdminGetUser", UserPoolId=pool_id, Username=USERNAME)
        except UserNotFoundException:
            attributes = [{"Name": "email", "Value": EMAIL}, {"Name": "email_verified", "Value": "true"}]
            user = self._call(
                "AdminCreateUser",
                UserPoolId=pool_id,
                Username=USERNAME,
                MessageAction="SUPPRESS",
                UserAttributes=attributes,
            )["User"]
        if user.get("UserStatus") == "FORCE_CHANGE_PASSWORD":
            self._call("AdminSetUserPassword", UserPoolId=pool_id, Username=USERNAME, Password=PASSWORD, Permanent=True)
