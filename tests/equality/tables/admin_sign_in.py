"""AdminInitiateAuth and AdminRespondToAuthChallenge: what apps hear, operators hear, too; and challenges that end otherwise."""

from typing import Any

from tests.equality.language import (
    WRONG_PASSWORD,
    Call,
    On,
    Only,
    Proof,
    SrpA,
    Totp,
    WrongTotp,
    by_admin,
    call,
    invited,
    on_pool,
    password_sign_in,
    respond,
    row,
    signed_in,
    signed_up,
    user,
)
from tests.equality.tables.software_tokens import TOTP, enrolled
from tests.factories import PASSWORD

NEW = "New-Horse-Battery-7"
TOKENS = {"AccessToken": str, "IdToken": str, "RefreshToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"}
HISTORY = On(pool={"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}})
ALIAS = On(pool={"AliasAttributes": ["preferred_username"]})
NOBODY = ("UserNotFoundException", "User does not exist.")
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def begin(flow: str = "ADMIN_USER_PASSWORD_AUTH", **parameters: Any) -> Call:
    """AdminInitiateAuth; `$challenge` is the answer."""
    given = {"USERNAME": "$name", **parameters}
    return on_pool("AdminInitiateAuth", ClientId="$client", AuthFlow=flow, AuthParameters=given).keeps("challenge")


def with_password(password: str = PASSWORD) -> Call:
    """AdminInitiateAuth with a password."""
    return begin(PASSWORD=password)


def answer(challenge: str, **responses: Any) -> Call:
    """AdminRespondToAuthChallenge."""
    given = {"USERNAME": "$name", **responses}
    return on_pool(
        "AdminRespondToAuthChallenge",
        ClientId="$client",
        ChallengeName=challenge,
        Session="$challenge.Session",
        ChallengeResponses=given,
    )


def srp() -> Call:
    """AdminInitiateAuth with SRP."""
    return begin("USER_SRP_AUTH", SRP_A=SrpA())


def prove(password: str = PASSWORD, *, operation: str = "AdminRespondToAuthChallenge") -> Call:
    """An answer to PASSWORD_VERIFIER."""
    pool = {"UserPoolId": "$pool"} if operation.startswith("Admin") else {}
    given = {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": Proof(password=password)}
    return call(operation, ClientId="$client", **given, **pool)


def app_srp() -> Call:
    """InitiateAuth with SRP."""
    given = {"USERNAME": "$name", "SRP_A": SrpA()}
    return call("InitiateAuth", ClientId="$client", AuthFlow="USER_SRP_AUTH", AuthParameters=given).keeps("challenge")


ROWS = (
    # ---- what an operator hears
    row("nobody", "cognito.md 12.2 UserNotFound", with_password().fails(*NOBODY)),
    row(
        "not confirmed",
        "cognito.md 12.2 UserNotConfirmed",
        signed_up(),
        with_password().fails("UserNotConfirmedException", "User is not confirmed."),
    ),
    row(
        "disabled",
        "cognito.md 12.2 NotAuthorized",
        user(),
        by_admin("AdminDisableUser"),
        with_password().fails("NotAuthorizedException", "User is disabled."),
    ),
    row(
        "the password must be reset",
        "cognito.md 12.2 PasswordResetRequired ?",
        user(email="$email", email_verified="true"),
        by_admin("AdminResetUserPassword"),
        with_password().fails("PasswordResetRequiredException"),
    ),
    row(
        "SRP",
        "cognito.md 2.1 USER_SRP_AUTH both",
        user(),
        srp().gives(ChallengeName="PASSWORD_VERIFIER"),
        prove().gives_only(ChallengeParameters=Only({}), AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "SRP with a wrong password", "cognito.md 12.2 NotAuthorized", user(), srp(), prove(WRONG_PASSWORD).fails(*WRONG)
    ),
    row(
        "SRP of a user who is not confirmed",
        "cognito.md 12.2 Text order",
        signed_up(),
        srp(),
        prove().fails("UserNotConfirmedException", "User is not confirmed."),
    ),
    *[
        row(
            f"SRP of a user whose password must be reset, by {who}",
            "cognito.md 12.2 PasswordResetRequired ?",
            user(email="$email", email_verified="true"),
            by_admin("AdminResetUserPassword"),
            first,
            prove(operation=operation).fails("PasswordResetRequiredException"),
        )
        for who, first, operation in (
            ("an operator", srp(), "AdminRespondToAuthChallenge"),
            ("the app", app_srp(), "RespondToAuthChallenge"),
        )
    ],
    # ---- what ends a challenge
    row(
        "a new password that the policy refuses",
        "cognito.md 12.2 InvalidPassword",
        invited(),
        with_password(),
        answer("NEW_PASSWORD_REQUIRED", NEW_PASSWORD="Sh0rt!a").fails(
            "InvalidPasswordException", "Password does not conform to policy: Password not long enough"
        ),
    ),
    row(
        "a new password of the past",
        "cognito.md 12.3 PasswordHistoryPolicyViolationException",
        HISTORY,
        user(),
        by_admin("AdminSetUserPassword", Password=NEW),
        with_password(NEW),
        answer("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=PASSWORD).fails("PasswordHistoryPolicyViolationException"),
    ),
    *[
        row(
            f"an alias that is another's, chosen with the new password, by {who}",
            "cognito.md 1.7 RespondToAuthChallenge AliasExists",
            ALIAS,
            user("$name-2", preferred_username="$name-alias"),
            invited(),
            first,
            reply(
                "NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW, **{"userAttributes.preferred_username": "$name-alias"}
            ).fails("AliasExistsException"),
        )
        for who, first, reply in (
            ("an operator", with_password(), answer),
            ("the app", password_sign_in().keeps("challenge"), respond),
        )
    ],
    row(
        "a wrong code of an authenticator",
        "cognito.md 12.2 CodeMismatch",
        TOTP,
        signed_in(),
        enrolled(),
        with_password().gives(ChallengeName="SOFTWARE_TOKEN_MFA"),
        answer("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=WrongTotp("$seed")).fails("CodeMismatchException"),
        answer("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=Totp("$seed")).gives(AuthenticationResult=Only(TOKENS)),
        with_password(),
        answer("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=Totp("$seed")).fails("ExpiredCodeException"),
    ),
    *[
        row(
            f"a user who is gone when the answer comes, by {who}",
            "cognito.md 2.3 Wrong/garbled",
            invited(),
            first,
            by_admin("AdminDeleteUser"),
            reply("NEW_PASSWORD_REQUIRED", NEW_PASSWORD=NEW).fails(
                "NotAuthorizedException", "Invalid session for the user."
            ),
        )
        for who, first, reply in (
            ("an operator", with_password(), answer),
            ("the app", password_sign_in().keeps("challenge"), respond),
        )
    ],
)
