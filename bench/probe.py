"""Measured sending: wall time, latencies, and the CPU that the server and PostgreSQL used meanwhile."""

from statistics import quantiles

from bench.load import run
from bench.processes import CpuMeter
from bench.server import Server


class Probe:
    """Adds up what the measured parts of one scenario took."""

    def __init__(self, server: Server, postgres_pid: int, *, sleeps: bool = False) -> None:
        self.server = server
        self._sleeps = sleeps
        self._postgres_pid = postgres_pid
        self.requests = 0
        self.seconds = 0.0
        self.server_cpu = 0.0
        self.postgres_cpu = 0.0
        self._latencies: list[float] = []

    def send(self, requests: list[bytes], connections: int = 16, expected: int = 200) -> list[bytes]:
        """Sends and measures; gives the bodies. Raises LoadError for another status than `expected`."""
        server, postgres = CpuMeter(self.server.pid), CpuMeter(self._postgres_pid)
        timing, replies = run(
            self.server.port, requests, connections=connections, expected=expected, sleeps=self._sleeps
        )
        self.server_cpu += server.seconds()
        self.postgres_cpu += postgres.seconds()
        self.requests += len(requests)
        self.seconds += timing.seconds
        self._latencies += timing.latencies
        return replies

    def percentiles(self) -> tuple[float, float]:
        """The median and the 99th percentile in milliseconds."""
        cuts = quantiles(self._latencies, n=100)
        return cuts[49] * 1e3, cuts[98] * 1e3
