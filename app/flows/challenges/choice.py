"""USER_AUTH and its challenge SELECT_CHALLENGE: the user chooses what to begin with.

Developer Guide, "Authentication with choice-based flows": a preferred challenge that is available is asked at once, with
whatever came along for it; else the client shows what there is.
"""

import json

from app.flows import step_up
from app.flows.challenge_steps import Asked, Chosen, Door, Entry, Outcome, Passed, SignIn, Step, Values, required
from app.flows.first_factors import first_factors, simulated_factors
from app.flows.sign_up_session import begin_with_session
from app.kit.errors import FeatureUnavailableInTierException, InvalidParameterException, NotAuthorizedException

_CHALLENGE = "SELECT_CHALLENGE"
# InitiateAuth's member of that name, beside its AuthParameters.
SESSION = "SESSION"
_CARRIED = ("PASSWORD", "SRP_A", "CREDENTIAL")


def begin_with_choice(sign_in: SignIn, parameters: Values) -> Outcome:
    """Goes on with PREFERRED_CHALLENGE if the user has it, else asks. A session of ConfirmSignUp stands for a code.

    Raises FeatureUnavailableInTierException: clients keep the flow when their pool moves to a plan without it.
    """
    if sign_in.work.tier_of(sign_in.pool) == "LITE":
        raise FeatureUnavailableInTierException("USER_AUTH needs the feature plan ESSENTIALS or higher.")
    if parameters.get(SESSION):
        return begin_with_session(sign_in, parameters[SESSION])
    proven = step_up.credit_of(sign_in)
    if proven:
        return Passed(step_up.TOKEN, proven)
    available = first_factors(sign_in) or (simulated_factors(sign_in.pool) if sign_in.hides_existence else ())
    if not available:
        raise NotAuthorizedException()
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred in available:
        return Chosen(preferred, _carried(parameters))
    return Asked(_CHALLENGE, {}, {"choices": json.dumps(available)}, available=available)


def choose(sign_in: SignIn, responses: Values) -> Outcome:
    """Goes on with ANSWER; raises InvalidParameterException for a challenge that was not offered."""
    answer = required(responses, "ANSWER")
    offered = json.loads(sign_in.session.state["choices"]) if sign_in.session else ()
    if answer not in offered:
        raise InvalidParameterException("ANSWER must be one of the available challenges.")
    return Chosen(answer, _carried(responses))


def _carried(values: Values) -> dict[str, str]:
    """What a client may send along with its choice."""
    return {name: values[name] for name in _CARRIED if name in values}


_DOORS: frozenset[Door] = frozenset({"api", "admin"})
ENTRIES = (Entry("USER_AUTH", "ALLOW_USER_AUTH", _DOORS, begin_with_choice, options=step_up.step_up_options),)
STEPS = (Step(_CHALLENGE, choose),)
