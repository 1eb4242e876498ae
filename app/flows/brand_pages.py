"""How the hosted pages of a client look: its managed login style or classic customization, or what stands in for them.

On a domain of managed login (ManagedLoginVersion 2) a style comes first, on a classic one the customization; where a client
has neither, its pool's default style does (our pool setting `DefaultBranding`, a client id). Whether a look may be shown at
all is up to the pages: only where the pool has an origin of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from app.core import branding, ui_customization
from app.core.branding import Branding, PictureKey, digest_of
from app.core.branding_defaults import DEFAULT_SETTINGS
from app.core.branding_styles import Mode, Palette, Scheme, compile_style, find, scheme
from app.core.ui_customization import ALL, UiCustomization
from app.core.ui_customization_css import adapt_css
from app.flows.configure_branding import whole_settings
from app.flows.snapshots import ClientSnapshot, PoolSnapshot
from app.flows.work import Work
from app.kit.resources import resource_dir
from app.kit.slow import run_slow
from app.kit.templates import assets

# Where the pages of a pool get them from; pictures are named relative to the style sheet.
STYLE_PATH = "/_brand/style.css"
PICTURE_PATH = "/_brand/picture"
_MODE_NAMES: Mapping[Mode, str] = {"lightMode": "LIGHT", "darkMode": "DARK"}
# Cognito's classic pages are light whatever the system is, and so is what was made for them.
_CLASSIC: Mapping[str, Any] = {"categories": {"global": {"colorSchemeMode": "LIGHT"}}}
_PROPERTY = re.compile(r"--ph-([a-z-]+):\s*([^;]+);")


@dataclass(frozen=True, slots=True)
class Look:
    """What the pages of a client wear.

    `version` is the hash of the style sheet, "" where there is none; `settings` are whole; `pictures` has the hash of each
    picture's content; `scheme` is the value of `color-scheme`. `style` is the style without its pictures, `classic` the target
    of the classic customization.
    """

    version: str
    settings: Mapping[str, Any]
    pictures: Mapping[PictureKey, str]
    scheme: Scheme = "light dark"
    style: Branding | None = None
    classic: str | None = None

    def setting(self, path: str) -> Any:
        """What stands at a path of the settings."""
        return find(self.settings, path)

    def picture(self, category: str, mode: Mode = "lightMode") -> PictureKey | None:
        """The picture of a category for light or dark windows; the other's where it has none of its own."""
        found = {key.color_mode: key for key in self.pictures if key.category == category}
        own = found.get(_MODE_NAMES[mode]) or found.get("DYNAMIC")
        return own or next(iter(found.values()), None)


PLAIN = Look("", DEFAULT_SETTINGS, {})


def find_look(work: Work, pool: PoolSnapshot, client: ClientSnapshot | None) -> Look:
    """The look of a client's pages, or of pages that know of no client. Not within a segment."""
    # In either case, so that an error page, which may not ask the database, finds it in memory.
    of_pool = pool.derive("look", lambda snapshot: _make(work, snapshot, ""))
    if client is None:
        return of_pool
    return client.derive("look", lambda snapshot: _make(work, snapshot.pool_snapshot, snapshot.client.client_id))


def peek_look(pool: PoolSnapshot, client: ClientSnapshot | None) -> Look:
    """As `find_look` without touching the database: what was shown before, else nothing."""
    known: Look | None = (pool if client is None else client).derived.get("look")
    return known or PLAIN


def read_style_sheet(work: Work, look: Look, pool_id: str, client_id: str) -> str:
    """The text of a look's style sheet. Its pictures' addresses name the client, or none for ""."""
    css = ""
    if look.classic is not None:
        with work.read() as db:
            found = ui_customization.find_customization(db, pool_id, look.classic)
        css = (found.css if found else None) or ""
    return _written(look, css, client_id)


