"""What a message to a user says: the built-in text, the pool's template, or what its CustomMessage function answers.

Templates hold `{####}` for the code or temporary password and `{username}` (Cognito Developer Guide, "Customizing messages"), and
`{##text##}` where a new account is confirmed by a link. An e-mail template is HTML; its plain form is made from it.
"""

import html
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Final
from urllib.parse import quote, urlencode

from app.core.messages import Medium, Message
from app.core.pools import Pool
from app.core.users import User
from app.flows.locations import browser_base
from app.flows.trigger_events import user_attributes
from app.flows.triggers.custom_message import call_custom_message
from app.flows.triggers.custom_sender import TRIGGER_OF
from app.flows.work import Work
from app.kit.templates import MessageContext, MessageKind
from app.kit.translations import choose_locale

CODE_PLACEHOLDER = "{####}"
USERNAME_PLACEHOLDER = "{username}"
# The page that a link of such a mail opens.
CONFIRM_PATH: Final = "/confirmUser"
_SIGN_UP_SOURCES = frozenset({"CustomMessage_SignUp", "CustomMessage_ResendCode"})
_PLACEHOLDER = re.compile(r"\{####\}|\{username\}|\{##(?P<label>[^{}]+?)##\}")
_BREAKS = frozenset({"br", "div", "h1", "h2", "h3", "li", "p", "table", "tr"})
_UNSEEN = frozenset({"head", "script", "style", "title"})


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a message is sent: the built-in text, the pool's template, the trigger's source, and how long the code works.

    `source` is CustomMessage's; empty for a message that Cognito does not have, which no function of the pool hears of.
    """

    kind: MessageKind
    source: str = ""
    valid_ms: int = 0


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts with placeholders that replace the built-in ones; None keeps the built-in.

    `client_id` and `metadata` (ClientMetadata) are of the request that sends the message, for the pool's own senders.
    `confirm_url` is the address that a link in the e-mail leads to, without its query; "" for a mail with a code.
    """

    subject: str | None = None
    email: str | None = None
    sms: str | None = None
    client_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    confirm_url: str = ""


def find_wording(
    work: Work,
    pool: Pool,
    occasion: Occasion,
    user: User,
    metadata: Mapping[str, str] | None,
    *,
    media: Collection[Medium],
    client_id: str | None = None,
) -> Wording:
    """The texts of a pool for an occasion. Calls the pool's CustomMessage function, so not within a segment.

    The function is not called where the pool's own senders take every one of the `media`: they write the text themselves.
    """
    is_link = pool.confirms_by_link and occasion.source in _SIGN_UP_SOURCES
    own = _by_link(work, pool) if is_link else _OF_KIND.get(occasion.kind, _verification)(pool)
    wording = replace(own, client_id=client_id, metadata=dict(metadata or {}))
    if all(pool.lambda_config.get(TRIGGER_OF[medium]) for medium in media):
        return wording
    texts = call_custom_message(work, pool, user, occasion.source, metadata=metadata, client_id=client_id)
    if texts is None:
        return wording
    return replace(
        wording,
        subject=texts.subject or wording.subject,
        email=texts.email or wording.email,
        sms=texts.sms or wording.sms,
    )


def compose(
    work: Work,
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
    """The message to one address, in the language of the request. `username` is the name that the user knows."""
    if wording.confirm_url and medium == "EMAIL":
        query = {"client_id": wording.client_id or "", "user_name": user.username, "confirmation_code": code}
        url = f"{wording.confirm_url}?{urlencode(query, quote_via=quote)}"
    built_in = work.resources.templates.render_message(
        pool.pool_id,
        occasion.kind,
        MessageContext(
            product=pool.name, username=username, code=code, valid_seconds=occasion.valid_ms // 1_000, url=url
        ),
        locale_of(work, user),
    )
    sms = _filled(wording.sms, username, code)
    email = _filled(wording.email, html.escape(username), html.escape(code), html.escape(url))
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
        trigger_source=occasion.source.removeprefix("CustomMessage_"),
        user_name=user.username,
        sub=user.sub,
        client_id=wording.client_id or "",
        user_attributes=user_attributes(pool, user),
        client_metadata=wording.metadata,
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
    """VerificationMessageTemplate before the older members."""
    template = pool.configuration.get("VerificationMessageTemplate") or {}
    return Wording(
        template.get("EmailSubject") or pool.configuration.get("EmailVerificationSubject"),
        template.get("EmailMessage") or pool.configuration.get("EmailVerificationMessage"),
        template.get("SmsMessage") or pool.configuration.get("SmsVerificationMessage"),
    )


def _by_link(work: Work, pool: Pool) -> Wording:
    """As `_verification`, with the texts for a link; an SMS has a code all the same."""
    template = pool.configuration.get("VerificationMessageTemplate") or {}
    base = browser_base(work.settings, work.snapshots.pool(pool.pool_id))
    return replace(
        _verification(pool),
        subject=template.get("EmailSubjectByLink"),
        email=template.get("EmailMessageByLink"),
        confirm_url=base + CONFIRM_PATH,
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


def _filled(template: str | None, username: str, code: str, url: str = "") -> str:
    """The template in one pass, so that a username that looks like a placeholder stays what it is."""
    values = {CODE_PLACEHOLDER: code, USERNAME_PLACEHOLDER: username}

    def value(match: re.Match[str]) -> str:
        label = match["label"]
        if label is None:
            return values[match.group()]
        return f'<a href="{url}">{label}</a>' if url else match.group()

    return _PLACEHOLDER.sub(value, template or "")


def locale_of(work: Work, user: User) -> str:
    """The locale that a user is written to in: that of the page which the message was asked for on, else of their attribute
    `locale`; English if we have neither."""
    return work.locale or choose_locale([user.attributes.get("locale", "")])
