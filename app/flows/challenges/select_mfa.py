"""SELECT_MFA_TYPE: the user has several second factors and says with which one to go on."""

import json

from app.flows.challenge_steps import Asked, Chosen, Outcome, SignIn, Step, Values, required
from app.flows.second_factors import choices
from app.kit.errors import InvalidParameterException

_CHALLENGE = "SELECT_MFA_TYPE"
# The guide writes EMAIL_MFA where the API has EMAIL_OTP.
_OTHER_NAMES = {"EMAIL_MFA": "EMAIL_OTP"}


def ask_which(sign_in: SignIn, _: Values) -> Asked:
    """Names the factors. Clients read one of two parameters."""
    names = json.dumps(list(choices(sign_in)))
    parameters = {"MFAS_CAN_CHOOSE": names, "USER_ID_FOR_SRP": sign_in.candidate.username}
    return Asked(_CHALLENGE, parameters, {"choices": names})


def choose(sign_in: SignIn, responses: Values) -> Outcome:
    """Goes on with ANSWER; raises InvalidParameterException for a factor that was not offered."""
    answer = required(responses, "ANSWER")
    factor = _OTHER_NAMES.get(answer, answer)
    offered = json.loads(sign_in.session.state["choices"]) if sign_in.session else ()
    if factor not in offered:
        raise InvalidParameterException("ANSWER must be one of the MFA types that can be chosen.")
    return Chosen(factor)


STEPS = (Step(_CHALLENGE, choose, ask=ask_which, is_recoverable=True),)
