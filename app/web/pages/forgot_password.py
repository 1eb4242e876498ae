"""/forgotPassword asks who somebody is and sends a code; /confirmforgotPassword takes the code and a new password.

Both answer the same whether or not there is such an account.
"""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from app.flows.recover_account import confirm_forgot_password, forgot_password, was_just_reset
from app.kit.errors import CodeMismatchException, ExpiredCodeException, NotAuthorizedException
from app.web.pages import next as steps
from app.web.pages.contexts import Field, ForgotPasswordPage, PageError, ResetPasswordPage
from app.web.pages.endpoint import Values
from app.web.pages.fields import identifier_field
from app.web.pages.handles import Progress
from app.web.pages.password_rules import PASSWORD_SCRIPTS
from app.web.pages.pool_forms import account_name, new_password_problems, password_policy
from app.web.pages.texts import form_problem, missing_values
from app.web.pages.visits import RESEND_SCRIPTS, Visit


class ForgotPasswordFormPage:
    """Who forgot their password."""

    inputs = frozenset({"username"})
    is_linked = False

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> ForgotPasswordPage:
        """The form, with the name that the app knows."""
        hint = (visit.authorize and visit.authorize.login_hint) or ""
        return ForgotPasswordPage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=visit.form(steps.FORGOT_PASSWORD, Progress()),
            values={"username": hint, **values},
            errors=errors,
            identifier=_identifier(visit),
            sign_in_url=visit.link(steps.LOGIN),
        )

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Sends a code, if there is whom to send it to."""
        account = account_name(visit.client.pool, form.get("username", ""))
        problems = missing_values([_identifier(visit)], {"username": account})
        if problems:
            return problems
        sent = forgot_password(visit.work, visit.client, account, on_page=True)
        progress = Progress(account=account, destination=sent.destination, medium=sent.medium, is_reset=True)
        return visit.go(steps.RESET_PASSWORD, progress)


class ResetPasswordFormPage:
    """The code and the new password."""

    inputs = frozenset({"code", "password", "confirm_password"})
    is_linked = False

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> ResetPasswordPage | Response:
        """The form; without a code asked for there is nothing to fill in."""
        if not visit.progress.account:
            return visit.go_to(visit.link(steps.FORGOT_PASSWORD))
        return reset_page(visit, values, errors)

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Sets the password and leads back to sign-in."""
        account, code, password = visit.progress.account, form.get("code", "").strip(), form.get("password", "")
        problems = _problems(visit, code, password, form.get("confirm_password", ""))
        if problems or not account:
            return problems or visit.go_to(visit.link(steps.FORGOT_PASSWORD))
        try:
            confirm_forgot_password(visit.work, visit.client, account, code, password, on_page=True)
        except (CodeMismatchException, ExpiredCodeException, NotAuthorizedException):
            # The others would tell that there is such a user.
            if not was_just_reset(visit.work, visit.client, account, password):
                raise CodeMismatchException from None
        return visit.go(steps.LOGIN, Progress(account=account, notice="password_changed"))


def reset_page(visit: Visit, values: Values, errors: Sequence[PageError]) -> ResetPasswordPage:
    """The page for the code and the new password."""
    progress = visit.progress
    pending = replace(progress, resent=False)
    return ResetPasswordPage(
        pool_name=visit.pool_name,
        client_name=visit.client_name,
        form=visit.form(steps.RESET_PASSWORD, pending),
        values=values,
        errors=errors,
        account=progress.account,
        password_policy=password_policy(visit.client.pool),
        destination=progress.destination or None,
        medium=progress.medium,
        resend=visit.form(steps.RESEND, pending),
        scripts=(*RESEND_SCRIPTS, *PASSWORD_SCRIPTS),
        resent=progress.resent,
        sign_in_url=visit.link(steps.LOGIN),
    )


def _problems(visit: Visit, code: str, password: str, again: str) -> list[PageError]:
    problems = []
    if not code:
        problems.append(form_problem("code_missing", visit.locale))
    problems += new_password_problems(visit.client.pool, password, visit.locale)
    if not again:
        problems.append(form_problem("repetition_missing", visit.locale))
    elif password and password != again:
        problems.append(form_problem("passwords_differ", visit.locale))
    return problems


def _identifier(visit: Visit) -> Field:
    pool = visit.client.pool
    return identifier_field(pool.username_attributes, pool.alias_attributes, visit.locale)
