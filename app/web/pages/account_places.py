"""The paths of the account pages, and the way there: where a sign-in leads that no app asked for.

Who opens an account page without a session, or with one whose sign-in is too long ago for what the page does, signs in on the
ordinary pages. These carry two parameters in place of an authorize request: `client_id`, the app whose sign-in it is, and
`account`, one of the paths below.
"""

from typing import Final

from app.core.pools import Pool
from app.flows.account_access import has_account_page
from app.web.forms import Pairs

PROFILE: Final = "/account"
EMAIL: Final = "/account/email"
PHONE: Final = "/account/phone"
SECURITY: Final = "/account/security"
PASSWORD: Final = "/account/password"
PASSKEY: Final = "/account/passkey"
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
        PASSKEY,
        AUTHENTICATOR,
        RECOVERY_CODES,
        SESSIONS,
        DATA,
        DELETE,
    }
)

_PARAMETER: Final = "account"


def to_account(client_id: str, place: str) -> Pairs:
    """What a sign-in carries that leads to an account page."""
    return (("client_id", client_id), (_PARAMETER, place))


def account_place(pool: Pool, parameters: Pairs) -> str | None:
    """The account page that a sign-in leads to; None if it is an app's, or the pool has no such page."""
    known = dict(parameters)
    is_whole = len(known) == len(parameters) and known.keys() <= {"client_id", _PARAMETER}
    place = known.get(_PARAMETER)
    return place if is_whole and place in PLACES and has_account_page(pool) else None
