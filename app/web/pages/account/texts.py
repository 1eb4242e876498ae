"""What the account pages say: what was done, and what is wrong with a form."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from babel.dates import format_date, format_time, get_datetime_format

from app.kit.clock import SECOND
from app.kit.translations import N_, babel_locale, translate
from app.web.pages.contexts import PageError

Done = Literal[
    "saved",
    "address_changed",
    "address_removed",
    "address_verified",
    "code_sent",
    "password_changed",
    "passkey_added",
    "passkey_named",
    "passkey_removed",
    "passkeys_full",
    "authenticator_added",
    "authenticator_removed",
    "factors_saved",
    "session_ended",
    "device_forgotten",
]
Problem = Literal[
    "current_missing",
    "current_wrong",
    "same_address",
    "name_wrong",
    "passkey_refused",
    "preferred_off",
    "confirmation_differs",
]

DONE: Mapping[Done, str] = {
    "saved": N_("Your profile is saved."),
    "address_changed": N_("Your address is changed."),
    "address_removed": N_("Your address is removed."),
    "address_verified": N_("Your address is confirmed."),
    "code_sent": N_("We have sent you a code."),
    "password_changed": N_("Your password is changed."),
    "passkey_added": N_("Your passkey is added."),
    "passkey_named": N_("Your passkey has its new name."),
    "passkey_removed": N_("The passkey is removed."),
    "passkeys_full": N_("You have as many passkeys as an account can have. Remove one first."),
    "authenticator_added": N_("Your authenticator app is set up."),
    "authenticator_removed": N_("The authenticator app is removed."),
    "factors_saved": N_("Your second step is saved."),
    "session_ended": N_("That session is signed out."),
    "device_forgotten": N_("The device is forgotten."),
}
UNSAVED_TEXT = N_("You had to sign in first, so nothing was changed. Please do it once more.")
_PROBLEMS: Mapping[Problem, tuple[str | None, str]] = {
    "current_missing": ("current_password", N_("Enter your current password.")),
    "current_wrong": ("current_password", N_("This is not your current password.")),
    "same_address": (None, N_("This is your address already.")),
    "name_wrong": ("name", N_("Enter a name of at most 64 characters.")),
    "passkey_refused": (None, N_("This passkey was not accepted. Try again.")),
    "preferred_off": (None, N_("Choose one that is switched on.")),
    "confirmation_differs": ("confirmation", N_("This is not the name of your account. Type it as it is shown.")),
}


def done_text(done: str, locale: str) -> str:
    """What was done, "" for anything that is none of `Done`."""
    return next((translate(locale, text) for name, text in DONE.items() if name == done), "")


def problem(name: Problem, locale: str, field: str | None = None) -> PageError:
    """What is wrong; `field` names the input if the page decides."""
    known, text = _PROBLEMS[name]
    return PageError(field or known, translate(locale, text))


def moment(ms: int, locale: str) -> str:
    """A moment (epoch ms) for people, in UTC, since nothing tells where they are."""
    known = babel_locale(locale)
    time = format_time(_utc(ms), "short", locale=known)
    pattern = str(get_datetime_format("medium", locale=known))
    when = pattern.replace("{1}", day(ms, locale)).replace("{0}", time)
    return translate(locale, N_("%(moment)s UTC")) % {"moment": when}


def day(ms: int, locale: str) -> str:
    """The day of a moment."""
    return format_date(_utc(ms), "medium", locale=babel_locale(locale))


def iso(ms: int) -> str:
    """A moment for machines."""
    return _utc(ms).isoformat(timespec="seconds").replace("+00:00", "Z")


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / SECOND, UTC)
