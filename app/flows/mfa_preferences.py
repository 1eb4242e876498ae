"""What a user has switched on as second factors, and which one is preferred (API: SetUserMFAPreference, SetUserSettings)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from app.core import mfa, mfa_configuration, users
from app.core.mfa import Preference
from app.core.pools import Pool
from app.core.users import User
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import InvalidParameterException

# Members of SetUserMFAPreference -> the factor that each is about.
MEMBERS = {
    "SMSMfaSettings": mfa.SMS_MFA,
    "SoftwareTokenMfaSettings": mfa.SOFTWARE_TOKEN_MFA,
    "EmailMfaSettings": mfa.EMAIL_OTP,
}


def set_preference(work: Work, pool: Pool, sub: str, given: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Changes the factors that are named. Raises InvalidParameterException for one that the user or pool does not have."""
    changes = {
        MEMBERS[member]: Preference(bool(setting.get("Enabled")), bool(setting.get("PreferredMfa")))
        for member, setting in given.items()
        if member in MEMBERS and setting is not None
    }
    passkey = given.get("WebAuthnMfaSettings")
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, sub)
        for factor, change in changes.items():
            if change.enabled:
                check_possible(pool, user, factor)
        settings = mfa.with_preferences(user.mfa, changes)
        if passkey is not None:
            settings["WebAuthn"] = bool(passkey.get("Enabled"))
        if mfa.passkey_counts(settings) and not mfa.enabled_factors(settings):
            raise InvalidParameterException("Passkey MFA needs another MFA method that is enabled for the user.")
        _store(db, work, user, settings)


def set_options(work: Work, pool: Pool, sub: str, options: Sequence[Mapping[str, str]]) -> None:
    """The old way (SetUserSettings): SMS to the phone number, or with an empty list nothing."""
    for option in options:
        if option.get("DeliveryMedium") != "SMS" or option.get("AttributeName") != "phone_number":
            raise InvalidParameterException("MFAOptions can name the medium SMS and the attribute phone_number only.")
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, sub)
        if options:
            check_possible(pool, user, mfa.SMS_MFA)
        changed = mfa.with_factor(user.mfa, mfa.SMS_MFA) if options else mfa.without_factor(user.mfa, mfa.SMS_MFA)
        settings = {name: value for name, value in changed.items() if name != "MFAOptions"}
        _store(db, work, user, {**settings, "MFAOptions": [dict(options[0])]} if options else settings)


def check_possible(pool: Pool, user: User, factor: str) -> None:
    """Raises InvalidParameterException unless pool and user have what a factor needs."""
    if factor not in mfa_configuration.second_factors(pool.configuration):
        raise InvalidParameterException(f"{factor} is not enabled for the user pool.")
    if factor == mfa.SOFTWARE_TOKEN_MFA:
        if not mfa.has_software_token(user.mfa):
            raise InvalidParameterException("User has not verified software token mfa")
    elif not user.attributes.get(mfa_configuration.ADDRESS_OF[factor]):
        raise InvalidParameterException(f"User does not have delivery config set to turn on {factor}")


def _store(db: Connection, work: Work, user: User, settings: Mapping[str, Any]) -> None:
    users.set_mfa(db, user.pool_id, user.sub, settings, work.now)
    record_user_event(
        db,
        work,
        user,
        "mfa.preference_set",
        client_id=work.caller.client_id or None,
        enabled=list(mfa.enabled_factors(settings)),
        preferred=mfa.preferred_factor(settings),
    )
