"""What a user can begin a sign-in with (USER_AUTH): Developer Guide, "Authentication with choice-based flows".

What the pool allows, what the user has, and what MFA leaves room for. For somebody who does not exist the list is that of a
user with the addresses that sign-up verifies, and without passkeys.
"""

from app.core import credentials, mfa, mfa_configuration, users
from app.core.pools import Pool
from app.core.users import User
from app.flows.challenge_steps import SignIn
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers import custom_auth
from app.flows.work import Work

_ORDER = ("EMAIL_OTP", "SMS_OTP", "PASSWORD_SRP", "PASSWORD", "WEB_AUTHN")
_ON_PAGES = ("PASSWORD", "WEB_AUTHN", "EMAIL_OTP", "SMS_OTP")
_OWN = "CUSTOM_AUTH"
# What lets a client have anything but the challenges of functions.
_WITH_FACTORS = frozenset(
    {"ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"}
)
_ADDRESS_OF = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}
_PASSWORDS = frozenset({"PASSWORD", "PASSWORD_SRP"})
# The order in which GetUserAuthFactors shows them.
_CONFIGURED = ("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "SOFTWARE_TOKEN")


def first_factors(sign_in: SignIn) -> tuple[str, ...]:
    """The challenges that the user may choose to begin with."""
    pool, user = sign_in.pool, sign_in.candidate.user
    allowed = _allowed(pool)
    if user is None:
        return simulated_factors(pool)
    if user.status == users.FORCE_CHANGE_PASSWORD:
        return tuple(name for name in allowed if name in _PASSWORDS)
    has_password = sign_in.candidate.password is not None
    return tuple(name for name in allowed if _can(pool, user, name, has_password=has_password))


def simulated_factors(pool: Pool) -> tuple[str, ...]:
    """What somebody who does not exist may choose, and whoever can begin with nothing where existence is hidden."""
    return tuple(name for name in _allowed(pool) if name in _PASSWORDS or _is_usual(pool, name))


def configured_factors(work: Work, pool: Pool, user: User) -> tuple[str, ...]:
    """ConfiguredUserAuthFactors: the first factors that the user has set up and the pool allows, and an authenticator."""
    with work.read() as db:
        has_password = credentials.find_password(db, pool.pool_id, user.sub) is not None
    has = {name: _has(user, name, has_password=has_password) for name in pool.first_factors}
    has["SOFTWARE_TOKEN"] = mfa.has_software_token(user.mfa)
    return tuple(name for name in _CONFIGURED if has.get(name))


def factors_on_pages(work: Work, client: ClientSnapshot) -> tuple[str, ...]:
    """What the hosted pages offer to begin with: to everybody the same, so that it tells of nobody.

    All that the pool allows where the client allows USER_AUTH (Developer Guide, "Configure authentication methods for managed
    login"), else the password, as in plans without choice. And the challenges of the pool's own functions, CUSTOM_AUTH, where
    the client allows them and there are such functions. Alone where the client allows nothing else, whatever the pool has:
    that a function is gone must not make a password enough.
    """
    pool, flows = client.pool, client.client.auth_flows
    allows_own = "ALLOW_CUSTOM_AUTH" in flows
    if allows_own and flows.isdisjoint(_WITH_FACTORS):
        return (_OWN,)
    has_choice = "ALLOW_USER_AUTH" in flows and work.tier_of(pool) != "LITE"
    allowed = tuple(name for name in _ON_PAGES if name in pool.first_factors) if has_choice else ("PASSWORD",)
    asks_own = allows_own and all(pool.lambda_config.get(name) for name in custom_auth.TRIGGERS)
    return (*allowed, _OWN) if asks_own else allowed


def _allowed(pool: Pool) -> list[str]:
    return [name for name in _ORDER if ("PASSWORD" if name in _PASSWORDS else name) in pool.first_factors]


def _is_usual(pool: Pool, factor: str) -> bool:
    if pool.mfa == "ON":
        return False  # there a code is no first factor
    verified = pool.auto_verified_attributes or _ADDRESS_OF.values()
    return _ADDRESS_OF.get(factor) in verified


def _has(user: User, factor: str, *, has_password: bool) -> bool:
    if factor in _PASSWORDS:
        return has_password
    if factor == "WEB_AUTHN":
        return mfa.passkeys(user.mfa) > 0
    return user.has_verified(_ADDRESS_OF[factor])


def _can(pool: Pool, user: User, factor: str, *, has_password: bool) -> bool:
    if not _has(user, factor, has_password=has_password):
        return False
    if factor in _PASSWORDS or not _uses_mfa(pool, user):
        return True
    if factor != "WEB_AUTHN":
        return False
    return mfa_configuration.passkeys_count_as_mfa(pool.configuration) and (
        pool.mfa == "ON" or mfa.passkey_counts(user.mfa)
    )


def _uses_mfa(pool: Pool, user: User) -> bool:
    return pool.mfa == "ON" or (pool.mfa == "OPTIONAL" and bool(mfa.enabled_factors(user.mfa)))
