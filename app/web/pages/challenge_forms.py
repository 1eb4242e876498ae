"""The form of each challenge: the page that shows it, what may be wrong with it, and the answer that it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from starlette.responses import Response

from app.core.attributes import wrong_names
from app.flows import recovery_codes, sign_in
from app.flows.browser_devices import must_ask
from app.flows.continue_sign_in import Challenge, SignedIn
from app.flows.sign_up import Problem
from app.web.pages import next as steps
from app.web.pages.challenge_members import common_members
from app.web.pages.contexts import (
    Field,
    FormPage,
    NewPasswordPage,
    PageContext,
    PageError,
    RecoveryCodePage,
    SelectChallengePage,
    SelectMfaPage,
    SignInCodePage,
    SoftwareTokenPage,
)
from app.web.pages.custom_challenge import CustomForm
from app.web.pages.endpoint import Values
from app.web.pages.fields import typed_value
from app.web.pages.handles import Progress
from app.web.pages.password_rules import PASSWORD_SCRIPTS
from app.web.pages.pool_forms import missing_fields, new_password_problems, password_policy
from app.web.pages.set_up_forms import SetUpForm, change_address_url
from app.web.pages.texts import WAY_IN_UNKNOWN, form_problem, page_text, wrong_values
from app.web.pages.visits import RESEND_SCRIPTS, Visit
from app.web.pages.ways_in import SCRIPTS, begin, begin_with_passkey, passkey_prompt, ways_in

_OTHERS = ("EMAIL_OTP", "SMS_OTP", "CUSTOM_AUTH")

Answer = Challenge | SignedIn


class ChallengeForm(Protocol):
    """One challenge as a page."""

    def page(self, visit: Visit, values: Values, errors: Sequence[PageError], /) -> PageContext:
        """The page."""

    def problems(self, visit: Visit, form: Values, /) -> Sequence[PageError]:
        """What is wrong with a form that was sent, before anybody looks at it."""

    def answer(self, visit: Visit, form: Values, /) -> Answer | Response:
        """Answers the sign-in flow, and gives what that says; or leads to another page of this challenge. Raises AppError."""


def _respond(visit: Visit, responses: dict[str, str]) -> Answer:
    """Answers the open challenge."""
    progress = visit.progress
    return sign_in.answer(visit.work, visit.client, progress.challenge, progress.session, responses, door="pages")


def _recovery_url(visit: Visit) -> str | None:
    """To the page for a recovery code; for everybody alike, whether or not they have any. None where nothing was passed yet."""
    if visit.progress.is_first or not recovery_codes.are_enabled(visit.client.pool):
        return None
    return visit.step(steps.CHALLENGE, replace(visit.progress, is_recovery=True, resent=False))


def _code_problems(visit: Visit, form: Values) -> Sequence[PageError]:
    return [] if form.get("code", "").strip() else [form_problem("code_missing", visit.locale)]


def _code(form: Values) -> str:
    """The code as people type it: in groups, or with blanks around it."""
    return "".join(form["code"].split())


def sign_in_code_page(visit: Visit, values: Values, errors: Sequence[PageError]) -> SignInCodePage:
    """The page for a code that was sent. One that the sign-in began with may be left for another way in."""
    progress = visit.progress
    pending = replace(progress, resent=False)
    choice = Progress(account=progress.account, challenge=steps.SELECT)
    return SignInCodePage(
        **common_members(visit, values, errors),
        destination=progress.destination,
        medium=progress.medium,
        resend=visit.form(steps.RESEND, pending),
        scripts=RESEND_SCRIPTS,
        resent=progress.resent,
        other_way_url=visit.step(steps.CHALLENGE, choice) if progress.is_first else None,
        change_address_url=change_address_url(visit),
        recovery_url=_recovery_url(visit),
        asks_to_remember=not progress.is_first and must_ask(visit.client.pool),
    )


class ChoiceForm:
    """What to begin with. Nothing has begun yet, so that going back and choosing again does no harm."""

    def page(self, visit: Visit, _: Values, errors: Sequence[PageError]) -> FormPage:
        """The password, and a button for each other way."""
        passkey = passkey_prompt(visit, steps.CHALLENGE, visit.progress)
        return SelectChallengePage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            scripts=[*(SCRIPTS if passkey else ()), *PASSWORD_SCRIPTS],
            form=visit.form(steps.CHALLENGE),
            errors=errors,
            account=visit.progress.account,
            factors=[factor for factor in ways_in(visit) if factor in _OTHERS],
            passkey=passkey,
            forgot_password_url=visit.link(steps.FORGOT_PASSWORD),
            change_url=visit.step(steps.LOGIN, Progress(account=visit.progress.account, is_other_account=True)),
        )

    def problems(self, visit: Visit, form: Values) -> Sequence[PageError]:
        """No password, for who chose that; or a way that the pool does not have any more."""
        choice = form.get("submit")
        if choice in _OTHERS and choice not in ways_in(visit):
            return [page_text(WAY_IN_UNKNOWN, visit.locale)]
        is_password = choice not in (*_OTHERS, "passkey")
        return [form_problem("password_missing", visit.locale)] if is_password and not form.get("password") else []

    def answer(self, visit: Visit, form: Values) -> Answer:
        """Begins the sign-in."""
        account, choice = visit.progress.account, form.get("submit", "")
        if choice == "passkey":
            return begin_with_passkey(visit, form)[0]
        if choice in _OTHERS:
            return begin(visit, choice, account)
        return begin(visit, "PASSWORD", account, PASSWORD=form["password"])


class NewPasswordForm:
    """A password of one's own in place of a temporary one, and the attributes still missing."""

    def page(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> FormPage:
        """Asks for the password and each missing attribute."""
        return NewPasswordPage(
            **common_members(visit, values, errors),
            account=visit.progress.account,
            password_policy=password_policy(visit.client.pool),
            fields=self._fields(visit),
        )

    def problems(self, visit: Visit, form: Values) -> Sequence[PageError]:
        """One for each input that was left empty or holds what it may not."""
        pool, given = visit.client.pool, self._given(visit, form)
        malformed: dict[str, Problem] = dict.fromkeys(wrong_names(pool.schema_by_name, given), "malformed")
        return [
            *new_password_problems(pool, form.get("password", ""), visit.locale),
            *wrong_values(self._fields(visit), given, malformed, visit.locale),
        ]

    def answer(self, visit: Visit, form: Values) -> Answer:
        """The password and the attributes."""
        given = {f"userAttributes.{name}": value for name, value in self._given(visit, form).items()}
        return _respond(visit, {"NEW_PASSWORD": form["password"], **given})

    def _fields(self, visit: Visit) -> list[Field]:
        return missing_fields(visit.client.pool, visit.progress.missing_attributes, visit.locale)

    def _given(self, visit: Visit, form: Values) -> dict[str, str]:
        return {field.name: typed_value(field, form.get(field.name, "")) for field in self._fields(visit)}


@dataclass(frozen=True)
class CodeForm:
    """A code that was sent; `response` carries it."""

    response: str

    def page(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> FormPage:
        """Says where the code went."""
        return sign_in_code_page(visit, values, errors)

    def problems(self, visit: Visit, form: Values) -> Sequence[PageError]:
        """No code."""
        return _code_problems(visit, form)

    def answer(self, visit: Visit, form: Values) -> Answer:
        """The code."""
        return _respond(visit, {self.response: _code(form)})


class SoftwareTokenForm:
    """A code of an authenticator app."""

    def page(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> FormPage:
        """Names the app if it has a name."""
        return SoftwareTokenPage(
            **common_members(visit, values, errors),
            device=visit.progress.device,
            recovery_url=_recovery_url(visit),
            asks_to_remember=must_ask(visit.client.pool),
        )

    def problems(self, visit: Visit, form: Values) -> Sequence[PageError]:
        """No code."""
        return _code_problems(visit, form)

    def answer(self, visit: Visit, form: Values) -> Answer:
        """The code."""
        return _respond(visit, {"SOFTWARE_TOKEN_MFA_CODE": _code(form)})


class SelectMfaForm:
    """Which of several second factors."""

    def page(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> FormPage:
        """One button a factor."""
        return SelectMfaPage(
            **common_members(visit, values, errors), factors=visit.progress.choices, recovery_url=_recovery_url(visit)
        )

    def problems(self, visit: Visit, form: Values) -> Sequence[PageError]:
        """None of those offered."""
        is_offered = form.get("factor") in visit.progress.choices
        return [] if is_offered else [form_problem("factor_missing", visit.locale)]

    def answer(self, visit: Visit, form: Values) -> Answer:
        """The factor."""
        return _respond(visit, {"ANSWER": form["factor"]})


class RecoveryForm:
    """A recovery code in place of a second factor."""

    def page(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> FormPage:
        """Asks for one."""
        return RecoveryCodePage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=visit.form(steps.CHALLENGE),
            values=values,
            errors=errors,
            other_way_url=visit.step(steps.CHALLENGE, replace(visit.progress, is_recovery=False)),
        )

    def problems(self, visit: Visit, form: Values) -> Sequence[PageError]:
        """No code."""
        return _code_problems(visit, form)

    def answer(self, visit: Visit, form: Values) -> Answer:
        """The code."""
        return _respond(visit, {recovery_codes.RESPONSE: _code(form)})


def form_of(progress: Progress) -> ChallengeForm | None:
    """The form of the open challenge, None where there is none."""
    return _RECOVERY if progress.is_recovery and progress.challenge else FORMS.get(progress.challenge)


_RECOVERY = RecoveryForm()
FORMS: Mapping[str, ChallengeForm] = {
    steps.SELECT: ChoiceForm(),
    "NEW_PASSWORD_REQUIRED": NewPasswordForm(),
    "SMS_MFA": CodeForm("SMS_MFA_CODE"),
    "EMAIL_OTP": CodeForm("EMAIL_OTP_CODE"),
    "SMS_OTP": CodeForm("SMS_OTP_CODE"),
    "SOFTWARE_TOKEN_MFA": SoftwareTokenForm(),
    "SELECT_MFA_TYPE": SelectMfaForm(),
    steps.SET_UP: SetUpForm(),
    "CUSTOM_CHALLENGE": CustomForm(),
}
