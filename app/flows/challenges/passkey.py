"""WEB_AUTHN: an authenticator of the user signs a challenge (W3C Web Authentication Level 3, section 7.2).

Why an answer is refused is told, since it says nothing about the user: a wrong origin is a mistake of the app. Wrong
answers lock nothing: a signature cannot be guessed, and whoever knows a name could lock its passkeys out.

The hosted pages ask before anybody has said who they are: the authenticator names the user (a discoverable credential), so
that the page is the same for everybody.
"""

import os
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from app.core import mfa_configuration, passkeys, sessions, users
from app.core.audit import Event, record
from app.core.passkeys import Passkey
from app.core.sessions import SpentSession
from app.core.users import User
from app.flows.ceremonies import (
    CHALLENGE_BYTES,
    Assertion,
    CeremonyError,
    RelyingParty,
    parse_assertion,
    request_options,
    verify_assertion,
)
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import Asked, Entry, Passed, SignIn, Step, Values, required, sign_in_event
from app.flows.first_factors import factors_on_pages, first_factors
from app.flows.page_options import page_options
from app.flows.passkeys import WEB_AUTHN, find_relying_party, known_credentials, user_handle
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.clock import HOUR
from app.kit.errors import (
    InvalidParameterException,
    InvalidUserPoolConfigurationException,
    NotAuthorizedException,
    WebAuthnConfigurationMissingException,
    WebAuthnNotEnabledException,
)

_UNKNOWN = "The passkey is not registered for the user."
_COPIED = "The signature counter of the passkey has not grown: there may be a copy of it."


PAGES_FLOW = "PASSKEY"
# A page may stay open as long as its handle is good.
_CEREMONY_MS = HOUR


@dataclass(frozen=True, slots=True)
class _Proof:
    """A passkey of the user and what it has signed."""

    passkey: Passkey
    assertion: Assertion


def ask_for_passkey(sign_in: SignIn, _: Values) -> Asked:
    """Asks for a signature of one of the user's passkeys; the options are PublicKeyCredentialRequestOptionsJSON as text."""
    party, pool_id, user = _party(sign_in), sign_in.pool.pool_id, _user(sign_in)
    with sign_in.work.read() as db:
        found = passkeys.list_passkeys(db, pool_id, user.sub)
    usable = known_credentials(passkey for passkey in found if passkey.rp_id == party.rp_id)
    if not usable:
        raise NotAuthorizedException("The user has no passkey for the relying party ID of the user pool.")
    challenge = os.urandom(CHALLENGE_BYTES)
    options = request_options(party, challenge, usable, sign_in.client.client.auth_session_ms)
    return Asked(
        WEB_AUTHN,
        {"CREDENTIAL_REQUEST_OPTIONS": orjson.dumps(options).decode()},
        {"challenge": bytes_to_base64url(challenge)},
        available=() if sign_in.passed else (WEB_AUTHN,),
    )


def check_passkey(sign_in: SignIn, responses: Values) -> Passed:
    """Checks CREDENTIAL, an AuthenticationResponseJSON as text; raises NotAuthorizedException."""
    return _check(sign_in, responses, sign_in.session.state["challenge"] if sign_in.session else "")


def open_ceremony(work: Work, client: ClientSnapshot) -> tuple[str, str] | None:
    """A challenge (base64url) and the options for a passkey of whoever comes, as text; None where there are none to be had."""
    party = find_relying_party(work.settings, client.pool_snapshot, None)
    if party is None or WEB_AUTHN not in factors_on_pages(work, client):
        return None
    challenge = os.urandom(CHALLENGE_BYTES)
    options = request_options(party, challenge, (), client.client.auth_session_ms)
    return bytes_to_base64url(challenge), orjson.dumps(options).decode()


def named_user(credential: str) -> str:
    """The `sub` that an AuthenticationResponseJSON names, nothing of which is proven yet; raises NotAuthorizedException."""
    try:
        parsed = parse_assertion(_json(credential))
        return (parsed.response.user_handle or b"").decode()
    except (CeremonyError, InvalidParameterException, UnicodeDecodeError):
        raise NotAuthorizedException(_UNKNOWN) from None


def begin_with_passkey(sign_in: SignIn, parameters: Values) -> Passed:
    """Checks CREDENTIAL against CHALLENGE, which `open_ceremony` made and which is good once; raises NotAuthorizedException."""
    if WEB_AUTHN not in first_factors(sign_in):
        raise NotAuthorizedException(_UNKNOWN)
    challenge = required(parameters, "CHALLENGE")
    return _check(sign_in, parameters, challenge, SpentSession(f"passkey:{challenge}", sign_in.work.now + _CEREMONY_MS))


