"""Chapters about people: what administrators do with them, what they do themselves, and their tokens."""

from typing import Any

from conformance.aws_cli.terminal import (
    FIRST,
    SECOND,
    THIRD,
    Members,
    Terminal,
    client,
    initiate,
    password_client,
    person,
    sign_in,
)

SIGNED_IN = {"AuthenticationResult.[TokenType, ExpiresIn]": ["Bearer", 3600]}
NEW_PASSWORD = {"[ChallengeName, AuthenticationResult]": ["NEW_PASSWORD_REQUIRED", None]}


def _administration(aws: Terminal, pool_id: str) -> None:
    user = {"UserPoolId": pool_id, "Username": "ada"}
    attributes = [{"Name": "email", "Value": "ada@example.com"}, {"Name": "email_verified", "Value": "true"}]
    invited = {"User.[Username, UserStatus, Enabled]": ["ada", "FORCE_CHANGE_PASSWORD", True]}
    given = {"UserAttributes": attributes, "TemporaryPassword": FIRST, "DesiredDeliveryMediums": ["EMAIL"]}
    aws("AdminCreateUser", **user, **given, gives=invited)
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    named = {"UserPoolId": pool_id, "ClientId": client(aws, pool_id, ExplicitAuthFlows=flows)["ClientId"]}
    password = {"AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "ada", "PASSWORD": FIRST}}
    asked = aws("AdminInitiateAuth", **named, **password, gives=NEW_PASSWORD)
    aws("AdminRespondToAuthChallenge", **named, **_new_password(asked), gives=SIGNED_IN)
    aws("AdminUpdateUserAttributes", **user, UserAttributes=[{"Name": "name", "Value": "Ada"}])
    aws("AdminGetUser", **user, gives={"UserAttributes[?Name=='name'].Value": ["Ada"]})
    aws("AdminDeleteUserAttributes", **user, UserAttributeNames=["name"])
    aws("AdminGetUser", **user, gives={"UserAttributes[?Name=='name']": [], "UserStatus": "CONFIRMED"})
    aws("AdminDisableUser", **user)
    aws("AdminGetUser", **user, gives={"Enabled": False})
    aws("AdminEnableUser", **user)
    aws("AdminGetUser", **user, gives={"Enabled": True})
    aws("AdminResetUserPassword", **user)
    aws("AdminGetUser", **user, gives={"UserStatus": "RESET_REQUIRED"})
    aws("AdminSetUserPassword", **user, Password=THIRD, Permanent=True)
    found = {"Users[].[Username, UserStatus]": [["ada", "CONFIRMED"]]}
    aws("ListUsers", UserPoolId=pool_id, Filter='email ^= "ada"', gives=found)
    aws("AdminDeleteUser", **user)
    aws.refuses("AdminGetUser", "UserNotFoundException", **user)


def _new_password(asked: Members, password: str = SECOND) -> Members:
    return {
        "ChallengeName": asked["ChallengeName"],
        "Session": asked["Session"],
        "ChallengeResponses": {"USERNAME": "ada", "NEW_PASSWORD": password},
    }


def _signing_up(aws: Terminal, pool_id: str) -> None:
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    aws("UpdateUserPool", UserPoolId=pool_id, AutoVerifiedAttributes=["email"], Policies=policy)
    client_id = password_client(aws, pool_id, "ALLOW_USER_AUTH")
    email = f"ada-{client_id}@example.com"
    named = {"ClientId": client_id, "Username": "ada"}
    sent = {"CodeDeliveryDetails.[AttributeName, DeliveryMedium]": ["email", "EMAIL"]}
    given = {"Password": FIRST, "UserAttributes": [{"Name": "email", "Value": email}]}
    aws("SignUp", **named, **given, gives={"UserConfirmed": False, **sent})
    aws.server.wait_for_message(email)
    aws("ResendConfirmationCode", **named, gives=sent)
    code = aws.server.wait_for_message(email, 2)["code"]
    aws.refuses("ConfirmSignUp", "CodeMismatchException", **named, ConfirmationCode=_another(code))
    proof = aws("ConfirmSignUp", **named, ConfirmationCode=code, gives={"keys(@)": ["Session"]})["Session"]
    # What confirmed the sign-up counts as the first factor of the first sign-in.
    first = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "ada"}}
    aws("InitiateAuth", ClientId=client_id, **first, Session=proof, gives=SIGNED_IN)
    aws("ForgotPassword", **named, gives=sent)
    code = aws.server.wait_for_message(email, 3)["code"]
    aws("ConfirmForgotPassword", **named, ConfirmationCode=code, Password=SECOND)
    sign_in(aws, client_id, SECOND)
    aws("SignUp", ClientId=client_id, Username="bob", Password=FIRST, gives={"UserConfirmed": False})
    bob = {"UserPoolId": pool_id, "Username": "bob"}
    aws("AdminConfirmSignUp", **bob)
    aws("AdminGetUser", **bob, gives={"UserStatus": "CONFIRMED"})


