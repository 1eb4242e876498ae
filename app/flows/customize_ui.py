"""Classic hosted UI customization of a pool that has a domain. Amazon Cognito user pools API, SetUICustomization."""

from urllib.parse import urlencode

from sqlalchemy import Connection

from app.core import clients, domains, pools, ui_customization
from app.core.ui_customization import ALL, UiCustomization
from app.core.uploads import check_css, image_extension
from app.flows.locations import browser_base, may_show_uploads
from app.flows.work import Work
from app.kit.errors import InvalidParameterException

# Where a pool's own host serves the logo.
LOGO_PATH = "/_custom/logo"
_LOGO_EXTENSIONS = ("PNG", "JPEG", "SVG")


def set_customization(
    work: Work, pool_id: str, target: str, css: str | None, image: bytes | None
) -> UiCustomization | None:
    """Replaces CSS and logo of a client, or of all without their own (ALL); without either, takes them away.

    Cognito's guide: "You can't set CSS and logo customization separately." Raises ResourceNotFoundException, and
    InvalidParameterException without a domain, for CSS or an image that may not be.
    """
    extension = None
    if css:
        check_css(css)
    if image:
        extension = image_extension(image)
        if extension not in _LOGO_EXTENSIONS:
            raise InvalidParameterException("The image file must be a PNG, JPEG or SVG image.")
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        _check_place(db, work, pool_id, target)
        made = ui_customization.put_customization(
            db,
            pool_id,
            target,
            css=css or None,
            image=image or None,
            image_extension=extension,
            now=work.now,
        )
        pools.publish_change(db, pool_id)
        return made


def find_customization(work: Work, pool_id: str, target: str) -> UiCustomization | None:
    """What a client's pages look like: its own customization, else that of ALL.

    Raises ResourceNotFoundException, and InvalidParameterException without a domain.
    """
    with work.read() as db:
        pools.get_pool(db, pool_id)
        _check_place(db, work, pool_id, target)
        own = ui_customization.find_customization(db, pool_id, target)
        return own or ui_customization.find_customization(db, pool_id, ALL)


def find_logo(work: Work, pool_id: str, target: str) -> tuple[bytes, str] | None:
    """The logo that was set for exactly this target, and its extension; raises ResourceNotFoundException for no pool."""
    with work.read() as db:
        pools.get_pool(db, pool_id)
        found = ui_customization.find_customization(db, pool_id, target)
    if found is None or found.image is None or found.image_extension is None:
        return None
    return found.image, found.image_extension


def logo_url(work: Work, customization: UiCustomization) -> str | None:
    """Where a browser gets the logo; None without one, and for a pool that has no host of its own to show it on."""
    snapshot = work.snapshots.pool(customization.pool_id)
    if customization.image is None or not may_show_uploads(work.settings, snapshot):
        return None
    query = urlencode({"client_id": customization.target, "version": customization.updated_at})
    return f"{browser_base(work.settings, snapshot)}{LOGO_PATH}?{query}"


def _check_place(db: Connection, work: Work, pool_id: str, target: str) -> None:
    if target != ALL:
        clients.get_client(db, work.keyring, pool_id, target)
    if not domains.list_domains(db, pool_id):
        raise InvalidParameterException("There has to be an existing domain associated with this user pool")
