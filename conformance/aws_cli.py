"""The AWS CLI over every cognito-idp operation that is built: each is called once at least and must answer without error.

The scenario is one story, since most operations need what another one made. Whatever the registry declares and the story
leaves out is a failure: a new operation gets its line here.
"""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore import xform_name

from app.web.aws.registry import cognito_idp, load_targets
from conformance.dev_server import DevServer

PROGRAM = Path(__file__).parent / "clients" / ".venv-awscli" / "bin" / "aws"
FIRST, SECOND, THIRD = "Correct-Horse-7", "Another-Horse-8", "Third-Horse-9"
_CALL_SECONDS = 30


@dataclass(slots=True)
class Terminal:
    """Runs `aws cognito-idp` and remembers which operations have answered."""

    server: DevServer
    answered: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def __call__(self, operation: str, **members: Any) -> dict[str, Any]:
        """One call with the members as options; raises RuntimeError with what the CLI said.

        An operation that the CLI's own model lacks answers nothing and is remembered.
        """
        command = [str(PROGRAM), "cognito-idp", xform_name(operation, "-"), "--output", "json"]
        for name, value in members.items():
            command += _option(xform_name(name, "-"), value)
        done = subprocess.run(
            command,
            env=self.server.aws_environment,
            capture_output=True,
            text=True,
            timeout=_CALL_SECONDS,
            check=False,
        )
        if "argument operation: Invalid choice" in done.stderr:
            self.unknown.add(operation)
            return {}
        if done.returncode != 0:
            raise RuntimeError(f"{operation}: {done.stderr.strip().splitlines()[-1]}")
        self.answered.add(operation)
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
        return answer


@dataclass(frozen=True, slots=True)
class Result:
    """The operations that answered, those that this CLI does not know, and what is wrong."""

    answered: tuple[str, ...]
    unknown: tuple[str, ...]
    failures: tuple[str, ...]


def call_everything(server: DevServer) -> Result:
    """Plays the story. A chapter that fails does not stop the next ones."""
    terminal = Terminal(server)
    for chapter in (_pools, _clients, _domains_and_scopes, _groups, _administration, _self_service, _tokens):
        try:
            _with_pool(terminal, chapter)
        except (RuntimeError, KeyError, TimeoutError, subprocess.TimeoutExpired) as error:
            terminal.failures.append(f"{chapter.__name__.lstrip('_')}: {error!r}")
    load_targets()
    forgotten = sorted(set(cognito_idp.operations) - terminal.answered - terminal.unknown)
    terminal.failures.extend(f"never answered: {operation}" for operation in forgotten)
    return Result(tuple(sorted(terminal.answered)), tuple(sorted(terminal.unknown)), tuple(terminal.failures))


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", value if isinstance(value, str) else json.dumps(value)]


def _with_pool(terminal: Terminal, chapter: Callable[[Terminal, str], None]) -> None:
    made = terminal("CreateUserPool", PoolName=f"cli{chapter.__name__}", AutoVerifiedAttributes=["email"])
    pool_id = made["UserPool"]["Id"]
    try:
        chapter(terminal, pool_id)
    finally:
        terminal("DeleteUserPool", UserPoolId=pool_id)


def _pools(aws: Terminal, pool_id: str) -> None:
    arn = aws("DescribeUserPool", UserPoolId=pool_id)["UserPool"]["Arn"]
    aws("UpdateUserPool", UserPoolId=pool_id, AutoVerifiedAttributes=["email"], UserPoolTags={"stage": "test"})
    aws("AddCustomAttributes", UserPoolId=pool_id, CustomAttributes=[{"Name": "team", "AttributeDataType": "String"}])
    aws("ListUserPools", MaxResults=10)
    aws("SetUserPoolMfaConfig", UserPoolId=pool_id, MfaConfiguration="OFF")
    aws("GetUserPoolMfaConfig", UserPoolId=pool_id)
    aws("TagResource", ResourceArn=arn, Tags={"owner": "nobody"})
    aws("UntagResource", ResourceArn=arn, TagKeys=["stage"])
    _expect(aws("ListTagsForResource", ResourceArn=arn)["Tags"], {"owner": "nobody"})


