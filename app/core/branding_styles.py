"""A managed login style as CSS: the Settings document becomes custom properties and the few rules that a layout needs.

Every value that reaches the style sheet is a colour, a number or one of the words below, whatever the document holds.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Literal

Mode = Literal["lightMode", "darkMode"]
Scheme = Literal["light dark", "light", "dark"]
Palette = Mapping[str, str]
# The address of a picture by category and mode, relative to the style sheet's; None without one.
PictureUrl = Callable[[str, Mode], str | None]

_MODES: Final[tuple[Mode, Mode]] = ("lightMode", "darkMode")
_COLOUR: Final = re.compile(r"[0-9a-f]{8}")
_WHITE: Final = "ffffffff"
_INK: Final = "10191dff"
# WCAG 2.2, 1.4.3: text against what is behind it.
_READABLE: Final = 4.5
_SCHEMES: Final[Mapping[str, Scheme]] = {"LIGHT": "light", "DARK": "dark", "DYNAMIC": "light dark"}
_BUTTON: Final = "components.primaryButton.*"
_SECOND: Final = "components.secondaryButton.*"
_PROVIDER: Final = "components.idpButton.standard.*"
_STATUS: Final = "componentClasses.statusIndicator.*"

# Custom properties (`--ph-<name>`) and the setting of each; `*` stands for the mode.
_COLOURS: Final[Mapping[str, str]] = {
    "accent": f"{_BUTTON}.defaults.backgroundColor",
    "accent-hover": f"{_BUTTON}.hover.backgroundColor",
    "accent-active": f"{_BUTTON}.active.backgroundColor",
    "accent-line": f"{_BUTTON}.defaults.borderColor",
    "on-accent": f"{_BUTTON}.defaults.textColor",
    "on-accent-hover": f"{_BUTTON}.hover.textColor",
    "on-accent-active": f"{_BUTTON}.active.textColor",
    "link": "componentClasses.link.*.defaults.textColor",
    "link-hover": "componentClasses.link.*.hover.textColor",
    "focus": "componentClasses.focusState.*.borderColor",
    "page": "components.pageBackground.*.color",
    "surface": "components.form.*.backgroundColor",
    "line": "components.form.*.borderColor",
    "divider": "componentClasses.divider.*.borderColor",
    "field": "componentClasses.input.*.defaults.backgroundColor",
    "field-line": "componentClasses.input.*.defaults.borderColor",
    "placeholder": "componentClasses.input.*.placeholderColor",
    "text": "componentClasses.inputLabel.*.textColor",
    "hint": "componentClasses.inputDescription.*.textColor",
    "heading": "components.pageText.*.headingColor",
    "body": "components.pageText.*.bodyColor",
    "muted": "components.pageText.*.descriptionColor",
    "option": "componentClasses.optionControls.*.selected.backgroundColor",
    "danger": f"{_STATUS}.error.indicatorColor",
    "danger-soft": "components.alert.*.error.backgroundColor",
    "danger-line": "components.alert.*.error.borderColor",
    "success": f"{_STATUS}.success.indicatorColor",
    "success-soft": f"{_STATUS}.success.backgroundColor",
    "success-line": f"{_STATUS}.success.borderColor",
    "plain": f"{_SECOND}.defaults.backgroundColor",
    "plain-line": f"{_SECOND}.defaults.borderColor",
    "plain-text": f"{_SECOND}.defaults.textColor",
    "plain-hover": f"{_SECOND}.hover.backgroundColor",
    "plain-hover-line": f"{_SECOND}.hover.borderColor",
    "plain-hover-text": f"{_SECOND}.hover.textColor",
    "plain-active": f"{_SECOND}.active.backgroundColor",
    "idp": f"{_PROVIDER}.defaults.backgroundColor",
    "idp-line": f"{_PROVIDER}.defaults.borderColor",
    "idp-text": f"{_PROVIDER}.defaults.textColor",
    "idp-hover": f"{_PROVIDER}.hover.backgroundColor",
    "idp-hover-line": f"{_PROVIDER}.hover.borderColor",
    "idp-hover-text": f"{_PROVIDER}.hover.textColor",
    "header": "components.pageHeader.*.background.color",
    "header-line": "components.pageHeader.*.borderColor",
    "footer": "components.pageFooter.*.background.color",
    "footer-line": "components.pageFooter.*.borderColor",
}
_RADII: Final[Mapping[str, str]] = {
    "radius": "componentClasses.buttons.borderRadius",
    "field-radius": "componentClasses.input.borderRadius",
    "menu-radius": "componentClasses.dropDown.borderRadius",
    "notice-radius": "components.alert.borderRadius",
    "card-radius": "components.form.borderRadius",
}
# No font is ever loaded: each typeface is what the systems of this world have of its kind.
_TYPEFACES: Final[Mapping[str, str]] = {
    "HUMANIST": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", source-sans-pro, sans-serif',
    "GEOMETRIC": 'Avenir, Montserrat, Corbel, "URW Gothic", source-sans-pro, sans-serif',
    "GROTESQUE": 'Inter, Roboto, "Helvetica Neue", "Arial Nova", "Nimbus Sans", Arial, sans-serif',
    "ROUNDED": 'ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Comfortaa, Manjari, "Arial Rounded MT Bold", sans-serif',
    "SERIF": 'Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif',
    "SLAB": 'Rockwell, "Rockwell Nova", "Roboto Slab", "DejaVu Serif", "Sitka Small", serif',
    "MONOSPACE": "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
}
_SIDES: Final = {"START": "flex-start", "CENTER": "center", "END": "flex-end"}
_POSITIONS: Final = {"CENTER": "center", "END": "right"}
# Narrow windows show the form alone.
_WIDE: Final = "@media (min-width:30.01rem)"


def fill_in(settings: Mapping[str, Any], categories: Collection[str], outline: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the settings of a style and the categories of its pictures where it says nothing itself.

    With a button's colour come its other states, readable text on it, and links and focus of that colour; a picture that was
    uploaded is shown.
    """
    made: dict[str, Any] = {}
    for mode in _MODES:
        accent = _colour(settings, f"{_BUTTON}.defaults.backgroundColor", mode)
        if accent is not None:
            card = _colour(settings, _COLOURS["surface"], mode) or _colour(outline, _COLOURS["surface"], mode) or _WHITE
            for path, value in _states(accent, card, mode):
                _put(made, path.replace("*", mode), value)
    for category, paths in _SHOWN.items():
        if category in categories:
            for path in paths:
                _put(made, path, True)
    return made


