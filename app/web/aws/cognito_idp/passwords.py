"""Passwords: forgotten, changed, set and reset."""

from typing import Any

from app.flows.access_tokens import browser_session_of, user_of
from app.flows.change_password import change_password as change
from app.flows.client_secrets import check_secret_hash
from app.flows.recover_account import confirm_forgot_password as confirm_recovery
from app.flows.recover_account import forgot_password as start_recovery
from app.flows.reset_password import admin_reset_password
from app.flows.set_password import admin_set_password
from app.flows.work import Work
from app.web.aws.cognito_idp.shapes_of_users import code_delivery_details
from app.web.aws.registry import cognito_idp

Metadata = dict[str, str] | None


@cognito_idp.operation("ForgotPassword")
def forgot_password(
    work: Work, client_id: str, username: str, secret_hash: str | None = None, client_metadata: Metadata = None
) -> dict[str, Any]:
    """A code to the address that the pool's AccountRecoverySetting prefers; valid for an hour."""
    client = work.snapshots.client(client_id)
    check_secret_hash(client.client, username, secret_hash)
    delivery = start_recovery(work, client, username, metadata=client_metadata)
    return {"CodeDeliveryDetails": code_delivery_details(delivery)}


@cognito_idp.operation("ConfirmForgotPassword")
def confirm_forgot_password(
    work: Work,
    client_id: str,
    username: str,
    confirmation_code: str,
    password: str,
    secret_hash: str | None = None,
    client_metadata: Metadata = None,
) -> None:
    """A new password by code."""
    client = work.snapshots.client(client_id)
    check_secret_hash(client.client, username, secret_hash)
    confirm_recovery(work, client, username, confirmation_code, password, metadata=client_metadata)


@cognito_idp.operation("ChangePassword")
def change_password(
    work: Work, access_token: str, proposed_password: str, previous_password: str | None = None
) -> None:
    """A new password by the present one."""
    grant = user_of(work, access_token)
    client = grant.client
    change(
        work,
        client.pool,
        grant.user,
        previous_password,
        proposed_password,
        client_id=client.client.client_id,
        kept=browser_session_of(work, grant),
    )


@cognito_idp.operation("AdminSetUserPassword")
def admin_set_user_password(
    work: Work, user_pool_id: str, username: str, password: str, permanent: bool = False
) -> None:
    """A password as it is (Permanent) or one to be changed at the next sign-in."""
    admin_set_password(work, work.snapshots.pool(user_pool_id).pool, username, password, is_permanent=permanent)


@cognito_idp.operation("AdminResetUserPassword")
def admin_reset_user_password(work: Work, user_pool_id: str, username: str, client_metadata: Metadata = None) -> None:
    """RESET_REQUIRED, and a code as ForgotPassword sends it."""
    admin_reset_password(work, work.snapshots.pool(user_pool_id).pool, username, metadata=client_metadata)
