"""Custom authentication after the password: the user also answers a question.

DefineAuthChallenge, CreateAuthChallenge and VerifyAuthChallengeResponse of one pool.
"""

from typing import Any

NEXT = {
    ("SRP_A",): "PASSWORD_VERIFIER",
    ("SRP_A", "PASSWORD_VERIFIER"): "CUSTOM_CHALLENGE",
}


def define(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    session, response = event["request"]["session"], event["response"]
    names = tuple(challenge["challengeName"] for challenge in session)
    is_right = all(challenge["challengeResult"] for challenge in session)
    response["issueTokens"] = is_right and names == ("SRP_A", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE")
    response["failAuthentication"] = not response["issueTokens"] and (not is_right or names not in NEXT)
    if names in NEXT:
        response["challengeName"] = NEXT[names]
    return event


def create(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    if event["request"]["challengeName"] == "CUSTOM_CHALLENGE":
        event["response"]["publicChallengeParameters"] = {"question": "Where did you grow up?"}
        event["response"]["privateChallengeParameters"] = {"answer": event["request"]["userAttributes"]["address"]}
        event["response"]["challengeMetadata"] = "HOME_TOWN"
    return event


def verify(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    expected = event["request"]["privateChallengeParameters"]["answer"]
    event["response"]["answerCorrect"] = event["request"]["challengeAnswer"].casefold() == expected.casefold()
    return event
