"""Redeeming an authorization code (RFC 6749 section 4.1.3): the trigger, then consume and commit, then sign.

One transaction uses the code up and begins its family, so of any number of redemptions at once one succeeds, and whoever
comes after finds a family to revoke. Until then nothing has happened: after a trigger that failed the code is good for another try.
"""

from sqlalchemy import Connection

from app.core import audit, authorization_codes, tokens
from app.core.authorization_codes import AuthorizationCode
from app.core.tokens import Authentication, Family, Subject
from app.flows.issue_tokens import (
    Tokens,
    begin_family,
    call_token_trigger,
    check_subject,
    new_family,
    sign_tokens,
    token_event,
)
from app.flows.snapshots import ClientSnapshot
from app.flows.token_claims import Grant, with_remaining_scope
from app.flows.track_sessions import lock_sessions
from app.flows.triggers.pre_token_generation import HOSTED_AUTH
from app.flows.work import Work
from app.kit.errors import NotAuthorizedException

_INVALID = "The authorization code is invalid, has expired, or was used before."


class _UsedError(Exception):
    """Somebody else has just used the code up."""


def find_code(work: Work, client: ClientSnapshot, text: str) -> AuthorizationCode:
    """The live code of this client. A code that was used before costs the family it gave; raises NotAuthorizedException."""
    with work.read() as db:
        code = authorization_codes.find_code(db, client.pool.pool_id, text)
    if code is None or code.client_id != client.client.client_id or code.expires_at <= work.now:
        raise NotAuthorizedException(_INVALID)
    if code.used_at is not None:
        raise _reused(work, client, code)
    return code


def exchange_code(work: Work, client: ClientSnapshot, code: AuthorizationCode, text: str) -> Tokens:
    """The tokens of a code whose redirect URI and PKCE verifier have been checked.

    They have what the client may still have of the code's scope. Raises NotAuthorizedException, and what the trigger raises,
    which leaves the code as it was.
    """
    family = with_remaining_scope(client, _family(work, client, code))
    with work.read() as db:
        subject = _subject(db, code)
    overrides = call_token_trigger(work, client, HOSTED_AUTH, subject, family)
    try:
        with work.write() as db:
            lock_sessions(db, family)
            authorization_codes.use_code(db, code.pool_id, text, work.now, _UsedError)
            refresh_token = begin_family(work, db, client, family)
    except _UsedError:
        raise _reused(work, client, code) from None
    return sign_tokens(Grant(client, family, subject, work.now, code.nonce, overrides), refresh_token)


def _family(work: Work, client: ClientSnapshot, code: AuthorizationCode) -> Family:
    return new_family(
        work,
        client,
        code.sub,
        Authentication.from_json(code.authentication),
        scope=code.scope,
        is_oauth=True,
        family_id=code.family_id,
        browser=code.authentication.get("browser"),
    )


def _subject(db: Connection, code: AuthorizationCode) -> Subject:
    """The user of a code; raises NotAuthorizedException if it is gone, disabled, or signed out everywhere since."""
    subject = check_subject(tokens.find_subject(db, code.pool_id, code.sub))
    if code.created_at < subject.signed_out_at:
        raise NotAuthorizedException(_INVALID)
    return subject


def _reused(work: Work, client: ClientSnapshot, code: AuthorizationCode) -> NotAuthorizedException:
    """Revokes what the code gave (RFC 9700 section 2.1.1), and gives the error that says so."""
    family = _family(work, client, code)
    with work.write() as db:
        if tokens.revoke_family(db, code.pool_id, code.family_id, work.now):
            audit.record(db, token_event(work, "authorization_code.reused", family, outcome="failure"))
    return NotAuthorizedException(_INVALID)
