"""Which language a page speaks: the `lang` parameter, else the cookie that remembers it, else what the browser asks for."""

import re
from collections.abc import Iterator

from starlette.requests import Request

from app.kit.translations import choose_locale

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_MAX_TAGS = 20


def choose_language(request: Request, *wanted: str) -> str:
    """The locale of a page. `wanted` are the `lang` parameter and what the cookie says; what is no tag is left aside."""
    tags = [*wanted, *_accepted(request.headers.get("accept-language", ""))]
    return choose_locale([tag for tag in tags if is_tag(tag)])


def is_tag(text: str) -> bool:
    """Whether a text has the form of a language tag (RFC 5646), so that it may be kept in a cookie."""
    return bool(_TAG.fullmatch(text))


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
