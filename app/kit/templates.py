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

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

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
    password; `valid_seconds` how long it works; `url` the page to go to (sign-in page), "" when the pool has no pages, in a
    verification the link that takes the place of the code, "" without one; `change` what a security notice tells of.
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
    # Not by Babel: of many languages it knows no word for a unit, and says "7 day".
    if seconds % 86400 == 0 and seconds > 86400:
        count, text = seconds // 86400, translations.ngettext("%(num)d day", "%(num)d days", seconds // 86400)
    elif seconds % 3600 == 0:
        count, text = seconds // 3600, translations.ngettext("%(num)d hour", "%(num)d hours", seconds // 3600)
    else:
        count, text = seconds // 60, translations.ngettext("%(num)d minute", "%(num)d minutes", seconds // 60)
    return text % {"num": count}


def _breakable(text: str) -> Markup:
    """An address or name as HTML whose lines may end after an "@", before they end within a word."""
    return escape(text).replace("@", Markup("@<wbr>"))


@cache
def environment() -> Environment:
    """The one environment, made at its first use."""
    loader = FileSystemLoader(resource_dir("templates"))
    made = Environment(loader=loader, autoescape=select_autoescape(("html",)), auto_reload=False)
    furnish(made)
    return made


def furnish(made: Environment) -> None:
    """Gives a new environment, made with escaping, what every template counts on: no silent gaps, gettext, filters, `asset`."""
    made.undefined = StrictUndefined
    made.trim_blocks = made.lstrip_blocks = made.keep_trailing_newline = True
    made.add_extension("jinja2.ext.i18n")
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
    made.filters["breakable"] = _breakable
    made.filters["pretty_json"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)


def render(template: str, context: Mapping[str, object], locale: str, own: Environment | None = None) -> str:
    """A template in a locale, of `own` instead of the built-in ones if given.

    Besides the context it sees `lang` (the tag) and `dir` ("ltr" or "rtl").
    """
    with translations.speaking(locale):
        variables = {**context, "lang": locale, "dir": translations.text_direction(locale)}
        return (own or environment()).get_template(template).render(variables)


def render_message(kind: MessageKind, context: MessageContext, locale: str, own: Environment | None = None) -> Message:
    """One of the messages, of `own` templates if given. The blocks `subject` and `sms` of the `.txt` one are single lines."""
    variables: dict[str, object] = {field.name: getattr(context, field.name) for field in fields(context)}
    with translations.speaking(locale):
        plain = (own or environment()).get_template(f"messages/{kind}.txt")
        written = plain.new_context({**variables, "lang": locale, "dir": translations.text_direction(locale)})
        # Rendered once to the end: only then are the blocks of the templates known that it extends.
        text = "".join(plain.root_render_func(written))
        parts = {name: " ".join("".join(written.blocks[name][0](written)).split()) for name in ("subject", "sms")}
    return Message(
        subject=parts["subject"],
        text=text.strip() + "\n",
        html=render(f"messages/{kind}.html", {**variables, "subject": parts["subject"]}, locale, own),
        sms=parts["sms"],
    )
