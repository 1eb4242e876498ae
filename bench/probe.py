"""Measured sending: wall time, latencies, and the CPU that the server and PostgreSQL used meanwhile."""

from statistics import quantiles

from bench.load import run
from bench.processes import CpuMeter, resident_bytes, thread_seconds, tree
from bench.server import Server

# Threads that hash have at least so much of the work; what else runs beside the event loop has far less.
_HASHES = 0.1


class Probe:
    """Adds up what the measured parts of one scenario took; of one worker, what its threads took that hash."""

    def __init__(self, server: Server, postgres_pid: int, *, sleeps: bool = False) -> None:
        self.server = server
        self._sleeps = sleeps
        self._postgres_pid = postgres_pid
        self.requests = 0
        self.seconds = 0.0
        self.server_cpu = 0.0
        self.hashing_cpu = 0.0
        self.postgres_cpu = 0.0
        self._latencies: list[float] = []

    def send(self, requests: list[bytes], connections: int = 16, expected: int = 200) -> list[bytes]:
        """Sends and measures; gives the bodies. Raises LoadError for another status than `expected`."""
        worker = max(tree(self.server.pid), key=resident_bytes)
        threads, server, postgres = thread_seconds(worker), CpuMeter(self.server.pid), CpuMeter(self._postgres_pid)
        timing, replies = run(
            self.server.port, requests, connections=connections, expected=expected, sleeps=self._sleeps
        )
        used = server.seconds()
        spent = [seconds - threads.get(name, 0.0) for name, seconds in thread_seconds(worker).items()]
        self.hashing_cpu += sum(seconds for seconds in spent if seconds > used * _HASHES)
        self.server_cpu += used
        self.postgres_cpu += postgres.seconds()
        self.requests += len(requests)
        self.seconds += timing.seconds
        self._latencies += timing.latencies
        return replies

    def percentiles(self) -> tuple[float, float]:
        """The median and the 99th percentile in milliseconds."""
        cuts = quantiles(self._latencies, n=100)
        return cuts[49] * 1e3, cuts[98] * 1e3
