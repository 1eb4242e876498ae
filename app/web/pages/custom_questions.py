"""The question of a pool's own functions (CUSTOM_CHALLENGE) as a page, made from its public challenge parameters.

`title`, `text` (or `question`, or `securityQuestion` as in Amazon's examples), `image` (a data: URI of a PNG, JPEG, GIF or WebP
picture; nothing is fetched from elsewhere) with `imageText` for who cannot see it, `choices` (JSON: a list of texts, or of
objects with `value` and `label`), `label` and `input` (text, number, password, code) of the one input, and `error`, to say why
it is asked again. Everything else is left aside, and what is malformed counts as missing.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from app.kit.errors import InvalidLambdaResponseException
from app.web.pages.contexts import AnswerInput, Choice

# They travel in the address of the page, sealed and in base64.
_MAX_CHARACTERS: Final = 16_000
_MAX_CHOICES: Final = 20
_KEPT: Final = (
    "title",
    "text",
    "question",
    "securityQuestion",
    "image",
    "imageText",
    "choices",
    "label",
    "input",
    "error",
)
_IMAGE: Final = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}", re.ASCII)
_INPUTS: Final[Mapping[str, AnswerInput]] = {
    "text": "text",
    "number": "number",
    "password": "password",
    "code": "code",
}


def shown_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """What of the public parameters the page needs; raises InvalidLambdaResponseException if that is too long for one."""
    kept = {name: parameters[name] for name in _KEPT if parameters.get(name)}
    if sum(map(len, kept.values())) > _MAX_CHARACTERS:
        raise InvalidLambdaResponseException("The public challenge parameters are too long for a page.")
    return kept


def read_image(text: str) -> str:
    """A picture that the page may show, "" for anything else."""
    return text if _IMAGE.fullmatch(text) else ""


def read_input(text: str) -> AnswerInput:
    """The kind of input."""
    return _INPUTS.get(text, "text")


def read_choices(text: str) -> tuple[Choice, ...]:
    """The answers to choose from, none where there are none or they cannot be told apart."""
    try:
        given = orjson.loads(text) if text else []
    except orjson.JSONDecodeError:
        return ()
    found = [choice for item in given if (choice := _choice(item))] if isinstance(given, list) else []
    values = {choice.value for choice in found}
    return tuple(found) if len(values) == len(found) <= _MAX_CHOICES else ()


def _choice(item: Any) -> Choice | None:
    if isinstance(item, str) and item.strip():
        return Choice(item.strip(), item.strip())
    if isinstance(item, dict) and isinstance(item.get("value"), str) and item["value"].strip():
        label = item.get("label")
        return Choice(item["value"].strip(), label if isinstance(label, str) and label.strip() else item["value"])
    return None