_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "FORM_LOGO": ("components.form.logo.enabled",),
    "FORM_BACKGROUND": ("components.form.backgroundImage.enabled",),
    "PAGE_BACKGROUND": ("components.pageBackground.image.enabled",),
    "PAGE_HEADER_LOGO": ("categories.global.pageHeader.enabled", "components.pageHeader.logo.enabled"),
    "PAGE_HEADER_BACKGROUND": ("categories.global.pageHeader.enabled", "components.pageHeader.backgroundImage.enabled"),
    "PAGE_FOOTER_LOGO": ("categories.global.pageFooter.enabled", "components.pageFooter.logo.enabled"),
    "PAGE_FOOTER_BACKGROUND": ("categories.global.pageFooter.enabled", "components.pageFooter.backgroundImage.enabled"),
}


def _states(accent: str, card: str, mode: Mode) -> list[tuple[str, str]]:
    toward = "000000ff" if mode == "lightMode" else _WHITE
    shades = {"defaults": accent, "hover": _mix(accent, toward, 0.14), "active": _mix(accent, toward, 0.28)}
    made = [(f"{_BUTTON}.{state}.backgroundColor", shade) for state, shade in shades.items() if state != "defaults"]
    made += [(f"{_BUTTON}.{state}.textColor", _text_on(shade)) for state, shade in shades.items()]
    made += [
        (_COLOURS["focus"], accent),
        (_COLOURS["option"], accent),
        ("componentClasses.optionControls.*.selected.foregroundColor", _text_on(accent)),
    ]
    if _contrast(accent, card) >= _READABLE:
        made += [
            (_COLOURS["link"], accent),
            (_COLOURS["link-hover"], accent),
            ("componentClasses.dropDown.*.match.itemTextColor", accent),
        ]
    return made


def scheme(settings: Mapping[str, Any], outline: Mapping[str, Any]) -> Scheme:
    """The value of `color-scheme`. A style with colours for one kind of window only keeps to that: the other's are not its own."""
    named = _SCHEMES.get(str(find(settings, "categories.global.colorSchemeMode")), "light dark")
    own = [mode for mode in _MODES if _properties(settings, outline, mode)]
    if named != "light dark" or len(own) != 1:
        return named
    return "light" if own == ["lightMode"] else "dark"


