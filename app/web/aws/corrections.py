"""What botocore's service models get wrong about the service, one line each with the reason.

A correction edits the model before it is compiled. `is_needed` looks at the untouched model: once the model has caught
up a test fails, and the line goes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Model = dict[str, Any]
NO_AUTH = "smithy.api#noAuth"
SIGV4 = "aws.auth#sigv4"


@dataclass(frozen=True, slots=True)
class Correction:
    """An edit of one service's model, why it is made, and whether the untouched model still lacks it."""

    service: str
    subject: str
    reason: str
    is_needed: Callable[[Model], bool]
    apply: Callable[[Model], None]


def _auth(service: str, operation: str, schemes: list[str], reason: str) -> Correction:
    def is_needed(model: Model) -> bool:
        known = model["operations"][operation]
        return known.get("authtype") != "none" and NO_AUTH not in (known.get("auth") or ())

    def apply(model: Model) -> None:
        model["operations"][operation]["auth"] = schemes

    return Correction(service, operation, reason, is_needed, apply)


def _enum_value(service: str, shape: str, value: str, reason: str) -> Correction:
    def is_needed(model: Model) -> bool:
        return value not in model["shapes"][shape]["enum"]

    def apply(model: Model) -> None:
        model["shapes"][shape]["enum"].append(value)

    return Correction(service, f"{shape}.{value}", reason, is_needed, apply)


def _string(service: str, shape: str, longest: int, pattern: str, reason: str) -> Correction:
    def is_needed(model: Model) -> bool:
        return (model["shapes"][shape]["max"], model["shapes"][shape]["pattern"]) != (longest, pattern)

    def apply(model: Model) -> None:
        model["shapes"][shape].update(max=longest, pattern=pattern)

    return Correction(service, shape, reason, is_needed, apply)


CORRECTIONS: tuple[Correction, ...] = (
    _auth("cognito-idp", "GetClientToken", [NO_AUTH], "authorised by ClientId and Secret; the service ignores IAM"),
    _auth("cognito-idp", "GetDerivedToken", [SIGV4, NO_AUTH], "also authorised by ClientId and ClientSecret alone"),
    _enum_value(
        "cognito-idp", "ExplicitAuthFlowsType", "ALLOW_CLIENT_TOKEN_AUTH", "GetClientToken's guide requires it"
    ),
    _string("cognito-idp", "DomainType", 253, "^[a-z0-9][a-z0-9.-]*$", "custom domains are host names with dots"),
)


def apply_corrections(service: str, model: Model) -> Model:
    """Edits `model` in place and returns it."""
    for correction in CORRECTIONS:
        if correction.service == service:
            correction.apply(model)
    return model
