"""`poolhouse serve`: production. Refuses to start, naming everything that is missing at once, rather than run unsafely."""

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.commands.environment import Refusal, installed_version, malformed, read_settings, unknown_variables
from app.commands.opening import check_schema
from app.commands.supervisor import Role, Supervisor
from app.db.engine import Database
from app.kit import metrics
from app.kit.clock import now_ms
from app.kit.logs import LineWriter, configure_logging
from app.kit.sealing import SealError, master_key
from app.kit.settings import Settings
from app.main import close_resources, create_app, open_resources, prepare, warm_up
from app.web import server
from app.web.ops.listener import MetricsListener

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
_STOP_MARGIN_SECONDS = 10
_log = structlog.get_logger()


def serve() -> int:
    """Runs until SIGTERM or SIGINT; returns the exit code. Raises Refusal."""
    settings = read_settings(mode="serve")
    found = refusals(settings, os.environ)
    if found:
        raise Refusal(*found)
    check_database(settings)
    writer = configure_logging(settings.log_level, readable=False)
    for name in unknown_variables():
        _log.warning("unknown_variable", name=name)
    listener = _bind(settings.host, settings.port, "PORT")
    metrics_listener = _bind(settings.metrics_host, settings.metrics_port, "METRICS_PORT")
    folder = Path(tempfile.mkdtemp(prefix="poolhouse-metrics-"))
    metrics.share_between_processes(folder)
    warm_up()
    roles = [
        Role("worker", lambda: _work(settings, listener, metrics_listener, writer)) for _ in range(settings.workers)
    ]
    roles.append(Role("metrics", lambda: _measure(settings, listener, metrics_listener, writer)))
    _log.info("serving", base_url=settings.base_url, address=_address(listener), workers=settings.workers)
    try:
        return Supervisor(roles, settings.shutdown_seconds + _STOP_MARGIN_SECONDS).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _log.info("stopped")


def _bind(host: str, port: int, variable: str) -> socket.socket:
    try:
        return server.bind(host, port)
    except OSError as error:
        raise Refusal(f"POOLHOUSE_{variable}: cannot listen on {host}:{port} ({error.strerror})") from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"


def _work(settings: Settings, listener: socket.socket, other: socket.socket, writer: LineWriter) -> None:
    """A worker: the application on the shared socket."""
    other.close()
    writer.start()
    resources = open_resources(settings)
    meter = metrics.ProcessMeter("worker")
    config = server.configure(create_app(resources), shutdown_seconds=settings.shutdown_seconds)
    running = server.Server(
        config, on_started=_settle, on_second=lambda: meter.note(resources.snapshots.seconds_since_poll())
    )
    server.run(running, [listener])
    close_resources(resources)
    writer.stop()


def _settle() -> None:
    """What is there at start stays for good: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


def _measure(settings: Settings, listener: socket.socket, own: socket.socket, writer: LineWriter) -> None:
    """The process of the metrics listener."""
    listener.close()
    writer.start()
    database = Database(settings.database_url, pool_size=1)
    app = MetricsListener(database, installed_version())
    config = server.configure(app, shutdown_seconds=2, has_lifespan=False)
    server.run(server.Server(config), [own])
    database.close()
    writer.stop()


def check_database(settings: Settings) -> None:
    """That the database answers, has the schema of this code and was made with this master key; raises Refusal."""
    check_schema(settings)
    database = Database(settings.database_url, pool_size=1)
    try:
        prepare(database, settings, now_ms())
    except SealError:
        raise Refusal("POOLHOUSE_MASTER_KEY: the database was made with another master key") from None
    finally:
        database.close()


def refusals(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Everything in the settings that production must not run with, one line each, naming the variable."""
    return [
        *_base_url(settings),
        *_database_url(settings, environ),
        *_master_key(settings),
        *_root_key(settings),
        *_password_hash(settings),
        *malformed(settings),
    ]


def _base_url(settings: Settings) -> list[str]:
    parts = urlsplit(settings.base_url)
    if not settings.base_url:
        return ["POOLHOUSE_BASE_URL is missing: the public https URL of this server"]
    if parts.scheme != "https":
        return ["POOLHOUSE_BASE_URL must be an https URL"]
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        return ["POOLHOUSE_BASE_URL must be https://<host>[:<port>] and nothing more"]
    return []


def _database_url(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    if not settings.database_url:
        return ["POOLHOUSE_DATABASE_URL is missing: postgresql://user:password@host/database"]
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return ["POOLHOUSE_DATABASE_URL is not a URL"]
    if url.get_backend_name() not in ("postgresql", "postgres"):
        return ["POOLHOUSE_DATABASE_URL must be a PostgreSQL URL (postgresql://...)"]
    named = (url.host, url.query.get("host"), url.query.get("hostaddr")) if url.host or url.query else ()
    hosts = [host for value in named for host in _hosts(value)] or _hosts(environ.get("PGHOST"))
    mode = url.query.get("sslmode") or environ.get("PGSSLMODE") or ""
    is_verified = mode in ("verify-ca", "verify-full") or url.query.get("sslrootcert") == "system"
    if is_verified or all(_is_local(host) for host in hosts):
        return []
    return [
        "POOLHOUSE_DATABASE_URL must verify the server's certificate off this machine: "
        "add sslmode=verify-full (and sslrootcert=...)"
    ]


def _hosts(value: str | tuple[str, ...] | None) -> list[str]:
    values = (value,) if isinstance(value, str) else value or ()
    return [host.strip() for item in values for host in item.split(",") if host.strip()]


def _is_local(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host.partition(":")[0] if host.count(":") == 1 else host).is_loopback
    except ValueError:
        return False


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
