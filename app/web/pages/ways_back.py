"""Where a sign-in leads that is not on its way to an authorize endpoint: an account page, or the page that adds a passkey.

An app sends its user to /passkeys/add with `client_id` and `redirect_uri` (Cognito Developer Guide, "Managed login"). On the
sign-in pages these two travel with a mark, as they are no authorize request.
"""

from typing import Final

from app.core.pools import Pool
from app.web.forms import Pairs
from app.web.pages.account_places import UNSAVED, account_place, address_of, query_of

ADD_PASSKEY: Final = "/passkeys/add"
_MARK: Final = ("then", "add-passkey")
_CLIENT_ID: Final = "client_id"
_KEPT: Final = (_CLIENT_ID, "redirect_uri", "lang")


def to_add_passkey(parameters: Pairs) -> Pairs:
    """What of the query of /passkeys/add travels with its forms, and with the sign-in before it."""
    return (*(pair for pair in parameters if pair[0] in _KEPT), _MARK)


def adds_passkey(parameters: Pairs) -> bool:
    """Whether parameters are those of /passkeys/add."""
    names = [name for name, _ in parameters]
    is_plain = len(set(names)) == len(names) and set(names) <= {*_KEPT, _MARK[0]}
    return is_plain and _MARK in parameters


def way_back(pool: Pool, parameters: Pairs) -> str | None:
    """The path of the page that a sign-in leads to, with its query; None if it is an app's authorize request."""
    if adds_passkey(parameters):
        return f"{ADD_PASSKEY}?{query_of(tuple(pair for pair in parameters if pair != _MARK))}"
    place = account_place(pool, parameters)
    return place and address_of(place, {name: value for name, value in parameters if name in (_CLIENT_ID, UNSAVED)})
