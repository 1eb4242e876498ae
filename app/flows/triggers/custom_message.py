"""CustomMessage: before a message with a code goes out (Developer Guide, "Custom message Lambda trigger").

The function may replace the texts. It never sees the code: its texts have placeholders.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.pools import Pool
from app.core.users import User
from app.flows.call_trigger import call_trigger, has_function
from app.flows.trigger_events import user_attributes, with_metadata
from app.flows.triggers.responses import Response, read_text
from app.flows.work import Work
from app.kit.errors import InvalidLambdaResponseException

TRIGGER: Final = "CustomMessage"
ADMIN_CREATE_USER: Final = "CustomMessage_AdminCreateUser"
SOURCES: Final = (
    "CustomMessage_SignUp",
    ADMIN_CREATE_USER,
    "CustomMessage_ResendCode",
    "CustomMessage_ForgotPassword",
    "CustomMessage_UpdateUserAttribute",
    "CustomMessage_VerifyUserAttribute",
    "CustomMessage_Authentication",
)
RESPONSE: Final[Mapping[str, Any]] = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
CODE: Final = "{####}"
USERNAME: Final = "{username}"
_LINK: Final = "{##Click Here##}"
_ANY_LINK: Final = re.compile(r"\{##[^{}]+?##\}")
_LINKED: Final = frozenset({"CustomMessage_SignUp", "CustomMessage_ResendCode"})
MAX_SMS, MAX_EMAIL, MAX_SUBJECT = 140, 20_000, 140


@dataclass(frozen=True, slots=True)
class Texts:
    """What the function wants said; None leaves a text as it is."""

    sms: str | None
    email: str | None
    subject: str | None


def request(source: str, attributes: Mapping[str, str], metadata: Mapping[str, str] | None) -> dict[str, Any]:
    """What the function is told; the username has a placeholder in invitations only."""
    told = {
        "userAttributes": dict(attributes),
        "codeParameter": CODE,
        "linkParameter": _LINK,
        "usernameParameter": USERNAME if source == ADMIN_CREATE_USER else None,
    }
    return with_metadata(told, metadata)


def call_custom_message(
    work: Work,
    pool: Pool,
    user: User,
    source: str,
    *,
    metadata: Mapping[str, str] | None,
    client_id: str | None,
) -> Texts | None:
    """The texts of the pool's function, None without one. Not within a segment. Raises what `call_trigger` raises."""
    if not has_function(pool, TRIGGER):
        return None
    told = request(source, user_attributes(pool, user), metadata)
    response = call_trigger(work, pool, TRIGGER, source, told, RESPONSE, user_name=user.username, client_id=client_id)
    return read_response(pool, source, response)


def read_response(pool: Pool, source: str, response: Response) -> Texts:
    """The answer; raises InvalidLambdaResponseException for a text too long, without the placeholders that it needs (where a
    link confirms a new account, its mail has that or the code), or for e-mail in a pool that sends by Cognito's account
    (EmailSendingAccount)."""
    texts = Texts(
        read_text(response, "smsMessage", MAX_SMS),
        read_text(response, "emailMessage", MAX_EMAIL),
        read_text(response, "emailSubject", MAX_SUBJECT),
    )
    needed = (CODE, USERNAME) if source == ADMIN_CREATE_USER else (CODE,)
    has_link = pool.confirms_by_link and source in _LINKED and texts.email and _ANY_LINK.search(texts.email)
    for text in (texts.sms, None if has_link else texts.email):
        if text is not None and not all(placeholder in text for placeholder in needed):
            raise InvalidLambdaResponseException
    sends_itself = (pool.configuration.get("EmailConfiguration") or {}).get("EmailSendingAccount") == "DEVELOPER"
    if (texts.email or texts.subject) and not sends_itself:
        raise InvalidLambdaResponseException
    return texts
