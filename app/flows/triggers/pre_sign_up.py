"""PreSignUp: before a user is made (Developer Guide, "Pre sign-up Lambda trigger").

The function may refuse, confirm the user and vouch for addresses. What it says is ignored when an operator makes the user.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.core.pools import Pool
from app.core.users import CONFIRMED, User
from app.flows.call_trigger import call_trigger, has_function
from app.flows.trigger_events import with_metadata
from app.flows.triggers.responses import Response, read_flag
from app.flows.work import Work
from app.kit.errors import InvalidLambdaResponseException

TRIGGER: Final = "PreSignUp"
SIGN_UP: Final = "PreSignUp_SignUp"
ADMIN_CREATE_USER: Final = "PreSignUp_AdminCreateUser"
# The first sign-in through an identity provider.
EXTERNAL_PROVIDER: Final = "PreSignUp_ExternalProvider"
SOURCES: Final = (SIGN_UP, ADMIN_CREATE_USER, EXTERNAL_PROVIDER)
RESPONSE: Final[Mapping[str, Any]] = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
_VERIFIES: Final = {"autoVerifyEmail": "email", "autoVerifyPhone": "phone_number"}


def request(
    attributes: Mapping[str, str], validation_data: Mapping[str, str] | None, metadata: Mapping[str, str] | None
) -> dict[str, Any]:
    """What the function is told: the attributes that were given, since there is no user yet and no `sub`."""
    told = {"userAttributes": dict(attributes), "validationData": dict(validation_data) if validation_data else None}
    return with_metadata(told, metadata)


def call_pre_sign_up(
    work: Work,
    pool: Pool,
    user: User,
    source: str,
    *,
    validation_data: Mapping[str, str] | None,
    metadata: Mapping[str, str] | None,
    client_id: str | None = None,
) -> User:
    """The user about to be made, confirmed and with verified addresses as the pool's function says.

    Not within a segment. Raises what `call_trigger` raises.
    """
    if not has_function(pool, TRIGGER):
        return user
    told = request(user.attributes, validation_data, metadata)
    response = call_trigger(work, pool, TRIGGER, source, told, RESPONSE, user_name=user.username, client_id=client_id)
    return user if source == ADMIN_CREATE_USER else decided(user, response)


def decided(user: User, response: Response) -> User:
    """The user as the answer has it; raises InvalidLambdaResponseException where an address is vouched for that is not there."""
    flags = {name: read_flag(response, name) for name in RESPONSE}
    verified = [attribute for name, attribute in _VERIFIES.items() if flags[name]]
    if not all(user.attributes.get(attribute) for attribute in verified):
        raise InvalidLambdaResponseException
    attributes = {**user.attributes, **{f"{attribute}_verified": "true" for attribute in verified}}
    return replace(user, status=CONFIRMED if flags["autoConfirmUser"] else user.status, attributes=attributes)
