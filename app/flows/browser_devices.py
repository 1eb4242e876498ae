"""Browsers that are not asked for MFA again: remembered devices (flows.device_challenge) whose secret is in a cookie.

What an app's client proves by SRP, a browser proves by showing its secret over TLS; kept is the same verifier. Everything else
is as for any device: the pool's DeviceConfiguration decides whether there are any and whether people are asked first, a device
is remembered where MFA was passed on it, and to forget it in the API ends what it is worth.
"""

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from app.core import devices, srp
from app.core.devices import DeviceSecret
from app.core.pools import Pool
from app.core.tokens import Authentication
from app.core.users import User
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import SignIn, Values
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.clock import DAY
from app.kit.errors import ResourceNotFoundException
from app.kit.ids import new_device_key
from app.kit.secrets import equal, random_token
from app.kit.user_agents import device_name

# The parameter of a sign-in that carries the cookie: the devices of this browser, of at most so many users.
PARAMETER: Final = "BROWSER"
LIFETIME_MS: Final = 365 * DAY
_MAX_DEVICES: Final = 4
_OPTION: Final = "BROWSER_DEVICE"
_ENTRY: Final = re.compile(r"(?P<key>[\w-]{1,50}_[0-9a-f-]{1,50})\.(?P<secret>[A-Za-z0-9_-]{43})", re.ASCII)


def browser_option(sign_in: SignIn, parameters: Values) -> dict[str, str]:
    """What holds for the whole sign-in: the device of this user that the browser has just proven to be."""
    if sign_in.candidate.user is None or not skip_mfa(sign_in.pool):
        return {}
    for key, secret in _entries(parameters.get(PARAMETER, "")):
        if _is_right(sign_in, key, secret):
            return {_OPTION: key}
    return {}


def stands_for_mfa(sign_in: SignIn) -> bool:
    """Whether the browser is one on which MFA was passed before, and that is still remembered. Not within a segment."""
    key = sign_in.options.get(_OPTION)
    if key is None or not skip_mfa(sign_in.pool):
        return False
    with sign_in.work.read() as db:
        device = devices.find_device(db, sign_in.pool.pool_id, sign_in.candidate.sub, key)
    return device is not None and device.is_remembered and device.is_trusted


def note_browser(db: Connection, sign_in: SignIn) -> None:
    """Notes a sign-in in a remembered browser; raises NotAuthorizedException if it was forgotten meanwhile."""
    key, work = sign_in.options.get(_OPTION), sign_in.work
    if key is None:
        return
    try:
        devices.note_sign_in(
            db, sign_in.pool.pool_id, sign_in.candidate.sub, key, passed_mfa=False, ip=work.source_ip, now=work.now
        )
    except ResourceNotFoundException:
        raise invalid_session() from None


def skip_mfa(pool: Pool) -> bool:
    """Whether remembered devices of the pool are not asked for MFA."""
    return bool((pool.device_configuration or {}).get("ChallengeRequiredOnNewDevice"))


def must_ask(pool: Pool) -> bool:
    """Whether the pool's users say themselves that a device is to be remembered."""
    return skip_mfa(pool) and bool((pool.device_configuration or {}).get("DeviceOnlyRememberedOnUserPrompt"))


def remember_browser(
    work: Work, pool: Pool, user: User, authentication: Authentication, cookie: str, *, is_wished: bool
) -> str | None:
    """The cookie of a browser that is now remembered for a user who has passed MFA; None where nothing changes."""
    if not skip_mfa(pool) or "mfa" not in authentication.amr or (must_ask(pool) and not is_wished):
        return None
    known = dict(_entries(cookie))
    if _knows(work, pool, user, known):
        return None
    key, secret = new_device_key(pool.region), random_token(32)
    salt = srp.new_salt()
    verifier = srp.verifier(devices.group_key(pool.pool_id), key, secret, salt)
    with work.write() as db:
        devices.create_device(
            db,
            work.keyring,
            pool.pool_id,
            user.sub,
            key,
            name=device_name(work.user_agent, work.locale) or None,
            secret=DeviceSecret(salt, verifier),
            is_remembered=True,
            is_trusted=True,
            last_ip=work.source_ip,
            authenticated_at=authentication.auth_time,
            now=work.now,
        )
        record_user_event(db, work, user, "device.confirmed", client_id=None, device_key=key)
    entries = [(key, secret), *known.items()][:_MAX_DEVICES]
    return "~".join(f"{name}.{text}" for name, text in entries)


def _entries(cookie: str) -> Iterator[tuple[str, str]]:
    for part in cookie.split("~")[:_MAX_DEVICES]:
        found = _ENTRY.fullmatch(part)
        if found:
            yield found["key"], found["secret"]


def _is_right(sign_in: SignIn, key: str, secret: str) -> bool:
    work, pool_id = sign_in.work, sign_in.pool.pool_id
    with work.read() as db:
        known = devices.find_secret(db, work.keyring, pool_id, sign_in.candidate.sub, key)
    if known is None:
        return False
    shown = srp.verifier(devices.group_key(pool_id), key, secret, known.salt)
    return equal(shown, known.verifier)


def _knows(work: Work, pool: Pool, user: User, known: Values) -> bool:
    """Whether the browser is a device of the user already."""
    with work.read() as db:
        found = [devices.find_device(db, pool.pool_id, user.sub, key) for key in known]
    return any(device is not None and device.is_remembered for device in found)
