"""SRP: a password proven without being sent."""

import re
from typing import Any

from tests.equality.language import (
    ABSENT,
    WRONG_PASSWORD,
    Call,
    On,
    Only,
    Proof,
    SrpA,
    call,
    respond,
    row,
    signed_up,
    user,
)
from tests.factories import PASSWORD

HIDING = On(client={"PreventUserExistenceErrors": "ENABLED"})
ALIAS = On(pool={"AliasAttributes": ["email", "phone_number", "preferred_username"]})
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOBODY = ("UserNotFoundException", "User does not exist.")
TOKENS = Only({"AccessToken": str, "IdToken": str, "RefreshToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"})
VERIFIER = {
    "SALT": re.compile(r"[0-9a-f]{2,}"),
    "SRP_B": re.compile(r"[0-9a-f]{600,770}"),
    "SECRET_BLOCK": re.compile(r"[A-Za-z0-9+/]+={0,2}"),
}


def srp_sign_in(username: str = "$name", **parameters: Any) -> Call:
    """InitiateAuth with USER_SRP_AUTH; `$challenge` is the answer."""
    given = {"USERNAME": username, "SRP_A": SrpA(), **parameters}
    return call("InitiateAuth", ClientId="$client", AuthFlow="USER_SRP_AUTH", AuthParameters=given).keeps("challenge")


def prove(password: str = PASSWORD, **members: Any) -> Call:
    """RespondToAuthChallenge with PASSWORD_VERIFIER."""
    given = {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": Proof(password=password)}
    return call("RespondToAuthChallenge", ClientId="$client", **given, **members)


ROWS = (
    row(
        "the challenge of SRP",
        "cognito.md 2.4 PASSWORD_VERIFIER",
        user(),
        srp_sign_in().gives(
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeParameters=Only({"USER_ID_FOR_SRP": "$name", "USERNAME": "$name", **VERIFIER}),
            AuthenticationResult=ABSENT,
        ),
    ),
    row(
        "SRP signs in, without a session",
        "cognito.md 2.2 Historic behaviour",
        user(),
        srp_sign_in(),
        prove().gives_only(ChallengeParameters=Only({}), AuthenticationResult=TOKENS),
    ),
    row("SRP with a wrong password", "cognito.md 2.5", user(), srp_sign_in(), prove(WRONG_PASSWORD).fails(*WRONG)),
    row("SRP of nobody", "cognito.md 2.13 SRP LEGACY", srp_sign_in().fails(*NOBODY)),
    row(
        "SRP of nobody, at an app that hides users",
        "cognito.md 2.13 SRP ENABLED",
        HIDING,
        srp_sign_in("nobody").keeps("first"),
        srp_sign_in("nobody").gives(
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeParameters={
                "SALT": "$first.ChallengeParameters.SALT",
                "USER_ID_FOR_SRP": "$first.ChallengeParameters.USER_ID_FOR_SRP",
                **{name: value for name, value in VERIFIER.items() if name != "SALT"},
            },
        ),
        prove().fails(*WRONG),
    ),
    row(
        "SRP by an alias tells the name to hash",
        "cognito.md 2.4 After alias sign-in",
        ALIAS,
        user(email="$email", email_verified="true"),
        srp_sign_in("$email").gives(ChallengeParameters={"USER_ID_FOR_SRP": "$name"}),
    ),
    row(
        "SRP of a user who is not confirmed, after the verifier",
        "cognito.md 12.2 Text order",
        signed_up(),
        srp_sign_in().gives(ChallengeName="PASSWORD_VERIFIER"),
        prove().fails("UserNotConfirmedException", "User is not confirmed."),
    ),
    row(
        "SRP_A that is zero modulo N",
        "cognito.md 2.5 Server must reject",
        user(),
        srp_sign_in(SRP_A="0").fails("InvalidParameterException"),
    ),
    row(
        "SRP_A that is no number",
        "cognito.md 2.1 lower-case hex",
        user(),
        srp_sign_in(SRP_A="not hexadecimal").fails("InvalidParameterException"),
    ),
    row(
        "a claim in another format of time",
        "cognito.md 2.5 TIMESTAMP",
        user(),
        srp_sign_in(),
        respond(
            "PASSWORD_VERIFIER",
            None,
            PASSWORD_CLAIM_SIGNATURE="AAAA",
            PASSWORD_CLAIM_SECRET_BLOCK="$challenge.ChallengeParameters.SECRET_BLOCK",
            TIMESTAMP="2026-01-06T04:05:09Z",
        ).fails("InvalidParameterException"),
    ),
)
