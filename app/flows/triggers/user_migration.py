"""UserMigration: an unknown user signs in with a password, or has forgotten it (Developer Guide, "Migrate user Lambda trigger").

The function looks in another directory, judges the password there, and gives the user's attributes. How the user is made of
them is `flows.migrate_user`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.pools import Pool
from app.core.users import CONFIRMED, RESET_REQUIRED
from app.flows.call_trigger import call_trigger, has_function
from app.flows.trigger_events import with_metadata
from app.flows.triggers.responses import Response, read_flag, read_names, read_text, read_texts
from app.flows.work import Work
from app.kit.errors import InvalidLambdaResponseException

TRIGGER: Final = "UserMigration"
AUTHENTICATION: Final = "UserMigration_Authentication"
FORGOT_PASSWORD: Final = "UserMigration_ForgotPassword"
SOURCES: Final = (AUTHENTICATION, FORGOT_PASSWORD)
RESPONSE: Final[Mapping[str, Any]] = {
    "userAttributes": None,
    "forceAliasCreation": None,
    "enableSMSMFA": None,
    "finalUserStatus": None,
    "messageAction": None,
    "desiredDeliveryMediums": None,
}
_STATUSES: Final = (CONFIRMED, RESET_REQUIRED)
_ACTIONS: Final = ("SUPPRESS", "RESEND")
_MEDIA: Final = frozenset({"EMAIL", "SMS"})
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class FoundUser:
    """A user of another directory. `status` None leaves it to the flow."""

    attributes: dict[str, str]
    status: str | None = None
    steals_aliases: bool = False
    enables_sms_mfa: bool = False


def request(
    password: str | None, validation_data: Mapping[str, str] | None, metadata: Mapping[str, str] | None
) -> dict[str, Any]:
    """What the function is told; a forgotten password is not known to anybody."""
    told: dict[str, Any] = {} if password is None else {"password": password}
    told["validationData"] = dict(validation_data) if validation_data else None
    return with_metadata(told, metadata)


def call_user_migration(
    work: Work,
    pool: Pool,
    source: str,
    *,
    user_name: str,
    client_id: str,
    password: str | None = None,
    validation_data: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> FoundUser | None:
    """The user as the pool's function found it, None if it found nobody. `user_name` is the name as typed.

    The pool must name a function. Not within a segment. Raises what `call_trigger` raises.
    """
    told = request(password, validation_data, metadata)
    response = call_trigger(work, pool, TRIGGER, source, told, RESPONSE, user_name=user_name, client_id=client_id)
    return read_response(response)


def migrates(pool: Pool) -> bool:
    """Whether unknown users of the pool may be users of another directory."""
    return has_function(pool, TRIGGER)


def read_response(response: Response) -> FoundUser | None:
    """The answer, None without attributes; raises InvalidLambdaResponseException.

    `messageAction` and `desiredDeliveryMediums` are checked and have no effect: nobody is welcomed by a message, which would
    hold the password that the user has just given.
    """
    attributes = read_texts(response, "userAttributes")
    status, action = read_text(response, "finalUserStatus", _LONGEST), read_text(response, "messageAction", _LONGEST)
    media = read_names(response, "desiredDeliveryMediums")
    found = FoundUser(
        attributes, status, read_flag(response, "forceAliasCreation"), read_flag(response, "enableSMSMFA")
    )
    if status not in (None, *_STATUSES) or action not in (None, *_ACTIONS) or not _MEDIA.issuperset(media):
        raise InvalidLambdaResponseException
    return found if attributes else None
