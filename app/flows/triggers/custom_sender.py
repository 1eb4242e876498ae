"""CustomEmailSender and CustomSMSSender: the pool's own functions send its messages (Developer Guide, "Custom sender Lambda
triggers"). What they answer says nothing.

They run when the outbox delivers, so all that the event tells travels with the message: `Message.trigger_source` is the part
of the source behind the trigger's name.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core.messages import Medium

EMAIL, SMS = "CustomEmailSender", "CustomSMSSender"
TRIGGER_OF: Final[Mapping[Medium, str]] = {"EMAIL": EMAIL, "SMS": SMS}
OCCASIONS: Final = (
    "SignUp",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "AdminCreateUser",
    "Authentication",
)
ACCOUNT_TAKE_OVER: Final = "AccountTakeOverNotification"
SOURCES: Final = (
    *(f"{EMAIL}_{occasion}" for occasion in (*OCCASIONS, ACCOUNT_TAKE_OVER)),
    *(f"{SMS}_{occasion}" for occasion in OCCASIONS),
)
RESPONSE: Final[Mapping[str, Any]] = {}
_TYPES: Final = {EMAIL: "customEmailSenderRequestV1", SMS: "customSMSSenderRequestV1"}


def request(
    trigger: str, code: str | None, attributes: Mapping[str, str], metadata: Mapping[str, str] | None
) -> dict[str, Any]:
    """What the function is told. `code` is base64 of an AWS Encryption SDK message, None where the message has no code.

    Events of senders have a null clientMetadata where others leave it out, as those that people have logged show.
    """
    return {
        "type": _TYPES[trigger],
        "code": code,
        "clientMetadata": dict(metadata) if metadata else None,
        "userAttributes": dict(attributes),
    }
