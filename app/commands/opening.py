"""Resources for the commands that work on a database beside the servers: on the configured one, or on a dev folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from app.commands.environment import Check, read_settings
from app.commands.folder import DataFolder
from app.commands.refusal import Refusal
from app.commands.refusals import of_operator
from app.core.access_keys import find_root_account
from app.db import revisions
from app.db.engine import Database
from app.db.outages import DATABASE_ERRORS, cause
from app.db.postgresql_url import UrlError
from app.flows.work import Resources
from app.kit.logs import configure_logging
from app.kit.sealing import SealError
from app.kit.settings import Settings
from app.main import close_resources, open_resources


def settings_for(data: Path | None, check: Check = of_operator) -> Settings:
    """The environment's settings; with `data` those of the dev folder there. Raises Refusal with what `check` finds."""
    if data is None:
        return read_settings(mode="serve", check=lambda settings: _with_hint(settings, check(settings)))
    folder = DataFolder(data.absolute())
    if not folder.is_used:
        raise Refusal(f"{data} is no data folder of `poolhouse dev`")
    given = read_settings(mode="serve", database_url=folder.database_url)
    try:
        is_keyless = not given.read_master_key()
    except (OSError, UnicodeDecodeError):
        raise Refusal("POOLHOUSE_MASTER_KEY_FILE cannot be read") from None
    return given.model_copy(update={"master_key": SecretStr(folder.kept_key())}) if is_keyless else given


def _with_hint(settings: Settings, found: list[str]) -> list[str]:
    hint = [] if settings.database_url else ["(or name the folder of a stopped `poolhouse dev`: --data)"]
    return [*found, *hint] if found else []


@contextmanager
def opened(data: Path | None) -> Iterator[Resources]:
    """Resources for a short command; raises Refusal. Log lines go to standard error."""
    settings = settings_for(data)
    configure_logging("warning", readable=True)
    check_schema(settings)
    try:
        resources = open_resources(settings, has_root_key=False)
    except (SealError, ValueError) as error:
        raise Refusal(f"POOLHOUSE_MASTER_KEY: {error}") from None
    try:
        yield _in_its_account(resources)
    finally:
        close_resources(resources)


def _in_its_account(resources: Resources) -> Resources:
    """With the account of the server's root key where the environment names none; raises Refusal where it names another."""
    settings = resources.settings
    with resources.database.read() as db:
        account_id = find_root_account(db)
    if account_id is None or account_id == settings.account_id:
        return resources
    if "account_id" in settings.model_fields_set:
        raise Refusal(f"POOLHOUSE_ACCOUNT_ID is {settings.account_id}, but the root key is of account {account_id}")
    return replace(resources, settings=settings.model_copy(update={"account_id": account_id}))


def open_database(settings: Settings) -> Database:
    """The database alone; raises Refusal where another process holds it, or its URL cannot be used."""
    try:
        return Database(settings.database_url, pool_size=2, logs_outages=False)
    except UrlError as error:
        raise Refusal(*error.lines) from None
    except RuntimeError as error:
        raise Refusal(f"{error}: stop `poolhouse dev` first, or use the API") from None


def check_schema(settings: Settings) -> None:
    """That the database answers and is at the revision of this code; raises Refusal."""
    database = open_database(settings)
    try:
        with database.read() as db:
            current = revisions.current(db)
    except DATABASE_ERRORS as error:
        raise no_answer(error) from None
    finally:
        database.close()
    if current != revisions.head():
        raise Refusal(
            f"the database is at revision {current or 'none'}, this version needs {revisions.head()}: "
            "run `poolhouse migrate`"
        )


def no_answer(error: Exception) -> Refusal:
    """What to say when the database does not answer."""
    return Refusal(f"POOLHOUSE_DATABASE_URL: the database does not answer ({cause(error)})")
