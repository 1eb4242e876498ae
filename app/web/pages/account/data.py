"""/account/data: linked accounts and the download of everything; /account/delete: the end of the account."""

from collections.abc import Sequence

import orjson
from starlette.responses import Response

from app.core.users import folded
from app.flows.account_export import export_account
from app.flows.account_overview import list_linked
from app.flows.delete_user import delete_user
from app.flows.security_notice import notify
from app.web.cookies import clear_session_cookie
from app.web.pages import account_places as places
from app.web.pages.account.contexts import AccountContext, DataPage, DeleteAccountPage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.texts import problem
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import PageError
from app.web.pages.handles import Progress
from app.web.pages.responses import file_response


class Data:
    """What is known, to take along."""

    place = places.DATA
    inputs = frozenset[str]()

    def needs_fresh(self, form: Values | None) -> bool:
        """For the download."""
        return form is not None

    def show(self, visit: AccountVisit, _: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """The linked accounts, and the button."""
        return DataPage(
            **visit.frame(),
            form=visit.form(places.DATA),
            errors=errors,
            user_id="" if (username := visit.account.user.username) == visit.name else username,
            linked=[identity.provider for identity in list_linked(visit.work, visit.account)],
            delete_url=visit.url(places.DELETE),
        )

    def submit(self, visit: AccountVisit, _: Values) -> Response | Sequence[PageError]:
        """The file."""
        content = orjson.dumps(export_account(visit.work, visit.account), option=orjson.OPT_INDENT_2)
        return file_response(visit.request, content, "application/json", "account.json")


class Deletion:
    """The account ends once its name is typed."""

    place = places.DELETE
    inputs = frozenset({"confirmation"})

    def needs_fresh(self, _: Values | None) -> bool:
        """Always."""
        return True

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """What is lost, and the form."""
        return DeleteAccountPage(
            **visit.frame(),
            form=visit.form(places.DELETE, request=visit.seal(Progress())),
            values=values,
            errors=errors,
            back_url=visit.url(places.DATA),
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Deletes the account; the address that it had hears of it."""
        typed = form.get("confirmation", "").strip()
        if folded(visit.pool, typed) != folded(visit.pool, visit.name):
            return [problem("confirmation_differs", visit.locale)]
        notify(visit.work, visit.account, "account_deleted")
        delete_user(visit.work, visit.account.user, client_id=visit.account.client_id)
        response = visit.go(places.DELETE, client_id=visit.account.client_id, request=visit.seal(Progress()))
        # The nonce stays: by it the page that says what was done knows the browser.
        clear_session_cookie(response, visit.work.settings, visit.pool.pool_id)
        return response
