"""The cookies of the pages: the nonce that ties handles and forms to one browser, the devices that this browser is to its
users, and the language somebody chose.

The nonce proves nothing about who somebody is; the session's cookie (web.cookies) gets a new secret at each authentication.
"""

import re

from starlette.requests import Request
from starlette.responses import Response

from app.flows.browser_devices import LIFETIME_MS
from app.kit.clock import DAY, SECOND
from app.kit.settings import Settings
from app.web.cookies import cookie_name, set_cookie
from app.web.house import house_of
from app.web.pages.languages import is_tag
from app.web.pages.visits import Visit

_NONCE = "browser"
_DEVICE = "device"
_LANGUAGE = "lang"
_LANGUAGE_SECONDS = 365 * DAY // SECOND
_NONCE_FORM = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def browser_nonce(request: Request) -> str:
    """The nonce of this browser, "" if it has none that we could have made."""
    name = cookie_name(house_of(request).settings, _NONCE, request.scope["pool_id"])
    nonce = request.cookies.get(name, "")
    return nonce if _NONCE_FORM.fullmatch(nonce) else ""


def chosen_language(request: Request) -> str:
    """The language that this browser chose before, or ""."""
    pool_id = request.scope.get("pool_id", "")
    return request.cookies.get(cookie_name(house_of(request).settings, _LANGUAGE, pool_id), "")


def browser_devices(request: Request) -> str:
    """What the browser shows of being a remembered device (flows.browser_devices), "" if it is none."""
    return request.cookies.get(cookie_name(house_of(request).settings, _DEVICE, request.scope["pool_id"]), "")


def keep_devices(response: Response, settings: Settings, pool_id: str, devices: str) -> None:
    """Gives the browser what it proves to be a remembered device by."""
    set_cookie(response, settings, _DEVICE, pool_id, devices, LIFETIME_MS // SECOND)


def give_nonce(response: Response, settings: Settings, pool_id: str, nonce: str) -> None:
    """Gives the browser a nonce until it closes."""
    set_cookie(response, settings, _NONCE, pool_id, nonce, None)


def keep_browser(visit: Visit, response: Response) -> None:
    """Gives the browser its nonce if it is new, and remembers the language that its request names."""
    settings = visit.work.settings
    if visit.is_new_browser:
        give_nonce(response, settings, visit.pool_id, visit.nonce)
    wanted = (visit.authorize and visit.authorize.lang) or ""
    if is_tag(wanted) and wanted != chosen_language(visit.request):
        set_cookie(response, settings, _LANGUAGE, visit.pool_id, wanted, _LANGUAGE_SECONDS)
