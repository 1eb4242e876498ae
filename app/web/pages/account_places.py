"""The paths of the account pages, and the way there: where a sign-in leads that no app asked for.

Who opens an account page without a session, or with one whose sign-in is too long ago for what the page does, signs in on the
ordinary pages. These carry two parameters in place of an authorize request: `client_id`, the app whose sign-in it is, and
`account`, one of the paths below; besides `unsaved` where a form was sent that could not be taken without that sign-in.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from app.core.pools import Pool
from app.flows.account_access import has_account_page
from app.web.forms import Pairs

PROFILE: Final = "/account"
EMAIL: Final = "/account/email"
PHONE: Final = "/account/phone"
SECURITY: Final = "/account/security"
PASSWORD: Final = "/account/password"
ADD_PASSKEY: Final = "/account/add-passkey"
PASSKEY: Final = "/account/passkey"
ADD_AUTHENTICATOR: Final = "/account/add-authenticator"
AUTHENTICATOR: Final = "/account/authenticator"
RECOVERY_CODES: Final = "/account/recovery-codes"
SESSIONS: Final = "/account/sessions"
DATA: Final = "/account/data"
DELETE: Final = "/account/delete"

PLACES: Final = frozenset(
    {
        PROFILE,
        EMAIL,
        PHONE,
        SECURITY,
        PASSWORD,
        ADD_PASSKEY,
        PASSKEY,
        ADD_AUTHENTICATOR,
        AUTHENTICATOR,
        RECOVERY_CODES,
        SESSIONS,
        DATA,
        DELETE,
    }
)

_PARAMETER: Final = "account"
# On the way, and at its end in the address of the account page: proof that a form was not taken (AccountVisit).
UNSAVED: Final = "unsaved"
# What the reader may choose on the way.
_LANGUAGE: Final = "lang"
# Of a page about one of several things, such as a passkey: which one.
_PLACE: Final = re.compile(r"(?P<path>/account[a-z/-]{0,30})(\?id=[A-Za-z0-9_-]{1,1400})?", re.ASCII)


def to_account(client_id: str, place: str, unsaved: str = "") -> Pairs:
    """What a sign-in carries that leads to an account page."""
    return (("client_id", client_id), (_PARAMETER, place), *(((UNSAVED, unsaved),) if unsaved else ()))


def address_of(place: str, query: Mapping[str, str]) -> str:
    """A path with a query, which may be about one thing already."""
    joint = "&" if "?" in place else "?"
    return f"{place}{joint}{urlencode(query, quote_via=quote)}" if query else place


def query_of(parameters: Pairs) -> str:
    """The parameters as a query string."""
    return urlencode(parameters, quote_via=quote)


def is_account(path: str) -> bool:
    """Whether a path, which may have a query, is one of an account page."""
    return path.partition("?")[0] in PLACES


def is_place(text: str) -> bool:
    """Whether a text is the path of an account page, with the id of the one thing that it is about if it has one."""
    found = _PLACE.fullmatch(text)
    return found is not None and found["path"] in PLACES


def account_place(pool: Pool, parameters: Pairs) -> str | None:
    """The account page that a sign-in leads to; None if it is an app's, or the pool has no such page."""
    known = dict(parameters)
    is_whole = len(known) == len(parameters) and known.keys() <= {"client_id", _PARAMETER, _LANGUAGE, UNSAVED}
    place = known.get(_PARAMETER)
    return place if is_whole and place and is_place(place) and has_account_page(pool) else None
