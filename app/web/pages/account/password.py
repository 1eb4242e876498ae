"""/account/password: another password, with the one there is as proof."""

from collections.abc import Sequence

from starlette.responses import Response

from app.flows import passwords
from app.flows.account_overview import has_password
from app.flows.account_sessions import sign_out_everywhere
from app.flows.change_password import change_password
from app.flows.security_notice import notify
from app.kit.errors import NotAuthorizedException
from app.web.pages import account_places as places
from app.web.pages.account.contexts import AccountContext, ChangePasswordPage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.texts import problem
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import PageError
from app.web.pages.pool_forms import new_password_problems, password_policy
from app.web.pages.texts import form_problem


class NewPassword:
    """The form for a new password; who has none yet (a passkey or codes do without) gets a first one."""

    place = places.PASSWORD
    inputs = frozenset({"current_password", "password", "confirm_password"})

    def needs_fresh(self, _: Values | None) -> bool:
        """Always."""
        return True

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """The form. Nothing that was typed comes back."""
        return ChangePasswordPage(
            **visit.frame(),
            form=visit.form(places.PASSWORD),
            values=values,
            errors=errors,
            has_password=has_password(visit.work, visit.account),
            password_policy=password_policy(visit.pool),
            signs_out_apps=not values or bool(values.get("apps")),
            back_url=visit.url(places.SECURITY),
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Changes the password, which signs out other browsers, and ends the access of apps if that is wished."""
        previous = form.get("current_password", "") if has_password(visit.work, visit.account) else None
        problems = _problems(visit, form, previous)
        if problems:
            return problems
        account = visit.account
        try:
            change_password(
                visit.work,
                visit.pool,
                account.user,
                previous,
                form["password"],
                client_id=account.client_id,
                kept=account.session.session_id,
                is_there=True,
            )
        except NotAuthorizedException:
            if passwords.was_just_set(visit.work, visit.pool, account.user.sub, form["password"]):
                return visit.go(places.SECURITY, "password_changed")
            return [problem("current_wrong", visit.locale)]
        if form.get("apps"):
            sign_out_everywhere(visit.work, account, keeps_this_browser=True)
        notify(visit.work, account, "password_changed")
        return visit.go(places.SECURITY, "password_changed")


def _problems(visit: AccountVisit, form: Values, previous: str | None) -> list[PageError]:
    found = [problem("current_missing", visit.locale)] if previous == "" else []
    password, repetition = form.get("password", ""), form.get("confirm_password", "")
    found += new_password_problems(visit.pool, password, visit.locale)
    if not repetition:
        found.append(form_problem("repetition_missing", visit.locale))
    elif repetition != password:
        found.append(form_problem("passwords_differ", visit.locale))
    return found
