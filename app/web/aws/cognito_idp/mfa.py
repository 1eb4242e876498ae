"""Second factors of users: authenticator apps, preferences, and what a user can sign in with."""

from typing import Any

from app.core import users
from app.core.pools import Pool
from app.core.users import User
from app.flows import mfa_preferences, software_tokens
from app.flows.access_tokens import user_of
from app.flows.first_factors import configured_factors
from app.flows.work import Work
from app.kit.errors import InvalidParameterException
from app.web.aws.cognito_idp.shapes_of_users import mfa_settings
from app.web.aws.registry import cognito_idp

Setting = dict[str, Any] | None


@cognito_idp.operation("AssociateSoftwareToken")
def associate_software_token(work: Work, access_token: str | None = None, session: str | None = None) -> dict[str, Any]:
    """A seed for an authenticator app, for the signed-in user or within a sign-in that asks for MFA_SETUP."""
    if access_token is not None:
        return {"SecretCode": software_tokens.associate(work, user_of(work, access_token))}
    seed, session = software_tokens.associate_in_session(work, _required(session))
    return {"SecretCode": seed, "Session": session}


@cognito_idp.operation("VerifySoftwareToken")
def verify_software_token(
    work: Work,
    user_code: str,
    access_token: str | None = None,
    session: str | None = None,
    friendly_device_name: str = "",
) -> dict[str, Any]:
    """Proves that the authenticator app has the seed."""
    if access_token is not None:
        software_tokens.verify(work, user_of(work, access_token), user_code, friendly_device_name)
        return {"Status": "SUCCESS"}
    session = software_tokens.verify_in_session(work, _required(session), user_code, friendly_device_name)
    return {"Status": "SUCCESS", "Session": session}


@cognito_idp.operation("AdminDeleteSoftwareToken")
def admin_delete_software_token(work: Work, user_pool_id: str, username: str) -> None:
    """Removes a user's authenticator apps."""
    software_tokens.forget(work, work.snapshots.pool(user_pool_id).pool, username)


@cognito_idp.operation("SetUserMFAPreference")
def set_user_mfa_preference(
    work: Work,
    access_token: str,
    sms_mfa_settings: Setting = None,
    software_token_mfa_settings: Setting = None,
    email_mfa_settings: Setting = None,
    web_authn_mfa_settings: Setting = None,
) -> None:
    """Switches the user's own factors on and off."""
    grant = user_of(work, access_token)
    given = _given(sms_mfa_settings, software_token_mfa_settings, email_mfa_settings, web_authn_mfa_settings)
    mfa_preferences.set_preference(work, grant.client.pool, grant.user.sub, given)


@cognito_idp.operation("AdminSetUserMFAPreference")
def admin_set_user_mfa_preference(
    work: Work,
    user_pool_id: str,
    username: str,
    sms_mfa_settings: Setting = None,
    software_token_mfa_settings: Setting = None,
    email_mfa_settings: Setting = None,
    web_authn_mfa_settings: Setting = None,
) -> None:
    """Switches a user's factors on and off."""
    pool, user = _user(work, user_pool_id, username)
    given = _given(sms_mfa_settings, software_token_mfa_settings, email_mfa_settings, web_authn_mfa_settings)
    mfa_preferences.set_preference(work, pool, user.sub, given)


@cognito_idp.operation("SetUserSettings")
def set_user_settings(work: Work, access_token: str, mfa_options: list[dict[str, str]]) -> None:
    """The old way to switch SMS MFA on and off."""
    grant = user_of(work, access_token)
    mfa_preferences.set_options(work, grant.client.pool, grant.user.sub, mfa_options)


@cognito_idp.operation("AdminSetUserSettings")
def admin_set_user_settings(work: Work, user_pool_id: str, username: str, mfa_options: list[dict[str, str]]) -> None:
    """The old way to switch a user's SMS MFA on and off."""
    pool, user = _user(work, user_pool_id, username)
    mfa_preferences.set_options(work, pool, user.sub, mfa_options)


@cognito_idp.operation("GetUserAuthFactors")
def get_user_auth_factors(work: Work, access_token: str) -> dict[str, Any]:
    """What the signed-in user can sign in with."""
    grant = user_of(work, access_token)
    return _factors(work, grant.client.pool, grant.user)


@cognito_idp.operation("AdminGetUserAuthFactors")
def admin_get_user_auth_factors(work: Work, user_pool_id: str, username: str) -> dict[str, Any]:
    """What a user can sign in with."""
    return _factors(work, *_user(work, user_pool_id, username))


def _factors(work: Work, pool: Pool, user: User) -> dict[str, Any]:
    shown = {name: value for name, value in mfa_settings(user).items() if name != "MFAOptions"}
    factors = configured_factors(work, pool, user)
    return {"Username": user.username, **shown, "ConfiguredUserAuthFactors": list(factors)}


def _user(work: Work, pool_id: str, username: str) -> tuple[Pool, User]:
    pool = work.snapshots.pool(pool_id).pool
    with work.read() as db:
        return pool, users.get_user(db, pool, username)


def _given(sms: Setting, software_token: Setting, email: Setting, web_authn: Setting) -> dict[str, Setting]:
    return {
        "SMSMfaSettings": sms,
        "SoftwareTokenMfaSettings": software_token,
        "EmailMfaSettings": email,
        "WebAuthnMfaSettings": web_authn,
    }


def _required(session: str | None) -> str:
    if session is None:
        raise InvalidParameterException("Either AccessToken or Session is required.")
    return session
