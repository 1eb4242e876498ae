"""A Settings document as CSS: only colours, numbers and known words come out, and what was left open follows from what was set."""

import re
from typing import Any

import pytest

from app.core.branding_defaults import DEFAULT_SETTINGS
from app.core.branding_settings import merge_settings
from app.core.branding_styles import Mode, compile_style, fill_in, find, scheme

PALETTES: dict[Mode, dict[str, str]] = {
    "lightMode": {"accent": "#0b6879", "page": "#f3f6f7"},
    "darkMode": {"accent": "#5cc3d3", "page": "#0a1013"},
}
HOSTILE = "red;}</style><script>alert(1)</script>@import url(https://evil.example/);{"


def compiled(settings: dict[str, Any], pictures: tuple[str, ...] = ()) -> str:
    filled = merge_settings(merge_settings(DEFAULT_SETTINGS, fill_in(settings, pictures, DEFAULT_SETTINGS)), settings)
    return compile_style(
        filled, DEFAULT_SETTINGS, PALETTES, lambda category, mode: f"picture?{mode}" if category in pictures else None
    )


def button(light: str, dark: str | None = None) -> dict[str, Any]:
    modes = {"lightMode": {"defaults": {"backgroundColor": light}}}
    if dark:
        modes["darkMode"] = {"defaults": {"backgroundColor": dark}}
    return {"components": {"primaryButton": modes}}


def test_the_outline_itself_needs_no_rule() -> None:
    assert compiled({}) == ""


def test_a_buttons_colour_brings_the_others_with_it() -> None:
    css = compiled(button("7a1f5cff"))
    assert "--ph-accent:#7a1f5c;" in css
    assert "--ph-accent-hover:#691b4f;" in css
    assert "--ph-on-accent:" not in css, "white, as it was"
    assert "--ph-link:#7a1f5c" in css
    assert "--ph-ring:#7a1f5c40" in css


@pytest.mark.parametrize("word", ["DYNAMIC", None])
def test_colours_for_one_kind_of_window_are_for_all(word: str | None) -> None:
    named = {"categories": {"global": {"colorSchemeMode": word}}} if word else {}
    css = compiled(merge_settings(named, button("7a1f5cff")))
    assert "color-scheme:light;" in css
    assert "--ph-page:#f3f6f7;" in css
    assert "@media" not in css
    dark = {"components": {"primaryButton": {"darkMode": {"defaults": {"backgroundColor": "f0a6d4ff"}}}}}
    assert "color-scheme:dark;" in compiled(merge_settings(named, dark))
    light, dark_css = compiled(merge_settings(named, button("7a1f5cff", "f0a6d4ff"))).split(
        "@media (prefers-color-scheme:dark)"
    )
    assert "--ph-accent:#7a1f5c;" in light
    assert "--ph-accent:#f0a6d4;" in dark_css


def test_text_on_a_pale_button_is_dark_and_links_stay_readable() -> None:
    light = compiled(button("ffd54fff")).split("@media")[0]
    assert "--ph-on-accent:#10191d" in light
    assert "--ph-link:" not in light


def test_what_was_set_is_not_made_up() -> None:
    settings = merge_settings(
        button("7a1f5cff"), {"components": {"primaryButton": {"lightMode": {"hover": {"backgroundColor": "112233ff"}}}}}
    )
    assert "--ph-accent-hover:#112233;" in compiled(settings)


@pytest.mark.parametrize(
    ("word", "expected"), [("LIGHT", "light"), ("DARK", "dark"), ("DYNAMIC", "light dark"), ("X", "light dark")]
)
def test_colour_schemes(word: str, expected: str) -> None:
    settings = {"categories": {"global": {"colorSchemeMode": word}}}
    assert scheme(settings, DEFAULT_SETTINGS) == expected
    css = compiled(settings)
    assert (f"color-scheme:{expected};" in css) == (expected != "light dark")
    assert ("--ph-accent:#5cc3d3" in css) == (expected == "dark")


def test_a_colour_may_be_see_through_and_a_radius_is_bounded() -> None:
    css = compiled(
        {
            "components": {"form": {"borderRadius": 900, "lightMode": {"backgroundColor": "FFFFFF80"}}},
            "componentClasses": {"buttons": {"borderRadius": 2.5}},
        }
    )
    assert "--ph-surface:#ffffff80" in css
    assert "--ph-radius:2.5px" in css
    assert "--ph-card-radius:64px" in css


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"categories": {"global": {"typeface": "SERIF"}}}, "--ph-font:Charter"),
        ({"categories": {"form": {"location": {"horizontal": "END"}}}}, "align-items:flex-end"),
        ({"categories": {"form": {"location": {"vertical": "TOP"}}}}, ".page::before{content:none}"),
        ({"categories": {"global": {"spacingDensity": "COMPACT"}}}, "gap:1rem"),
        ({"components": {"form": {"logo": {"location": "CENTER"}}}}, "[dir] .logo{object-position:center}"),
        ({"components": {"form": {"logo": {"position": "BOTTOM"}}}}, ".banner{order:1}"),
    ],
)
def test_words_become_rules(settings: dict[str, Any], rule: str) -> None:
    assert rule in compiled(settings)


def test_a_picture_that_was_uploaded_is_shown_unless_settings_say_no() -> None:
    assert 'background:url("picture?lightMode")' in compiled({}, ("PAGE_BACKGROUND",))
    off = {"components": {"pageBackground": {"image": {"enabled": False}}}}
    assert compiled(off, ("PAGE_BACKGROUND",)) == ""
    assert fill_in({}, ("PAGE_HEADER_LOGO",), DEFAULT_SETTINGS) == {
        "categories": {"global": {"pageHeader": {"enabled": True}}},
        "components": {"pageHeader": {"logo": {"enabled": True}}},
    }


def _with_all_leaves(value: Any, leaf: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_all_leaves(item, leaf) for name, item in value.items()}
    return leaf


@pytest.mark.parametrize(
    "leaf", [HOSTILE, "#fff", "url(x)", "7a1f5cff;", None, True, [], {}, 10**9, -1, "ＦＦＦＦＦＦＦＦ", "7a1f5cff\n"]
)
def test_whatever_stands_there_nothing_else_comes_out(leaf: Any) -> None:
    """A document is checked when it is stored; this holds even for one that was not."""
    css = compiled(_with_all_leaves(DEFAULT_SETTINGS, leaf), ("PAGE_BACKGROUND",))
    assert not re.search(r"script|import|evil|<|url\((?!\"picture\?)", css)
    assert css.count("{") == css.count("}")


def test_a_path_that_leads_nowhere_finds_nothing() -> None:
    assert find({"a": {"b": 1}}, "a.b") == 1
    assert find({"a": {"b": 1}}, "a.b.c") is None
    assert find({}, "a") is None