def _clients(aws: Terminal, pool_id: str) -> None:
    client_id = _client(aws, pool_id, GenerateSecret=True)["ClientId"]
    client = {"UserPoolId": pool_id, "ClientId": client_id}
    aws("UpdateUserPoolClient", **client, ClientName="renamed", AccessTokenValidity=2)
    shown = aws("DescribeUserPoolClient", **client)["UserPoolClient"]
    _expect((shown["ClientName"], shown["AccessTokenValidity"]), ("renamed", 2))
    second = aws("AddUserPoolClientSecret", **client)["ClientSecretDescriptor"]["ClientSecretId"]
    _expect(len(aws("ListUserPoolClientSecrets", **client)["ClientSecrets"]), 2)
    aws("DeleteUserPoolClientSecret", **client, ClientSecretId=second)
    _expect(len(aws("ListUserPoolClients", UserPoolId=pool_id)["UserPoolClients"]), 1)
    aws("DeleteUserPoolClient", **client)


def _domains_and_scopes(aws: Terminal, pool_id: str) -> None:
    domain = {"UserPoolId": pool_id, "Domain": pool_id.partition("_")[2].lower()}
    aws("CreateUserPoolDomain", **domain)
    aws("UpdateUserPoolDomain", **domain, ManagedLoginVersion=2)
    shown = aws("DescribeUserPoolDomain", Domain=domain["Domain"])["DomainDescription"]
    _expect(shown["UserPoolId"], pool_id)
    aws("DeleteUserPoolDomain", **domain)

    api = {"UserPoolId": pool_id, "Identifier": "api"}
    aws("CreateResourceServer", **api, Name="API", Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}])
    aws("UpdateResourceServer", **api, Name="API 2", Scopes=[{"ScopeName": "write", "ScopeDescription": "Write"}])
    _expect(aws("DescribeResourceServer", **api)["ResourceServer"]["Name"], "API 2")
    _expect(len(aws("ListResourceServers", UserPoolId=pool_id)["ResourceServers"]), 1)
    client = _client(
        aws,
        pool_id,
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["api/write"],
    )
    aws("GetClientToken", ClientId=client["ClientId"], Secret=client["ClientSecret"], Scopes=["api/write"])
    aws("DeleteResourceServer", **api)


def _groups(aws: Terminal, pool_id: str) -> None:
    pool, group = {"UserPoolId": pool_id}, {"UserPoolId": pool_id, "GroupName": "engineers"}
    aws("CreateGroup", **group)
    aws("UpdateGroup", **group, Description="Who builds", Precedence=3)
    _expect(aws("GetGroup", **group)["Group"]["Precedence"], 3)
    aws("AdminCreateUser", **pool, Username="ada", MessageAction="SUPPRESS")
    aws("AdminAddUserToGroup", **group, Username="ada")
    _expect(len(aws("ListUsersInGroup", **group)["Users"]), 1)
    _expect(len(aws("AdminListGroupsForUser", **pool, Username="ada")["Groups"]), 1)
    aws("AdminRemoveUserFromGroup", **group, Username="ada")
    _expect(len(aws("ListGroups", **pool)["Groups"]), 1)
    aws("DeleteGroup", **group)


def _administration(aws: Terminal, pool_id: str) -> None:
    user = {"UserPoolId": pool_id, "Username": "ada"}
    attributes = [{"Name": "email", "Value": "ada@example.com"}, {"Name": "email_verified", "Value": "true"}]
    aws("AdminCreateUser", **user, UserAttributes=attributes, TemporaryPassword=FIRST, DesiredDeliveryMediums=["EMAIL"])
    client_id = _client(aws, pool_id, ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    client = {"UserPoolId": pool_id, "ClientId": client_id["ClientId"]}
    password = {"USERNAME": "ada", "PASSWORD": FIRST}
    asked = aws("AdminInitiateAuth", **client, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=password)
    aws(
        "AdminRespondToAuthChallenge",
        **client,
        ChallengeName=asked["ChallengeName"],
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "ada", "NEW_PASSWORD": SECOND},
    )
    aws("AdminUpdateUserAttributes", **user, UserAttributes=[{"Name": "name", "Value": "Ada"}])
    aws("AdminDeleteUserAttributes", **user, UserAttributeNames=["name"])
    aws("AdminDisableUser", **user)
    aws("AdminEnableUser", **user)
    aws("AdminUserGlobalSignOut", **user)
    aws("AdminResetUserPassword", **user)
    _expect(aws("AdminGetUser", **user)["UserStatus"], "RESET_REQUIRED")
    aws("AdminSetUserPassword", **user, Password=THIRD, Permanent=True)
    _expect(aws("ListUsers", UserPoolId=pool_id, Filter='email ^= "ada"')["Users"][0]["UserStatus"], "CONFIRMED")
    aws("AdminDeleteUser", **user)
    aws("SignUp", ClientId=client["ClientId"], Username="bob", Password=FIRST)
    aws("AdminConfirmSignUp", UserPoolId=pool_id, Username="bob")


