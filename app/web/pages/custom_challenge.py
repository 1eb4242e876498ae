"""CUSTOM_CHALLENGE as a page: the question of the pool's own functions (custom_questions says what it may hold)."""

from collections.abc import Sequence

from app.flows import sign_in
from app.flows.continue_sign_in import Challenge, SignedIn
from app.web.pages import next as steps
from app.web.pages.contexts import CustomChallengePage, FormPage, PageError
from app.web.pages.custom_questions import read_choices, read_image, read_input
from app.web.pages.endpoint import Values
from app.web.pages.texts import form_problem
from app.web.pages.visits import Visit


class CustomForm:
    """One question."""

    def page(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> FormPage:
        """The question as its function made it; what it says is the function's, in whatever language."""
        asked = dict(visit.progress.parameters)
        own = asked.get("error")
        told = [PageError("answer", own)] if own and not errors else list(errors)
        return CustomChallengePage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=visit.form(steps.CHALLENGE),
            values=values,
            errors=told,
            sign_in_url=visit.link(steps.LOGIN),
            title=asked.get("title", ""),
            text=asked.get("text") or asked.get("question") or asked.get("securityQuestion") or "",
            image=read_image(asked.get("image", "")),
            image_text=asked.get("imageText", ""),
            choices=read_choices(asked.get("choices", "")),
            label=asked.get("label", ""),
            input=read_input(asked.get("input", "")),
        )

    def problems(self, visit: Visit, form: Values) -> Sequence[PageError]:
        """No answer, or none of those offered."""
        answer, choices = form.get("answer", ""), read_choices(dict(visit.progress.parameters).get("choices", ""))
        if choices:
            is_offered = any(choice.value == answer for choice in choices)
            return [] if is_offered else [PageError("answer", form_problem("factor_missing", visit.locale).text)]
        return [] if answer.strip() else [form_problem("answer_missing", visit.locale)]

    def answer(self, visit: Visit, form: Values) -> Challenge | SignedIn:
        """The answer, word for word but for blanks around it."""
        session = visit.progress.session
        responses = {"ANSWER": form["answer"].strip()}
        return sign_in.answer(visit.work, visit.client, "CUSTOM_CHALLENGE", session, responses, door="pages")
