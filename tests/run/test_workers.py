"""The workers of one `poolhouse serve`: each has its share of the connections, and one that dies loses none that wait for it."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.run.processes import Running, served, wait_for

pytestmark = pytest.mark.slow
_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_ESTABLISHED = "01"


def test_each_worker_has_its_share_also_after_one_has_died(settings: dict[str, str], tmp_path: Path) -> None:
    with served(tmp_path, {**settings, "workers": "2"}) as server:
        first, second = _workers(server)
        with _Crowd(server) as crowd:
            assert crowd.is_answered()
            # Of 64 coins fewer than 8 heads, or tails, come once in ten thousand million throws.
            assert min(_connections(first, server), _connections(second, server)) >= 8
        os.kill(second, signal.SIGKILL)
        # Those for the dead one wait for its successor.
        with _Crowd(server) as crowd:
            assert crowd.is_answered()
            third = _workers(server)[-1]
            assert third not in (first, second)
            assert min(_connections(first, server), _connections(third, server)) >= 8
        assert server.stop() == 0


class _Crowd:
    """Sixty-four connections at once."""

    def __init__(self, server: Running) -> None:
        self._connections = [socket.create_connection(("127.0.0.1", _port(server)), 20) for _ in range(64)]

    def __enter__(self) -> "_Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()

    def is_answered(self) -> bool:
        for connection in self._connections:
            connection.sendall(_REQUEST)
        return all(connection.recv(4_096).startswith(b"HTTP/1.1 200") for connection in self._connections)


def _workers(server: Running) -> list[int]:
    def found() -> list[int]:
        lines = [json.loads(line) for line in server.log.splitlines()]
        return [line["pid"] for line in lines if line["event"] == "process_started" and line["role"] == "worker"]

    wait_for(server, lambda: len(found()) >= 2)
    return found()


def _connections(pid: int, server: Running) -> int:
    """How many connections to the server's port a process holds."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = f":{_port(server):04X}"
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(local) and row[3] == _ESTABLISHED}
    return len(sockets & {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()})


def _port(server: Running) -> int:
    return int(server.base_url.rpartition(":")[2])
