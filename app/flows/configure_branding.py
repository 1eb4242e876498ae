"""Managed login styles: made for an app client of the pool, of settings and pictures that are checked before anything is stored.

Amazon Cognito user pools API, CreateManagedLoginBranding and UpdateManagedLoginBranding.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from app.core import branding, clients, pools
from app.core.branding import Asset, Branding
from app.core.branding_defaults import DEFAULT_SETTINGS
from app.core.branding_settings import check_settings, check_size, merge_settings
from app.core.branding_styles import fill_in
from app.core.uploads import check_image
from app.flows.work import Work
from app.kit.errors import InvalidParameterException

Given = Mapping[str, Any]


def create_branding(
    work: Work,
    pool_id: str,
    client_id: str,
    *,
    uses_provided_values: bool,
    settings: Given | None,
    assets: Iterable[Given],
) -> Branding:
    """The style of a client that has none.

    Raises ResourceNotFoundException, ManagedLoginBrandingExistsException, LimitExceededException,
    InvalidParameterException for settings or pictures that may not be.
    """
    pictures = _checked(uses_provided_values, settings, assets)
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        clients.get_client(db, work.keyring, pool_id, client_id)
        style = branding.create_branding(
            db,
            pool_id,
            client_id,
            uses_provided_values=uses_provided_values,
            settings=settings or {},
            assets=pictures,
            now=work.now,
        )
        pools.publish_change(db, pool_id)
        return style


def update_branding(
    work: Work,
    pool_id: str,
    branding_id: str,
    *,
    uses_provided_values: bool,
    settings: Given | None,
    assets: Iterable[Given],
) -> Branding:
    """Merges settings and adds or replaces pictures: what is not given stays, as a big style comes in several requests.

    With `uses_provided_values` everything set before goes. Raises as `create_branding`.
    """
    pictures = _checked(uses_provided_values, settings, assets)
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        style = branding.get_branding(db, pool_id, branding_id)
        if uses_provided_values:
            branding.delete_assets(db, style)
        branding.update_branding(
            db,
            style,
            uses_provided_values=uses_provided_values or (style.uses_provided_values and settings is None),
            settings={} if uses_provided_values else _merged(style.settings, settings),
            now=work.now,
        )
        branding.put_assets(db, pool_id, branding_id, pictures)
        pools.publish_change(db, pool_id)
        return branding.get_branding(db, pool_id, branding_id)


def delete_branding(work: Work, pool_id: str, branding_id: str) -> None:
    """Raises ResourceNotFoundException."""
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        branding.delete_branding(db, pool_id, branding_id)
        pools.publish_change(db, pool_id)


def effective_settings(style: Branding) -> dict[str, Any]:
    """The settings of a style with what follows from them, and ours in all places that are still open."""
    return whole_settings(style.settings, {asset.category for asset in style.assets})


def whole_settings(settings: Given, categories: Collection[str]) -> dict[str, Any]:
    """As `effective_settings`, of the settings of a style and the categories of its pictures."""
    return merge_settings(merge_settings(DEFAULT_SETTINGS, fill_in(settings, categories, DEFAULT_SETTINGS)), settings)


def _merged(current: Given, changes: Given | None) -> Given:
    """Both are as they should be, so only their sum can be too much."""
    merged = merge_settings(current, changes or {})
    check_size(merged)
    return merged


def _checked(uses_provided_values: bool, settings: Given | None, assets: Iterable[Given]) -> Sequence[Asset]:
    # Cognito's text wants no assets there either, its service takes them: Terraform's acceptance tests send both.
    if uses_provided_values and settings is not None:
        raise InvalidParameterException("Settings cannot be used together with UseCognitoProvidedValues.")
    if settings is not None:
        check_settings(settings, DEFAULT_SETTINGS)
    return [_asset(given) for given in assets]


def _asset(given: Given) -> Asset:
    content = given.get("Bytes")
    if not content:
        raise InvalidParameterException(f"The {given['Category']} asset has no Bytes.")
    check_image(content, given["Extension"])
    return Asset(given["Category"], given["ColorMode"], given["Extension"], content, given.get("ResourceId"))
