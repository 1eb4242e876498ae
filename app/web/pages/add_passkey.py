"""GET and POST /passkeys/add: an app sends its user here to make a passkey; the way back leads to the app's redirect URI.

W3C Web Authentication Level 3, section 7.1. A passkey opens the account, so that the sign-in must be of the last minutes.
"""

from collections.abc import Sequence

import orjson
from starlette.responses import Response

from app.flows import passkeys
from app.flows.account_access import Account, find_account
from app.flows.security_notice import notify
from app.flows.send_code import known_name
from app.kit.errors import (
    AppError,
    InvalidParameterException,
    LimitExceededException,
    WebAuthnConfigurationMissingException,
    WebAuthnNotEnabledException,
)
from app.web.cookies import session_secret
from app.web.pages import next as steps
from app.web.pages.contexts import AddPasskeyPage, PageContext, PageError, PasskeyPrompt
from app.web.pages.endpoint import Values
from app.web.pages.error import error_response
from app.web.pages.texts import PASSKEY_NOT_ADDED, PASSKEYS_FULL, page_text
from app.web.pages.visits import Visit
from app.web.pages.ways_back import ADD_PASSKEY
from app.web.pages.ways_in import SCRIPTS


class AddPasskeyFormPage:
    """A new passkey of whoever is signed in in this browser."""

    inputs: frozenset[str] = frozenset()
    is_linked = False

    def show(self, visit: Visit, _: Values, errors: Sequence[PageError]) -> PageContext | Response:
        """The button that makes one; each showing begins a registration of its own."""
        account = _account(visit)
        if account is None:
            return visit.go_to(visit.link(steps.LOGIN))
        passkey = None
        try:
            options = passkeys.start_registration(visit.work, account.grant)
            passkey = PasskeyPrompt(form=visit.form(ADD_PASSKEY), options=orjson.dumps(options).decode())
        except LimitExceededException:
            errors = [page_text(PASSKEYS_FULL, visit.locale)]
        except (WebAuthnNotEnabledException, WebAuthnConfigurationMissingException):
            return error_response(visit.request, "not_found", app=visit.client.client)
        return AddPasskeyPage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=visit.form(ADD_PASSKEY),
            errors=errors,
            account=known_name(account.pool, account.user),
            passkey=passkey,
            scripts=SCRIPTS if passkey else (),
        )

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Takes the passkey in, if there is one, and goes back to the app."""
        if form.get("submit") != "passkey":
            return visit.go_to(visit.redirect_uri)
        account = _account(visit)
        if account is None:
            return visit.go_to(visit.link(steps.LOGIN))
        try:
            passkeys.complete_registration(visit.work, account.grant, _credential(form))
        except AppError:
            return [page_text(PASSKEY_NOT_ADDED, visit.locale)]
        notify(visit.work, account, "passkey_added")
        return visit.go_to(visit.redirect_uri)


def _account(visit: Visit) -> Account | None:
    """Who has signed in in this browser, and not long ago."""
    account = find_account(visit.work, visit.client.pool_snapshot, session_secret(visit.request))
    return account if account and account.is_fresh(visit.work.now) else None


def _credential(form: Values) -> object:
    try:
        return orjson.loads(form.get("credential", ""))
    except orjson.JSONDecodeError:
        raise InvalidParameterException("The credential is no JSON.") from None
