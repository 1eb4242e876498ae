"""What Poolhouse does not run with outside `poolhouse dev`, told before anything is opened: one line each, naming the variable."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.commands.environment import malformed
from app.commands.sites import domain_suffix_problems
from app.db.postgresql_url import VARIABLE, UrlError, read_url
from app.kit.sealing import master_key
from app.kit.settings import Settings

MIN_ROOT_SECRET = 32
# Printed in manuals and examples: whoever reads those knows them.
_EXAMPLE_SECRETS = frozenset(
    {
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
        "root-secret-of-the-test-suite-0123456789",
        "0123456789abcdef0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyz0123456789",
    }
)
_MIN_DISTINCT_CHARACTERS = 10


def of_server(settings: Settings, environ: Mapping[str, str] | None = None) -> list[str]:
    """For `serve`, which answers."""
    return [*of_jobs(settings, environ), *domain_suffix_problems(settings), *_root_key(settings)]


def of_jobs(settings: Settings, environ: Mapping[str, str] | None = None) -> list[str]:
    """For `jobs`: what they send holds links to the server. They know no root key."""
    missing = [] if settings.base_url else ["POOLHOUSE_BASE_URL is missing: the public https URL of this server"]
    return [*missing, *of_operator(settings, environ)]


def of_operator(settings: Settings, environ: Mapping[str, str] | None = None) -> list[str]:
    """For short commands that run operations: `keys`, `pools`, `clients`."""
    return [
        *_base_url(settings),
        *of_database(settings, environ),
        *_master_key(settings),
        *_password_hash(settings),
        *malformed(settings),
    ]


def of_database(settings: Settings, environ: Mapping[str, str] | None = None) -> list[str]:
    """For `migrate`, which knows the database alone. `environ` holds libpq's variables (default: the process's)."""
    if not settings.database_url:
        return [f"{VARIABLE} is missing: postgresql://user:password@host/database"]
    try:
        parameters = read_url(settings.database_url, os.environ if environ is None else environ)
    except UrlError as error:
        return list(error.lines)
    if parameters.is_local or parameters.is_verified:
        return []
    return [
        f"{VARIABLE} must verify the server's certificate off this machine: "
        "add sslmode=verify-full and sslrootcert=<file of its authority> (sslrootcert=system for a public one)"
    ]


def _base_url(settings: Settings) -> list[str]:
    if not settings.base_url:
        return []
    parts = urlsplit(settings.base_url)
    if parts.scheme != "https":
        return ["POOLHOUSE_BASE_URL must be an https URL"]
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        return ["POOLHOUSE_BASE_URL must be https://<host>[:<port>] and nothing more"]
    return []


def _master_key(settings: Settings) -> list[str]:
    try:
        text = settings.read_master_key()
    except (OSError, UnicodeDecodeError):
        return ["POOLHOUSE_MASTER_KEY_FILE cannot be read"]
    if not text:
        return ["POOLHOUSE_MASTER_KEY (or POOLHOUSE_MASTER_KEY_FILE) is missing: 32 random bytes in base64"]
    try:
        master_key(text)
    except ValueError as error:
        return [f"POOLHOUSE_MASTER_KEY: {error}"]
    return []


def _root_key(settings: Settings) -> list[str]:
    """An empty root key is fine: root is then switched off."""
    secret = settings.root_secret_access_key.get_secret_value()
    previous = settings.root_secret_access_key_previous.get_secret_value()
    found = []
    if bool(settings.root_access_key_id) != bool(secret):
        found.append("POOLHOUSE_ROOT_ACCESS_KEY_ID and POOLHOUSE_ROOT_SECRET_ACCESS_KEY belong together")
    for name, value in (("", secret), ("_PREVIOUS", previous)):
        problem = _weakness(value) if value else None
        if problem:
            found.append(f"POOLHOUSE_ROOT_SECRET_ACCESS_KEY{name} {problem}")
    return found


def _weakness(secret: str) -> str | None:
    if len(secret) < MIN_ROOT_SECRET:
        return f"must have at least {MIN_ROOT_SECRET} characters"
    if secret in _EXAMPLE_SECRETS or "EXAMPLE" in secret:
        return "is a known example"
    return "is too easy to guess" if len(set(secret)) < _MIN_DISTINCT_CHARACTERS else None


def _password_hash(settings: Settings) -> list[str]:
    if settings.password_hash == "test-only":
        return ["POOLHOUSE_PASSWORD_HASH=test-only is for `poolhouse dev` alone"]
    return []
