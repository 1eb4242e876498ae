"""`poolhouse serve`: production. Refuses to start, naming everything that is missing at once, rather than run unsafely."""

import gc
import socket
from functools import partial

import structlog

from app.commands.environment import installed_version, read_settings, warn_of_unknown_variables
from app.commands.listening import bind, bind_each
from app.commands.metrics_folder import metrics_folder
from app.commands.opening import check_schema, no_answer, open_database
from app.commands.refusal import Refusal
from app.commands.refusals import of_server
from app.commands.supervisor import Role, Supervisor
from app.db.engine import Database
from app.db.outages import DATABASE_ERRORS
from app.gateways.server_gateways import email_kind
from app.kit import metrics
from app.kit.clock import now_ms
from app.kit.logs import LineWriter, configure_logging
from app.kit.sealing import SealError
from app.kit.settings import Settings
from app.main import close_resources, create_app, open_resources, prepare, warm_up
from app.web import server
from app.web.ops.listener import MetricsListener

_STOP_MARGIN_SECONDS = 10
_OBJECTS_BETWEEN_COLLECTIONS = 20_000
_log = structlog.get_logger()


def serve() -> int:
    """Runs until SIGTERM or SIGINT; returns the exit code. Raises Refusal."""
    settings = read_settings(mode="serve", check=of_server)
    check_database(settings)
    writer = configure_logging(settings.log_level, readable=False)
    warn_of_unknown_variables()
    if not email_kind(settings):
        _log.warning(
            "no_mail", reason="POOLHOUSE_SMTP_URL is missing: only pools with a gateway of their own send mail"
        )
    listeners = bind_each(settings.host, settings.port, "PORT", settings.workers)
    metrics_listener = bind(settings.metrics_host, settings.metrics_port, "METRICS_PORT")
    with metrics_folder() as folder:
        metrics.share_between_processes(folder)
        return _supervise(settings, listeners, metrics_listener, writer)


def _supervise(
    settings: Settings, listeners: list[socket.socket], metrics_listener: socket.socket, writer: LineWriter
) -> int:
    warm_up()
    roles = [Role("worker", listener, partial(_work, settings, listener, writer)) for listener in listeners]
    roles.append(Role("metrics", metrics_listener, partial(_measure, settings, metrics_listener, writer)))
    _log.info("serving", base_url=settings.base_url, address=_address(listeners[0]), workers=settings.workers)
    try:
        return Supervisor(roles, settings.shutdown_seconds + _STOP_MARGIN_SECONDS).run()
    finally:
        _log.info("stopped")


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"


def _work(settings: Settings, listener: socket.socket, writer: LineWriter) -> None:
    """A worker: the application on a socket of its own."""
    writer.start()
    resources = open_resources(settings)
    meter = metrics.ProcessMeter("worker")

    def note() -> None:
        meter.note(resources.snapshots.seconds_since_poll())

    config = server.configure(create_app(resources), shutdown_seconds=settings.shutdown_seconds)
    running = server.Server(
        config,
        on_started=_settle,
        on_second=note,
        on_overdue=resources.function_table.end_calls,
    )
    server.run(running, [listener])
    close_resources(resources)
    writer.stop()
    note()  # where this worker alone ends, what it has counted since the last second stays in the sums


def _settle() -> None:
    """What is there at start stays for good: the collector need not look at it again.

    Hardly anything that requests leave behind is circular, so it need not look every few requests either, each time at memory
    that a password hash has just driven out of the processor's caches.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 20)


def _measure(settings: Settings, listener: socket.socket, writer: LineWriter) -> None:
    """The process of the metrics listener."""
    writer.start()
    database = Database(settings.database_url, pool_size=1)
    app = MetricsListener(database, settings, installed_version())
    config = server.configure(app, shutdown_seconds=2, has_lifespan=False)
    server.run(server.Server(config), [listener])
    database.close()
    writer.stop()


def check_database(settings: Settings) -> None:
    """That the database answers over both drivers, has this code's schema and this master key; raises Refusal."""
    check_schema(settings)
    database = open_database(settings)
    try:
        database.probe()
        prepare(database, settings, now_ms())
    except SealError:
        raise Refusal("POOLHOUSE_MASTER_KEY: the database was made with another master key") from None
    except DATABASE_ERRORS as error:
        raise no_answer(error) from None
    finally:
        database.close()
