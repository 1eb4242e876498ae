"""The code that confirms a new account: /confirm after a sign-up, /confirmUser for the link in a mail.

A link only opens the page; programs that read mail follow links, so nothing but the form uses the code up.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from starlette.responses import Response

from app.flows.confirm_sign_up import confirm_sign_up
from app.flows.given_sign_up import GivenSignUp, has_given_password
from app.flows.recover_account import forgot_password
from app.flows.resend_code import resend_code
from app.kit.errors import (
    AppError,
    CodeMismatchException,
    ExpiredCodeException,
    InvalidParameterException,
    NotAuthorizedException,
)
from app.web.pages import next as steps
from app.web.pages.contexts import (
    AwaitLinkPage,
    CheckInboxPage,
    ConfirmedPage,
    ConfirmLinkPage,
    ConfirmPage,
    FormPage,
    LinkOverPage,
    PageContext,
    PageError,
)
from app.web.pages.endpoint import Values
from app.web.pages.error import error_response
from app.web.pages.handles import Progress
from app.web.pages.texts import NOT_CONFIRMED_YET, form_problem, page_text
from app.web.pages.visits import RESEND_SCRIPTS, Visit

# What says that this account has been confirmed before, or never existed: told as a wrong code.
_TELLING = (NotAuthorizedException, InvalidParameterException, ExpiredCodeException)


class ConfirmAccountPage:
    """The code of a sign-up in this browser, or of a sign-in that found the account unconfirmed."""

    inputs = frozenset({"code"})
    is_linked = False

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> PageContext | Response:
        """The form for the code; without a sign-up before it there is nothing to confirm."""
        if not visit.progress.account:
            return visit.go_to(visit.link(steps.LOGIN))
        return confirm_page(visit, values, errors)

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Confirms the account, and signs in where this browser has given the password."""
        if form.get("submit") == "check":
            done = steps.sign_in_with_proof(visit) or _without_proof(visit)
            return done or [page_text(NOT_CONFIRMED_YET, visit.locale)]
        code = form.get("code", "").strip()
        if not code:
            return [form_problem("code_missing", visit.locale)]
        try:
            given = GivenSignUp.read(visit.progress.given)
            confirm_sign_up(visit.work, visit.client, visit.progress.account, code, hides=True, given=given)
        except _TELLING as error:
            # Confirmed meanwhile, by the link, an operator or the same form sent before. No other code leads past the question.
            signed_in = steps.sign_in_with_proof(visit) if isinstance(error, NotAuthorizedException) else None
            if signed_in is None and not steps.has_confirmed(visit):
                raise _told(error, is_inbox=visit.progress.is_inbox) from None
        else:
            signed_in = steps.sign_in_with_proof(visit)
        confirmed = Progress(account=visit.progress.account, notice="confirmed")
        return signed_in or visit.go(steps.LOGIN, confirmed)


class ConfirmByLinkPage:
    """The page that the link in a mail opens (`client_id`, `user_name`, `confirmation_code`)."""

    inputs = frozenset({"code"})
    is_linked = True

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> PageContext | Response:
        """The button that sends the code of the link; for a link without one the question for it."""
        link = dict(visit.parameters)
        if not link.get("user_name"):
            return error_response(visit.request, "bad_request", app=visit.client.client)
        if visit.progress.link:
            return _after_link(visit, errors)
        form, code = visit.form(steps.CONFIRM_LINK), link.get("confirmation_code", "")
        if not code:
            return ConfirmPage(
                pool_name=visit.pool_name, client_name=visit.client_name, form=form, values=values, errors=errors
            )
        return ConfirmLinkPage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=replace(form, hidden={"code": code}),
            errors=errors,
        )

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Confirms the account; the person goes back to the app by themselves. Where the link is over, sends another."""
        if visit.progress.link == "over":
            return _send_link(visit)
        code = form.get("code", "").strip()
        if not code:
            return [form_problem("code_missing", visit.locale)]
        try:
            confirm_sign_up(visit.work, visit.client, dict(visit.parameters).get("user_name", ""), code, hides=True)
        except (*_TELLING, CodeMismatchException) as error:
            if dict(visit.parameters).get("confirmation_code"):
                return visit.go(steps.CONFIRM_LINK, Progress(link="over"))
            raise _told(error, is_inbox=False) from None
        return visit.go(steps.CONFIRM_LINK, Progress(link="used"))


def _after_link(visit: Visit, errors: Sequence[PageError]) -> PageContext:
    """What has come of the button of a link."""
    app_url, progress = visit.client.client.site_url, visit.progress
    if progress.link == "used":
        return ConfirmedPage(pool_name=visit.pool_name, client_name=visit.client_name, app_url=app_url)
    return LinkOverPage(
        pool_name=visit.pool_name,
        client_name=visit.client_name,
        form=visit.form(steps.CONFIRM_LINK, Progress(link="over")),
        errors=errors,
        resent=progress.resent,
        app_url=app_url,
    )


def _send_link(visit: Visit) -> Response:
    """Another link. It is said to be sent also for an account that is confirmed, or is none: a stranger may be asking."""
    with suppress(InvalidParameterException):
        resend_code(visit.work, visit.client, dict(visit.parameters).get("user_name", ""), hides=True)
    return visit.go(steps.CONFIRM_LINK, Progress(link="over", resent=True))


def confirm_page(visit: Visit, values: Values, errors: Sequence[PageError]) -> FormPage:
    """The page for the code, or the one that waits for the link to be opened."""
    progress = visit.progress
    pending = replace(progress, resent=False)
    if visit.client.pool.confirms_by_link and progress.medium == "EMAIL":
        return AwaitLinkPage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=visit.form(steps.CONFIRM, pending),
            values=values,
            errors=errors,
            destination=progress.destination,
            resend=visit.form(steps.RESEND, pending),
            scripts=RESEND_SCRIPTS,
            resent=progress.resent,
            sign_in_url=visit.link(steps.LOGIN),
        )
    made = CheckInboxPage if progress.is_inbox else ConfirmPage
    return made(
        pool_name=visit.pool_name,
        client_name=visit.client_name,
        form=visit.form(steps.CONFIRM, pending),
        values=values,
        errors=errors,
        destination=progress.destination,
        medium=progress.medium,
        resend=visit.form(steps.RESEND, pending),
        scripts=RESEND_SCRIPTS,
        resent=progress.resent,
        sign_in_url=visit.link(steps.LOGIN),
    )


def _without_proof(visit: Visit) -> Response | None:
    """The way on from an account that is confirmed, where the proof is over or was for another password than it has.

    Where somebody else had signed up with the address before, the link has confirmed it, and a code brings the password.
    """
    account, given = visit.progress.account, GivenSignUp.read(visit.progress.given)
    if not steps.has_confirmed(visit):
        return None
    if given is None or has_given_password(visit.work, visit.pool_id, given):
        return visit.go(steps.LOGIN, Progress(account=account, notice="confirmed"))
    sent = forgot_password(visit.work, visit.client, account, on_page=True)
    progress = Progress(account=account, destination=sent.destination, medium=sent.medium, is_reset=True)
    return visit.go(steps.RESET_PASSWORD, progress)


def _told(error: AppError, *, is_inbox: bool) -> AppError:
    """Where the page must not tell whether there is an unconfirmed account, every code that does not work is a wrong one."""
    return error if isinstance(error, ExpiredCodeException) and not is_inbox else CodeMismatchException()
