"""CUSTOM_AUTH and its challenge CUSTOM_CHALLENGE: the pool's three functions decide what is asked and when it is enough.

DefineAuthChallenge says what comes next, CreateAuthChallenge makes the question, VerifyAuthChallengeResponse judges the
answer (Developer Guide, "Custom authentication challenge Lambda triggers"). A sign-in may begin with SRP. What was asked so
far travels sealed in the session; every answer, right or wrong, uses its session up first, so that Define sees each of them.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from app.core import sessions
from app.core.audit import record
from app.flows.call_trigger import call_trigger
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import (
    Asked,
    Chosen,
    Entry,
    Outcome,
    Passed,
    SignIn,
    Step,
    Values,
    required,
    sign_in_event,
)
from app.flows.message_texts import trigger_attributes
from app.kit.errors import InvalidLambdaResponseException, InvalidParameterException, NotAuthorizedException

_CHALLENGE = "CUSTOM_CHALLENGE"
# What a sign-in has passed once DefineAuthChallenge says that tokens may be issued.
DONE = "CUSTOM_AUTH"
_FUNCTIONS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
_MAX_ROUNDS = 100
History = list[dict[str, Any]]


def begin_custom(sign_in: SignIn, parameters: Values) -> Outcome:
    """Asks Define what comes first; with CHALLENGE_NAME SRP_A it is told that the client has begun SRP."""
    if not all(sign_in.pool.lambda_config.get(name) for name in _FUNCTIONS):
        raise InvalidParameterException("Custom auth lambda trigger is not configured for the user pool.")
    if parameters.get("CHALLENGE_NAME") != "SRP_A":
        return _go_on(sign_in, [])
    required(parameters, "SRP_A")
    return _go_on(sign_in, [_entry("SRP_A", is_right=True)], parameters)


def ask_custom(sign_in: SignIn, _: Values) -> Outcome:
    """Goes on once the SRP step, with which the sign-in began, has succeeded."""
    return _go_on(sign_in, [_entry(name, is_right=True) for name in ("SRP_A", "PASSWORD_VERIFIER")])


def answer_custom(sign_in: SignIn, responses: Values) -> Outcome:
    """Lets Verify judge ANSWER and Define decide what follows; raises NotAuthorizedException if Define ends it."""
    if sign_in.session is None:
        raise invalid_session()
    state = sign_in.session.state
    request = {
        "privateChallengeParameters": orjson.loads(state["private"]),
        "challengeAnswer": required(responses, "ANSWER"),
    }
    with sign_in.work.write() as db:
        sessions.spend(db, sign_in.pool.pool_id, sign_in.session.spent())
    verdict = _call(sign_in, "VerifyAuthChallengeResponse", request)
    is_right = verdict.get("answerCorrect") is True
    if not is_right:
        _note_failure(sign_in, "wrong_guess")
    entry = _entry(_CHALLENGE, is_right=is_right)
    if state.get("metadata"):
        entry["challengeMetadata"] = state["metadata"]
    return _go_on(sign_in, [*orjson.loads(state["history"]), entry])


def _go_on(sign_in: SignIn, history: History, parameters: Values | None = None) -> Outcome:
    if len(history) > _MAX_ROUNDS:
        raise _failed(sign_in, "too_many_rounds")
    decision = _call(sign_in, "DefineAuthChallenge", {"session": history})
    if decision.get("failAuthentication") is True:
        raise _failed(sign_in, "refused_by_function")
    if decision.get("issueTokens") is True:
        if sign_in.candidate.user is None:
            raise _failed(sign_in, "no_such_user")
        return Passed(DONE, (), has_spent=True)
    if decision.get("challengeName") == "PASSWORD_VERIFIER" and parameters is not None:
        return Chosen("PASSWORD_SRP", parameters)
    if decision.get("challengeName") != _CHALLENGE:
        raise InvalidLambdaResponseException
    return _create(sign_in, history)


def _create(sign_in: SignIn, history: History) -> Asked:
    made = _call(sign_in, "CreateAuthChallenge", {"challengeName": _CHALLENGE, "session": history})
    state = {
        "history": orjson.dumps(history).decode(),
        "private": orjson.dumps(_texts(made.get("privateChallengeParameters"))).decode(),
    }
    metadata = made.get("challengeMetadata")
    if metadata is not None:
        state["metadata"] = str(metadata)
    public = {"USERNAME": sign_in.candidate.username, **_texts(made.get("publicChallengeParameters"))}
    return Asked(_CHALLENGE, public, state, has_spent=True)


def _failed(sign_in: SignIn, reason: str) -> NotAuthorizedException:
    """The error of a sign-in that has failed, once that is in the audit trail."""
    _note_failure(sign_in, reason)
    return NotAuthorizedException()


def _note_failure(sign_in: SignIn, reason: str) -> None:
    with sign_in.work.write() as db:
        record(db, sign_in_event(sign_in, "sign_in.failure", reason, guess=_CHALLENGE))


def _call(sign_in: SignIn, trigger: str, request: Mapping[str, Any]) -> dict[str, Any]:
    user, pool = sign_in.candidate.user, sign_in.pool
    whole = {
        "userAttributes": trigger_attributes(user) if user else {},
        **request,
        "clientMetadata": dict(sign_in.metadata),
        "userNotFound": user is None,
    }
    response = call_trigger(
        sign_in.work,
        pool,
        trigger,
        f"{trigger}_Authentication",
        whole,
        user_name=sign_in.candidate.stored_name,
        client_id=sign_in.client.client.client_id,
    )
    if response is None:
        raise InvalidParameterException("Custom auth lambda trigger is not configured for the user pool.")
    return response


def _texts(values: Any) -> dict[str, str]:
    """Challenge parameters are texts by name; raises InvalidLambdaResponseException for anything else."""
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise InvalidLambdaResponseException
    return dict(values)


def _entry(name: str, *, is_right: bool) -> dict[str, Any]:
    return {"challengeName": name, "challengeResult": is_right}


ENTRIES = (Entry("CUSTOM_AUTH", "ALLOW_CUSTOM_AUTH", frozenset({"api", "admin"}), begin_custom),)
STEPS = (Step(_CHALLENGE, answer_custom, ask=ask_custom),)
