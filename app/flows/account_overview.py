"""What the account page shows of what protects an account: read at once, changed by the flows behind the API."""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.core import codes, credentials, devices, identities, mfa, mfa_configuration, passkeys, recovery_codes
from app.core import software_tokens as tokens
from app.core.codes import Code
from app.core.devices import Device
from app.core.identities import LinkedIdentity
from app.core.passkeys import Passkey
from app.flows.account_access import Account
from app.flows.mfa_preferences import check_possible
from app.flows.passkeys import WEB_AUTHN
from app.flows.recovery_codes import are_enabled
from app.flows.second_factors import second_factors_of
from app.flows.software_tokens import keeps_several
from app.flows.work import Work
from app.kit.errors import InvalidParameterException

MOST_DEVICES = 60


@dataclass(frozen=True, slots=True)
class Authenticator:
    """An authenticator app: `name` may be empty."""

    token_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Protection:
    """What an account is protected by, and what the pool would let its user add.

    `factors` are the second factors that can be switched on, `enabled` those that are, `preferred` the first one asked for;
    `has_second_step` says that sign-ins ask for one, which a pool may require of users who have switched none on.
    """

    has_password: bool
    passkeys: tuple[Passkey, ...]
    takes_passkeys: bool
    authenticators: tuple[Authenticator, ...]
    takes_authenticators: bool
    keeps_several: bool
    recovery_codes: int
    has_recovery_codes: bool
    has_second_step: bool
    factors: tuple[str, ...]
    enabled: tuple[str, ...]
    preferred: str | None


def find_protection(work: Work, account: Account) -> Protection:
    """What the security page shows."""
    pool, user = account.pool, account.user
    with work.read() as db:
        found = passkeys.list_passkeys(db, pool.pool_id, user.sub)
        has_password = credentials.find_password(db, pool.pool_id, user.sub) is not None
        apps = tokens.list_tokens(db, work.keyring, pool.pool_id, user.sub)
        left = recovery_codes.count_codes(db, pool.pool_id, user.sub)
    return Protection(
        has_password=has_password,
        passkeys=tuple(found),
        takes_passkeys=WEB_AUTHN in pool.first_factors,
        authenticators=tuple(Authenticator(app.token_id, app.name) for app in apps),
        takes_authenticators=mfa.SOFTWARE_TOKEN_MFA in mfa_configuration.second_factors(pool.configuration),
        keeps_several=keeps_several(pool),
        recovery_codes=left,
        has_recovery_codes=are_enabled(pool),
        has_second_step=bool(second_factors_of(pool, user)),
        factors=tuple(factor for factor in mfa.FACTORS if _is_possible(account, factor)),
        enabled=mfa.enabled_factors(user.mfa),
        preferred=mfa.preferred_factor(user.mfa),
    )


def has_password(work: Work, account: Account) -> bool:
    """Whether the user has a password; who came by other ways may have none."""
    with work.read() as db:
        return credentials.find_password(db, account.pool.pool_id, account.user.sub) is not None


def find_pending(work: Work, account: Account, attribute: str) -> Code | None:
    """The live code that would verify an address, and the address that it was sent to."""
    with work.read() as db:
        return codes.find_code(db, account.pool.pool_id, account.user.sub, codes.verification_of(attribute), work.now)


def list_devices(work: Work, account: Account) -> list[Device]:
    """The user's devices; none where the pool does not track devices."""
    with work.read() as db:
        return devices_of(db, account)


def devices_of(db: Connection, account: Account) -> list[Device]:
    """As `list_devices`, within a segment."""
    if account.pool.device_configuration is None:
        return []
    return devices.list_devices(db, account.pool.pool_id, account.user.sub, after=None, limit=MOST_DEVICES)


def list_linked(work: Work, account: Account) -> list[LinkedIdentity]:
    """The identities at other providers that are linked to the user."""
    with work.read() as db:
        return identities.list_identities(db, account.pool.pool_id, account.user.sub)


def _is_possible(account: Account, factor: str) -> bool:
    try:
        check_possible(account.pool, account.user, factor)
    except InvalidParameterException:
        return False
    return True
