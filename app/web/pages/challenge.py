"""/challenge: what the sign-in flow still asks after the password. Each challenge is one page of its own name."""

from collections.abc import Sequence

from starlette.responses import Response

from app.core.attributes import wrong_names
from app.flows import sign_in
from app.flows.sign_up import Problem
from app.kit.errors import AppError, NotAuthorizedException
from app.web.pages import next as steps
from app.web.pages.contexts import NewPasswordPage, PageError
from app.web.pages.endpoint import Values
from app.web.pages.error import error_response
from app.web.pages.fields import typed_value
from app.web.pages.pool_forms import missing_fields, new_password_problems, password_policy
from app.web.pages.texts import wrong_values
from app.web.pages.visits import Visit


class ChallengePage:
    """NEW_PASSWORD_REQUIRED: a password of one's own in place of a temporary one, and the attributes still missing."""

    inputs = frozenset({"password"})
    is_linked = False

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> NewPasswordPage | Response:
        """The page of the open challenge."""
        progress = visit.progress
        if progress.challenge != steps.NEW_PASSWORD_REQUIRED:
            return visit.go_to(visit.link(steps.LOGIN))
        pool = visit.client.pool
        return NewPasswordPage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=visit.form(steps.CHALLENGE),
            values=values,
            errors=errors,
            account=progress.account,
            password_policy=password_policy(pool),
            fields=missing_fields(pool, progress.missing_attributes, visit.locale),
            sign_in_url=visit.link(steps.LOGIN),
        )

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Answers the challenge."""
        progress = visit.progress
        if progress.challenge != steps.NEW_PASSWORD_REQUIRED:
            return visit.go_to(visit.link(steps.LOGIN))
        pool, password = visit.client.pool, form.get("password", "")
        fields = missing_fields(pool, progress.missing_attributes, visit.locale)
        given = {field.name: typed_value(field, form.get(field.name, "")) for field in fields}
        malformed: dict[str, Problem] = dict.fromkeys(wrong_names(pool.schema_by_name, given), "malformed")
        problems = [
            *new_password_problems(pool, password, visit.locale),
            *wrong_values(fields, given, malformed, visit.locale),
        ]
        return problems or _answer(visit, password, given)


def _answer(visit: Visit, password: str, given: Values) -> Response:
    progress = visit.progress
    responses = {"NEW_PASSWORD": password, **{f"userAttributes.{name}": value for name, value in given.items()}}
    try:
        answer = sign_in.answer(visit.work, visit.client, progress.challenge, progress.session, responses, door="pages")
        return steps.go_on(visit, answer, progress.account)
    except NotAuthorizedException:
        # The session is over: it expired, or the form was sent twice and the first one has done it.
        return error_response(visit.request, "expired", visit.link("/oauth2/authorize"))
    except AppError as error:
        detour = steps.find_detour(visit, error, progress.account)
        if detour is None:
            raise
        return detour
