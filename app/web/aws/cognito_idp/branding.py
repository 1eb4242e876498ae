"""Managed login branding: one style for each app client."""

from typing import Any

from app.core import branding, clients, pools
from app.core.branding import Asset, Branding
from app.flows import configure_branding
from app.flows.work import Work
from app.kit.errors import InvalidParameterException
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("CreateManagedLoginBranding")
def create_managed_login_branding(
    work: Work,
    user_pool_id: str,
    client_id: str,
    use_cognito_provided_values: bool = False,
    settings: Any = None,
    assets: list[Members] | None = None,
) -> Members:
    """Answers with what was set, not with the defaults around it."""
    style = configure_branding.create_branding(
        work,
        user_pool_id,
        client_id,
        uses_provided_values=use_cognito_provided_values,
        settings=settings,
        assets=assets or (),
    )
    return _answer(style)


@cognito_idp.operation("DescribeManagedLoginBranding")
def describe_managed_login_branding(
    work: Work, user_pool_id: str, managed_login_branding_id: str, return_merged_resources: bool = False
) -> Members:
    """`return_merged_resources` adds our settings where the style has none; we have no pictures to add."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        style = branding.get_branding(db, user_pool_id, managed_login_branding_id)
    return _answer(style, is_merged=return_merged_resources)


@cognito_idp.operation("DescribeManagedLoginBrandingByClient")
def describe_managed_login_branding_by_client(
    work: Work, user_pool_id: str, client_id: str, return_merged_resources: bool = False
) -> Members:
    """As DescribeManagedLoginBranding; a client may have no style."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        clients.get_client(db, work.keyring, user_pool_id, client_id)
        style = branding.get_branding_of_client(db, user_pool_id, client_id)
    return _answer(style, is_merged=return_merged_resources)


@cognito_idp.operation("UpdateManagedLoginBranding")
def update_managed_login_branding(
    work: Work,
    user_pool_id: str | None = None,
    managed_login_branding_id: str | None = None,
    use_cognito_provided_values: bool = False,
    settings: Any = None,
    assets: list[Members] | None = None,
) -> Members:
    """Keeps what it is not given."""
    style = configure_branding.update_branding(
        work,
        _required("userPoolId", user_pool_id),
        _required("managedLoginBrandingId", managed_login_branding_id),
        uses_provided_values=use_cognito_provided_values,
        settings=settings,
        assets=assets or (),
    )
    return _answer(style)


@cognito_idp.operation("DeleteManagedLoginBranding")
def delete_managed_login_branding(work: Work, managed_login_branding_id: str, user_pool_id: str) -> None:
    """The client may get a new style."""
    configure_branding.delete_branding(work, user_pool_id, managed_login_branding_id)


def _required(name: str, value: str | None) -> str:
    """The model calls these members optional, though nothing could be updated without them."""
    if value is None:
        raise InvalidParameterException(
            f"1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
        )
    return value


def _answer(style: Branding, *, is_merged: bool = False) -> Members:
    """ManagedLoginBrandingType."""
    settings = None if style.uses_provided_values else style.settings
    return {
        "ManagedLoginBranding": {
            "ManagedLoginBrandingId": style.branding_id,
            "UserPoolId": style.pool_id,
            "UseCognitoProvidedValues": style.uses_provided_values,
            "Settings": configure_branding.effective_settings(style) if is_merged else settings,
            "Assets": [_asset(asset) for asset in style.assets],
            "CreationDate": style.created_at,
            "LastModifiedDate": style.updated_at,
        }
    }


def _asset(asset: Asset) -> Members:
    """AssetType."""
    return {
        "Category": asset.category,
        "ColorMode": asset.color_mode,
        "Extension": asset.extension,
        "Bytes": asset.content,
        "ResourceId": asset.resource_id,
    }
