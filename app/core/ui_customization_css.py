"""The style sheet of a classic hosted UI as rules for our pages: Cognito's class names become the elements that they mean here.

Amazon Cognito user pools API, SetUICustomization. The sheet was checked when it was set (`core.uploads.check_css`).
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import tinycss2

# Selectors as strong as those of the pages, which come first.
_ELEMENTS: Final[Mapping[str, str]] = {
    "background-customizable": ".page .card",
    "banner-customizable": ".page .banner",
    "errorMessage-customizable": ".page .notice-danger",
    "idpButton-customizable": ".page .button-idp",
    "idpDescription-customizable": ".page .idp-description",
    "inputField-customizable": ".page .field:not(.field-check)>input,.page .field>textarea",
    "label-customizable": ".page .field>label",
    "legalText-customizable": ".page .legal",
    "logo-customizable": ".page .logo",
    "passwordCheck-notValid-customizable": ".page .rules .is-unmet",
    "passwordCheck-valid-customizable": ".page .rules .is-met",
    "redirect-customizable": ".page .strip",
    "socialButton-customizable": ".page .button-idp",
    "submitButton-customizable": ".page .button-primary",
    "textDescription-customizable": ".page .lead",
}
# A name may be written with escapes, and would mean something else when written without.
_PROPERTY: Final = re.compile(r"-{0,2}[a-z][a-z0-9-]*")


@lru_cache(maxsize=64)
def adapt_css(css: str) -> str:
    """The rules whose selectors are known, with ours in their place; anything else is left out."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(_adapted(rule) for rule in rules if rule.type == "qualified-rule")


def _adapted(rule: Any) -> str:
    selectors = ",".join(_selectors(rule.prelude))
    declarations = ";".join(
        f"{found.lower_name}:{tinycss2.serialize(found.value).strip()}{'!important' if found.important else ''}"
        for found in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        if found.type == "declaration" and _PROPERTY.fullmatch(found.lower_name)
    )
    return f"{selectors}{{{declarations}}}\n" if selectors and declarations else ""


def _selectors(prelude: Iterable[Any]) -> Iterable[str]:
    named = tinycss2.serialize(prelude).split(",")
    for selector in (name.strip().removeprefix(".") for name in named):
        element, _, state = selector.partition(":")
        if element in _ELEMENTS:
            yield ",".join(part + (f":{state}" if state else "") for part in _ELEMENTS[element].split(","))
