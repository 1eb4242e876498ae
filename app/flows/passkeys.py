"""Registering passkeys: options for the authenticator of a signed-in user, then its answer.

Amazon Cognito user pools API, StartWebAuthnRegistration, CompleteWebAuthnRegistration and DeleteWebAuthnCredential; W3C Web
Authentication Level 3, section 7.1. The challenge is stored with the app client that asked for it, and is good once.
"""

import os
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from app.core import mfa, mfa_configuration, passkeys, users
from app.core.passkeys import Passkey, Registration
from app.core.pools import Pool
from app.core.users import User
from app.flows.access_tokens import AccessGrant
from app.flows.ceremonies import (
    CHALLENGE_BYTES,
    Account,
    CeremonyError,
    KnownCredential,
    NewCredential,
    RelyingParty,
    creation_options,
    verify_registration,
)
from app.flows.locations import browser_base
from app.flows.send_code import known_name
from app.flows.snapshots import PoolSnapshot
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import (
    InvalidParameterException,
    WebAuthnChallengeNotFoundException,
    WebAuthnClientMismatchException,
    WebAuthnConfigurationMissingException,
    WebAuthnNotEnabledException,
)
from app.kit.settings import Settings

WEB_AUTHN = "WEB_AUTHN"
_MAX_NAME = 64
# As Cognito names them.
_NAMES = {"platform": "Platform passkey", "cross-platform": "Roaming passkey"}


def start_registration(work: Work, grant: AccessGrant) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON for a new passkey of the caller.

    Raises WebAuthnNotEnabledException, WebAuthnConfigurationMissingException, LimitExceededException.
    """
    pool, user = grant.client.pool, grant.user
    party = _party(work, grant)
    registration = Registration(grant.client.client.client_id, os.urandom(CHALLENGE_BYTES))
    with work.write() as db:
        known = passkeys.list_passkeys(db, pool.pool_id, user.sub)
        if len(known) >= passkeys.MAX_PASSKEYS:
            raise passkeys.limit_exceeded()
        passkeys.begin_registration(db, pool.pool_id, user.sub, registration, work.now)
    name = known_name(pool, user)
    account = Account(user_handle(user), name, user.attributes.get("name") or name)
    return creation_options(party, account, registration.challenge, known_credentials(known))


def complete_registration(work: Work, grant: AccessGrant, response: object) -> None:
    """Takes the passkey in that a RegistrationResponseJSON proves.

    Raises the WebAuthn... exceptions of CompleteWebAuthnRegistration, InvalidParameterException, LimitExceededException.
    """
    pool, user = grant.client.pool, grant.user
    party = _party(work, grant)
    with work.read() as db:
        registration = passkeys.find_registration(db, pool.pool_id, user.sub, work.now)
    if registration is None:
        raise WebAuthnChallengeNotFoundException()
    if registration.client_id != grant.client.client.client_id:
        raise WebAuthnClientMismatchException()
    try:
        credential = verify_registration(party, registration.challenge, response)
    except CeremonyError as refused:
        raise refused.error from None
    with work.write() as db:
        _store(db, work, user, registration, _passkey(credential, party, work.now))


def list_own(work: Work, grant: AccessGrant) -> list[Passkey]:
    """The caller's passkeys, the oldest first."""
    with work.read() as db:
        return passkeys.list_passkeys(db, grant.user.pool_id, grant.user.sub)


def rename_passkey(work: Work, grant: AccessGrant, credential_id: str, name: str) -> None:
    """Names a passkey of the caller as they wish; Cognito's API cannot.

    Raises ResourceNotFoundException, InvalidParameterException for a name that is blank, too long or not printable.
    """
    name = name.strip()
    if not 0 < len(name) <= _MAX_NAME or not name.isprintable():
        raise InvalidParameterException(f"A name has 1 to {_MAX_NAME} printable characters.")
    with work.write() as db:
        passkeys.rename_passkey(db, grant.user.pool_id, grant.user.sub, credential_id, name)
        record_user_event(
            db, work, grant.user, "passkey.renamed", client_id=work.caller.client_id, credential_id=credential_id
        )


