"""/challenge: what the sign-in flow still asks after the first factor. Each challenge is one form of challenge_forms.py."""

from collections.abc import Sequence

from starlette.responses import Response

from app.flows import sign_in
from app.kit.errors import AppError, EnableSoftwareTokenMFAException, NotAuthorizedException
from app.web.pages import next as steps
from app.web.pages.challenge_forms import ChallengeForm, form_of
from app.web.pages.contexts import PageContext, PageError
from app.web.pages.endpoint import Values
from app.web.pages.error import error_response
from app.web.pages.handles import Progress
from app.web.pages.texts import PASSKEY_REFUSED, TOO_MANY_ATTEMPTS, WRONG_DETAILS, form_problem, page_text
from app.web.pages.visits import Visit


class ChallengePage:
    """The page of whichever challenge is open in this browser's sign-in."""

    inputs = frozenset({"password", "code", "email", "phone_number", "factor", "answer"})
    is_linked = False

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> PageContext | Response:
        """The page of the open challenge."""
        form = form_of(visit.progress)
        if form is None:
            return visit.go_to(visit.link(steps.LOGIN))
        return steps.resume(visit) or _find_over(visit) or form.page(visit, values, errors)

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Answers the challenge."""
        known = form_of(visit.progress)
        if known is None:
            return visit.go_to(visit.link(steps.LOGIN))
        problems = known.problems(visit, form)
        return steps.resume(visit) or problems or _answer(visit, known, form)


def _find_over(visit: Visit) -> Response | None:
    """Where the sign-in that a second factor is set up for is over: the browser's history must not show the seed again."""
    progress = visit.progress
    is_over = (
        progress.challenge == steps.SET_UP and progress.session and not sign_in.is_open(visit.work, progress.session)
    )
    return error_response(visit.request, "expired", visit.restart_url()) if is_over else None


def _answer(visit: Visit, challenge: ChallengeForm, form: Values) -> Response | Sequence[PageError]:
    progress = visit.progress
    is_question = progress.challenge == "CUSTOM_CHALLENGE"
    was_open = is_question and sign_in.is_open(visit.work, progress.session)
    try:
        answer = challenge.answer(visit, form)
        if isinstance(answer, Response):
            return answer
        return steps.go_on(visit, answer, progress.account, remembers=form.get("remember") == "true")
    except NotAuthorizedException:
        if progress.challenge == steps.SELECT:
            text = PASSKEY_REFUSED if form.get("submit") == "passkey" else WRONG_DETAILS
            return [page_text(text, visit.locale)]
        if was_open:
            # The pool's own functions have ended the sign-in; each answer uses its session up.
            return visit.go(steps.LOGIN, Progress(account=progress.account, notice="refused"))
        if sign_in.is_open(visit.work, progress.session):
            return [page_text(TOO_MANY_ATTEMPTS, visit.locale)]
        # The session is over: it expired, or the sign-in was completed in another browser, or one that lost its cookie.
        return error_response(visit.request, "expired", visit.restart_url())
    except EnableSoftwareTokenMFAException:
        return [form_problem("code_wrong", visit.locale)]
    except AppError as error:
        gave_password = progress.challenge == steps.SELECT and form.get("submit") == "PASSWORD"
        detour = steps.find_detour(visit, error, progress.account, gave_password=gave_password)
        if detour is None:
            raise
        return detour
