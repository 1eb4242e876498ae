"""DefineAuthChallenge, CreateAuthChallenge and VerifyAuthChallengeResponse: the three functions of CUSTOM_AUTH.

Developer Guide, "Custom authentication challenge Lambda triggers".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.flows.trigger_events import with_metadata
from app.flows.triggers.responses import Response, read_flag, read_text, read_texts

DEFINE: Final = "DefineAuthChallenge"
CREATE: Final = "CreateAuthChallenge"
VERIFY: Final = "VerifyAuthChallengeResponse"
TRIGGERS: Final = (DEFINE, CREATE, VERIFY)
SOURCES: Final = tuple(f"{trigger}_Authentication" for trigger in TRIGGERS)
RESPONSES: Final[Mapping[str, Mapping[str, Any]]] = {
    DEFINE: {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    CREATE: {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None},
    VERIFY: {"answerCorrect": None},
}
# Names of challenges and what functions note of one; the model has no limit, a session has.
_MAX_TEXT: Final = 4_096
# What was asked so far: challengeName, challengeResult and perhaps challengeMetadata of each.
History = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What DefineAuthChallenge says comes next."""

    challenge: str | None
    issues_tokens: bool
    fails: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What CreateAuthChallenge asks: `public` goes to the client, `private` to VerifyAuthChallengeResponse."""

    public: dict[str, str]
    private: dict[str, str]
    metadata: str | None


def define_request(history: History) -> dict[str, Any]:
    """What DefineAuthChallenge is told, beside what `whole_request` adds."""
    return {"session": [dict(entry) for entry in history]}


def create_request(history: History, challenge: str) -> dict[str, Any]:
    """What CreateAuthChallenge is told, likewise."""
    return {"challengeName": challenge, "session": [dict(entry) for entry in history]}


def verify_request(private: Mapping[str, str], answer: str) -> dict[str, Any]:
    """What VerifyAuthChallengeResponse is told, likewise."""
    return {"privateChallengeParameters": dict(private), "challengeAnswer": answer}


def whole_request(
    attributes: Mapping[str, str],
    request: Mapping[str, Any],
    metadata: Mapping[str, str] | None,
    *,
    is_known: bool,
) -> dict[str, Any]:
    """The request of any of the three; where existence is hidden they also run for a name that leads to nobody."""
    return with_metadata({"userAttributes": dict(attributes), **request, "userNotFound": not is_known}, metadata)


def read_decision(response: Response) -> Decision:
    """What DefineAuthChallenge answered; raises InvalidLambdaResponseException."""
    challenge = read_text(response, "challengeName", _MAX_TEXT)
    return Decision(challenge, read_flag(response, "issueTokens"), read_flag(response, "failAuthentication"))


def read_question(response: Response) -> Question:
    """What CreateAuthChallenge answered; raises InvalidLambdaResponseException."""
    return Question(
        read_texts(response, "publicChallengeParameters"),
        read_texts(response, "privateChallengeParameters"),
        read_text(response, "challengeMetadata", _MAX_TEXT),
    )


def read_verdict(response: Response) -> bool:
    """Whether VerifyAuthChallengeResponse found the answer right; raises InvalidLambdaResponseException."""
    return read_flag(response, "answerCorrect")