def delete_passkey(work: Work, grant: AccessGrant, credential_id: str) -> None:
    """Deletes a passkey of the caller. Without any left, none stands for MFA. Raises ResourceNotFoundException."""
    with work.write() as db:
        user = users.lock_user(db, grant.user.pool_id, grant.user.sub)
        left = passkeys.delete_passkey(db, user.pool_id, user.sub, credential_id)
        users.set_mfa(db, user.pool_id, user.sub, mfa.with_passkeys(user.mfa, left), work.now)
        record_user_event(
            db, work, user, "passkey.deleted", client_id=work.caller.client_id, credential_id=credential_id
        )


def find_relying_party(settings: Settings, snapshot: PoolSnapshot, user: User | None) -> RelyingParty | None:
    """Whom passkeys of a user, or of whoever comes, are for; None if the pool has no name that browsers take for one.

    The configured RelyingPartyId, else the host on which browsers see the pool: its custom domain, its prefix domain, the
    base URL's. Browsers also refuse a public suffix; which names are one, nothing here knows.
    """
    configured = _configuration(snapshot.pool).get("RelyingPartyId")
    parts = urlsplit(browser_base(settings, snapshot))
    host = configured or parts.hostname or ""
    if not host or _is_address(host):
        return None
    origin = f"https://{parts.netloc}" if parts.scheme == "https" else ""
    return RelyingParty(host.lower(), _requires_verification(snapshot.pool, user), origin)


def user_handle(user: User) -> bytes:
    """What authenticators know the user by: as with Cognito the `sub`, random and the same for ever."""
    return user.sub.encode()


def known_credentials(found: Iterable[Passkey]) -> list[KnownCredential]:
    """Passkeys as clients are told of them."""
    return [KnownCredential(passkey.credential_id, passkey.transports) for passkey in found]


def _party(work: Work, grant: AccessGrant) -> RelyingParty:
    if WEB_AUTHN not in grant.client.pool.first_factors:
        raise WebAuthnNotEnabledException()
    party = find_relying_party(work.settings, grant.client.pool_snapshot, grant.user)
    if party is None:
        raise WebAuthnConfigurationMissingException()
    return party


def _configuration(pool: Pool) -> Mapping[str, Any]:
    return pool.configuration.get("WebAuthnConfiguration") or {}


def _requires_verification(pool: Pool, user: User | None) -> bool:
    """Where the pool says so, and wherever a passkey stands for two factors."""
    return (
        _configuration(pool).get("UserVerification") == "required"
        or mfa_configuration.passkeys_count_as_mfa(pool.configuration)
        or (user is not None and mfa.passkey_counts(user.mfa))
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _store(db: Connection, work: Work, user: User, registration: Registration, passkey: Passkey) -> None:
    """Under the user's lock, so that neither the limit nor the count in the user's document can be missed."""
    user = users.lock_user(db, user.pool_id, user.sub)
    if not passkeys.try_end_registration(db, user.pool_id, user.sub, registration):
        raise WebAuthnChallengeNotFoundException()
    count = passkeys.add_passkey(db, user.pool_id, user.sub, passkey)
    users.set_mfa(db, user.pool_id, user.sub, mfa.with_passkeys(user.mfa, count), work.now)
    record_user_event(
        db,
        work,
        user,
        "passkey.registered",
        client_id=registration.client_id,
        credential_id=passkey.credential_id,
        aaguid=passkey.aaguid,
    )


def _passkey(credential: NewCredential, party: RelyingParty, now: int) -> Passkey:
    return Passkey(
        credential_id=credential.credential_id,
        rp_id=party.rp_id,
        public_key=credential.public_key,
        sign_count=credential.sign_count,
        backup_eligible=credential.backup_eligible,
        backed_up=credential.backed_up,
        aaguid=credential.aaguid,
        name=_NAMES.get(credential.attachment or "", "Passkey"),
        attachment=credential.attachment,
        transports=credential.transports,
        created_at=now,
    )
