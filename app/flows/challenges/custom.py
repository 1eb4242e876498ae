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
from app.flows.call_trigger import call_trigger, has_function
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
from app.flows.trigger_events import user_attributes
from app.flows.triggers.custom_auth import (
    CREATE,
    DEFINE,
    RESPONSES,
    TRIGGERS,
    VERIFY,
    create_request,
    define_request,
    read_decision,
    read_question,
    read_verdict,
    verify_request,
    whole_request,
)
from app.kit.errors import InvalidLambdaResponseException, InvalidParameterException, NotAuthorizedException

_CHALLENGE = "CUSTOM_CHALLENGE"
# What a sign-in has passed once DefineAuthChallenge says that tokens may be issued.
DONE = "CUSTOM_AUTH"
_NOT_CONFIGURED = "Custom auth lambda trigger is not configured for the user pool."
_MAX_ROUNDS = 100
History = list[dict[str, Any]]


def begin_custom(sign_in: SignIn, parameters: Values) -> Outcome:
    """Asks Define what comes first; with CHALLENGE_NAME SRP_A it is told that the client has begun SRP."""
    if not all(has_function(sign_in.pool, name) for name in TRIGGERS):
        raise InvalidParameterException(_NOT_CONFIGURED)
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
    request = verify_request(orjson.loads(state["private"]), required(responses, "ANSWER"))
    with sign_in.work.write() as db:
        sessions.spend(db, sign_in.pool.pool_id, sign_in.session.spent())
    is_right = read_verdict(_call(sign_in, VERIFY, request))
    if not is_right:
        _note_failure(sign_in, "wrong_guess")
    entry = _entry(_CHALLENGE, is_right=is_right)
    if state.get("metadata"):
        entry["challengeMetadata"] = state["metadata"]
    return _go_on(sign_in, [*orjson.loads(state["history"]), entry])


def _go_on(sign_in: SignIn, history: History, parameters: Values | None = None) -> Outcome:
    if len(history) > _MAX_ROUNDS:
        raise _failed(sign_in, "too_many_rounds")
    decision = read_decision(_call(sign_in, DEFINE, define_request(history)))
    if decision.fails:
        raise _failed(sign_in, "refused_by_function")
    if decision.issues_tokens:
        if sign_in.candidate.user is None:
            raise _failed(sign_in, "no_such_user")
        return Passed(DONE, (), has_spent=True)
    if decision.challenge == "PASSWORD_VERIFIER" and parameters is not None:
        return Chosen("PASSWORD_SRP", parameters)
    if decision.challenge != _CHALLENGE:
        raise InvalidLambdaResponseException
    return _create(sign_in, history)


def _create(sign_in: SignIn, history: History) -> Asked:
    made = read_question(_call(sign_in, CREATE, create_request(history, _CHALLENGE)))
    state = {"history": orjson.dumps(history).decode(), "private": orjson.dumps(made.private).decode()}
    if made.metadata is not None:
        state["metadata"] = made.metadata
    return Asked(_CHALLENGE, {"USERNAME": sign_in.candidate.username, **made.public}, state, has_spent=True)


def _failed(sign_in: SignIn, reason: str) -> NotAuthorizedException:
    """The error of a sign-in that has failed, once that is in the audit trail."""
    _note_failure(sign_in, reason)
    return NotAuthorizedException()


def _note_failure(sign_in: SignIn, reason: str) -> None:
    with sign_in.work.write() as db:
        record(db, sign_in_event(sign_in, "sign_in.failure", reason, guess=_CHALLENGE))


def _call(sign_in: SignIn, trigger: str, request: Mapping[str, Any]) -> dict[str, Any]:
    user, pool = sign_in.candidate.user, sign_in.pool
    if not has_function(pool, trigger):
        raise InvalidParameterException(_NOT_CONFIGURED)
    attributes = user_attributes(pool, user) if user else {}
    return call_trigger(
        sign_in.work,
        pool,
        trigger,
        f"{trigger}_Authentication",
        whole_request(attributes, request, sign_in.metadata, is_known=user is not None),
        RESPONSES[trigger],
        user_name=sign_in.candidate.stored_name,
        client_id=sign_in.client.client.client_id,
    )


def _entry(name: str, *, is_right: bool) -> dict[str, Any]:
    return {"challengeName": name, "challengeResult": is_right}


ENTRIES = (Entry("CUSTOM_AUTH", "ALLOW_CUSTOM_AUTH", frozenset({"api", "admin", "pages"}), begin_custom),)
STEPS = (Step(_CHALLENGE, answer_custom, ask=ask_custom),)
