"""NEW_PASSWORD_REQUIRED, and the sessions that challenges have."""

import re

from tests.equality.language import (
    ABSENT,
    Json,
    On,
    Only,
    by_admin,
    call,
    has_attributes,
    invited,
    on_pool,
    password_sign_in,
    respond,
    row,
    wait,
)
from tests.equality.tables.sign_in import admin_sign_in
from tests.equality.tables.srp import prove, srp_sign_in
from tests.factories import PASSWORD

NEW = "New-Horse-Battery-7"
TOKENS = Only({"AccessToken": str, "IdToken": str, "RefreshToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"})


ROWS = (
    row(
        "a temporary password asks for a new one",
        "cognito.md 2.4 NEW_PASSWORD_REQUIRED",
        invited(email="$email"),
        password_sign_in().gives(
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=re.compile(r".{20,4096}"),
            ChallengeParameters={
                "USER_ID_FOR_SRP": "$name",
                "userAttributes": Json({"email": "$email"}),
                "requiredAttributes": Json([]),
            },
            AuthenticationResult=ABSENT,
        ),
    ),
    row(
        "required attributes are asked for, too",
        "cognito.md 2.4 NEW_PASSWORD_REQUIRED",
        On(pool={"Schema": [{"Name": "nickname", "AttributeDataType": "String", "Required": True}]}),
        call("AdminCreateUser", UserPoolId="$pool", Username="$name", TemporaryPassword=PASSWORD),
        password_sign_in()
        .gives(ChallengeParameters={"requiredAttributes": Json(["userAttributes.nickname"])})
        .keeps("challenge"),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW, **{"userAttributes.nickname": "Ada"}).gives(
            AuthenticationResult=TOKENS
        ),
        by_admin("AdminGetUser").gives(UserStatus="CONFIRMED", UserAttributes=has_attributes(nickname="Ada")),
    ),
    row(
        "the new password signs in",
        "cognito.md 0.3 FORCE_CHANGE_PASSWORD",
        invited(),
        password_sign_in().keeps("challenge"),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW).gives_only(
            ChallengeParameters=Only({}), AuthenticationResult=TOKENS
        ),
        by_admin("AdminGetUser").gives(UserStatus="CONFIRMED"),
        password_sign_in(password=NEW).gives(AuthenticationResult=TOKENS),
    ),
    row(
        "a new password that the policy refuses",
        "cognito.md 12.2 InvalidPassword",
        invited(),
        password_sign_in().keeps("challenge"),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD="Sh0rt!a").fails(
            "InvalidPasswordException", re.compile("Password does not conform to policy: Password not long enough")
        ),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW).gives(AuthenticationResult=TOKENS),
    ),
    row(
        "no new password",
        "cognito.md 2.4 NEW_PASSWORD_REQUIRED",
        invited(),
        password_sign_in().keeps("challenge"),
        respond("NEW_PASSWORD_REQUIRED").fails("InvalidParameterException", "Missing required parameter NEW_PASSWORD"),
    ),
    row(
        "a session is good for one success",
        "cognito.md 2.3",
        invited(),
        password_sign_in().keeps("challenge"),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW + "x").fails(
            "NotAuthorizedException", "Invalid session for the user, session can only be used once."
        ),
    ),
    row(
        "a session after three minutes",
        "cognito.md 2.3 AuthSessionValidity",
        invited(),
        password_sign_in().keeps("challenge"),
        wait(minutes=3, seconds=1),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW).fails(
            "NotAuthorizedException", "Invalid session for the user, session is expired."
        ),
    ),
    row(
        "a session of fifteen minutes",
        "botocore: CreateUserPoolClient.AuthSessionValidity",
        On(client={"AuthSessionValidity": 15}),
        invited(),
        password_sign_in().keeps("challenge"),
        wait(minutes=14, seconds=59),
        respond("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW).gives(AuthenticationResult=TOKENS),
    ),
    row(
        "a session that nobody made",
        "cognito.md 12.2 NotAuthorized",
        invited(),
        respond("NEW_PASSWORD_REQUIRED", "x" * 100, NEW_PASSWORD=NEW).fails(
            "NotAuthorizedException", "Invalid session for the user."
        ),
    ),
    row(
        "a session of 19 characters",
        "cognito.md 0.2 Session",
        respond("NEW_PASSWORD_REQUIRED", "x" * 19, NEW_PASSWORD=NEW).fails("InvalidParameterException"),
    ),
    row(
        "another challenge than the one that was asked",
        "cognito.md 2.3",
        invited(),
        password_sign_in().keeps("challenge"),
        respond("SMS_MFA", SMS_MFA_CODE="123456").fails("NotAuthorizedException"),
    ),
    row(
        "a temporary password after a week",
        "cognito.md 12.2 NotAuthorized",
        invited(),
        wait(days=7, seconds=1),
        password_sign_in().fails(
            "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator."
        ),
    ),
    row(
        "a temporary password lasts as the policy says",
        "botocore: CreateUserPool.Policies",
        On(pool={"Policies": {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 2}}}),
        invited(),
        wait(days=2, seconds=1),
        password_sign_in().fails(
            "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator."
        ),
    ),
    row(
        "an operator answers the challenge",
        "cognito.md 1.7 AdminRespondToAuthChallenge",
        invited(),
        admin_sign_in().gives(ChallengeName="NEW_PASSWORD_REQUIRED").keeps("challenge"),
        on_pool(
            "AdminRespondToAuthChallenge",
            ClientId="$client",
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session="$challenge.Session",
            ChallengeResponses={"USERNAME": "$name", "NEW_PASSWORD": NEW},
        ).gives_only(ChallengeParameters=Only({}), AuthenticationResult=TOKENS),
    ),
    row(
        "SRP with a temporary password",
        "cognito.md 2.4 Order after the first factor",
        invited(),
        srp_sign_in(),
        prove().gives(ChallengeName="NEW_PASSWORD_REQUIRED", ChallengeParameters={"USER_ID_FOR_SRP": "$name"}),
    ),
)
