"""Classic CSS as rules for our pages."""

import pytest

from app.core.ui_customization_css import adapt_css
from app.core.uploads import SELECTORS


def test_every_class_that_may_be_named_means_something_here() -> None:
    for selector in SELECTORS:
        adapted = adapt_css(f"{selector} {{color: red}}")
        assert adapted.startswith(".page .")
        assert ("customizable" in adapted, adapted.endswith("{color:red}\n")) == (False, True)
        assert (":hover{" in adapted) == selector.endswith(":hover")


def test_several_selectors_comments_and_importance_are_kept() -> None:
    css = "/* a */ .label-customizable,\n.legalText-customizable { COLOR : Red ; /* b */ font-size: 12px !important }"
    assert adapt_css(css) == ".page .field>label,.page .legal{color:Red;font-size:12px!important}\n"


@pytest.mark.parametrize(
    "css",
    [
        "@import url(https://evil.example/);",
        "@media screen {.label-customizable{color:red}}",
        "body{color:red}",
        ".label-customizable > p{color:red}",
        ".label-customizable{}",
        r".label-customizable{a\:b\;\}body\{background: red}",
        r".label-customizable{\3c script: x}",
        "}",
        "",
    ],
)
def test_anything_else_is_left_out(css: str) -> None:
    assert adapt_css(css) == ""
