"""A user's second factors, as the document on the user says: which are on, which is preferred, what is registered.

`UserMFASettingList`, `PreferredMfaSetting` and `MFAOptions` are shaped as AWS shows them. `SoftwareToken` tells that an
authenticator is verified, `WebAuthn` that a passkey may stand for MFA, `Passkeys` how many passkeys are registered: they say
without another look what a sign-in may ask for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.kit.errors import InvalidParameterException

Settings = Mapping[str, Any]
SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP = "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"
# The order in which lists show them.
FACTORS = (SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP)


@dataclass(frozen=True, slots=True)
class Preference:
    """What SetUserMFAPreference says of one factor."""

    enabled: bool
    preferred: bool


def enabled_factors(settings: Settings) -> tuple[str, ...]:
    """The factors that are on for the user (UserMFASettingList)."""
    return tuple(settings.get("UserMFASettingList") or ())


def preferred_factor(settings: Settings) -> str | None:
    """PreferredMfaSetting."""
    return settings.get("PreferredMfaSetting")


def has_software_token(settings: Settings) -> bool:
    """Whether an authenticator of the user is verified."""
    return bool(settings.get("SoftwareToken"))


def passkey_counts(settings: Settings) -> bool:
    """Whether the user lets a passkey stand for MFA (WebAuthnMfaSettings)."""
    return bool(settings.get("WebAuthn"))


def passkeys(settings: Settings) -> int:
    """How many passkeys are registered."""
    return int(settings.get("Passkeys") or 0)


def with_passkeys(settings: Settings, count: int) -> dict[str, Any]:
    """The settings of a user with so many passkeys; where none is left, none stands for MFA."""
    changed = {name: value for name, value in settings.items() if name != "Passkeys" and (count or name != "WebAuthn")}
    return {**changed, "Passkeys": count} if count else changed


def with_factor(settings: Settings, factor: str) -> dict[str, Any]:
    """The settings with a factor switched on, preferred if it is the only one."""
    enabled = [name for name in FACTORS if name == factor or name in enabled_factors(settings)]
    preferred = preferred_factor(settings) or (factor if len(enabled) == 1 else None)
    return _written(settings, enabled, preferred)


def without_factor(settings: Settings, factor: str) -> dict[str, Any]:
    """The settings with a factor switched off."""
    enabled = [name for name in enabled_factors(settings) if name != factor]
    preferred = preferred_factor(settings)
    return _written(settings, enabled, None if preferred == factor else preferred)


def with_preferences(settings: Settings, changes: Mapping[str, Preference]) -> dict[str, Any]:
    """The settings after SetUserMFAPreference; factors that are not named stay as they are.

    Raises InvalidParameterException where two factors would be preferred, or one that is off.
    """
    wanted = [factor for factor, change in changes.items() if change.preferred]
    if len(wanted) > 1:
        raise InvalidParameterException("Only one MFA method can be preferred.")
    if any(not changes[factor].enabled for factor in wanted):
        raise InvalidParameterException("An MFA method that is not enabled cannot be preferred.")
    before = enabled_factors(settings)
    enabled = [name for name in FACTORS if (changes[name].enabled if name in changes else name in before)]
    preferred = wanted[0] if wanted else preferred_factor(settings)
    is_kept = preferred in enabled and (bool(wanted) or preferred not in changes)
    return _written(settings, enabled, preferred if is_kept else None)


def _written(settings: Settings, enabled: list[str], preferred: str | None) -> dict[str, Any]:
    changed = {
        name: value for name, value in settings.items() if name not in ("UserMFASettingList", "PreferredMfaSetting")
    }
    if enabled:
        changed["UserMFASettingList"] = enabled
    if preferred:
        changed["PreferredMfaSetting"] = preferred
    return changed
