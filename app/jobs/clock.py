"""The clock: which job runs how often, and the thread that runs them.

Each job may run in several processes at once: it takes what nobody else has (SKIP LOCKED, conditional updates) and works
in small batches, so that it never holds what a request needs.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import structlog

from app.flows.work import Caller, Resources, Work
from app.jobs.count_users import count_users
from app.jobs.expire_rows import expire_rows
from app.jobs.purge_pools import purge_groups, purge_pools
from app.jobs.refill_keys import refill_keys
from app.jobs.rotate_keys import rotate_keys
from app.kit import metrics
from app.kit.errors import ServiceUnavailableException

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """`run` does what is due and returns how much that was (rows, messages, keys)."""

    name: str
    period_seconds: float
    run: Callable[[Work], int]


JOBS = (
    Job("refill_keys", 5, refill_keys),
    Job("expire_rows", 60, expire_rows),
    Job("rotate_keys", 60, rotate_keys),
    Job("purge_pools", 60, purge_pools),
    Job("purge_groups", 60, purge_groups),
    Job("count_users", 300, count_users),
)


class JobClock:
    """Runs jobs one after the other, each when its period has passed (give or take a tenth, so that nodes spread)."""

    def __init__(self, resources: Resources, jobs: Sequence[Job] = JOBS) -> None:
        self._resources = resources
        self._jobs = jobs
        self._due = {job.name: 0.0 for job in jobs}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begins to run the jobs, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Waits for the job that is running, and starts no other."""
        self._stopping.set()
        if self._thread.ident:
            self._thread.join(30)

    def ask_to_stop(self) -> None:
        """Makes `run` return after the job that is running; may be called by a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Runs the jobs in the calling thread until `stop`."""
        while not self._stopping.is_set():
            for job in self._jobs:
                if self._stopping.is_set():
                    return
                if time.monotonic() >= self._due[job.name]:
                    run_job(self._resources, job)
                    self._due[job.name] = time.monotonic() + job.period_seconds * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, guards nothing
            self._stopping.wait(max(0.05, min(self._due.values()) - time.monotonic()))


def run_job(resources: Resources, job: Job) -> None:
    """Runs a job once. What it raises is logged: the next job and the next time must not suffer from it."""
    started = time.perf_counter()
    work = Work(resources, resources.clock(), f"job-{uuid4()}", Caller(), region=resources.settings.region)
    try:
        done = job.run(work)
    except Exception as error:  # noqa: BLE001 - logged
        if isinstance(error, ServiceUnavailableException):
            _log.warning("job_put_off", job=job.name)
        else:
            _log.exception("job_failed", job=job.name)
        metrics.count_job(job.name, "failed", time.perf_counter() - started)
        return
    metrics.count_job(job.name, "done", time.perf_counter() - started)
    if done:
        _log.info("job_done", job=job.name, amount=done, ms=round((time.perf_counter() - started) * 1_000))
