"""Settings from the environment, read once. What is secret does not stay in the environment of the process."""

import os
from collections.abc import Callable, MutableMapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.commands.refusal import Refusal
from app.gateways.remote_lambda import check_allowed
from app.gateways.server_gateways import find_problems
from app.kit.settings import Settings
from app.web.forwarded import parse_networks

# What is wrong with settings that can be read, one line each.
Check = Callable[[Settings], list[str]]
PREFIX = "POOLHOUSE_"
_SECRET = (
    "MASTER_KEY",
    "ROOT_SECRET_ACCESS_KEY",
    "ROOT_SECRET_ACCESS_KEY_PREVIOUS",
    "SMTP_URL",
    "DATABASE_URL",
    "TWILIO_AUTH_TOKEN",
    "MESSAGES_WEBHOOK_SECRET",
)
_SECRETS_DIR = PREFIX + "SECRETS_DIR"
# Read by our own test suite.
_OTHERS = frozenset({"POOLHOUSE_TEST_DATABASE", "POOLHOUSE_TEST_LAMBDA_RIC"})
_log = structlog.get_logger()


def read_settings(
    environ: MutableMapping[str, str] | None = None, check: Check = lambda _: [], **fixed: Any
) -> Settings:
    """The settings: `fixed` ones before the environment's, and those before the files' in POOLHOUSE_SECRETS_DIR.

    Raises Refusal with a line for each variable that is wrong: what cannot be read, and what `check` finds in the rest.
    Variables that hold secrets are then removed, so that no child process and no crash report inherits them.
    """
    found = []
    try:
        folder = _secrets_folder()
        try:
            settings = Settings(_secrets_dir=folder, **fixed)
        except ValidationError as error:
            found = [_problem(problem) for problem in error.errors()]
            unread = {str(problem["loc"][0]) for problem in error.errors()}
            defaults = {name: Settings.model_fields[name].get_default() for name in unread}
            settings = Settings(_secrets_dir=folder, **defaults, **fixed)
    except SettingsError:
        raise Refusal(f"{_SECRETS_DIR}: a file in it cannot be read") from None
    finally:
        for name in _SECRET:
            (os.environ if environ is None else environ).pop(PREFIX + name, None)
    found += check(settings)
    if found:
        raise Refusal(*found)
    return settings


def _secrets_folder() -> Path | None:
    """Where files hold settings, as Docker, Kubernetes and systemd hand secrets over; raises Refusal where there is no such folder."""
    named = os.environ.get(_SECRETS_DIR)
    if named and not Path(named).is_dir():
        raise Refusal(f"{_SECRETS_DIR}: {named} is no folder")
    return Path(named) if named else None


def _problem(problem: Any) -> str:
    """One line about a wrong variable. Its value is not repeated: it may be secret."""
    return f"{PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg']}"


def malformed(settings: Settings) -> list[str]:
    """One line for each setting whose text cannot be understood."""
    found = find_problems(settings)
    try:
        parse_networks(settings.trusted_proxies)
    except ValueError as error:
        found.append(f"{PREFIX}TRUSTED_PROXIES: {error}")
    try:
        check_allowed(settings.lambda_allowed())
    except ValueError as error:
        found.append(f"{PREFIX}LAMBDA_ALLOW: {error}")
    if settings.templates is not None and not settings.templates.is_dir():
        found.append(f"{PREFIX}TEMPLATES: {settings.templates} is no folder")
    return found


def unknown_variables() -> list[str]:
    """Names in the environment that look like ours and are not: most likely misspelt."""
    known = {PREFIX + name.upper() for name in Settings.model_fields if name != "mode"} | _OTHERS
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def warn_of_unknown_variables() -> None:
    """One log line for each of them."""
    for name in unknown_variables():
        _log.warning("unknown_variable", name=name)


def installed_version() -> str:
    """The version of the distribution, "unknown" when it runs from files that were never installed."""
    try:
        return version("poolhouse")
    except PackageNotFoundError:
        return "unknown"
