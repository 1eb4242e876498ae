"""InboundFederation: what an identity provider said, before a profile is made or changed of it.

Developer Guide, "Inbound federation Lambda trigger". The function gives the attributes to map: all that are to be kept, since
what it leaves out is dropped; none at all means that everything stays.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core.pools import Pool
from app.flows.call_trigger import call_trigger, has_function
from app.flows.triggers.responses import Response, read_object
from app.flows.work import Work
from app.kit.errors import InvalidLambdaResponseException

TRIGGER: Final = "InboundFederation"
EXTERNAL_PROVIDER: Final = "InboundFederation_ExternalProvider"
SOURCES: Final = (EXTERNAL_PROVIDER,)
RESPONSE: Final[Mapping[str, Any]] = {"userAttributesToMap": {}}
# `samlResponse` of SAML providers, the others of OIDC and social ones.
_PARTS: Final = ("tokenResponse", "idToken", "userInfo", "samlResponse")
Attributes = Mapping[str, Any]


def request(provider_name: str, provider_type: str, attributes: Mapping[str, Attributes]) -> dict[str, Any]:
    """What the function is told: the provider's name, its type (SAML, OIDC, Google, ...), and what it said, by part."""
    told = {part: dict(attributes[part]) for part in _PARTS if part in attributes}
    return {"providerName": provider_name, "providerType": provider_type, "attributes": told}


def call_inbound_federation(
    work: Work,
    pool: Pool,
    *,
    user_name: str,
    client_id: str,
    provider_name: str,
    provider_type: str,
    attributes: Mapping[str, Attributes],
) -> dict[str, Any] | None:
    """The provider's attributes to map, None to map those that it gave. Not within a segment.

    Raises what `call_trigger` raises.
    """
    if not has_function(pool, TRIGGER):
        return None
    told = request(provider_name, provider_type, attributes)
    response = call_trigger(
        work, pool, TRIGGER, EXTERNAL_PROVIDER, told, RESPONSE, user_name=user_name, client_id=client_id
    )
    return read_response(response)


def read_response(response: Response) -> dict[str, Any] | None:
    """The answer; raises InvalidLambdaResponseException for attributes that are neither values nor lists of values."""
    mapped = read_object(response, "userAttributesToMap")
    for value in mapped.values():
        if not all(_is_value(item) for item in (value if isinstance(value, list) else [value])):
            raise InvalidLambdaResponseException
    return mapped or None


def _is_value(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | int | float)
