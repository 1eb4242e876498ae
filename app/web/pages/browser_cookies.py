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
from app.web.cookies import NONCE, give_nonce, read_cookie, set_cookie
from app.web.forms import Pairs, lenient_query
from app.web.house import house_of
from app.web.pages.languages import asked_languages, choose_language, find_asked_locale
from app.web.pages.visits import Visit

_DEVICE = "device"
_LANGUAGE = "lang"
_LANGUAGE_SECONDS = 365 * DAY // SECOND
_NONCE_FORM = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def browser_nonce(request: Request) -> str:
    """The nonce of this browser, "" if it has none that we could have made."""
    nonce = read_cookie(request, NONCE)
    return nonce if _NONCE_FORM.fullmatch(nonce) else ""


def chosen_language(request: Request) -> str:
    """The language that this browser chose before, or ""."""
    return read_cookie(request, _LANGUAGE)


def page_language(request: Request) -> str:
    """The locale of a page that no visit settles: what its query asks for, the cookie, or the browser."""
    asked = asked_languages(lenient_query(request))
    return choose_language(request, *asked, chosen_language(request))


def browser_devices(request: Request) -> str:
    """What the browser shows of being a remembered device (flows.browser_devices), "" if it is none."""
    return read_cookie(request, _DEVICE)


def keep_devices(response: Response, settings: Settings, pool_id: str, devices: str) -> None:
    """Gives the browser what it proves to be a remembered device by."""
    set_cookie(response, settings, _DEVICE, pool_id, devices, LIFETIME_MS // SECOND)


def keep_browser(visit: Visit, response: Response) -> None:
    """Gives the browser its nonce if it is new, and remembers the language that its request names."""
    if visit.is_new_browser:
        give_nonce(response, visit.work.settings, visit.pool_id, visit.nonce)
    keep_language(visit.request, response, visit.parameters)


def keep_language(request: Request, response: Response, parameters: Pairs) -> None:
    """Remembers the language that the parameters of a request ask for, if it is one of ours."""
    locale = find_asked_locale(parameters)
    if locale and locale != chosen_language(request):
        settings = house_of(request).settings
        set_cookie(response, settings, _LANGUAGE, request.scope["pool_id"], locale, _LANGUAGE_SECONDS)
