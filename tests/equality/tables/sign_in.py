"""InitiateAuth and AdminInitiateAuth with passwords."""

import re
from typing import Any

from tests.equality.language import (
    UUID,
    WRONG_PASSWORD,
    Call,
    On,
    Only,
    SecretHash,
    Step,
    by_admin,
    call,
    claims,
    on_pool,
    password_sign_in,
    row,
    signed_up,
    user,
    wait,
)
from tests.equality.tables.srp import srp_sign_in
from tests.factories import PASSWORD

HIDING = On(client={"PreventUserExistenceErrors": "ENABLED"})
SECRET = On(client={"GenerateSecret": True})
SRP_ONLY = On(client={"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]})
PASSWORD_ONLY = On(client={"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]})
ALIAS = On(pool={"AliasAttributes": ["email", "phone_number", "preferred_username"]})
BY_MAIL = On(pool={"UsernameAttributes": ["email"]})
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOBODY = ("UserNotFoundException", "User does not exist.")
LOCKED = ("NotAuthorizedException", "Password attempts exceeded")
TOKENS = Only({"AccessToken": str, "IdToken": str, "RefreshToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"})


def admin_sign_in(flow: str = "ADMIN_USER_PASSWORD_AUTH", **members: Any) -> Call:
    """AdminInitiateAuth with the right password."""
    parameters = {"USERNAME": "$name", "PASSWORD": PASSWORD}
    given = {"ClientId": "$client", "AuthFlow": flow, "AuthParameters": parameters}
    return on_pool("AdminInitiateAuth", **{**given, **members})


def failing(times: int) -> list[Step]:
    """So many sign-ins with a wrong password."""
    return [password_sign_in(password=WRONG_PASSWORD).fails(*WRONG)] * times


ROWS = (
    # ---- USER_PASSWORD_AUTH
    row(
        "tokens",
        "cognito.md 2.2",
        user(),
        password_sign_in().gives_only(ChallengeParameters=Only({}), AuthenticationResult=TOKENS),
    ),
    row("a wrong password", "cognito.md 12.2 NotAuthorized", user(), *failing(1)),
    row("nobody", "cognito.md 2.13 password flows LEGACY", password_sign_in().fails(*NOBODY)),
    row(
        "nobody, at an app that hides users",
        "cognito.md 2.13 password flows ENABLED",
        HIDING,
        password_sign_in().fails(*WRONG),
    ),
    row(
        "not confirmed, with the right password",
        "cognito.md 12.2 UserNotConfirmed",
        signed_up(),
        password_sign_in().fails("UserNotConfirmedException", "User is not confirmed."),
    ),
    row("not confirmed, with a wrong password", "cognito.md 12.2 UserNotConfirmed", signed_up(), *failing(1)),
    row(
        "disabled",
        "cognito.md 12.2 NotAuthorized",
        user(),
        by_admin("AdminDisableUser"),
        password_sign_in().fails("NotAuthorizedException", "User is disabled."),
    ),
    row(
        "disabled, with a wrong password, at an app that hides users",
        "cognito.md 2.13 Real users that are UNCONFIRMED or disabled",
        HIDING,
        user(),
        by_admin("AdminDisableUser"),
        *failing(1),
    ),
    row(
        "the password must be reset",
        "cognito.md 12.2 PasswordResetRequired ?",
        user(email="$email", email_verified="true"),
        by_admin("AdminResetUserPassword"),
        password_sign_in().fails("PasswordResetRequiredException"),
    ),
    row(
        "no USERNAME",
        "cognito.md 12.2 InvalidParameter",
        call(
            "InitiateAuth", ClientId="$client", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"PASSWORD": PASSWORD}
        ).fails("InvalidParameterException", "Missing required parameter USERNAME"),
    ),
    row(
        "no PASSWORD",
        "cognito.md 12.2 InvalidParameter",
        user(),
        call(
            "InitiateAuth", ClientId="$client", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "$name"}
        ).fails("InvalidParameterException", "Missing required parameter PASSWORD"),
    ),
    row(
        "no SRP_A",
        "cognito.md 2.1 USER_SRP_AUTH",
        user(),
        call("InitiateAuth", ClientId="$client", AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": "$name"}).fails(
            "InvalidParameterException", "Missing required parameter SRP_A"
        ),
    ),
    row(
        "a flow that the app has not",
        "cognito.md 2.1 Wrong flow for client",
        SRP_ONLY,
        user(),
        password_sign_in().fails("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"),
    ),
    row(
        "SRP that the app has not",
        "cognito.md 2.1 Wrong flow for client",
        PASSWORD_ONLY,
        user(),
        srp_sign_in().fails("InvalidParameterException", "USER_SRP_AUTH flow not enabled for this client"),
    ),
    row(
        "custom authentication that the app has not",
        "cognito.md 12.2 InvalidParameter",
        user(),
        call("InitiateAuth", ClientId="$client", AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "$name"}).fails(
            "InvalidParameterException", "CUSTOM_AUTH is not enabled for the client."
        ),
    ),
    row(
        "a flow that nobody has",
        "cognito.md 12.1 Enum",
        call("InitiateAuth", ClientId="$client", AuthFlow="NO_AUTH", AuthParameters={"USERNAME": "$name"}).fails(
            "InvalidParameterException",
            re.compile(
                r"1 validation error detected: Value .*at 'authFlow' failed to satisfy constraint: "
                r"Member must satisfy enum value set: \[.*USER_SRP_AUTH.*\]"
            ),
        ),
    ),
    row(
        "an operator's flow by the app itself",
        "cognito.md 12.2 InvalidParameter ?",
        user(),
        call(
            "InitiateAuth",
            ClientId="$client",
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "$name", "PASSWORD": PASSWORD},
        ).fails("InvalidParameterException"),
    ),
    row(
        "an app that is not there",
        "cognito.md 12.2 ResourceNotFound",
        call(
            "InitiateAuth",
            ClientId="nobody",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "$name", "PASSWORD": PASSWORD},
        ).fails("ResourceNotFoundException", "User pool client nobody does not exist."),
    ),
    # ---- the secret hash
    row(
        "with the secret hash",
        "cognito.md 2.7",
        SECRET,
        user(),
        password_sign_in(SECRET_HASH=SecretHash("$name")).gives(AuthenticationResult=TOKENS),
    ),
    row(
        "without the secret hash",
        "cognito.md 2.7 Missing",
        SECRET,
        user(),
        password_sign_in().fails(
            "NotAuthorizedException", "Client $client is configured with secret but SECRET_HASH was not received"
        ),
    ),
    row(
        "the secret hash of another name",
        "cognito.md 2.7 Wrong",
        SECRET,
        user(),
        password_sign_in(SECRET_HASH=SecretHash("$sub")).fails(
            "NotAuthorizedException", "Unable to verify secret hash for client $client"
        ),
    ),
    row(
        "the secret hash before the user",
        "cognito.md 12.2 Text order",
        SECRET,
        password_sign_in(SECRET_HASH=SecretHash("$pool")).fails(
            "NotAuthorizedException", "Unable to verify secret hash for client $client"
        ),
    ),
    # ---- names
    row(
        "by the subject",
        "cognito.md 1 Username",
        user(),
        password_sign_in("$sub").gives(AuthenticationResult=TOKENS),
    ),
    *[
        row(
            f"by the alias {attribute}",
            "cognito.md 6.3 AliasAttributes",
            ALIAS,
            user(**{attribute: value, **verified}),
            password_sign_in(value).gives(AuthenticationResult=TOKENS).keeps("tokens", "AuthenticationResult"),
            claims("$tokens.IdToken", {"cognito:username": "$name"}),
        )
        for attribute, value, verified in (
            ("email", "$email", {"email_verified": "true"}),
            ("phone_number", "$phone", {"phone_number_verified": "true"}),
            ("preferred_username", "$name-alias", {}),
        )
    ],
    row(
        "by an address that nobody has verified",
        "cognito.md 6.3 active only when verified",
        ALIAS,
        user(email="$email"),
        password_sign_in("$email").fails(*NOBODY),
    ),
    row(
        "by the address of a pool by e-mail",
        "cognito.md 6.3 UsernameAttributes",
        BY_MAIL,
        user("$email"),
        password_sign_in("$email").gives(AuthenticationResult=TOKENS),
    ),
    # ---- attempts
    row("five wrong passwords lock", "cognito.md 2.12", user(), *failing(5), password_sign_in().fails(*LOCKED)),
    row(
        "the lock ends after a second",
        "cognito.md 2.12 lock 1 s",
        user(),
        *failing(5),
        wait(seconds=1.1),
        password_sign_in().gives(AuthenticationResult=TOKENS),
    ),
    row(
        "the lock doubles",
        "cognito.md 2.12 doubling",
        user(),
        *failing(5),
        wait(seconds=1.1),
        *failing(1),
        wait(seconds=1.1),
        password_sign_in().fails(*LOCKED),
        wait(seconds=1),
        password_sign_in().gives(AuthenticationResult=TOKENS),
    ),
    row(
        "attempts while locked do not count",
        "cognito.md 2.12 not counted",
        user(),
        *failing(5),
        *[password_sign_in().fails(*LOCKED)] * 4,
        wait(seconds=1.1),
        password_sign_in().gives(AuthenticationResult=TOKENS),
    ),
    row(
        "a quarter of an hour forgives",
        "cognito.md 2.12 Reset",
        user(),
        *failing(4),
        wait(minutes=15, seconds=1),
        *failing(4),
        password_sign_in().gives(AuthenticationResult=TOKENS),
    ),
    # ---- by operators
    row(
        "an operator signs a user in",
        "cognito.md 2.1 ADMIN_USER_PASSWORD_AUTH",
        user(),
        admin_sign_in().gives_only(ChallengeParameters=Only({}), AuthenticationResult=TOKENS),
    ),
    row(
        "an operator signs in by the legacy name",
        "cognito.md 2.1 ADMIN_NO_SRP_AUTH",
        user(),
        admin_sign_in("ADMIN_NO_SRP_AUTH").gives(AuthenticationResult=TOKENS),
    ),
    row(
        "an operator's flow that the app has not",
        "cognito.md 12.2 InvalidParameter",
        SRP_ONLY,
        user(),
        admin_sign_in().fails("InvalidParameterException", "Auth flow not enabled for this client"),
    ),
    row(
        "an operator's sign-in without a signature",
        "cognito.md 12.1 Framework layer",
        admin_sign_in().unsigned().fails("MissingAuthenticationTokenException", "Missing Authentication Token"),
    ),
    row(
        "an operator names an app that is not there",
        "cognito.md 12.2 ResourceNotFound",
        admin_sign_in(ClientId="nobody").fails("ResourceNotFoundException", "User pool client nobody does not exist."),
    ),
    row(
        "an operator's wrong password",
        "cognito.md 12.2 NotAuthorized",
        user(),
        admin_sign_in(AuthParameters={"USERNAME": "$name", "PASSWORD": WRONG_PASSWORD}).fails(*WRONG),
    ),
    # ---- AuthenticationResult
    row(
        "tokens live as the app says",
        "botocore: CreateUserPoolClient.AccessTokenValidity",
        On(client={"AccessTokenValidity": 10, "TokenValidityUnits": {"AccessToken": "minutes"}}),
        user(),
        password_sign_in().gives(AuthenticationResult={"ExpiresIn": 600}),
    ),
    row(
        "the name in the answer of a pool by e-mail",
        "cognito.md 6.3 UsernameAttributes",
        BY_MAIL,
        user("$email"),
        password_sign_in("$email").keeps("tokens", "AuthenticationResult"),
        claims("$tokens.AccessToken", {"username": "$sub", "sub": UUID}),
    ),
)
