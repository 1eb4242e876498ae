"""USER_SRP_AUTH and its challenge PASSWORD_VERIFIER: a password proven without being sent.

In USER_AUTH it is the challenge PASSWORD_SRP, answered with the client's A, or at once where that came along.
"""

from app.flows import srp_exchange
from app.flows.challenge_steps import Asked, Entry, Outcome, Passed, SignIn, Step, Values, check_guess
from app.flows.find_candidate import srp_credential

_CHALLENGE = "PASSWORD_VERIFIER"


def ask_for_srp(sign_in: SignIn, values: Values) -> Outcome:
    """Goes on with the client's A if it came along, else asks for it."""
    return begin_with_srp(sign_in, values) if values.get("SRP_A") else Asked("PASSWORD_SRP", {}, {})


def begin_with_srp(sign_in: SignIn, parameters: Values) -> Outcome:
    """Answers the client's A with salt and B."""
    client_public = srp_exchange.client_public(parameters)
    credential = srp_credential(sign_in.work, sign_in.pool, sign_in.candidate)
    public, state = srp_exchange.begin(client_public, credential.verifier)
    return Asked(
        _CHALLENGE,
        {
            "USER_ID_FOR_SRP": credential.identity,
            "USERNAME": sign_in.candidate.username,
            "SALT": credential.salt,
            "SRP_B": public,
        },
        state,
        carried_in=srp_exchange.CARRIER,
        lifetime_ms=srp_exchange.LIFETIME_MS,
    )


def verify_claim(sign_in: SignIn, responses: Values) -> Outcome:
    """Checks that the client has the same session key, hence the password."""
    claim = srp_exchange.claim_of(responses)

    def compare() -> bool:
        credential = srp_credential(sign_in.work, sign_in.pool, sign_in.candidate)
        group, verifier = sign_in.pool.srp_name, credential.verifier
        return srp_exchange.is_right(sign_in, claim, group, credential.identity, verifier) and credential.is_real

    return Passed(_CHALLENGE, ("pwd",), check_guess(sign_in, compare))


ENTRIES = (Entry("USER_SRP_AUTH", "ALLOW_USER_SRP_AUTH", frozenset({"api", "admin"}), begin_with_srp),)
STEPS = (
    Step("PASSWORD_SRP", begin_with_srp, ask=ask_for_srp),
    Step(_CHALLENGE, verify_claim, find_session=srp_exchange.find_session),
)
