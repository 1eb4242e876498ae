"""Devices of users, for those users and for operators."""

from typing import Any

from app.core import devices, users
from app.core.devices import Device
from app.core.pools import Pool
from app.core.users import User
from app.flows import remember_devices
from app.flows.access_tokens import AccessGrant, user_of
from app.flows.remember_devices import check_tracking
from app.flows.work import Work
from app.kit.clock import SECOND
from app.kit.errors import InvalidParameterException
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("ConfirmDevice")
def confirm_device(
    work: Work,
    access_token: str,
    device_key: str,
    device_secret_verifier_config: dict[str, str] | None = None,
    device_name: str | None = None,
) -> Members:
    """Begins to track the device that the caller's sign-in was given a key for."""
    grant = user_of(work, access_token)
    must_ask = remember_devices.confirm_device(work, grant, device_key, device_secret_verifier_config, device_name)
    return {"UserConfirmationNecessary": must_ask}


@cognito_idp.operation("GetDevice")
def get_device(work: Work, device_key: str, access_token: str | None = None) -> Members:
    """A device of the signed-in user."""
    grant = _grant(work, access_token)
    return {"Device": _device_type(_device(work, grant.client.pool, grant.user, device_key))}


@cognito_idp.operation("ListDevices")
def list_devices(
    work: Work, access_token: str, limit: int | None = None, pagination_token: str | None = None
) -> Members:
    """The remembered devices of the signed-in user."""
    grant = user_of(work, access_token)
    pool, sub = grant.client.pool, grant.user.sub
    found, token = _page(work, pool, sub, "ListDevices", limit, pagination_token, only_remembered=True)
    return {"Devices": [_device_type(device) for device in found], "PaginationToken": token}


@cognito_idp.operation("UpdateDeviceStatus")
def update_device_status(
    work: Work, access_token: str, device_key: str, device_remembered_status: str | None = None
) -> None:
    """Remembers a device of the signed-in user, or no longer."""
    grant = user_of(work, access_token)
    remember_devices.set_device_status(work, grant.client.pool, grant.user, device_key, device_remembered_status)


@cognito_idp.operation("ForgetDevice")
def forget_device(work: Work, device_key: str, access_token: str | None = None) -> None:
    """Stops tracking a device of the signed-in user."""
    grant = _grant(work, access_token)
    remember_devices.forget_device(work, grant.client.pool, grant.user, device_key)


@cognito_idp.operation("AdminGetDevice")
def admin_get_device(work: Work, device_key: str, user_pool_id: str, username: str) -> Members:
    """A device of a user."""
    pool, user = _user(work, user_pool_id, username)
    return {"Device": _device_type(_device(work, pool, user, device_key), of=(pool, user))}


@cognito_idp.operation("AdminListDevices")
def admin_list_devices(
    work: Work, user_pool_id: str, username: str, limit: int | None = None, pagination_token: str | None = None
) -> Members:
    """All devices of a user, remembered or not."""
    pool, user = _user(work, user_pool_id, username)
    found, token = _page(work, pool, user.sub, "AdminListDevices", limit, pagination_token)
    return {"Devices": [_device_type(device, of=(pool, user)) for device in found], "PaginationToken": token}


@cognito_idp.operation("AdminForgetDevice")
def admin_forget_device(work: Work, user_pool_id: str, username: str, device_key: str) -> None:
    """Stops tracking a device of a user."""
    pool, user = _user(work, user_pool_id, username)
    remember_devices.forget_device(work, pool, user, device_key)


@cognito_idp.operation("AdminUpdateDeviceStatus")
def admin_update_device_status(
    work: Work, user_pool_id: str, username: str, device_key: str, device_remembered_status: str | None = None
) -> None:
    """Remembers a device of a user, or no longer."""
    pool, user = _user(work, user_pool_id, username)
    remember_devices.set_device_status(work, pool, user, device_key, device_remembered_status)


def _grant(work: Work, access_token: str | None) -> AccessGrant:
    """The model leaves the token of two operations optional; nothing else says whose device is meant."""
    if access_token is None:
        raise InvalidParameterException("Missing required parameter AccessToken")
    return user_of(work, access_token)


def _user(work: Work, pool_id: str, username: str) -> tuple[Pool, User]:
    pool = work.snapshots.pool(pool_id).pool
    with work.read() as db:
        return pool, users.get_user(db, pool, username)


def _device(work: Work, pool: Pool, user: User, device_key: str) -> Device:
    check_tracking(pool)
    with work.read() as db:
        return devices.get_device(db, pool.pool_id, user.sub, device_key)


def _page(
    work: Work,
    pool: Pool,
    sub: str,
    operation: str,
    limit: int | None,
    token: str | None,
    *,
    only_remembered: bool = False,
) -> tuple[list[Device], str | None]:
    check_tracking(pool)

    def load(after: str | None, count: int) -> list[Device]:
        with work.read() as db:
            return devices.list_devices(
                db, pool.pool_id, sub, after=after, limit=count, only_remembered=only_remembered
            )

    return list_page(work, (pool.pool_id, operation, sub), token, limit, load, lambda device: device.device_key)


def _device_type(device: Device, of: tuple[Pool, User] | None = None) -> Members:
    """DeviceType; operators see more attributes, those of whose device it is and whether it is remembered."""
    attributes = {
        "device_status": "valid",
        "device_name": device.name,
        **(_ownership(device, *of) if of else {}),
        "last_ip_used": device.last_ip,
        **(_status(device) if of else {}),
    }
    return {
        "DeviceKey": device.device_key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items() if value],
        "DeviceCreateDate": device.created_at,
        "DeviceLastModifiedDate": device.updated_at,
        "DeviceLastAuthenticatedDate": device.last_authenticated_at // SECOND * SECOND,
    }


def _ownership(device: Device, pool: Pool, user: User) -> dict[str, str]:
    owner = f"{user.username}.{pool.pool_id}"
    arn = f"arn:aws:cognito-idp:{pool.region}:{pool.account_id}:owner/{owner}/device/{device.device_key}"
    return {"dev:device_arn": arn, "dev:device_owner": owner}


def _status(device: Device) -> dict[str, str]:
    return {"dev:device_remembered_status": "remembered" if device.is_remembered else "not_remembered"}
