"""What holds for the whole of a sign-in that begins on the hosted pages: the levels it is asked for, and its browser."""

from app.flows.browser_devices import browser_option
from app.flows.challenge_steps import SignIn, Values
from app.flows.step_up import voluntary_options


def page_options(sign_in: SignIn, parameters: Values) -> dict[str, str]:
    """The options of an entry for the pages (flows.challenge_steps.Entry)."""
    return {**voluntary_options(sign_in, parameters), **browser_option(sign_in, parameters)}
