"""What a process counts, in Prometheus' terms. Labels are bounded: doors, operations, statuses; never a pool or a user.

Under `serve` the numbers live in files shared by the workers (prometheus_client's multiprocess mode) and are added up by
the process that answers /metrics.
"""

import os
import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)

# So many requests of the same labels wait at most, to be counted together at a tenth of the cost; about once a second all are.
_MOST_WAITING = 256
REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class _ManySeconds(Histogram):
    def observe_all(self, amounts: Sequence[float]) -> None:
        """What `observe` does with each: the library takes one at a time."""
        self._sum.inc(sum(amounts))
        places = [bisect_left(self._upper_bounds, amount) for amount in amounts]
        for place in set(places):
            self._buckets[place].inc(places.count(place))


_REQUESTS = Counter("poolhouse_requests", "Requests answered", ("door", "operation", "status"))
_SECONDS = _ManySeconds(
    "poolhouse_request_seconds",
    "Time from the first byte understood to the last byte sent",
    ("door", "operation"),
    buckets=REQUEST_BUCKETS,
)
_MESSAGES = Counter("poolhouse_messages", "Messages by what became of a delivery attempt", ("medium", "outcome"))
_DELIVERY_SECONDS = Histogram(
    "poolhouse_message_delivery_seconds",
    "Time from the commit of a message until somebody else had taken it",
    ("medium",),
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 21_600),
)
_LOST = Counter(
    "poolhouse_records_lost", "Records dropped: their buffer was full, or they cannot be written", ("what",)
)
_FUNCTION_SECONDS = Histogram(
    "poolhouse_function_seconds",
    "Calls of functions by what became of them, all tries and the waiting for a thread together",
    ("kind", "outcome"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 20),
)
_JOB_RUNS = Counter("poolhouse_job_runs", "Runs of background jobs", ("job", "outcome"))
_JOB_SECONDS = Counter("poolhouse_job_seconds", "Time spent in background jobs", ("job",))
_POLLED_AT = Gauge(
    "poolhouse_configuration_polled_at_seconds",
    "When the worker that is furthest behind last asked for configuration changes (epoch)",
    ("process",),
    multiprocess_mode="livemin",
)
_MEMORY = Gauge(
    "poolhouse_resident_memory_bytes", "Resident memory of each process", ("process",), multiprocess_mode="liveall"
)
_CPU = Counter("poolhouse_cpu_seconds", "CPU time of all processes", ("process",))

# The seconds that answered requests took which are not counted yet, by door, operation and status.
_waiting: dict[tuple[str, str, int], list[float]] = {}
_counting = threading.Lock()


class _Process:
    """Which process counts: asked for at every count, so not of the kernel each time."""

    pid = os.getpid()

    @classmethod
    def note(cls) -> None:
        cls.pid = os.getpid()


os.register_at_fork(after_in_child=_Process.note)
os.register_at_fork(after_in_child=_waiting.clear)  # the parent counts them


def share_between_processes(folder: Path) -> None:
    """Keeps the numbers in files of `folder`. To be called before anything is counted; forked workers inherit it."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: _Process.pid)  # type: ignore[no-untyped-call]


def count_request(door: str, operation: str, status: int, seconds: float) -> None:
    """Counts one answered request, within about a second where a `ProcessMeter` notes.

    `operation` must be a route or an operation of the model, never what a client sent.
    """
    key = (door, operation, status)
    waiting = _waiting.get(key)
    if waiting is None:
        waiting = _waiting.setdefault(key, [])
    waiting.append(seconds)
    if len(waiting) >= _MOST_WAITING:
        _count_waiting()


def _count_waiting() -> None:
    with _counting:
        for (door, operation, status), waiting in list(_waiting.items()):
            taken = waiting[:]
            if taken:
                number, histogram = _REQUESTS.labels(door, operation, str(status)), _SECONDS.labels(door, operation)
                del waiting[: len(taken)]
                number.inc(len(taken))
                histogram.observe_all(taken)


def count_message(medium: str, outcome: str) -> None:
    """Counts a delivery attempt (`delivered`, `retried`, `given_up`) or what a pool did not let out (`refused`)."""
    _MESSAGES.labels(medium, outcome).inc()


def observe_delivery(medium: str, seconds: float) -> None:
    """Notes how long a message that was delivered has waited."""
    _DELIVERY_SECONDS.labels(medium).observe(seconds)


def count_lost(what: str, records: int) -> None:
    """Counts records of a sort (`usage_events`, `function_calls`) that found their buffer full, or could not be written."""
    _LOST.labels(what).inc(records)


def count_function(kind: str, outcome: str, seconds: float) -> None:
    """Counts one call of a function of a kind (empty: there is none that may be called), by a closed list of outcomes."""
    _FUNCTION_SECONDS.labels(kind, outcome).observe(seconds)


def count_job(job: str, outcome: str, seconds: float) -> None:
    """Counts one run of a job, `done` or `failed`."""
    _JOB_RUNS.labels(job, outcome).inc()
    _JOB_SECONDS.labels(job).inc(seconds)


class ProcessMeter:
    """Notes what a process uses and has answered; `note` is called about once a second, and when the process ends."""

    def __init__(self, kind: str) -> None:
        self._polled_at = _POLLED_AT.labels(kind)
        self._memory = _MEMORY.labels(kind)
        self._cpu = _CPU.labels(kind)
        self._cpu_seen = 0.0

    def note(self, polled_seconds_ago: float) -> None:
        """Records memory, CPU time, when the configuration was last asked for, and the requests that wait to be counted."""
        _count_waiting()
        self._polled_at.set(time.time() - polled_seconds_ago)
        resident_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        self._memory.set(resident_pages * os.sysconf("SC_PAGE_SIZE"))
        used = time.process_time()
        self._cpu.inc(used - self._cpu_seen)
        self._cpu_seen = used


def forget_process(pid: int) -> None:
    """Drops the gauges of a process that has ended; what it counted stays in the sums."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _registry() -> CollectorRegistry:
    """Of all processes, or of this one when it counts for itself."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def exposition() -> bytes:
    """All numbers of all processes in Prometheus' text format, those of the other processes about a second old."""
    _count_waiting()
    return generate_latest(_registry())


def oldest_poll() -> float | None:
    """Epoch seconds at which the worker that is furthest behind last polled; None while no worker has said."""
    samples = [
        sample.value
        for metric in _registry().collect()
        if metric.name == "poolhouse_configuration_polled_at_seconds"
        for sample in metric.samples
    ]
    return min(samples, default=None)
