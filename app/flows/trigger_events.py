"""The event that every trigger has in common (Developer Guide, "User pool Lambda trigger event").

A function gets the event with an empty `response`, fills that in and returns the whole event.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core import mfa
from app.core.pools import Pool
from app.core.users import VERIFIABLE, User

# What callerContext says for operators' calls, which are made for no client.
NO_CLIENT: Final = "CLIENT_ID_NOT_APPLICABLE"
# What every event has, and an answer must still have.
MEMBERS: Final = (
    "version",
    "region",
    "userPoolId",
    "userName",
    "callerContext",
    "triggerSource",
    "request",
    "response",
)


def build_event(
    source: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    *,
    version: str,
    region: str,
    pool_id: str,
    user_name: str,
    client_id: str | None,
) -> dict[str, Any]:
    """A whole event, JSON-shaped; `response` holds the members that the function finds there to fill in."""
    values = (
        version,
        region,
        pool_id,
        user_name,
        {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id or NO_CLIENT},
        source,
        dict(request),
        dict(response),
    )
    return dict(zip(MEMBERS, values, strict=True))


def user_attributes(pool: Pool, user: User) -> dict[str, str]:
    """A user's attributes as events carry them, every value text: with `sub`, the status, and what they sign in with."""
    aliases = {
        f"cognito:{name}_alias": user.attributes[name]
        for name in VERIFIABLE
        if user.attributes.get(name)
        and (name in pool.username_attributes or (name in pool.alias_attributes and user.has_verified(name)))
    }
    factors = {"cognito:mfa_enabled": "true"} if mfa.enabled_factors(user.mfa) else {}
    return {"sub": user.sub, **aliases, "cognito:user_status": user.status, **factors, **user.attributes}


def with_metadata(request: Mapping[str, Any], metadata: Mapping[str, str] | None) -> dict[str, Any]:
    """The request with the caller's ClientMetadata, which is left out where there is none."""
    return {**request, "clientMetadata": dict(metadata)} if metadata else dict(request)
