"""How a page looks: what its template receives of a brand (`Brand`), made of a look, and where that may be shown.

What operators of pools upload is shown only where the pool has an origin of its own (design: a domain), so that no pool can
dress up as another; and in `poolhouse dev`, where nobody else is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from app.core.branding import PictureKey
from app.flows.brand_pages import PICTURE_PATH, STYLE_PATH, Look, picture_query
from app.web.house import browser_path, house_of

MEDIA_TYPES = {
    "ICO": "image/x-icon",
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "SVG": "image/svg+xml; charset=utf-8",
    "WEBP": "image/webp",
}
_DARK = "(prefers-color-scheme: dark)"
# The picture of a step, by its template; of the steps that wait for a code it depends on how the code came.
_GRAPHICS = {
    "challenges/mfa_setup.html": "AUTH_APP_GRAPHIC",
    "challenges/software_token.html": "AUTH_APP_GRAPHIC",
    "challenges/new_password.html": "PASSWORD_GRAPHIC",
    "pages/forgot_password.html": "PASSWORD_GRAPHIC",
    "pages/add_passkey.html": "PASSKEY_GRAPHIC",
}
_CODES = frozenset(
    {"challenges/one_time_code.html", "pages/check_inbox.html", "pages/confirm.html", "pages/reset_password.html"}
)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image; `dark_url` is the one for dark windows, None for the same."""

    url: str
    dark_url: str | None = None


@dataclass(frozen=True, slots=True)
class Favicon:
    """An icon of the browser's tab; `media` is a media query, "" for any window."""

    url: str
    media_type: str
    media: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A band over or under the page, with a logo or without."""

    logo: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How a pool or client looks. The style sheet sets `--ph-*` properties. Without a logo the page's emblem is shown, unless a
    `graphic` is, or `shows_graphics` says no. All URLs are paths of this origin."""

    stylesheet_url: str | None = None
    color_scheme: str = "light dark"
    logo: Picture | None = None
    is_logo_outside: bool = False
    header: Band | None = None
    footer: Band | None = None
    graphic: Picture | None = None
    shows_graphics: bool = True
    favicons: Sequence[Favicon] = ()


def may_be_shown(request: Request) -> bool:
    """Whether a pool's own look may be shown where a request came to."""
    return request.scope.get("pool_path") == "" or (
        "pool_path" in request.scope and house_of(request).settings.mode == "dev"
    )


def make_brand(look: Look, base: str, client_id: str, template: str, medium: str = "") -> Brand:
    """The brand of one page. `base` is the path before the pool's own, `medium` how a code came (EMAIL, SMS)."""
    return _Maker(look, base, client_id).brand(template, medium)


def brand_base(request: Request) -> str:
    """What stands before the paths of style sheets and pictures."""
    return browser_path(request)


@dataclass(frozen=True, slots=True)
class _Maker:
    look: Look
    base: str
    client_id: str

    def brand(self, template: str, medium: str) -> Brand:
        look = self.look
        if not look.version:
            return Brand()
        shows_graphics = look.setting("categories.form.displayGraphics") is not False
        graphic = f"{medium or 'EMAIL'}_GRAPHIC" if template in _CODES else _GRAPHICS.get(template, "")
        return Brand(
            stylesheet_url=f"{self.base}{STYLE_PATH}?{picture_query(look.version, self.client_id)}",
            color_scheme=look.scheme,
            logo=self.picture("FORM_LOGO") if look.setting("components.form.logo.enabled") is True else None,
            is_logo_outside=look.setting("components.form.logo.formInclusion") == "OUT",
            header=self.band("Header"),
            footer=self.band("Footer"),
            graphic=self.picture(graphic) if shows_graphics and graphic else None,
            shows_graphics=shows_graphics,
            favicons=self.favicons(),
        )

    def band(self, name: str) -> Band | None:
        if self.look.setting(f"categories.global.page{name}.enabled") is not True:
            return None
        has_logo = self.look.setting(f"components.page{name}.logo.enabled") is True
        return Band(self.picture(f"PAGE_{name.upper()}_LOGO") if has_logo else None)

    def picture(self, category: str) -> Picture | None:
        look = self.look
        light = look.picture(category, "darkMode" if look.scheme == "dark" else "lightMode")
        if light is None:
            return None
        dark = look.picture(category, "darkMode") if look.scheme == "light dark" else None
        return Picture(self.url(light), self.url(dark) if dark is not None and dark != light else None)

    def favicons(self) -> list[Favicon]:
        enabled = self.look.setting("components.favicon.enabledTypes")
        found = []
        for kind in ("ICO", "SVG"):
            if isinstance(enabled, list) and kind in enabled:
                found += self.icons(f"FAVICON_{kind}")
        return found

    def icons(self, category: str) -> list[Favicon]:
        # The colours of the browser's tab are the system's, whatever the page's are.
        light, dark = self.look.picture(category), self.look.picture(category, "darkMode")
        icons = [self.icon(light)] if light is not None else []
        return [*icons, self.icon(dark, _DARK)] if dark is not None and dark != light else icons

    def icon(self, key: PictureKey, media: str = "") -> Favicon:
        return Favicon(self.url(key), MEDIA_TYPES[key.extension].partition(";")[0], media)

    def url(self, key: PictureKey) -> str:
        return f"{self.base}{PICTURE_PATH}?{picture_query(self.look.pictures[key], self.client_id)}"
