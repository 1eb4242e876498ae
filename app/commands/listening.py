"""Sockets that a command listens on, and the listener for metrics and detailed readiness."""

import socket
import threading

from app.commands.environment import installed_version
from app.commands.refusal import Refusal
from app.flows.work import Resources
from app.kit import metrics
from app.web import server
from app.web.ops.listener import MetricsListener

_STOP_SECONDS = 2


def bind(host: str, port: int, variable: str) -> socket.socket:
    """A listening socket; raises Refusal, which names the variable that holds the port."""
    return bind_each(host, port, variable, 1)[0]


def bind_each(host: str, port: int, variable: str, count: int) -> list[socket.socket]:
    """Listening sockets that divide the connections of one address; raises Refusal, which names the variable of the port."""
    try:
        return server.bind_each(host, port, count)
    except OSError as error:
        raise Refusal(f"POOLHOUSE_{variable}: cannot listen on {host}:{port} ({error.strerror})") from None


class MetricsThread:
    """The metrics listener of a process that counts for itself: `poolhouse jobs`."""

    def __init__(self, resources: Resources, listener: socket.socket) -> None:
        meter = metrics.ProcessMeter("jobs")
        app = MetricsListener(resources.database, resources.settings, installed_version())
        self._server = server.Server(
            server.configure(app, shutdown_seconds=_STOP_SECONDS, has_lifespan=False),
            on_second=lambda: meter.note(resources.snapshots.seconds_since_poll()),
        )
        self._thread = threading.Thread(target=server.run, args=(self._server, [listener]), name="metrics", daemon=True)

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Finishes what is asked, and answers no more."""
        self._server.should_exit = True
        self._thread.join(2 * _STOP_SECONDS)
