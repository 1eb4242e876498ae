"""PostAuthentication: once a user has proven enough, before tokens (Developer Guide, "Post authentication Lambda trigger")."""

from collections.abc import Mapping
from typing import Any, Final

from app.core.pools import Pool
from app.core.users import User
from app.flows.call_trigger import call_trigger, has_function
from app.flows.trigger_events import user_attributes, with_metadata
from app.flows.work import Work

TRIGGER: Final = "PostAuthentication"
AUTHENTICATION: Final = "PostAuthentication_Authentication"
SOURCES: Final = (AUTHENTICATION,)
RESPONSE: Final[Mapping[str, Any]] = {}


def request(
    attributes: Mapping[str, str], metadata: Mapping[str, str] | None, *, is_new_device: bool
) -> dict[str, Any]:
    """What the function is told; `is_new_device` where the pool tracks devices and the sign-in began one."""
    return with_metadata({"userAttributes": dict(attributes), "newDeviceUsed": is_new_device}, metadata)


def call_post_authentication(
    work: Work,
    pool: Pool,
    user: User,
    *,
    client_id: str,
    metadata: Mapping[str, str] | None,
    is_new_device: bool,
) -> None:
    """Tells the pool's function. Not within a segment. Raises what `call_trigger` raises."""
    if not has_function(pool, TRIGGER):
        return
    told = request(user_attributes(pool, user), metadata, is_new_device=is_new_device)
    call_trigger(work, pool, TRIGGER, AUTHENTICATION, told, RESPONSE, user_name=user.username, client_id=client_id)