def _check(sign_in: SignIn, responses: Values, challenge: str, spent: SpentSession | None = None) -> Passed:
    response, party = _json(required(responses, "CREDENTIAL")), _party(sign_in)
    try:
        proof = _proof(sign_in, party, response, challenge)
    except CeremonyError as refused:
        # Nothing bounds wrong answers, so they must not fill the audit trail one transaction at a time.
        sign_in.work.resources.note_usage(sign_in_event(sign_in, "sign_in.failure", "wrong_guess", guess=WEB_AUTHN))
        raise NotAuthorizedException(refused.error.message) from None
    return Passed(WEB_AUTHN, _amr(sign_in, proof), write=lambda db: _use(db, sign_in, proof, spent))


def _proof(sign_in: SignIn, party: RelyingParty, response: object, challenge: str) -> _Proof:
    """Raises CeremonyError."""
    credential, user = parse_assertion(response), _user(sign_in)
    with sign_in.work.read() as db:
        passkey = passkeys.find_passkey(db, sign_in.pool.pool_id, user.sub, bytes_to_base64url(credential.raw_id))
    if passkey is None or passkey.rp_id != party.rp_id:
        raise CeremonyError(NotAuthorizedException(_UNKNOWN))
    assertion = verify_assertion(
        party,
        base64url_to_bytes(challenge),
        credential,
        public_key=passkey.public_key,
        backup_eligible=passkey.backup_eligible,
        handle=user_handle(user),
    )
    if not passkeys.is_newer_count(passkey.sign_count, assertion.sign_count):
        with sign_in.work.write() as db:
            record(db, _copied(sign_in, passkey))
        raise CeremonyError(NotAuthorizedException(_COPIED))
    return _Proof(passkey, assertion)


def _use(db: Connection, sign_in: SignIn, proof: _Proof, spent: SpentSession | None) -> User:
    """Stores the counter; of two answers at once, or after the passkey was deleted, it may be that it does not fit any more."""
    pool_id, sub, passkey = sign_in.pool.pool_id, sign_in.candidate.sub, proof.passkey
    if spent:
        sessions.spend(db, pool_id, spent)
    user = users.lock_user(db, pool_id, sub)
    if passkeys.find_passkey(db, pool_id, sub, passkey.credential_id) is None:
        raise NotAuthorizedException(_UNKNOWN)
    is_used = passkeys.use_passkey(
        db,
        pool_id,
        sub,
        passkey.credential_id,
        sign_count=proof.assertion.sign_count,
        backed_up=proof.assertion.backed_up,
        now=sign_in.work.now,
    )
    if not is_used:
        sign_in.work.keep(lambda kept: record(kept, _copied(sign_in, passkey)))
        raise NotAuthorizedException(_COPIED)
    return user


def _amr(sign_in: SignIn, proof: _Proof) -> tuple[str, ...]:
    """`swk` for a key that is the device's or that is synced, else `hwk` (RFC 8176); `mfa` where it is worth two factors."""
    passkey = proof.passkey
    is_soft = passkey.attachment == "platform" or passkey.backup_eligible
    is_mfa = proof.assertion.user_verified and mfa_configuration.passkeys_count_as_mfa(sign_in.pool.configuration)
    return ("swk" if is_soft else "hwk", *(("mfa",) if is_mfa else ()))


def _copied(sign_in: SignIn, passkey: Passkey) -> Event:
    return sign_in_event(sign_in, "passkey.counter_went_back", "counter_went_back", credential_id=passkey.credential_id)


def _party(sign_in: SignIn) -> RelyingParty:
    """The sign-in operations know none of the errors that registration has for this."""
    if WEB_AUTHN not in sign_in.pool.first_factors:
        raise InvalidUserPoolConfigurationException(WebAuthnNotEnabledException.default_message)
    party = find_relying_party(sign_in.work.settings, sign_in.client.pool_snapshot, _user(sign_in))
    if party is None:
        raise InvalidUserPoolConfigurationException(WebAuthnConfigurationMissingException.default_message)
    return party


def _user(sign_in: SignIn) -> User:
    """The challenge is never offered for a name that leads to nobody, so this one was deleted meanwhile."""
    if sign_in.candidate.user is None:
        raise invalid_session()
    return sign_in.candidate.user


def _json(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidParameterException("CREDENTIAL is not JSON.") from None


ENTRIES = (Entry(PAGES_FLOW, "", frozenset({"pages"}), begin_with_passkey, options=page_options, way_in=WEB_AUTHN),)
STEPS = (Step(WEB_AUTHN, check_passkey, ask=ask_for_passkey),)
