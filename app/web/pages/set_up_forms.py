"""MFA_SETUP as pages: which second factor to set up, then the page of that one. Where there is only one, its page comes first."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from app.core import mfa
from app.core.attributes import wrong_names
from app.core.mfa_configuration import ADDRESS_OF
from app.flows import sign_in
from app.flows.continue_sign_in import Challenge, SignedIn
from app.flows.sign_up import Problem
from app.flows.software_tokens import verify_in_session
from app.kit.translations import translate
from app.web.pages import next as steps
from app.web.pages.challenge_members import common_members
from app.web.pages.contexts import ErrorPage, Field, PageContext, PageError
from app.web.pages.endpoint import Values
from app.web.pages.fields import typed_value
from app.web.pages.handles import Progress
from app.web.pages.pool_forms import missing_fields
from app.web.pages.seeds import seed_picture, seed_text
from app.web.pages.set_up_contexts import SetUpAddressPage, SetUpChoicePage, SetUpTokenPage
from app.web.pages.texts import NO_SECOND_STEP, form_problem, wrong_values
from app.web.pages.visits import Visit


class SetUpForm:
    """A second factor for whoever has none and needs one."""

    def page(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> PageContext:
        """The choice; the seed of an authenticator as a picture and as text; the question for an address; or that there is no way."""
        progress, common = visit.progress, common_members(visit, values, errors)
        if not progress.choices:
            return _no_way(visit)
        factor = _factor(progress)
        if not factor:
            return SetUpChoicePage(**common, factors=_ordered(progress.choices))
        other_way_url = _other_way_url(visit)
        if factor in ADDRESS_OF:
            return SetUpAddressPage(**common, asked=_address(visit, factor), other_way_url=other_way_url)
        picture = seed_picture(progress.seed, progress.account, visit.pool_name)
        return SetUpTokenPage(**common, qr_code=picture, seed=seed_text(progress.seed), other_way_url=other_way_url)

    def problems(self, visit: Visit, form: Values) -> Sequence[PageError]:
        """None of those offered, no code, or no address."""
        factor = _factor(visit.progress)
        if not factor:
            return (
                [] if form.get("factor") in visit.progress.choices else [form_problem("factor_missing", visit.locale)]
            )
        if factor not in ADDRESS_OF:
            return [] if form.get("code", "").strip() else [form_problem("code_missing", visit.locale)]
        field = _address(visit, factor)
        given = {field.name: typed_value(field, form.get(field.name, ""))}
        malformed: dict[str, Problem] = dict.fromkeys(wrong_names(visit.client.pool.schema_by_name, given), "malformed")
        return wrong_values([field], given, malformed, visit.locale)

    def answer(self, visit: Visit, form: Values) -> Challenge | SignedIn | Response:
        """To the page of the factor that was chosen; else the session with the proof in it, or the address."""
        progress, factor = visit.progress, _factor(visit.progress)
        if not factor:
            return visit.go(steps.CHALLENGE, replace(progress, setting_up=form["factor"]))
        session, responses = progress.session, dict[str, str]()
        if factor in ADDRESS_OF:
            field = _address(visit, factor)
            responses[field.name.upper()] = typed_value(field, form[field.name])
        else:
            session = verify_in_session(visit.work, session, "".join(form["code"].split()), "")
        return sign_in.answer(visit.work, visit.client, steps.SET_UP, session, responses, door="pages")


def change_address_url(visit: Visit) -> str | None:
    """From the page that waits for the code of a set-up back to the page for the address; None elsewhere."""
    progress = visit.progress
    if not progress.set_up_session:
        return None
    before = replace(
        progress,
        challenge=steps.SET_UP,
        session=progress.set_up_session,
        set_up_session="",
        destination="",
        resent=False,
    )
    return visit.step(steps.CHALLENGE, before)


def _factor(progress: Progress) -> str:
    """The factor that is set up, "" while it is still to be chosen."""
    return progress.choices[0] if len(progress.choices) == 1 else progress.setting_up


def _ordered(factors: Sequence[str]) -> list[str]:
    """An authenticator app first: it needs neither network nor messages that cost money."""
    return sorted(factors, key=lambda factor: factor != mfa.SOFTWARE_TOKEN_MFA)


def _other_way_url(visit: Visit) -> str | None:
    progress = visit.progress
    return visit.step(steps.CHALLENGE, replace(progress, setting_up="")) if len(progress.choices) > 1 else None


def _address(visit: Visit, factor: str) -> Field:
    return missing_fields(visit.client.pool, (ADDRESS_OF[factor],), visit.locale)[0]


def _no_way(visit: Visit) -> ErrorPage:
    return ErrorPage(
        pool_name=visit.pool_name,
        client_name=visit.client_name,
        title=translate(visit.locale, NO_SECOND_STEP[0]),
        text=translate(visit.locale, NO_SECOND_STEP[1]),
        sign_in_url=visit.link(steps.LOGIN),
    )
