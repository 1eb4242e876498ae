"""A password in plain text: USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH (old name ADMIN_NO_SRP_AUTH), the sign-in page.

In USER_AUTH it is the challenge PASSWORD, passed at once where the password came along with the choice.
"""

from app.flows import passwords
from app.flows.challenge_steps import Asked, Entry, Outcome, Passed, SignIn, Step, Values, check_guess, required
from app.flows.page_options import page_options

_CHALLENGE = "PASSWORD"


def ask_for_password(sign_in: SignIn, values: Values) -> Outcome:
    """Checks the password that came along, else asks for it."""
    return begin_with_password(sign_in, values) if values.get("PASSWORD") else Asked(_CHALLENGE, {}, {})


def begin_with_password(sign_in: SignIn, parameters: Values) -> Outcome:
    """Checks PASSWORD against the hash; an unknown user costs the same."""
    password = required(parameters, "PASSWORD")
    candidate, work, pool = sign_in.candidate, sign_in.work, sign_in.pool
    guess = check_guess(sign_in, lambda: passwords.verify(work, pool, candidate.password, password))
    if candidate.user and candidate.password:
        passwords.upgrade(work, pool, candidate.sub, candidate.username, candidate.password, password)
    return Passed(_CHALLENGE, ("pwd",), guess)


_ADMIN = "ALLOW_ADMIN_USER_PASSWORD_AUTH"
ENTRIES = (
    Entry("USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH", frozenset({"api"}), begin_with_password, migrates=True),
    Entry("ADMIN_USER_PASSWORD_AUTH", _ADMIN, frozenset({"admin"}), begin_with_password, migrates=True),
    Entry("ADMIN_NO_SRP_AUTH", _ADMIN, frozenset({"admin"}), begin_with_password, migrates=True),
    # Not an AuthFlow of the API: what the sign-in page does.
    Entry(
        _CHALLENGE,
        "",
        frozenset({"pages"}),
        begin_with_password,
        migrates=True,
        options=page_options,
        way_in=_CHALLENGE,
    ),
)
STEPS = (Step(_CHALLENGE, begin_with_password, ask=ask_for_password),)
