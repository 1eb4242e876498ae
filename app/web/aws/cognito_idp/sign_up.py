"""Signing up: SignUp, ConfirmSignUp, ResendConfirmationCode, and an operator's confirmation."""

from typing import Any

from app.core import attributes
from app.flows.client_secrets import check_secret_hash
from app.flows.confirm_sign_up import admin_confirm_sign_up as confirm_by_operator
from app.flows.confirm_sign_up import confirm_sign_up as confirm_by_code
from app.flows.resend_code import resend_code
from app.flows.sign_up import sign_up as register
from app.flows.sign_up_session import after_confirmation, after_sign_up
from app.flows.work import Work
from app.web.aws.cognito_idp.shapes_of_users import code_delivery_details
from app.web.aws.registry import cognito_idp

Metadata = dict[str, str] | None


@cognito_idp.operation("SignUp")
def sign_up(
    work: Work,
    client_id: str,
    username: str,
    secret_hash: str | None = None,
    password: str | None = None,
    user_attributes: list[dict[str, str]] | None = None,
    validation_data: list[dict[str, str]] | None = None,
    client_metadata: Metadata = None,
) -> dict[str, Any]:
    """A new user and, where the pool verifies an address, where the code went."""
    client = work.snapshots.client(client_id)
    check_secret_hash(client.client, username, secret_hash)
    made = register(
        work,
        client,
        username,
        password,
        attributes.from_list(user_attributes),
        validation_data=attributes.from_list(validation_data),
        metadata=client_metadata,
    )
    answer: dict[str, Any] = {"UserConfirmed": made.user.status == "CONFIRMED", "UserSub": made.user.sub}
    if made.delivery:
        answer["CodeDeliveryDetails"] = code_delivery_details(made.delivery)
    return {**answer, "Session": after_sign_up(work, client, made.user)}


@cognito_idp.operation("ConfirmSignUp")
def confirm_sign_up(
    work: Work,
    client_id: str,
    username: str,
    confirmation_code: str,
    secret_hash: str | None = None,
    force_alias_creation: bool = False,
    client_metadata: Metadata = None,
    session: str | None = None,
) -> dict[str, Any]:
    """Confirms by code; ForceAliasCreation takes a verified address from the user who had it."""
    client = work.snapshots.client(client_id)
    check_secret_hash(client.client, username, secret_hash)
    confirmed = confirm_by_code(
        work,
        client,
        username,
        confirmation_code,
        steals_alias=force_alias_creation,
        session=session,
        metadata=client_metadata,
    )
    return {"Session": after_confirmation(work, client, confirmed.user, confirmed.attribute)}


@cognito_idp.operation("ResendConfirmationCode")
def resend_confirmation_code(
    work: Work, client_id: str, username: str, secret_hash: str | None = None, client_metadata: Metadata = None
) -> dict[str, Any]:
    """Another code; the one before stops working."""
    client = work.snapshots.client(client_id)
    check_secret_hash(client.client, username, secret_hash)
    delivery = resend_code(work, client, username, metadata=client_metadata)
    return {"CodeDeliveryDetails": code_delivery_details(delivery)}


@cognito_idp.operation("AdminConfirmSignUp")
def admin_confirm_sign_up(work: Work, user_pool_id: str, username: str, client_metadata: Metadata = None) -> None:
    """Confirms without a code and verifies no address."""
    confirm_by_operator(work, work.snapshots.pool(user_pool_id).pool, username, metadata=client_metadata)