def find(settings: Mapping[str, Any], path: str) -> Any:
    """What stands at a path ("components.form.logo.enabled"); None for nothing."""
    value: Any = settings
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def compile_style(
    settings: Mapping[str, Any],
    outline: Mapping[str, Any],
    palettes: Mapping[Mode, Palette],
    picture_url: PictureUrl,
) -> str:
    """The rules of a style that come after those of the pages, "" where it looks as the outline does.

    `settings` are whole: nothing is looked up in the outline but what they differ by. `palettes` are the properties that
    the pages have without a style; a style for one kind of window only must say them all again, for the other.
    """
    given = {mode: _properties(settings, outline, mode) for mode in _MODES}
    named = scheme(settings, outline)
    parts = [_root(given, palettes, named), *_radii(settings, outline), *_typeface(settings)]
    parts += _layout(settings)
    parts += _logos(settings)
    parts += _pictures(settings, picture_url, named)
    return "".join(f"{part}\n" for part in parts if part)


def _root(given: Mapping[Mode, dict[str, str]], palettes: Mapping[Mode, Palette], named: Scheme) -> str:
    if named != "light dark":
        mode: Mode = "lightMode" if named == "light" else "darkMode"
        return f":root{{color-scheme:{named};{_declarations({**palettes[mode], **given[mode]})}}}"
    names = sorted({*given["lightMode"], *given["darkMode"]})
    if not names:
        return ""
    light, dark = ({name: {**palettes[mode], **given[mode]}.get(name) for name in names} for mode in _MODES)
    # What only one of the two has, the other takes back.
    both = [{name: value or "initial" for name, value in values.items()} for values in (light, dark)]
    return f":root{{{_declarations(both[0])}}}\n@media (prefers-color-scheme:dark){{:root{{{_declarations(both[1])}}}}}"


def _declarations(properties: Mapping[str, str]) -> str:
    return ";".join(f"--ph-{name}:{value}" for name, value in properties.items())


def _properties(settings: Mapping[str, Any], outline: Mapping[str, Any], mode: Mode) -> dict[str, str]:
    values = {name: _colour(settings, path, mode) for name, path in _COLOURS.items()}
    usual = {name: _colour(outline, path, mode) for name, path in _COLOURS.items()}
    own = {name: value for name, value in values.items() if value and value != usual[name]}
    if not own:
        return {}
    known = {name: values[name] or usual[name] or _WHITE for name in _COLOURS}
    return {name: _written(value) for name, value in {**own, **_followers(own, known, mode)}.items()}


def _followers(own: Collection[str], known: Mapping[str, str], mode: Mode) -> dict[str, str]:
    """Colours that no setting names, made of those that were set."""
    strong = mode == "darkMode"
    made = {
        ("focus",): {"ring": known["focus"][:6] + ("59" if strong else "40")},
        ("accent", "surface"): {"accent-soft": _mix(known["surface"], known["accent"], 0.2 if strong else 0.11)},
        ("accent", "page"): {"page-glow": _mix(known["page"], known["accent"], 0.12 if strong else 0.08)},
        ("surface", "text"): {"surface-low": _mix(known["surface"], known["text"], 0.03)},
        ("danger", "danger-soft"): {"danger-text": _on_notice(known, "danger")},
        ("success", "success-soft"): {"success-text": _on_notice(known, "success")},
        ("field-line",): {"field-line-hover": _mix(known["field-line"], known["text"], 0.4)},
    }
    return {
        name: value
        for causes, values in made.items()
        if any(cause in own for cause in causes)
        for name, value in values.items()
    }


def _on_notice(known: Mapping[str, str], name: str) -> str:
    behind = known[f"{name}-soft"]
    return known[name] if _contrast(known[name], behind) >= _READABLE else _text_on(behind)


def _radii(settings: Mapping[str, Any], outline: Mapping[str, Any]) -> list[str]:
    found = {name: find(settings, path) for name, path in _RADII.items()}
    own = {
        name: f"{min(max(float(value), 0), 64):g}px"
        for name, value in found.items()
        if isinstance(value, int | float) and value != find(outline, _RADII[name])
    }
    return [f":root{{{_declarations(own)}}}"] if own else []


def _typeface(settings: Mapping[str, Any]) -> list[str]:
    stack = _TYPEFACES.get(str(find(settings, "categories.global.typeface")))
    return [f":root{{--ph-font:{stack}}}"] if stack else []


