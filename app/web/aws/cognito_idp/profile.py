"""What signed-in users do with their own profile, by access token."""

from typing import Any

from app.core import attributes
from app.flows.access_tokens import user_of
from app.flows.delete_user import delete_user as remove
from app.flows.update_attributes import delete_attributes, update_attributes
from app.flows.verify_attribute import send_verification_code, verify_attribute
from app.flows.work import Work
from app.web.aws.cognito_idp.shapes_of_users import code_delivery_details, mfa_settings
from app.web.aws.registry import cognito_idp

Metadata = dict[str, str] | None


@cognito_idp.operation("GetUser")
def get_user(work: Work, access_token: str) -> dict[str, Any]:
    """What the client may read of the user."""
    grant = user_of(work, access_token)
    readable = attributes.readable_names(grant.client.client.configuration, grant.client.pool.schema_by_name)
    shown = {name: value for name, value in grant.user.all_attributes.items() if name in readable}
    return {
        "Username": grant.user.username,
        "UserAttributes": attributes.to_list(shown),
        **mfa_settings(grant.user),
    }


@cognito_idp.operation("UpdateUserAttributes")
def update_user_attributes(
    work: Work, user_attributes: list[dict[str, str]], access_token: str, client_metadata: Metadata = None
) -> dict[str, Any]:
    """Changes, blank values delete; says where codes went for addresses that need verification."""
    grant = user_of(work, access_token)
    changes = attributes.from_list(user_attributes)
    deliveries = update_attributes(work, grant.client, grant.user, changes, metadata=client_metadata)
    return {"CodeDeliveryDetailsList": [code_delivery_details(delivery) for delivery in deliveries]}


@cognito_idp.operation("DeleteUserAttributes")
def delete_user_attributes(work: Work, user_attribute_names: list[str], access_token: str) -> None:
    """Deletes attributes; one without a value is passed over."""
    grant = user_of(work, access_token)
    delete_attributes(work, grant.client, grant.user, user_attribute_names)


@cognito_idp.operation("GetUserAttributeVerificationCode")
def get_user_attribute_verification_code(
    work: Work, access_token: str, attribute_name: str, client_metadata: Metadata = None
) -> dict[str, Any]:
    """A code to an address of the user."""
    grant = user_of(work, access_token)
    delivery = send_verification_code(
        work,
        grant.client.pool,
        grant.user,
        attribute_name,
        client_id=grant.client.client.client_id,
        metadata=client_metadata,
    )
    return {"CodeDeliveryDetails": code_delivery_details(delivery)}


@cognito_idp.operation("VerifyUserAttribute")
def verify_user_attribute(work: Work, access_token: str, attribute_name: str, code: str) -> None:
    """Verifies an address; a value that waited for this takes effect."""
    grant = user_of(work, access_token)
    client_id = grant.client.client.client_id
    verify_attribute(work, grant.client.pool, grant.user, attribute_name, code, client_id=client_id)


@cognito_idp.operation("DeleteUser")
def delete_user(work: Work, access_token: str) -> None:
    """Deletes the user who asks."""
    grant = user_of(work, access_token)
    remove(work, grant.user, client_id=grant.client.client.client_id)