def _another(code: str) -> str:
    return "000000" if code != "000000" else "000001"


def _own_profile(aws: Terminal, pool_id: str) -> None:
    client_id = password_client(aws, pool_id)
    other = f"ada-{client_id}@example.com"
    person(aws, pool_id, email=f"old-{other}", email_verified="true")
    token = {"AccessToken": sign_in(aws, client_id)["AccessToken"]}
    changes = [{"Name": "email", "Value": other}, {"Name": "nickname", "Value": "A"}]
    sent = [["email", "EMAIL"]]
    aws(
        "UpdateUserAttributes",
        **token,
        UserAttributes=changes,
        gives={"CodeDeliveryDetailsList[].[AttributeName, DeliveryMedium]": sent},
    )
    aws.server.wait_for_message(other)
    detail = {"CodeDeliveryDetails.[AttributeName, DeliveryMedium]": sent[0]}
    aws("GetUserAttributeVerificationCode", **token, AttributeName="email", gives=detail)
    code = aws.server.wait_for_message(other, 2)["code"]
    aws("VerifyUserAttribute", **token, AttributeName="email", Code=code)
    aws("DeleteUserAttributes", **token, UserAttributeNames=["nickname"])
    aws("GetUser", **token, gives=_shown(email=other, email_verified="true", nickname=None))
    aws("ChangePassword", **token, PreviousPassword=FIRST, ProposedPassword=SECOND)
    aws("GlobalSignOut", **token)
    aws.refuses("GetUser", "NotAuthorizedException", **token)
    token = {"AccessToken": sign_in(aws, client_id, SECOND)["AccessToken"]}
    aws("AdminUserGlobalSignOut", UserPoolId=pool_id, Username="ada")
    aws.refuses("GetUser", "NotAuthorizedException", **token)
    aws("DeleteUser", AccessToken=sign_in(aws, client_id, SECOND)["AccessToken"])
    aws.refuses("AdminGetUser", "UserNotFoundException", UserPoolId=pool_id, Username="ada")


def _shown(**attributes: str | None) -> dict[str, Any]:
    return {f"UserAttributes[?Name=='{name}'].Value | [0]": value for name, value in attributes.items()}


def _tokens(aws: Terminal, pool_id: str) -> None:
    client_id = password_client(aws, pool_id)
    aws("AdminCreateUser", UserPoolId=pool_id, Username="ada", TemporaryPassword=FIRST, MessageAction="SUPPRESS")
    asked = initiate(aws, client_id, FIRST, gives=NEW_PASSWORD)
    answer = _new_password(asked)
    tokens = aws("RespondToAuthChallenge", ClientId=client_id, **answer, gives=SIGNED_IN)["AuthenticationResult"]
    refresh = {"ClientId": client_id, "RefreshToken": tokens["RefreshToken"]}
    aws("GetTokensFromRefreshToken", **refresh, gives={**SIGNED_IN, "AuthenticationResult.RefreshToken": None})
    aws("RevokeToken", ClientId=client_id, Token=tokens["RefreshToken"])
    aws.refuses("GetTokensFromRefreshToken", "NotAuthorizedException", **refresh)


CHAPTERS = (_administration, _signing_up, _own_profile, _tokens)
