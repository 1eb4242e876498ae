"""PreAuthentication: when a sign-in begins (Developer Guide, "Pre authentication Lambda trigger").

The function refuses by raising. Where existence is hidden it also runs for a name that leads to nobody.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core.pools import Pool
from app.core.users import User
from app.flows.call_trigger import call_trigger, has_function
from app.flows.trigger_events import user_attributes
from app.flows.work import Work

TRIGGER: Final = "PreAuthentication"
AUTHENTICATION: Final = "PreAuthentication_Authentication"
SOURCES: Final = (AUTHENTICATION,)
RESPONSE: Final[Mapping[str, Any]] = {}


def request(
    attributes: Mapping[str, str], validation_data: Mapping[str, str] | None, *, is_known: bool
) -> dict[str, Any]:
    """What the function is told; `validation_data` is the ClientMetadata of (Admin)InitiateAuth."""
    return {
        "userAttributes": dict(attributes),
        "validationData": dict(validation_data or {}),
        "userNotFound": not is_known,
    }


def call_pre_authentication(
    work: Work,
    pool: Pool,
    user: User | None,
    *,
    user_name: str,
    client_id: str,
    validation_data: Mapping[str, str] | None,
) -> None:
    """Asks the pool's function. Not within a segment. Raises what `call_trigger` raises."""
    if not has_function(pool, TRIGGER):
        return
    told = request(user_attributes(pool, user) if user else {}, validation_data, is_known=user is not None)
    call_trigger(work, pool, TRIGGER, AUTHENTICATION, told, RESPONSE, user_name=user_name, client_id=client_id)
