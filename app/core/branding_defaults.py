"""The look of the hosted pages where a style says nothing, written as managed login's Settings.

The outline is Cognito's (user pools API, CreateManagedLoginBranding); the values are those of templates/static/poolhouse.css,
so that ReturnMergedResources shows what a browser really gets. Colours are `rrggbbaa` without `#`, radii are pixels.
"""

from collections.abc import Mapping
from typing import Any, Final

# Named as the custom properties of the style sheet; `warning*` has none there yet.
LIGHT: Final = {
    "accent": "0b6879ff",
    "accent-hover": "095665ff",
    "accent-active": "074652ff",
    "on-accent": "ffffffff",
    "accent-soft": "e4f1f3ff",
    "link": "0b6879ff",
    "page": "f3f6f7ff",
    "surface": "ffffffff",
    "surface-low": "f8fafaff",
    "line": "e2e8eaff",
    "field": "ffffffff",
    "field-line": "8a959cff",
    "field-line-hover": "5b6870ff",
    "text": "10191dff",
    "muted": "55636bff",
    "danger": "b42318ff",
    "danger-soft": "fef3f2ff",
    "danger-line": "f6cfcbff",
    "success": "11734bff",
    "success-soft": "ecf8f2ff",
    "success-line": "c3e6d5ff",
    "warning": "8a5a00ff",
    "warning-soft": "fff8e6ff",
    "warning-line": "f0d9a4ff",
}
DARK: Final = {
    "accent": "5cc3d3ff",
    "accent-hover": "7bd2dfff",
    "accent-active": "97dee8ff",
    "on-accent": "04262dff",
    "accent-soft": "12323aff",
    "link": "76cfdcff",
    "page": "0a1013ff",
    "surface": "12191dff",
    "surface-low": "0f1619ff",
    "line": "243036ff",
    "field": "0c1316ff",
    "field-line": "62717aff",
    "field-line-hover": "8fa0a9ff",
    "text": "ebf1f3ff",
    "muted": "9fadb4ff",
    "danger": "f97066ff",
    "danger-soft": "2a1413ff",
    "danger-line": "5a2622ff",
    "success": "4fc38fff",
    "success-soft": "0f2419ff",
    "success-line": "1f4a35ff",
    "warning": "f0b84dff",
    "warning-soft": "271c08ff",
    "warning-line": "574014ff",
}
RADIUS: Final = 10.0
CARD_RADIUS: Final = 18.0


def _modes(outline: Mapping[str, Any]) -> dict[str, Any]:
    return {"darkMode": _painted(outline, DARK), "lightMode": _painted(outline, LIGHT)}


def _painted(outline: Mapping[str, Any], palette: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: palette[value] if isinstance(value, str) else _painted(value, palette) for name, value in outline.items()
    }


def _status(name: str) -> dict[str, str]:
    return {"backgroundColor": f"{name}-soft", "borderColor": f"{name}-line", "indicatorColor": name}


_QUIET_BUTTON: Final = {
    "active": {"backgroundColor": "accent-soft", "borderColor": "accent-active", "textColor": "accent-active"},
    "defaults": {"backgroundColor": "surface", "borderColor": "field-line", "textColor": "text"},
    "hover": {"backgroundColor": "surface-low", "borderColor": "field-line-hover", "textColor": "text"},
}
_BAND: Final = {
    "backgroundImage": {"enabled": False},
    "logo": {"enabled": False, "location": "START"},
    **_modes({"background": {"color": "surface-low"}, "borderColor": "line"}),
}

DEFAULT_SETTINGS: Final[dict[str, Any]] = {
    "categories": {
        "auth": {
            "authMethodOrder": [
                [
                    {"display": "BUTTON", "type": "FEDERATED"},
                    {"display": "INPUT", "type": "USERNAME_PASSWORD"},
                ]
            ],
            "federation": {"interfaceStyle": "BUTTON_LIST", "order": []},
        },
        "form": {
            "displayGraphics": True,
            "instructions": {"enabled": False},
            "languageSelector": {"enabled": False},
            "location": {"horizontal": "CENTER", "vertical": "CENTER"},
            "sessionTimerDisplay": "NONE",
        },
        "global": {
            "colorSchemeMode": "DYNAMIC",
            "pageFooter": {"enabled": False},
            "pageHeader": {"enabled": False},
            "spacingDensity": "REGULAR",
            # Ours: Cognito has no setting for fonts. See core.branding_styles for the others.
            "typeface": "SYSTEM",
        },
        "signUp": {"acceptanceElements": [{"enforcement": "NONE", "textKey": "en"}]},
    },
    "componentClasses": {
        "buttons": {"borderRadius": RADIUS},
        "divider": _modes({"borderColor": "line"}),
        "dropDown": {
            "borderRadius": RADIUS,
            **_modes(
                {
                    "defaults": {"itemBackgroundColor": "surface"},
                    "hover": {
                        "itemBackgroundColor": "surface-low",
                        "itemBorderColor": "field-line",
                        "itemTextColor": "text",
                    },
                    "match": {"itemBackgroundColor": "accent-soft", "itemTextColor": "accent"},
                }
            ),
        },
        "focusState": _modes({"borderColor": "accent"}),
        "idpButtons": {"icons": {"enabled": True}},
        "input": {
            "borderRadius": RADIUS,
            **_modes(
                {
                    "defaults": {"backgroundColor": "field", "borderColor": "field-line"},
                    "placeholderColor": "muted",
                }
            ),
        },
        "inputDescription": _modes({"textColor": "muted"}),
        "inputLabel": _modes({"textColor": "text"}),
        "link": _modes({"defaults": {"textColor": "link"}, "hover": {"textColor": "link"}}),
        "optionControls": _modes(
            {
                "defaults": {"backgroundColor": "field", "borderColor": "field-line"},
                "selected": {"backgroundColor": "accent", "foregroundColor": "on-accent"},
            }
        ),
        "statusIndicator": _modes(
            {
                "error": _status("danger"),
                "pending": {"indicatorColor": "muted"},
                "success": _status("success"),
                "warning": _status("warning"),
            }
        ),
    },
    "components": {
        "alert": {
            "borderRadius": RADIUS,
            **_modes({"error": {"backgroundColor": "danger-soft", "borderColor": "danger-line"}}),
        },
        "favicon": {"enabledTypes": ["ICO", "SVG"]},
        "form": {
            "backgroundImage": {"enabled": False},
            "borderRadius": CARD_RADIUS,
            "logo": {"enabled": False, "formInclusion": "IN", "location": "START", "position": "TOP"},
            **_modes({"backgroundColor": "surface", "borderColor": "line"}),
        },
        "idpButton": {"custom": {}, "standard": _modes(_QUIET_BUTTON)},
        "pageBackground": {"image": {"enabled": False}, **_modes({"color": "page"})},
        "pageFooter": _BAND,
        "pageHeader": _BAND,
        "pageText": _modes({"bodyColor": "muted", "descriptionColor": "muted", "headingColor": "text"}),
        "phoneNumberSelector": {"displayType": "TEXT"},
        "primaryButton": _modes(
            {
                "active": {"backgroundColor": "accent-active", "textColor": "on-accent"},
                "defaults": {"backgroundColor": "accent", "textColor": "on-accent"},
                "disabled": {"backgroundColor": "surface-low", "borderColor": "line"},
                "hover": {"backgroundColor": "accent-hover", "textColor": "on-accent"},
            }
        ),
        "secondaryButton": _modes(_QUIET_BUTTON),
    },
}
