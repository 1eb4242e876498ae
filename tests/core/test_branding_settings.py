"""The Settings document of managed login styles, and the defaults that fill it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.branding_defaults import CARD_RADIUS, DARK, DEFAULT_SETTINGS, LIGHT, RADIUS
from app.core.branding_settings import MAX_SETTINGS_BYTES, check_settings, merge_settings
from app.kit.errors import InvalidParameterException


def leaves(settings: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(settings, dict):
        for name, value in settings.items():
            yield from leaves(value, (*path, name))
    else:
        yield path, settings


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    made: dict[str, Any] = value
    return made


def test_the_defaults_have_the_outline_of_cognito() -> None:
    assert {name: sorted(part) for name, part in DEFAULT_SETTINGS.items()} == {
        "categories": ["auth", "form", "global", "signUp"],
        "componentClasses": [
            *("buttons", "divider", "dropDown", "focusState", "idpButtons", "input", "inputDescription", "inputLabel"),
            *("link", "optionControls", "statusIndicator"),
        ],
        "components": [
            *("alert", "favicon", "form", "idpButton", "pageBackground", "pageFooter", "pageHeader", "pageText"),
            *("phoneNumberSelector", "primaryButton", "secondaryButton"),
        ],
    }
    assert DEFAULT_SETTINGS["components"]["primaryButton"]["lightMode"]["defaults"] == {
        "backgroundColor": LIGHT["accent"],
        "textColor": LIGHT["on-accent"],
    }
    assert all(
        re.fullmatch("[0-9a-f]{8}", value)
        for path, value in leaves(DEFAULT_SETTINGS)
        if path[-1].endswith(("color", "Color"))
    )
    check_settings(DEFAULT_SETTINGS, DEFAULT_SETTINGS)


def test_the_defaults_are_what_the_pages_look_like(repository: Path) -> None:
    """Each colour is the custom property of its name, light in :root and dark in its media query."""
    css = (repository / "templates/static/poolhouse.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)", 1)
    for sheet, palette in ((light, LIGHT), (dark.split("*, ::before", 1)[0], DARK)):
        properties = dict(re.findall(r"--ph-([a-z-]+): #([0-9a-f]{3,6});", sheet))
        for name, colour in palette.items():
            if not name.startswith("warning"):
                short = properties[name]
                assert colour == (short if len(short) == 6 else "".join(2 * digit for digit in short)) + "ff", name
    assert f"--ph-radius: {RADIUS / 16:g}rem".replace("0.", ".") in light
    assert f"--ph-card-radius: {CARD_RADIUS / 16:g}rem" in light


def test_objects_are_merged_and_all_else_is_replaced() -> None:
    base = {"a": {"b": 1, "c": {"d": 2}}, "e": [1, 2], "f": 3}
    merged = merge_settings(base, {"a": {"c": {"g": 4}, "b": {"h": 5}}, "e": [6], "i": 7})
    assert merged == {"a": {"b": {"h": 5}, "c": {"d": 2, "g": 4}}, "e": [6], "f": 3, "i": 7}
    assert base == {"a": {"b": 1, "c": {"d": 2}}, "e": [1, 2], "f": 3}
    assert merge_settings(base, {}) == base


COLOUR = ("components", "primaryButton", "lightMode", "defaults", "backgroundColor")
RADIUS_OF = ("componentClasses", "buttons", "borderRadius")
ENABLED = ("components", "form", "logo", "enabled")
KEYWORD = ("categories", "global", "colorSchemeMode")
LISTED = ("components", "favicon", "enabledTypes")
UNKNOWN = ("components", "something", "new")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (COLOUR, "0972d3ff"),
        (COLOUR, "AAAAAAAA"),
        (COLOUR, "77777700"),
        (RADIUS_OF, 8),
        (RADIUS_OF, 8.5),
        (RADIUS_OF, 0),
        (ENABLED, True),
        (KEYWORD, "DARK"),
        (LISTED, []),
        (LISTED, ["SVG"]),
        (UNKNOWN, "any text, even with ünïcode"),
        (UNKNOWN, [1, {"a": [True]}]),
        (UNKNOWN, -5.5),
        ((*UNKNOWN, "textColor"), "0972d3ff"),
        (("components", "idpButton", "custom", "Grüner IdP", "lightMode", "borderColor"), "0972d3ff"),
    ],
)
def test_what_fits_is_taken(path: tuple[str, ...], value: Any) -> None:
    check_settings(nested(path, value), DEFAULT_SETTINGS)


@pytest.mark.parametrize("colour", ["", "#0972d3ff", "0972d3", "0972d3f", "0972d3fff", "red", "0972d3fg", "rgb(0,0,0)"])
@pytest.mark.parametrize("path", [COLOUR, (*UNKNOWN, "textColor"), (*UNKNOWN, "color")])
def test_a_colour_has_eight_hexadecimal_digits(path: tuple[str, ...], colour: str) -> None:
    with pytest.raises(InvalidParameterException) as raised:
        check_settings(nested(path, colour), DEFAULT_SETTINGS)
    assert raised.value.message.startswith(f"Settings.{'.'.join(path)} must be a colour")


VALUES = ["0972d3ff", 8, True, "KEYWORD", "a text", [], {}, None]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize(
    ("path", "fits"),
    [
        (COLOUR, ["0972d3ff"]),
        (RADIUS_OF, [8]),
        (ENABLED, [True]),
        (KEYWORD, ["KEYWORD"]),
        (LISTED, [[]]),
        (COLOUR[:-1], [{}]),
        (UNKNOWN, ["0972d3ff", 8, True, "KEYWORD", "a text", [], {}]),
    ],
)
def test_a_setting_is_of_its_kind(path: tuple[str, ...], fits: list[Any], value: Any) -> None:
    if any(value is fit or (type(value) is type(fit) and value == fit) for fit in fits):
        check_settings(nested(path, value), DEFAULT_SETTINGS)
        return
    with pytest.raises(InvalidParameterException, match="must "):
        check_settings(nested(path, value), DEFAULT_SETTINGS)


@pytest.mark.parametrize(
    "settings",
    [
        "text",
        [],
        5,
        nested(RADIUS_OF, -1),
        nested(RADIUS_OF, 1_001),
        nested(RADIUS_OF, float("inf")),
        nested(UNKNOWN, 1e300),
        nested(UNKNOWN, "a\nb"),
        nested(UNKNOWN, "a\x1bb"),
        nested(UNKNOWN, "a\u202eb"),
        nested(UNKNOWN, "a\u2028b"),
        nested(UNKNOWN, "x" * 257),
        nested(UNKNOWN, ["a\x00b"]),
        nested((*UNKNOWN, "a\x07"), 1),
        nested((*UNKNOWN, "k" * 129), 1),
        nested((*UNKNOWN, "borderColor"), ["red"]),
        nested(KEYWORD, "dark"),
        nested(KEYWORD, "A;B"),
        nested(UNKNOWN, ["x" * 200] * (MAX_SETTINGS_BYTES // 200)),
    ],
    ids=lambda settings: repr(settings)[:60],
)
def test_what_could_do_harm_is_refused(settings: Any) -> None:
    with pytest.raises(InvalidParameterException):
        check_settings(settings, DEFAULT_SETTINGS)
