"""What a pool lets out: messages to one address, messages a day, and the countries that SMS may go to.

Against SMS pumping (numbers of one's own that earn by each message) and against flooding somebody's inbox. The figures are
the pool's own settings; what a pool does not set is a default here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

import phonenumbers

from app.kit.clock import DAY, HOUR, SECOND
from app.kit.errors import InvalidParameterException

ALL_COUNTRIES = "ALL"
# Names as the poolhouse service has them. More than the twenty codes an hour that a user may ask for; SMS at a price of
# five cents come to five hundred dollars a day at most.
DEFAULTS: Mapping[str, Any] = {
    "MessagesPerDestination": 30,
    "SmsPerDay": 10_000,
    "EmailPerDay": 0,
    "SmsCountries": ALL_COUNTRIES,
}
# The name of the cap on messages to one address.
DESTINATION = "destination"
_PER_DAY = {"EMAIL": "EmailPerDay", "SMS": "SmsPerDay"}


@dataclass(frozen=True, slots=True)
class Cap:
    """`messages` in `seconds`, counted in the budget of this name; none at all if `messages` is 0."""

    name: str
    budget: str
    messages: int
    seconds: int


def caps(settings: Mapping[str, Any], pool_id: str, medium: str, destination: str) -> tuple[Cap, ...]:
    """What a message counts against, narrow before wide: `destination` stands for its address and does not tell it."""
    limits = {**DEFAULTS, **settings}
    budget = f"messages/{pool_id}/{medium}"
    found = (
        Cap(DESTINATION, f"{budget}/{destination}", limits["MessagesPerDestination"], HOUR // SECOND),
        Cap("day", budget, limits[_PER_DAY[medium]], DAY // SECOND),
    )
    return tuple(cap for cap in found if cap.messages)


def is_country_allowed(settings: Mapping[str, Any], number: str) -> bool:
    """Whether SMS may go to the E.164 number: its country is allowed, or each that it may belong to."""
    allowed = settings.get("SmsCountries", DEFAULTS["SmsCountries"])
    return allowed == ALL_COUNTRIES or countries_of(number) <= set(allowed.split(","))


def countries_of(number: str) -> frozenset[str]:
    """The ISO 3166 codes (`DE`) of the countries that a number in E.164 may belong to: those of its calling code where the
    rest of it tells no more. `001` stands for none in particular.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return frozenset({"001"})
    region = phonenumbers.region_code_for_number(parsed)
    possible = [region] if region else phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    return frozenset(possible or ["001"])


def check_countries(settings: Mapping[str, Any]) -> None:
    """Raises InvalidParameterException for an SmsCountries with a code that is no country's."""
    allowed = settings.get("SmsCountries", ALL_COUNTRIES)
    unknown = sorted(set(allowed.split(",")) - set(phonenumbers.SUPPORTED_REGIONS)) if allowed != ALL_COUNTRIES else []
    if unknown:
        raise InvalidParameterException(f"SmsCountries: {unknown[0]} is no country.")


def folded_address(medium: str, address: str) -> str:
    """The address in one spelling: `ana+1@example.com` and `Ana@Example.com` are one inbox."""
    if medium == "SMS":
        return address
    local, _, domain = normalize("NFC", address.casefold()).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
