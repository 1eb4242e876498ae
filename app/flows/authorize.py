"""Answering an authorization request: a code for a browser that is signed in as the request wants, else sign-in.

The sign-in pages bring the request back with a `continuation`: proof, good once and for five minutes, that this browser has
just done what `prompt` or `max_age` asked for. It is made at the sign-in, not at the answer to a question that follows it.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from app.core import audit, authorization_codes, sessions
from app.core.authorization_codes import AuthorizationCode
from app.core.sessions import SpentSession, SsoSession
from app.core.tokens import Authentication
from app.flows.ask_consent import has_consented, needs_consent
from app.flows.assurance import level_of
from app.flows.authorize_requests import CONTINUATION, AuthorizeRequest, Pairs
from app.flows.browser_sessions import find_session, is_reusable
from app.flows.seal_value import open_value, seal_value
from app.flows.step_up import target_levels
from app.flows.track_sessions import browser_of
from app.flows.work import Work
from app.kit.clock import MINUTE, SECOND
from app.kit.ids import new_uuid

_CONTINUATION_MS: Final = 5 * MINUTE
_CONTINUATION_PLACE: Final = "authorize.continuation"
# What of a request may be another by the time that the continuation comes back: the reader of a page may choose its language.
_UNBOUND: Final = frozenset({CONTINUATION, "lang"})


def authorize(work: Work, request: AuthorizeRequest, *secrets: str | None) -> str | None:
    """The URL that takes a code to the client, or None if somebody must sign in, or allow it, first.

    `secrets` open the browser's sessions, the one at hand first. The others count only for who has just signed in: another tab
    may have changed the account at hand meanwhile, and the client must get the one that this tab signed in to.

    Raises AuthorizeError (`login_required`, `consent_required`) where the request forbids to ask, and where somebody else has
    just signed in than the request hints at.
    """
    proof = _proof(work, request)
    session = _session(work, request, secrets, proof)
    if proof and session and not request.wants(session.sub):
        # Not asked once more: whoever signed in could not tell what is wrong.
        raise request.refused("login_required", "Another user has signed in than the id_token_hint names.")
    continuation = SpentSession(proof["id"], proof["expires_at"]) if proof and session else None
    problem = "login_required", "Nobody is signed in as the request wants."
    if session is not None and _is_enough(work, request, session, continuation):
        if _is_allowed(work, request, session, continuation):
            code = _create_code(work, request, session, continuation)
            if code is not None:
                return request.answer([("code", code)])
        else:
            problem = "consent_required", "The user has not allowed what is wanted."
    if "none" in request.prompts:
        raise request.refused(*problem)
    return None


def _is_allowed(work: Work, request: AuthorizeRequest, session: SsoSession, continuation: SpentSession | None) -> bool:
    """Whether the user has allowed it; where the request wants them asked, the continuation says that they were."""
    if continuation is not None:
        return has_consented(work, request, session.sub)
    return not needs_consent(work, request, session.sub)


def _is_enough(work: Work, request: AuthorizeRequest, session: SsoSession, continuation: SpentSession | None) -> bool:
    """Whether the session satisfies prompt, max_age, the user hinted at and the client's limit on silent reuse."""
    if not request.wants(session.sub):
        return False
    if continuation is not None:
        return True
    if not request.prompts.isdisjoint({"login", "select_account"}) or not is_reusable(work, request.client, session):
        return False
    if "none" not in request.prompts and not reaches(request, session):
        return False
    age = work.now - Authentication.from_json(session.authentication).auth_time
    return request.max_age is None or age <= request.max_age * SECOND


def reaches(request: AuthorizeRequest, session: SsoSession) -> bool:
    """Whether the session is as sure as the highest level that `acr_values` name; a wish, not a condition, for prompt=none."""
    wanted = target_levels(request.client.pool, request.acr_values)
    return not wanted or level_of(session.authentication["amr"]) >= wanted[0]


