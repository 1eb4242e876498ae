"""Users' devices: confirmed by the client that was given the key, remembered or not, and forgotten.

Amazon Cognito user pools API, ConfirmDevice, UpdateDeviceStatus, ForgetDevice. Raises InvalidUserPoolConfigurationException
where the pool does not track devices.
"""

import base64
import binascii
from collections.abc import Mapping

from app.core import devices, srp, tokens
from app.core.devices import DeviceSecret
from app.core.pools import Pool
from app.core.srp import SrpError
from app.core.users import User
from app.flows.access_tokens import AccessGrant
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.clock import SECOND
from app.kit.errors import InvalidParameterException, InvalidUserPoolConfigurationException

_MAX_SALT_BYTES = 64


def check_tracking(pool: Pool) -> None:
    """Raises InvalidUserPoolConfigurationException where the pool does not track devices."""
    if pool.device_configuration is None:
        raise InvalidUserPoolConfigurationException("Device tracking is not enabled for the user pool.")


def confirm_device(
    work: Work, grant: AccessGrant, device_key: str, secret: Mapping[str, str] | None, name: str | None
) -> bool:
    """Takes the device of the caller's own sign-in in; True if its user must be asked whether to remember it.

    `secret` is DeviceSecretVerifierConfig. Raises InvalidParameterException for another key, DeviceKeyExistsException.
    """
    pool, user = grant.client.pool, grant.user
    check_tracking(pool)
    if grant.claims.get("device_key") != device_key:
        raise devices.invalid_device_key()
    verifier = _secret(secret) if secret else None
    must_ask = bool((pool.device_configuration or {}).get("DeviceOnlyRememberedOnUserPrompt"))
    with work.write() as db:
        devices.create_device(
            db,
            work.keyring,
            pool.pool_id,
            user.sub,
            device_key,
            name=name,
            secret=verifier,
            is_remembered=not must_ask,
            is_trusted="mfa" in grant.claims.get("amr", ()),
            last_ip=work.source_ip,
            authenticated_at=grant.claims["auth_time"] * SECOND,
            now=work.now,
        )
        record_user_event(db, work, user, "device.confirmed", client_id=_client_id(work), device_key=device_key)
    return must_ask


def set_device_status(work: Work, pool: Pool, user: User, device_key: str, status: str | None) -> None:
    """Marks a device as `remembered` or `not_remembered`; raises ResourceNotFoundException."""
    check_tracking(pool)
    with work.write() as db:
        devices.get_device(db, pool.pool_id, user.sub, device_key)
        if status is None:
            return
        is_remembered = status == "remembered"
        devices.set_remembered(db, pool.pool_id, user.sub, device_key, is_remembered=is_remembered, now=work.now)
        record_user_event(db, work, user, f"device.{status}", client_id=_client_id(work), device_key=device_key)


def forget_device(work: Work, pool: Pool, user: User, device_key: str) -> None:
    """Forgets a device for good, and ends the refreshing of tokens that were given to it. Raises ResourceNotFoundException."""
    check_tracking(pool)
    with work.write() as db:
        devices.forget_device(db, pool.pool_id, user.sub, device_key, work.now)
        tokens.forget_device(db, pool.pool_id, user.sub, device_key)
        record_user_event(db, work, user, "device.forgotten", client_id=_client_id(work), device_key=device_key)


def _secret(given: Mapping[str, str]) -> DeviceSecret:
    """Salt and verifier: base64 of numbers, padded as Java's BigInteger.toByteArray does."""
    try:
        salt = base64.b64decode(given.get("Salt", ""), validate=True)
        verifier = srp.parse_verifier(base64.b64decode(given.get("PasswordVerifier", ""), validate=True))
    except (binascii.Error, SrpError, ValueError):
        raise InvalidParameterException("Invalid device secret verifier config.") from None
    if not 1 <= len(salt) <= _MAX_SALT_BYTES:
        raise InvalidParameterException("Invalid device secret verifier config.")
    return DeviceSecret(salt.hex(), verifier)


def _client_id(work: Work) -> str | None:
    return work.caller.client_id or None
