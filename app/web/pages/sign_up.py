"""GET and POST /signup: a new account from the attributes that the pool's schema wants."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.responses import Response

from app.core.users import CONFIRMED
from app.flows import sign_in
from app.flows.app_terms import find_app_terms
from app.flows.challenges.sign_up_proof import seal_proof
from app.flows.given_sign_up import GivenSignUp
from app.flows.sign_up import SignedUp, find_problems
from app.flows.sign_up_on_page import sign_up_on_page
from app.kit.errors import AppError, NotAuthorizedException, UsernameExistsException
from app.web.pages import next as steps
from app.web.pages.contexts import Field, Medium, PageError, SignUpPage
from app.web.pages.endpoint import Values
from app.web.pages.error import error_response
from app.web.pages.fields import typed_value
from app.web.pages.handles import Progress
from app.web.pages.pool_forms import (
    account_name,
    is_sign_up_open,
    new_password_problems,
    new_user_fields,
    password_policy,
)
from app.web.pages.texts import wrong_values
from app.web.pages.visits import Visit


class SignUpFormPage:
    """Sign-up with a password."""

    inputs = frozenset({"username", "password"})
    is_linked = False

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> SignUpPage | Response:
        """The form, where people may sign up by themselves."""
        if not is_sign_up_open(visit.client.pool):
            return error_response(visit.request, "not_found", visit.link(steps.LOGIN))
        documents = find_app_terms(visit.work, visit.client, visit.locale)
        return SignUpPage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=visit.form(steps.SIGN_UP, Progress()),
            values=values,
            errors=errors,
            fields=_fields(visit),
            password_policy=password_policy(visit.client.pool),
            sign_in_url=visit.link(steps.LOGIN),
            terms_url=documents.terms_of_use,
            privacy_url=documents.privacy_policy,
        )

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Makes the account and leads to the page that asks for the code."""
        if not is_sign_up_open(visit.client.pool):
            raise NotAuthorizedException()
        fields, password = _fields(visit), form.get("password", "")
        values = {field.name: typed_value(field, form.get(field.name, "")) for field in fields}
        values[fields[0].name] = account_name(visit.client.pool, form.get(fields[0].name, ""))
        problems = [
            *_wrong_values(visit, fields, values),
            *new_password_problems(visit.client.pool, password, visit.locale),
        ]
        return problems or _sign_up(visit, fields, values, password, form.get("request", ""))


def _fields(visit: Visit) -> list[Field]:
    return new_user_fields(visit.client, visit.locale)


def _wrong_values(visit: Visit, fields: Sequence[Field], values: Mapping[str, str]) -> list[PageError]:
    name = fields[0].name
    problems = find_problems(visit.client.pool, values[name], _attributes(fields, values))
    if "username" in problems:
        problems[name] = problems["username"]
    return wrong_values(fields, values, problems, visit.locale)


def _attributes(fields: Sequence[Field], values: Mapping[str, str]) -> dict[str, str]:
    """What the form says of the user besides the name, which stands first."""
    given = {field.name: _as_text(field, values[field.name]) for field in fields[1:]}
    return {name: value for name, value in given.items() if value}


def _sign_up(visit: Visit, fields: Sequence[Field], values: Mapping[str, str], password: str, form: str) -> Response:
    account, attributes = values[fields[0].name], _attributes(fields, values)
    try:
        signed_up = sign_up_on_page(visit.work, visit.client, account, password, attributes, form=form)
    except UsernameExistsException:
        # The same form sent twice: whoever gives the right password is where the first one has led to.
        response = _start(visit, account, password)
        if response is None:
            raise
        return response
    return _after(visit, account, password, signed_up)


def _as_text(field: Field, value: str) -> str:
    """An unticked box is not sent at all; the attribute is false then."""
    return value or "false" if field.type == "checkbox" else value


def _after(visit: Visit, account: str, password: str, signed_up: SignedUp) -> Response:
    user, new = signed_up.user, signed_up.password
    if user.status == CONFIRMED:
        return _sign_in(visit, account, password)
    proof = seal_proof(visit.work, visit.pool_id, user.sub, new.hash if new else None)
    progress = Progress(account=account, proof=proof)
    if visit.client.pool.username_attributes:
        # Nothing here may depend on whether an account was made.
        medium: Medium = "EMAIL" if "@" in account else "SMS"
        given = GivenSignUp(user.sub, new, user.attributes).to_text() if new else ""
        progress = replace(progress, destination=account, medium=medium, is_inbox=True, given=given)
    elif signed_up.delivery:
        progress = replace(progress, destination=signed_up.delivery.destination, medium=signed_up.delivery.medium)
    return visit.go(steps.CONFIRM, progress)


def _sign_in(visit: Visit, account: str, password: str) -> Response:
    answer = _start(visit, account, password)
    return answer or visit.go(steps.LOGIN, Progress(account=account))


def _start(visit: Visit, account: str, password: str) -> Response | None:
    """Where the name and password lead, None if they are not right."""
    parameters = {"USERNAME": account, "PASSWORD": password}
    try:
        answer = sign_in.start(visit.work, visit.client, "PASSWORD", parameters, door="pages")
    except AppError as error:
        return steps.find_detour(visit, error, account)
    return steps.go_on(visit, answer, account)
