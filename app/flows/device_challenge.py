"""The device that a sign-in is made on: whether it must prove itself, whether that is worth a second factor, and its key.

Cognito Developer Guide, "Working with user devices in your user pool". A client names the device in DEVICE_KEY; one that
names none is given a key, which its tokens carry and which it may confirm. The hosted pages remember browsers (flows.browser_devices).
"""

import re
from dataclasses import dataclass

from sqlalchemy import Connection

from app.core import devices
from app.core.devices import Device
from app.core.pools import Pool
from app.flows.challenge_steps import SignIn, Values
from app.kit.errors import AppError
from app.kit.ids import new_device_key

OPTION = "DEVICE_KEY"
_PROVEN = "DEVICE_PASSWORD_VERIFIER"
# DeviceKeyType of the API model. AuthParameters are free text.
_KEY = re.compile(r"(?=.{1,55}\Z)[\w-]+_[0-9a-f-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignInDevice:
    """The device of a completed sign-in; a new one is told to the client (NewDeviceMetadata)."""

    key: str
    is_new: bool


def device_option(pool: Pool, given: Values) -> dict[str, str]:
    """DEVICE_KEY where the pool tracks devices; raises ResourceNotFoundException for what cannot be one."""
    key = given.get(OPTION)
    if not key or pool.device_configuration is None:
        return {}
    if not _KEY.fullmatch(key):
        raise devices.no_such_device()
    return {OPTION: key}


def device_refusal(sign_in: SignIn) -> AppError | None:
    """ResourceNotFoundException for a DEVICE_KEY that is no device of the user, or that was forgotten."""
    if _named(sign_in) is None or _device(sign_in) is not None:
        return None
    return devices.no_such_device()


def device_challenge(sign_in: SignIn, *, in_place_of_mfa: bool = False) -> str | None:
    """The challenge of a remembered device that has not proven itself yet, None where nothing is to be proven.

    `in_place_of_mfa` asks only for a device whose proof counts as the second factor. Not within a segment.
    """
    if _PROVEN in sign_in.passed or _named(sign_in) is None:
        return None
    device = _device(sign_in)
    if device is None or not (device.is_remembered and device.has_secret):
        return None
    if in_place_of_mfa and not (device.is_trusted and _replaces_mfa(sign_in.pool)):
        return None
    return "DEVICE_SRP_AUTH"


def device_of(sign_in: SignIn) -> SignInDevice | None:
    """The device of a sign-in that is complete: the named one, else a new one; an operator's sign-in begins none."""
    if sign_in.pool.device_configuration is None or sign_in.door == "pages":
        return None
    known = _named(sign_in)
    if known is not None:
        return SignInDevice(known, is_new=False)
    return SignInDevice(new_device_key(sign_in.pool.region), is_new=True) if sign_in.door == "api" else None


def note_device(db: Connection, sign_in: SignIn, device: SignInDevice | None, *, passed_mfa: bool) -> None:
    """Notes a sign-in on a known device; raises ResourceNotFoundException if it was forgotten meanwhile."""
    if device is None or device.is_new:
        return
    work, pool_id = sign_in.work, sign_in.pool.pool_id
    devices.note_sign_in(
        db, pool_id, sign_in.candidate.sub, device.key, passed_mfa=passed_mfa, ip=work.source_ip, now=work.now
    )


def _named(sign_in: SignIn) -> str | None:
    tracks = sign_in.pool.device_configuration is not None and sign_in.door != "pages"
    return sign_in.options.get(OPTION) if tracks else None


def _device(sign_in: SignIn) -> Device | None:
    with sign_in.work.read() as db:
        return devices.find_device(db, sign_in.pool.pool_id, sign_in.candidate.sub, sign_in.options[OPTION])


def _replaces_mfa(pool: Pool) -> bool:
    return bool((pool.device_configuration or {}).get("ChallengeRequiredOnNewDevice"))
