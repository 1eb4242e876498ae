"""Which language a page speaks: the `lang` parameter (or `ui_locales`, as OpenID Connect Core has it), else the cookie that
remembers it, else what the browser asks for; and how a reader chooses another one, without leaving what they are at."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from app.kit.translations import choose_locale, find_locale, language_names
from app.web.forms import Pairs

LANGUAGE = "lang"
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_MAX_TAGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageMenu:
    """The languages that a page may be read in: a GET form to its own address, with `hidden` and the chosen tag as `lang`.

    `names` are languages in their own words, by tag; `current` is the tag of the page's.
    """

    hidden: Pairs
    names: Mapping[str, str]
    current: str


def choose_language(request: Request, *wanted: str) -> str:
    """The locale of a page. `wanted` is what parameters and cookie say; what is no tag is left aside."""
    tags = [*wanted, *_accepted(request.headers.get("accept-language", ""))]
    return choose_locale([tag for tag in tags if is_tag(tag)])


def is_tag(text: str) -> bool:
    """Whether a text has the form of a language tag (RFC 5646), so that it may be kept in a cookie."""
    return bool(_TAG.fullmatch(text))


def asked_languages(parameters: Pairs) -> list[str]:
    """What the parameters of a request say of its language, most wanted first."""
    given = dict(parameters)
    tags = (given.get(LANGUAGE) or given.get("ui_locales", "")).split()
    return [tag for tag in tags[:_MAX_TAGS] if is_tag(tag)]


def find_asked_locale(parameters: Pairs) -> str | None:
    """The locale that parameters ask for, None if they name none that we have."""
    return next((locale for locale in map(find_locale, asked_languages(parameters)) if locale), None)


def with_language(parameters: Pairs, tag: str) -> Pairs:
    """Parameters with the language that the reader chose in place of their own; as they are if we have no such language."""
    locale = find_locale(tag)
    return (*(pair for pair in parameters if pair[0] != LANGUAGE), (LANGUAGE, locale)) if locale else parameters


def language_menu(kept: Pairs, locale: str) -> LanguageMenu:
    """The way to the other languages, for the page at the same address whose query holds what is `kept`."""
    hidden = tuple(pair for pair in kept if pair[0] != LANGUAGE)
    return LanguageMenu(hidden=hidden, names=language_names(), current=locale)


def _accepted(header: str) -> Iterator[str]:
    """The tags of an Accept-Language header (RFC 9110 section 12.5.4), most wanted first."""
    weighted = []
    for position, item in enumerate(header[:1_000].split(",")[:_MAX_TAGS]):
        tag, _, parameter = item.partition(";")
        weight = _weight(parameter)
        if weight > 0:
            weighted.append((-weight, position, tag.strip()))
    return (tag for _, _, tag in sorted(weighted))


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