def _create_code(
    work: Work, request: AuthorizeRequest, session: SsoSession, continuation: SpentSession | None
) -> str | None:
    """A code for the session's user; None if the continuation was used before, or a tracked session has just been ended."""
    code = _code(work, request, session)
    is_tracking = request.client.pool_snapshot.sessions.is_tracking
    with work.write() as db:
        if is_tracking and not sessions.try_lock_sso_session(db, session.pool_id, session.session_id):
            return None
        if continuation is not None and not sessions.try_spend(db, code.pool_id, continuation):
            return None
        sessions.touch_sso_session(db, session, **browser_of(work), now=work.now)
        audit.record(db, _event(work, code, session))
        return authorization_codes.create_code(db, code)


def _code(work: Work, request: AuthorizeRequest, session: SsoSession) -> AuthorizationCode:
    authentication = {
        **session.authentication,
        "sso_session_id": session.session_id,
        "resource": request.resource,
    }
    if request.client.pool_snapshot.sessions.is_tracking:
        authentication["browser"] = browser_of(work)
    return AuthorizationCode(
        pool_id=session.pool_id,
        client_id=request.client.client.client_id,
        sub=session.sub,
        redirect_uri="" if request.is_default_uri else request.redirect_uri,
        scope=request.scope,
        code_challenge=request.code_challenge,
        nonce=request.nonce,
        authentication=authentication,
        family_id=new_uuid(),
        created_at=work.now,
        expires_at=work.now + authorization_codes.LIFETIME_MS,
    )


def _event(work: Work, code: AuthorizationCode, session: SsoSession) -> audit.Event:
    return audit.Event(
        kind="authorization_code.issued",
        at=work.now,
        request_id=work.request_id,
        pool_id=code.pool_id,
        sub=code.sub,
        client_id=code.client_id,
        source_ip=work.source_ip,
        details={"session_id": session.session_id, "scope": code.scope},
    )


def seal_continuation(work: Work, pool_id: str, pairs: Pairs, session_id: str) -> str:
    """A token that lets this browser session finish this request although it asks for a new sign-in."""
    value = {"id": new_uuid(), "session_id": session_id, "request": _fingerprint(pairs)}
    return seal_value(work, pool_id, _CONTINUATION_PLACE, value, _CONTINUATION_MS)


def is_continuation_open(work: Work, pool_id: str, continuation: str) -> bool:
    """Whether a continuation has neither expired nor been used; only using it decides."""
    opened = open_value(work, pool_id, _CONTINUATION_PLACE, continuation)
    if opened is None:
        return False
    with work.read() as db:
        return not sessions.is_spent(db, pool_id, opened["id"])


def end_continuation(work: Work, pool_id: str, continuation: str) -> None:
    """Uses a continuation up without a code, for whoever refuses; one that is used or over stays so."""
    opened = open_value(work, pool_id, _CONTINUATION_PLACE, continuation)
    if opened is not None:
        with work.write() as db:
            sessions.mark_spent(db, pool_id, SpentSession(opened["id"], opened["expires_at"]))


def _proof(work: Work, request: AuthorizeRequest) -> dict[str, Any] | None:
    """What a request's continuation says; None if it is missing, expired, or made for another request."""
    if request.continuation is None:
        return None
    sealed = open_value(work, request.client.pool.pool_id, _CONTINUATION_PLACE, request.continuation)
    return sealed if sealed and sealed["request"] == _fingerprint(request.pairs) else None


def _session(
    work: Work, request: AuthorizeRequest, secrets: Sequence[str | None], proof: dict[str, Any] | None
) -> SsoSession | None:
    """The session at hand, or the one that a continuation is for; None if the browser does not have it any more."""
    wanted = (find_session(work, request.client.pool.pool_id, secret) for secret in secrets[: None if proof else 1])
    return next((known for known in wanted if known and (not proof or known.session_id == proof["session_id"])), None)


def _fingerprint(pairs: Pairs) -> str:
    kept = sorted(pair for pair in pairs if pair[0] not in _UNBOUND)
    return hashlib.sha256(urlencode(kept).encode()).hexdigest()
