"""`poolhouse doctor`: says what would keep a server from starting or working, one line for each thing it looked at."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select

from app.commands.environment import unknown_variables
from app.commands.opening import open_database, settings_for
from app.commands.refusal import Refusal
from app.commands.refusals import of_database, of_server
from app.core import domains, outbox
from app.db import revisions
from app.db.engine import Database
from app.db.keyring import Keyring
from app.db.outages import DATABASE_ERRORS, cause
from app.gateways.messages import DeliveryError
from app.gateways.server_gateways import email_kind
from app.gateways.smtp import SmtpGateway, parse_smtp_url
from app.kit.clock import MINUTE, SECOND, now_ms
from app.kit.sealing import SealError, master_key
from app.kit.settings import Settings

_MOST_SKEW_MS = 2 * SECOND
_LONG_WAIT_MS = 15 * MINUTE
Check = Callable[[], str]


class Problem(Exception):  # noqa: N818 - a finding, not a fault of the program
    """What a check found wrong."""


def doctor(data: Path | None, say: Callable[[str], None]) -> int:
    """Looks at everything it can reach, changing nothing, and says OK or FAIL for each; returns the exit code."""
    try:
        settings = settings_for(data, lambda _: [])
    except Refusal as refusal:
        for line in refusal.lines:
            say(f"FAIL  settings      {line}")
        return 1
    failed = _settings(settings, data, say)
    if not data and of_database(settings):
        return 1
    try:
        database = open_database(settings)
    except Refusal as refusal:
        say(f"FAIL  database      {refusal}")
        return 1
    has_schema = all(
        [_run("database", lambda: _database(database), say), _run("migrations", lambda: _migrations(database), say)]
    )
    checks = _checks(database, settings, has_schema=has_schema, has_mail=not data)
    results = [has_schema, *(_run(name, check, say) for name, check in checks)]
    database.close()
    return 0 if all(results) and not failed else 1


def _checks(database: Database, settings: Settings, *, has_schema: bool, has_mail: bool) -> list[tuple[str, Check]]:
    """What is left to look at: without the schema, what needs none."""
    within: list[tuple[str, Check]] = [
        ("master key", lambda: _master_key(database, settings)),
        ("domains", lambda: _domains(database, settings)),
        ("outbox", lambda: _outbox(database)),
    ]
    around: list[tuple[str, Check]] = [("clock", lambda: _clock(database)), ("proxies", lambda: _proxies(settings))]
    # What `poolhouse dev` sends stays in its inbox.
    sent: list[tuple[str, Check]] = [("mail", lambda: _mail(settings)), ("SMS", lambda: _sms(settings))]
    return [*(within if has_schema else ()), *around, *(sent if has_mail else ())]


def _settings(settings: Settings, data: Path | None, say: Callable[[str], None]) -> bool:
    found = [] if data else of_server(settings)
    found += [f"{name} is no setting of Poolhouse" for name in unknown_variables()]
    for line in found:
        say(f"FAIL  settings      {line}")
    if not found:
        say("OK    settings      nothing is missing")
    return bool(found)


def _run(name: str, check: Check, say: Callable[[str], None]) -> bool:
    try:
        say(f"OK    {name:<14}{check()}")
    except Problem as problem:
        say(f"FAIL  {name:<14}{problem}")
    except DATABASE_ERRORS as error:
        say(f"FAIL  {name:<14}{cause(error)}")
    else:
        return True
    return False


def _database(database: Database) -> str:
    started = time.perf_counter()
    database.probe()
    name = "sqlite" if database.is_sqlite else "postgresql"
    return f"{name} answers in {(time.perf_counter() - started) * 1_000:.0f} ms"


def _migrations(database: Database) -> str:
    with database.read() as db:
        current = revisions.current(db)
    if current != revisions.head():
        raise Problem(f"at revision {current or 'none'}, {revisions.head()} is needed: run `poolhouse migrate`")
    return f"at revision {current}"


def _master_key(database: Database, settings: Settings) -> str:
    try:
        keyring = Keyring(database, master_key(settings.read_master_key()))
        with database.read() as db:
            is_known = keyring.has_server_key(db)
    except SealError:
        raise Problem("the database was made with another one") from None
    except (OSError, ValueError) as error:
        raise Problem(str(error)) from None
    return "opens the database's keys" if is_known else "is good; the database has no keys yet"


def _clock(database: Database) -> str:
    if database.is_sqlite:
        return "is the database's own"
    with database.read() as db:
        theirs = db.execute(select(func.extract("epoch", func.clock_timestamp()) * 1_000)).scalar_one()
    skew = abs(now_ms() - int(theirs))
    if skew > _MOST_SKEW_MS:
        raise Problem(f"is {skew / SECOND:.1f} s off the database's: tokens and signatures depend on it")
    return f"within {skew} ms of the database's"


def _domains(database: Database, settings: Settings) -> str:
    with database.read() as db:
        hidden = domains.list_hidden_domains(db, settings.own_hosts(), settings.domain_suffix)
    if hidden:
        raise Problem(f"{', '.join(hidden)}: pools have these, and the server's own names come first; delete them")
    if not settings.domain_suffix:
        return "pools with a prefix stay under the base URL (POOLHOUSE_DOMAIN_SUFFIX is not set)"
    return f"prefixes answer on https://<prefix>.{settings.domain_suffix}"


def _proxies(settings: Settings) -> str:
    if not settings.trusted_proxies:
        return "none is trusted: who connects here counts as the client (POOLHOUSE_TRUSTED_PROXIES is not set)"
    return f"X-Forwarded-* is believed from {settings.trusted_proxies}"


def _outbox(database: Database) -> str:
    with database.read() as db:
        waiting, since = outbox.waiting(db)
    if since is not None and now_ms() - since > _LONG_WAIT_MS:
        raise Problem(f"{waiting} messages wait, the oldest for {(now_ms() - since) // MINUTE} minutes")
    return f"{waiting} messages wait"


def _mail(settings: Settings) -> str:
    kind = email_kind(settings)
    if not kind:
        raise Problem("POOLHOUSE_SMTP_URL is missing: no mail goes out, so nobody can confirm or recover an account")
    if kind != "smtp":
        return f"goes out by {kind}, which is asked with the first one"
    try:
        server = parse_smtp_url(settings.smtp_url.get_secret_value())
        SmtpGateway(server).check()
    except (ValueError, DeliveryError) as error:
        raise Problem(f"POOLHOUSE_SMTP_URL: {error}") from None
    return f"{server.host}:{server.port} takes mail"


def _sms(settings: Settings) -> str:
    if not settings.sms:
        return "goes out for pools with a gateway or a function of their own (POOLHOUSE_SMS is not set)"
    return f"goes out by {settings.sms}, which is asked with the first one"
