"""The routes of the account pages."""

from app.web.edge import Door, Route
from app.web.pages.account.addresses import OneAddress
from app.web.pages.account.authenticators import AddAuthenticator, OneAuthenticator
from app.web.pages.account.data import Data, Deletion
from app.web.pages.account.endpoint import AccountEndpoint, Page
from app.web.pages.account.passkeys import AddPasskey, OnePasskey
from app.web.pages.account.password import NewPassword
from app.web.pages.account.profile import Profile
from app.web.pages.account.recovery_codes import RecoveryCodes
from app.web.pages.account.security import Security
from app.web.pages.account.sessions import Sessions

_PAGES: tuple[Page, ...] = (
    Profile(),
    OneAddress("email"),
    OneAddress("phone_number"),
    Security(),
    NewPassword(),
    AddPasskey(),
    OnePasskey(),
    AddAuthenticator(),
    OneAuthenticator(),
    RecoveryCodes(),
    Sessions(),
    Data(),
    Deletion(),
)


def account_routes(door: Door) -> list[Route]:
    """GET and POST of each page."""
    return [Route(page.place, ("GET", "POST"), AccountEndpoint(page), door, of_pool=True) for page in _PAGES]
