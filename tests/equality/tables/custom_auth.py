"""CUSTOM_AUTH: functions choose. How they fail is in the table triggers."""

from typing import Any

from tests.equality.language import (
    Call,
    Function,
    On,
    Only,
    respond,
    row,
    user,
)
from tests.equality.tables.user_auth import begin

TOKENS = {"AccessToken": str, "IdToken": str, "RefreshToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"}
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def define(event: dict[str, Any]) -> dict[str, Any]:
    """One riddle, two tries."""
    tries = event["request"]["session"]
    if tries and tries[-1]["challengeResult"]:
        event["response"]["issueTokens"] = True
    elif len(tries) == 2:
        event["response"]["failAuthentication"] = True
    else:
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def create(event: dict[str, Any]) -> dict[str, Any]:
    """The riddle."""
    event["response"] = {
        "publicChallengeParameters": {"riddle": "2 + 2"},
        "privateChallengeParameters": {"answer": "4"},
    }
    return event


def judge(event: dict[str, Any]) -> dict[str, Any]:
    """Its answer."""
    request = event["request"]
    event["response"]["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    return event


def fail(event: dict[str, Any]) -> dict[str, Any]:
    """A function that throws."""
    raise ValueError("not today!")


def functions(**changes: Any) -> On:
    """A pool with three functions, handlers or ARNs."""
    named = {"DefineAuthChallenge": define, "CreateAuthChallenge": create, "VerifyAuthChallengeResponse": judge}
    given = {**named, **changes}
    config = {name: Function(value) if callable(value) else value for name, value in given.items()}
    return On(pool={"LambdaConfig": config}, client={"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"]})


def riddle(answer: str) -> Call:
    """An answer to the riddle."""
    return respond("CUSTOM_CHALLENGE", ANSWER=answer)


RIDDLE = functions()

ROWS = (
    row(
        "a riddle",
        "cognito.md 2.4 CUSTOM_CHALLENGE",
        RIDDLE,
        user(),
        begin(flow="CUSTOM_AUTH").gives(
            ChallengeName="CUSTOM_CHALLENGE", Session=str, ChallengeParameters={"riddle": "2 + 2", "USERNAME": "$name"}
        ),
        riddle("4").gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "a wrong answer asks again, until the function says no",
        "cognito.md 2.11 Wrong custom answers keep looping",
        RIDDLE,
        user(),
        begin(flow="CUSTOM_AUTH"),
        riddle("5").gives(ChallengeName="CUSTOM_CHALLENGE").keeps("challenge"),
        riddle("5").fails(*WRONG),
    ),
    row(
        "no functions",
        "cognito.md 2.11",
        On(client={"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"]}),
        user(),
        begin(flow="CUSTOM_AUTH").fails("InvalidParameterException"),
    ),
    row(
        "a function that throws before the sign-in",
        "cognito.md 5.3 PreAuthentication_Authentication",
        functions(PreAuthentication=fail),
        user(),
        begin(flow="CUSTOM_AUTH").fails(
            "UserLambdaValidationException", "PreAuthentication failed with error not today!."
        ),
    ),
    row(
        "nobody gets a riddle, at an app that hides users",
        "cognito.md 2.11 userNotFound",
        On(
            pool=RIDDLE.pool,
            client={"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"], "PreventUserExistenceErrors": "ENABLED"},
        ),
        begin(flow="CUSTOM_AUTH").gives(ChallengeName="CUSTOM_CHALLENGE"),
        respond("CUSTOM_CHALLENGE", ANSWER="4").fails(*WRONG),
    ),
)