def _layout(settings: Mapping[str, Any]) -> list[str]:
    """Where the form stands in a wide window, and how much room it has."""
    side = _SIDES.get(str(find(settings, "categories.form.location.horizontal")), "center")
    height = find(settings, "categories.form.location.vertical")
    parts = []
    if side != "center":
        wide = "@media (min-width:60rem)"
        parts.append(f"{wide}{{.page{{align-items:{side};padding-inline:clamp(2rem,9vw,10rem)}}}}")
    if height == "TOP":
        parts.append(".page::before{content:none}.page>.card{margin-block-start:0}")
    elif height == "BOTTOM":
        parts.append(".colophon{flex-grow:0}.page>.card{margin-block-end:0}")
    if find(settings, "components.form.logo.position") == "BOTTOM":
        parts.append(".banner{order:1}")
    if find(settings, "categories.global.spacingDensity") == "COMPACT":
        parts.append(".card-body{gap:1rem;padding-block:1.5rem}form{gap:.875rem}")
    return parts


def _logos(settings: Mapping[str, Any]) -> list[str]:
    """Where a logo stands in its room, also where the script runs from right to left."""
    parts = []
    for owner, selector in (("form", ".logo"), ("pageHeader", ".band-header img"), ("pageFooter", ".band-footer img")):
        position = _POSITIONS.get(str(find(settings, f"components.{owner}.logo.location")), "")
        if position:
            parts.append(f"[dir] {selector}{{object-position:{position}}}")
        if position == "right":
            parts.append(f'[dir="rtl"] {selector}{{object-position:left}}')
    return parts


def _pictures(settings: Mapping[str, Any], picture_url: PictureUrl, named: Scheme) -> list[str]:
    parts = []
    for category, setting, selector, colour in (
        ("PAGE_BACKGROUND", "components.pageBackground.image.enabled", ".page", "page"),
        ("FORM_BACKGROUND", "components.form.backgroundImage.enabled", ".card", "surface"),
        ("PAGE_HEADER_BACKGROUND", "components.pageHeader.backgroundImage.enabled", ".band-header", "header"),
        ("PAGE_FOOTER_BACKGROUND", "components.pageFooter.backgroundImage.enabled", ".band-footer", "footer"),
    ):
        if find(settings, setting) is True:
            parts += _background(category, selector, colour, picture_url, named)
    return parts


def _background(category: str, selector: str, colour: str, picture_url: PictureUrl, named: Scheme) -> list[str]:
    first: Mode = "darkMode" if named == "dark" else "lightMode"
    url, dark = picture_url(category, first), picture_url(category, "darkMode")
    if url is None:
        return []
    is_page = selector == ".page"
    rule = (
        f'{selector}{{background:url("{url}") center/cover no-repeat {"fixed " if is_page else ""}var(--ph-{colour})}}'
    )
    # Over a picture, the small print needs a ground of its own.
    more = ".page::after{content:none}.colophon .languages>summary{background:var(--ph-surface)}"
    parts = [f"{_WIDE}{{{rule}{more if is_page else ''}}}"]
    if named == "light dark" and dark is not None and dark != url:
        parts.append(
            f'@media (min-width:30.01rem) and (prefers-color-scheme:dark){{{selector}{{background-image:url("{dark}")}}}}'
        )
    return parts


def _colour(settings: Mapping[str, Any], path: str, mode: Mode) -> str | None:
    """A colour as eight lower-case digits; None for anything else that stands there."""
    value = find(settings, path.replace("*", mode))
    text = value.lower() if isinstance(value, str) else ""
    return text if _COLOUR.fullmatch(text) else None


def _written(colour: str) -> str:
    return "#" + colour.removesuffix("ff") if colour.endswith("ff") else f"#{colour}"


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        document = document.setdefault(parent, {})
    document[name] = value


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (0, 2, 4)]


def _mix(colour: str, other: str, share: float) -> str:
    """A colour with a share of another in it, opaque."""
    mixed = (
        round(one * (1 - share) + two * share) for one, two in zip(_channels(colour), _channels(other), strict=True)
    )
    return "".join(f"{channel:02x}" for channel in mixed) + "ff"


def _text_on(colour: str) -> str:
    """White or ink, whichever reads better."""
    return max(_WHITE, _INK, key=lambda text: _contrast(text, colour))


def _contrast(one: str, two: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(two)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
