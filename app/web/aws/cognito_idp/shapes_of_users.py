"""Users as the API shows them."""

from collections.abc import Collection, Mapping
from typing import Any

from app.core.attributes import to_list
from app.core.users import User
from app.flows.send_code import Delivery


def user_type(user: User, names: Collection[str] | None = None) -> dict[str, Any]:
    """UserType, with only the attributes of these names if any are given; times in epoch ms."""
    shown = user.all_attributes
    if names:
        shown = {name: value for name, value in shown.items() if name in names}
    return {
        "Username": user.username,
        "Attributes": to_list(shown),
        "UserCreateDate": user.created_at,
        "UserLastModifiedDate": user.updated_at,
        "Enabled": user.enabled,
        "UserStatus": user.status,
        "MFAOptions": user.mfa.get("MFAOptions"),
    }


def mfa_settings(user: User) -> dict[str, Any]:
    """The MFA members of GetUser and AdminGetUser."""
    return {name: user.mfa.get(name) for name in ("MFAOptions", "PreferredMfaSetting", "UserMFASettingList")}


def code_delivery_details(delivery: Delivery) -> Mapping[str, str]:
    """CodeDeliveryDetailsType."""
    return {
        "Destination": delivery.destination,
        "DeliveryMedium": delivery.medium,
        "AttributeName": delivery.attribute,
    }
