"""The Jinja2 environment of every page and message.

HTML is escaped, an unknown variable is an error, every text goes through gettext in the locale of the rendering. One
environment serves all locales, so a template is compiled once. Static files are served under a name that holds a hash of
their content, so that they may be cached for ever.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Literal

from babel.units import format_unit
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.kit import translations
from app.kit.resources import resource_dir

MessageKind = Literal[
    "verification",
    "invitation",
    "reset",
    "account_exists",
    "attribute_verification",
    "authentication",
    "security_notice",
]
# What a security notice tells of.
AccountChange = Literal[
    "password_changed",
    "email_changed",
    "phone_changed",
    "passkey_added",
    "passkey_removed",
    "authenticator_added",
    "authenticator_removed",
    "recovery_codes_made",
    "factors_changed",
    "account_deleted",
]

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file: the name it is served under, its bytes and its media type."""

    served_name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """What a message may say.

    `product` is the name people know (the app's or the pool's); `code` the confirmation code, in an invitation the temporary
    password; `valid_seconds` how long it works; `url` the page to go to (sign-in page), "" when the pool has no pages; `change`
    what a security notice tells of.
    """

    product: str
    username: str = ""
    code: str = ""
    valid_seconds: int = 0
    url: str = ""
    change: AccountChange = "password_changed"


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message: `subject`, `text` and `html` make the e-mail, `sms` is one line."""

    subject: str
    text: str
    html: str
    sms: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every static file by its own name ("poolhouse.css")."""
    return MappingProxyType(
        {
            path.name: Asset(_served_name(path.name, path.read_bytes()), path.read_bytes(), CONTENT_TYPES[path.suffix])
            for path in sorted((resource_dir("templates") / "static").iterdir())
            if path.suffix in CONTENT_TYPES
        }
    )


@cache
def served_assets() -> Mapping[str, Asset]:
    """Every static file by the name it is served under ("poolhouse.1f0c2a9b77.css")."""
    return MappingProxyType({asset.served_name: asset for asset in assets().values()})


def _served_name(name: str, content: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{sha256(content).hexdigest()[:10]}.{ending}"


def _asset_name(name: str) -> str:
    return assets()[name].served_name


def _duration(seconds: int) -> str:
    """A span of time in words of the current locale: "15 minutes", "24 hours", "7 days"."""
    count, unit = seconds // 60, "minute"
    if seconds % 3600 == 0:
        count, unit = seconds // 3600, "hour"
    if seconds % 86400 == 0 and seconds > 86400:
        count, unit = seconds // 86400, "day"
    return format_unit(count, unit, locale=translations.babel_locale(translations.current_locale()))


@cache
def environment() -> Environment:
    """The one environment, made at its first use."""
    made = Environment(
        loader=FileSystemLoader(resource_dir("templates")),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        extensions=("jinja2.ext.i18n",),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        translations.gettext,
        translations.ngettext,
        newstyle=True,
        pgettext=translations.pgettext,
        npgettext=translations.npgettext,
    )
    made.globals["asset"] = _asset_name
    made.filters["duration"] = _duration
    made.filters["pretty_json"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    return made


def render(template: str, context: Mapping[str, object], locale: str) -> str:
    """A template in a locale. Besides the context it sees `lang` (the tag) and `dir` ("ltr" or "rtl")."""
    with translations.speaking(locale):
        variables = {**context, "lang": locale, "dir": translations.text_direction(locale)}
        return environment().get_template(template).render(variables)


def render_message(kind: MessageKind, context: MessageContext, locale: str) -> Message:
    """One of the built-in messages. The blocks `subject` and `sms` of its `.txt` template are single lines."""
    variables: dict[str, object] = {field.name: getattr(context, field.name) for field in fields(context)}
    with translations.speaking(locale):
        plain = environment().get_template(f"messages/{kind}.txt")
        parts = {
            name: " ".join("".join(plain.blocks[name](plain.new_context(variables))).split())
            for name in ("subject", "sms")
        }
    return Message(
        subject=parts["subject"],
        text=render(f"messages/{kind}.txt", variables, locale).strip() + "\n",
        html=render(f"messages/{kind}.html", {**variables, "subject": parts["subject"]}, locale),
        sms=parts["sms"],
    )