def read_picture(work: Work, look: Look, pool_id: str, digest: str) -> tuple[bytes, str] | None:
    """A picture of a look by the hash of its content, and its extension (PNG, SVG ...); None if there is none."""
    key = next((key for key, known in look.pictures.items() if known == digest), None)
    if key is None:
        return None
    content = _read(work, look, pool_id, key)
    if content is None or run_slow(digest_of, content) != digest:
        return None
    return content, key.extension


def picture_query(digest: str, client_id: str) -> str:
    """The query of a picture's address."""
    return urlencode({**({"client_id": client_id} if client_id else {}), "v": digest})


def _read(work: Work, look: Look, pool_id: str, key: PictureKey) -> bytes | None:
    with work.read() as db:
        if look.style is not None:
            return branding.read_picture(db, pool_id, look.style.branding_id, key)
        found = ui_customization.find_customization(db, pool_id, look.classic or ALL)
    return found.image if found else None


def _make(work: Work, pool: PoolSnapshot, client_id: str) -> Look:
    pool_id = pool.pool.pool_id
    with work.read() as db:
        style = branding.find_style_of_client(db, pool_id, client_id) if client_id else None
        classic = ui_customization.find_customization(db, pool_id, client_id) if client_id else None
        classic = classic or ui_customization.find_customization(db, pool_id, ALL)
        named = pool.pool.settings.get("DefaultBranding", "NONE")
        if style is None and named != "NONE":
            style = branding.find_style_of_client(db, pool_id, named)
    if style is not None and (classic is None or _is_managed(pool)):
        return _of_style(work, style, client_id)
    return _of_customization(classic, client_id) if classic else PLAIN


def _is_managed(pool: PoolSnapshot) -> bool:
    return bool(pool.domains) and pool.domains[-1].configuration.get("ManagedLoginVersion") == 2


def _of_style(work: Work, style: Branding, client_id: str) -> Look:
    digests = work.resources.picture_digests.get(style, lambda: _read_digests(work, style))
    settings = whole_settings(style.settings, {key.category for key in digests})
    look = Look("", settings, digests, scheme(settings, DEFAULT_SETTINGS), style)
    return replace(look, version=digest_of(_written(look, "", client_id).encode()))


def _read_digests(work: Work, style: Branding) -> dict[PictureKey, str]:
    with work.read() as db:
        keys = branding.list_pictures(db, style.pool_id, style.branding_id)
    made = {}
    for key in keys:
        with work.read() as db:
            content = branding.read_picture(db, style.pool_id, style.branding_id, key)
        if content is not None:
            made[key] = run_slow(digest_of, content)
    return made


def _of_customization(classic: UiCustomization, client_id: str) -> Look:
    pictures = {}
    if classic.image is not None and classic.image_extension is not None:
        pictures[PictureKey("FORM_LOGO", "DYNAMIC", "", classic.image_extension)] = run_slow(digest_of, classic.image)
    settings = whole_settings(_CLASSIC, {key.category for key in pictures})
    look = Look("", settings, pictures, "light", classic=classic.target)
    return replace(look, version=digest_of(_written(look, classic.css or "", client_id).encode()))


def _written(look: Look, classic_css: str, client_id: str) -> str:
    def picture_url(category: str, mode: Mode) -> str | None:
        key = look.picture(category, mode)
        return None if key is None else f"picture?{picture_query(look.pictures[key], client_id)}"

    own = compile_style(look.settings, DEFAULT_SETTINGS, _palettes(), picture_url)
    return own + _rules() + run_slow(adapt_css, classic_css)


@cache
def _rules() -> str:
    """What turns the properties of a style into looks, where the pages' own style sheet knows nothing of them."""
    return (resource_dir("templates") / "brand.css").read_text(encoding="utf-8")


@cache
def _palettes() -> Mapping[Mode, Palette]:
    """The colours that the pages have without a style, read off their own style sheet."""
    css = assets()["poolhouse.css"].content.decode()
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    of_dark = dict(_PROPERTY.findall(dark.partition("\n}")[0]))
    of_light = dict(_PROPERTY.findall(light))
    return {"lightMode": {name: of_light[name] for name in of_dark}, "darkMode": of_dark}