def _self_service(aws: Terminal, pool_id: str) -> None:
    client_id = _password_client(aws, pool_id)
    email, other = f"ada-{client_id}@example.com", f"ada-2-{client_id}@example.com"
    person = {"ClientId": client_id, "Username": "ada"}
    aws("SignUp", **person, Password=FIRST, UserAttributes=[{"Name": "email", "Value": email}])
    aws.server.wait_for_message(email)
    aws("ResendConfirmationCode", **person)
    aws("ConfirmSignUp", **person, ConfirmationCode=aws.server.wait_for_message(email, 2)["code"])
    aws("ForgotPassword", **person)
    code = aws.server.wait_for_message(email, 3)["code"]
    aws("ConfirmForgotPassword", **person, ConfirmationCode=code, Password=SECOND)

    token = {"AccessToken": _sign_in(aws, client_id, SECOND)["AccessToken"]}
    changes = [{"Name": "email", "Value": other}, {"Name": "nickname", "Value": "A"}]
    aws("UpdateUserAttributes", **token, UserAttributes=changes)
    aws.server.wait_for_message(other)
    aws("GetUserAttributeVerificationCode", **token, AttributeName="email")
    code = aws.server.wait_for_message(other, 2)["code"]
    aws("VerifyUserAttribute", **token, AttributeName="email", Code=code)
    aws("DeleteUserAttributes", **token, UserAttributeNames=["nickname"])
    shown = {one["Name"]: one["Value"] for one in aws("GetUser", **token)["UserAttributes"]}
    _expect((shown["email"], shown["email_verified"], "nickname" in shown), (other, "true", False))
    aws("ChangePassword", **token, PreviousPassword=SECOND, ProposedPassword=THIRD)
    aws("GlobalSignOut", **token)
    aws("DeleteUser", AccessToken=_sign_in(aws, client_id, THIRD)["AccessToken"])


def _tokens(aws: Terminal, pool_id: str) -> None:
    client_id = _password_client(aws, pool_id)
    aws("AdminCreateUser", UserPoolId=pool_id, Username="ada", TemporaryPassword=FIRST, MessageAction="SUPPRESS")
    asked = _initiate(aws, client_id, FIRST)
    tokens = aws(
        "RespondToAuthChallenge",
        ClientId=client_id,
        ChallengeName=asked["ChallengeName"],
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "ada", "NEW_PASSWORD": SECOND},
    )["AuthenticationResult"]
    refresh_token = tokens["RefreshToken"]
    aws("GetTokensFromRefreshToken", ClientId=client_id, RefreshToken=refresh_token)
    aws("RevokeToken", ClientId=client_id, Token=refresh_token)


def _client(aws: Terminal, pool_id: str, **members: Any) -> dict[str, Any]:
    made: dict[str, Any] = aws("CreateUserPoolClient", UserPoolId=pool_id, ClientName="app", **members)
    client: dict[str, Any] = made["UserPoolClient"]
    return client


def _password_client(aws: Terminal, pool_id: str) -> str:
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client_id: str = _client(aws, pool_id, ExplicitAuthFlows=flows)["ClientId"]
    return client_id


def _initiate(aws: Terminal, client_id: str, password: str) -> dict[str, Any]:
    parameters = {"USERNAME": "ada", "PASSWORD": password}
    return aws("InitiateAuth", ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)


def _sign_in(aws: Terminal, client_id: str, password: str) -> dict[str, Any]:
    tokens: dict[str, Any] = _initiate(aws, client_id, password)["AuthenticationResult"]
    return tokens


def _expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise RuntimeError(f"{found!r} where {wanted!r} was expected")
