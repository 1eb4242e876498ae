"""PostConfirmation: after a sign-up was confirmed or a forgotten password replaced (Developer Guide of the same name).

What the function answers says nothing; its error reaches the caller, and what was done stays done.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core.pools import Pool
from app.core.users import User
from app.flows.call_trigger import call_trigger, has_function
from app.flows.trigger_events import user_attributes, with_metadata
from app.flows.work import Work

TRIGGER: Final = "PostConfirmation"
CONFIRM_SIGN_UP: Final = "PostConfirmation_ConfirmSignUp"
CONFIRM_FORGOT_PASSWORD: Final = "PostConfirmation_ConfirmForgotPassword"
SOURCES: Final = (CONFIRM_SIGN_UP, CONFIRM_FORGOT_PASSWORD)
RESPONSE: Final[Mapping[str, Any]] = {}


def request(attributes: Mapping[str, str], metadata: Mapping[str, str] | None) -> dict[str, Any]:
    """What the function is told."""
    return with_metadata({"userAttributes": dict(attributes)}, metadata)


def call_post_confirmation(
    work: Work,
    pool: Pool,
    user: User,
    source: str,
    *,
    metadata: Mapping[str, str] | None,
    client_id: str | None = None,
) -> None:
    """Tells the pool's function. Not within a segment. Raises what `call_trigger` raises."""
    if not has_function(pool, TRIGGER):
        return
    told = request(user_attributes(pool, user), metadata)
    call_trigger(work, pool, TRIGGER, source, told, RESPONSE, user_name=user.username, client_id=client_id)
