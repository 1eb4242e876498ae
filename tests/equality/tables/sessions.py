"""Tracked sessions: their configuration, lists and ends."""

import datetime
import re
from typing import Any

from tests.equality.language import (
    Call,
    Only,
    by_admin,
    by_token,
    on_pool,
    password_sign_in,
    row,
    signed_in,
    user,
)

WRONG = "InvalidParameterException"
NOBODY = ("UserNotFoundException", "User does not exist.")
SESSION = re.compile(r"(tkn|sso)[a-z0-9]{25}")


def tracked(**members: Any) -> Call:
    """SetUserPoolSessionConfiguration."""
    given = {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 20}, **members}
    return on_pool("SetUserPoolSessionConfiguration", **given)


def for_client(minutes: int, **members: Any) -> Call:
    """SetUserPoolClientSessionConfiguration."""
    given = {"ClientId": "$client", "SSOSession": {"MaxValidityMinutes": minutes}, **members}
    return on_pool("SetUserPoolClientSessionConfiguration", **given)


ROWS = (
    # ---- session configuration
    row(
        "sessions are not tracked",
        "cognito.md 1.9 default DISABLED, MaxPerUser 20",
        on_pool("GetUserPoolSessionConfiguration").gives_only(
            UserPoolId="$pool", UserSessionTracking="DISABLED", TokenSession=Only({"MaxPerUser": 20})
        ),
    ),
    row(
        "sessions are tracked",
        "cognito.md 1.9 SetUserPoolSessionConfiguration",
        tracked().gives_only(UserPoolId="$pool", UserSessionTracking="ENABLED", TokenSession=Only({"MaxPerUser": 20})),
    ).alone(),
    row("no sessions a user", "cognito.md 1.9 MaxPerUser 1–100", tracked(TokenSession={"MaxPerUser": 0}).fails(WRONG)),
    row(
        "101 sessions a user", "cognito.md 1.9 MaxPerUser 1–100", tracked(TokenSession={"MaxPerUser": 101}).fails(WRONG)
    ),
    row(
        "an app's default",
        "cognito.md 1.9 default 60",
        on_pool("GetUserPoolClientSessionConfiguration", ClientId="$client").gives_only(
            UserPoolId="$pool", ClientId="$client", SSOSession=Only({"MaxValidityMinutes": 60})
        ),
    ),
    row(
        "an app's own",
        "cognito.md 1.9 SetUserPoolClientSessionConfiguration",
        tracked(),
        for_client(0).gives_only(UserPoolId="$pool", ClientId="$client", SSOSession=Only({"MaxValidityMinutes": 0})),
    ).alone(),
    row(
        "an app's own without tracking",
        "cognito.md 1.9 tracking must be enabled",
        for_client(5).fails("OperationNotEnabledException"),
    ).alone(),
    row(
        "an app's own of 129,601 minutes",
        "cognito.md 1.9 MaxValidityMinutes 0–129600",
        tracked(),
        for_client(129_601).fails(WRONG),
    ).alone(),
    row(
        "the sessions of an app that there is not",
        "cognito.md 12.2 ResourceNotFound",
        on_pool("GetUserPoolClientSessionConfiguration", ClientId="nobody").fails("ResourceNotFoundException"),
    ),
    # ---- sessions
    row(
        "a user's sessions",
        "cognito.md 1.9 SessionDescription",
        tracked(),
        signed_in(),
        by_token("ListUserSessions").gives_only(
            Sessions=[
                {
                    "SessionId": SESSION,
                    "SessionType": "TOKEN",
                    "ClientId": "$client",
                    "CreateDate": datetime.datetime,
                    "LastActiveDate": datetime.datetime,
                    "DeviceType": str,
                    "LastIPAddress": "127.0.0.1",
                    "IsCurrentSession": True,
                }
            ]
        ),
        by_admin("AdminListUserSessions").gives(Sessions=[{"IsCurrentSession": False}]),
    ).alone(),
    row(
        "a session is ended",
        "cognito.md 1.9 RevokeUserSession",
        tracked(),
        signed_in(),
        password_sign_in().keeps("other", "AuthenticationResult"),
        by_admin("AdminListUserSessions").gives(Sessions=[dict, dict]).keeps("listed"),
        by_admin("AdminRevokeUserSession", SessionId="$listed.Sessions.0.SessionId").gives_only(),
        by_admin("AdminListUserSessions").gives(Sessions=[dict]),
    ).alone(),
    row(
        "the current session is not",
        "cognito.md 1.9 own current session refused",
        tracked(),
        signed_in(),
        by_token("ListUserSessions").keeps("listed"),
        by_token("RevokeUserSession", SessionId="$listed.Sessions.0.SessionId").fails(WRONG),
    ).alone(),
    row(
        "a session that there is not",
        "cognito.md 1.9 AdminRevokeUserSession",
        tracked(),
        user(),
        by_admin("AdminRevokeUserSession", SessionId="tkn" + "a" * 25).fails("ResourceNotFoundException"),
    ).alone(),
    row(
        "a session id that is none",
        "cognito.md 0.2 SessionId",
        by_admin("AdminRevokeUserSession", SessionId="mine").fails(WRONG),
    ),
    row(
        "the sessions of nobody",
        "cognito.md 12.2 UserNotFound",
        tracked(),
        by_admin("AdminListUserSessions").fails(*NOBODY),
        by_admin("AdminRevokeUserSession", SessionId="tkn" + "a" * 25).fails(*NOBODY),
    ).alone(),
    row(
        "the oldest session goes when there are too many",
        "cognito.md 1.9 evicts least-recently-used",
        tracked(TokenSession={"MaxPerUser": 1}),
        signed_in(),
        password_sign_in().gives(AuthenticationResult={"TokenType": "Bearer"}),
        by_admin("AdminListUserSessions").gives(Sessions=[dict]),
        by_token("GetUser").fails("NotAuthorizedException", "Access Token has been revoked"),
    ).alone(),
)
