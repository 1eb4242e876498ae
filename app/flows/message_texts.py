"""What a message to a user says: the built-in text, the pool's template, or what its CustomMessage function answers.

Templates hold `{####}` for the code or temporary password and `{username}` (Cognito Developer Guide, "Customizing messages").
An e-mail template is HTML; its plain form is made from it.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from app.core.messages import Medium, Message
from app.core.pools import Pool
from app.core.users import User
from app.flows.call_trigger import call_trigger
from app.flows.work import Work
from app.kit.templates import MessageContext, MessageKind, render_message
from app.kit.translations import SOURCE_LOCALE, choose_locale

CODE_PLACEHOLDER = "{####}"
USERNAME_PLACEHOLDER = "{username}"
_BREAKS = frozenset({"br", "div", "h1", "h2", "h3", "li", "p", "table", "tr"})
_UNSEEN = frozenset({"head", "script", "style", "title"})


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a message is sent: the built-in text, the pool's template, the trigger's source, and how long the code works."""

    kind: MessageKind
    source: str
    valid_ms: int = 0


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts with placeholders that replace the built-in ones; None keeps the built-in."""

    subject: str | None = None
    email: str | None = None
    sms: str | None = None


def find_wording(
    work: Work,
    pool: Pool,
    occasion: Occasion,
    user: User,
    metadata: Mapping[str, str] | None,
    *,
    client_id: str | None = None,
) -> Wording:
    """The texts of a pool for an occasion. Calls the pool's CustomMessage function, so not within a segment."""
    wording = _OF_KIND.get(occasion.kind, _verification)(pool)
    response = call_trigger(
        work,
        pool,
        "CustomMessage",
        occasion.source,
        {
            "userAttributes": trigger_attributes(user),
            "codeParameter": CODE_PLACEHOLDER,
            "linkParameter": "{##Click Here##}",
            "usernameParameter": USERNAME_PLACEHOLDER if occasion.kind == "invitation" else None,
            "clientMetadata": dict(metadata or {}),
        },
        user_name=user.username,
        client_id=client_id,
    )
    if response is None:
        return wording
    return Wording(
        response.get("emailSubject") or wording.subject,
        response.get("emailMessage") or wording.email,
        response.get("smsMessage") or wording.sms,
    )


def trigger_attributes(user: User) -> dict[str, str]:
    """A user's attributes as trigger events carry them."""
    return {"cognito:user_status": user.status, **user.all_attributes}


def compose(
    pool: Pool,
    occasion: Occasion,
    wording: Wording,
    *,
    user: User,
    username: str,
    medium: Medium,
    destination: str,
    code: str,
    url: str = "",
) -> Message:
    """The message to one address, in the locale of the user. `username` is the name that the user knows."""
    built_in = render_message(
        occasion.kind,
        MessageContext(
            product=pool.name, username=username, code=code, valid_seconds=occasion.valid_ms // 1_000, url=url
        ),
        _locale(user),
    )
    sms, email = _filled(wording.sms, username, code), _filled(wording.email, html.escape(username), html.escape(code))
    subject = " ".join(_filled(wording.subject, username, code).split()) or built_in.subject
    if medium == "SMS":
        text, html_text = sms or built_in.sms, None
    else:
        text, html_text = (plain_text(email), email) if email else (built_in.text, built_in.html)
    return Message(
        medium=medium,
        destination=destination,
        subject=subject if medium == "EMAIL" else "",
        text=text,
        html=html_text,
        purpose=occasion.kind,
        username=username,
        code=code,
    )


def plain_text(source: str) -> str:
    """What a reader sees of HTML, in lines."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        target = dict(attrs).get("href") if tag == "a" else None
        self.parts.append(f"{target} " if target else "\n" if tag in _BREAKS else "")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        self.parts.append("\n" if tag in _BREAKS - {"br"} else "")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data.replace("\n", " "))


def _verification(pool: Pool) -> Wording:
    """VerificationMessageTemplate before the older members. A link template is left aside: its code form always works."""
    template = pool.configuration.get("VerificationMessageTemplate") or {}
    return Wording(
        template.get("EmailSubject") or pool.configuration.get("EmailVerificationSubject"),
        template.get("EmailMessage") or pool.configuration.get("EmailVerificationMessage"),
        template.get("SmsMessage") or pool.configuration.get("SmsVerificationMessage"),
    )


def _invitation(pool: Pool) -> Wording:
    configuration = pool.configuration.get("AdminCreateUserConfig") or {}
    template = configuration.get("InviteMessageTemplate") or {}
    return Wording(template.get("EmailSubject"), template.get("EmailMessage"), template.get("SMSMessage"))


def _authentication(pool: Pool) -> Wording:
    """SmsAuthenticationMessage and EmailMfaConfiguration, for codes that are a factor of a sign-in."""
    email = pool.configuration.get("EmailMfaConfiguration") or {}
    return Wording(email.get("Subject"), email.get("Message"), pool.configuration.get("SmsAuthenticationMessage"))


_OF_KIND: Mapping[MessageKind, Callable[[Pool], Wording]] = {
    "invitation": _invitation,
    "authentication": _authentication,
}


def _filled(template: str | None, username: str, code: str) -> str:
    """The template in one pass, so that a username that looks like a placeholder stays what it is."""
    values = {CODE_PLACEHOLDER: code, USERNAME_PLACEHOLDER: username}
    return re.sub(r"\{####\}|\{username\}", lambda match: values[match.group()], template or "")


def _locale(user: User) -> str:
    wanted = user.attributes.get("locale", "").replace("_", "-")
    return choose_locale([wanted]) if wanted else SOURCE_LOCALE
