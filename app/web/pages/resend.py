"""/resendcode: the second button of the pages that ask for a code. To open it sends nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from starlette.responses import Response

from app.flows import sign_in
from app.flows.recover_account import forgot_password
from app.flows.resend_code import resend_code
from app.flows.send_code import Delivery
from app.kit.errors import InvalidParameterException, NotAuthorizedException
from app.web.pages import next as steps
from app.web.pages.challenge_forms import sign_in_code_page
from app.web.pages.confirm import confirm_page
from app.web.pages.contexts import FormPage, PageError
from app.web.pages.endpoint import Values
from app.web.pages.error import error_response
from app.web.pages.forgot_password import reset_page
from app.web.pages.visits import Visit


class ResendPage:
    """Another code for the account at hand."""

    inputs: frozenset[str] = frozenset()
    is_linked = False

    def show(self, visit: Visit, _: Values, errors: Sequence[PageError]) -> FormPage | Response:
        """The page that asked for another code, when none can be had, or it is asked for again in another language."""
        if not visit.progress.account:
            return visit.go_to(visit.link(steps.LOGIN))
        return _page(visit)(visit, {}, errors)

    def submit(self, visit: Visit, _: Values) -> Response:
        """Sends another code, and says so whether or not there is such an account."""
        progress = visit.progress
        if not progress.account:
            return visit.go_to(visit.link(steps.LOGIN))
        if progress.challenge:
            return steps.resume(visit) or _ask_again(visit)
        sent = _send(visit)
        if sent and not progress.is_inbox:
            progress = replace(progress, destination=sent.destination, medium=sent.medium)
        page = steps.RESET_PASSWORD if progress.is_reset else steps.CONFIRM
        return visit.go(page, replace(progress, resent=True))


def _page(visit: Visit) -> Callable[[Visit, Values, Sequence[PageError]], FormPage]:
    if visit.progress.challenge:
        return sign_in_code_page
    return reset_page if visit.progress.is_reset else confirm_page


def _ask_again(visit: Visit) -> Response:
    """The code of a sign-in. Its page goes on with another session, where the code before does not work."""
    progress = visit.progress
    try:
        answer = sign_in.ask_again(visit.work, visit.client, progress.challenge, progress.session)
    except NotAuthorizedException:
        return error_response(visit.request, "expired", visit.restart_url())
    return steps.go_on(visit, answer, progress.account, resent=True)


def _send(visit: Visit) -> Delivery | None:
    """Where the code went; None for an account that is confirmed or has no address, which the page must not tell."""
    account = visit.progress.account
    if visit.progress.is_reset:
        return forgot_password(visit.work, visit.client, account, on_page=True)
    try:
        return resend_code(visit.work, visit.client, account, hides=True)
    except InvalidParameterException:
        return None
