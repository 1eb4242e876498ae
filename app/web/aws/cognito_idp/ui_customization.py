"""Classic hosted UI customization."""

from typing import Any

from app.core.ui_customization import ALL, UiCustomization
from app.flows import customize_ui
from app.flows.work import Work
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("SetUICustomization")
def set_ui_customization(
    work: Work, user_pool_id: str, client_id: str = ALL, css: str | None = None, image_file: bytes | None = None
) -> Members:
    """Replaces CSS and logo together."""
    made = customize_ui.set_customization(work, user_pool_id, client_id, css, image_file)
    if made is None:
        return {"UICustomization": {"UserPoolId": user_pool_id, "ClientId": client_id}}
    return {"UICustomization": _ui_customization(work, made)}


@cognito_idp.operation("GetUICustomization")
def get_ui_customization(work: Work, user_pool_id: str, client_id: str = ALL) -> Members:
    """The client's own, else that of ALL, else nothing."""
    found = customize_ui.find_customization(work, user_pool_id, client_id)
    return {"UICustomization": _ui_customization(work, found) if found else {}}


def _ui_customization(work: Work, customization: UiCustomization) -> Members:
    """UICustomizationType."""
    return {
        "UserPoolId": customization.pool_id,
        "ClientId": customization.target,
        "ImageUrl": customize_ui.logo_url(work, customization),
        "CSS": customization.css,
        "CSSVersion": customization.css_version,
        "LastModifiedDate": customization.updated_at,
        "CreationDate": customization.created_at,
    }
