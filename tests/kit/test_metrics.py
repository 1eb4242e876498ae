"""Counting: what is told, and that it costs a request next to nothing."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, Histogram

from app.kit import metrics

ROOT = Path(__file__).resolve().parents[2]

_SCRIPT = """
import os, sys
from pathlib import Path
from app.kit import metrics
metrics.share_between_processes(Path(sys.argv[1]))
for number in range(3):
    pid = os.fork()
    if pid == 0:
        for _ in range(10):
            metrics.count_request("aws", "SignUp", 200, 0.004)
        metrics.ProcessMeter("worker").note(float(number))
        os._exit(0)
    os.waitpid(pid, 0)
    if number == 2:
        metrics.forget_process(pid)
print(metrics.exposition().decode())
"""


def test_the_numbers_of_all_workers_are_added_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert 'poolhouse_requests_total{door="aws",operation="SignUp",status="200"} 30.0' in lines
    assert 'poolhouse_request_seconds_count{door="aws",operation="SignUp"} 30.0' in lines
    assert 'poolhouse_request_seconds_bucket{door="aws",le="0.0025",operation="SignUp"} 0.0' in lines
    assert 'poolhouse_request_seconds_bucket{door="aws",le="0.005",operation="SignUp"} 30.0' in lines
    # The third process has ended: what it counted stays, what it used does not.
    assert len([line for line in lines if line.startswith("poolhouse_resident_memory_bytes{")]) == 2


_FORKING = """
import os, sys
from pathlib import Path
from app.kit import metrics
metrics.share_between_processes(Path(sys.argv[1]))
metrics.count_request("aws", "SignUp", 200, 0.004)
pid = os.fork()
if pid == 0:
    metrics.count_request("aws", "SignUp", 200, 0.004)
    metrics.ProcessMeter("worker").note(0.0)
    os._exit(0)
os.waitpid(pid, 0)
print(metrics.exposition().decode())
"""


def test_what_waits_at_a_fork_is_counted_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FORKING, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 'poolhouse_requests_total{door="aws",operation="SignUp",status="200"} 2.0' in done.stdout.splitlines()


def test_requests_counted_together_are_told_as_if_each_had_been() -> None:
    chance = random.Random(4711)
    taken = [chance.expovariate(20) for _ in range(1_000)] + [0.0, 0.001, 0.0025, 10.0, 11.0]
    apart = Histogram("apart", "One by one", buckets=metrics.REQUEST_BUCKETS, registry=None)
    for seconds in taken:
        apart.observe(seconds)
        metrics.count_request("aws", "Together", 200, seconds)
    metrics.exposition()
    labels = {"door": "aws", "operation": "Together"}
    assert REGISTRY.get_sample_value("poolhouse_requests_total", labels | {"status": "200"}) == len(taken)
    samples = [sample for metric in apart.collect() for sample in metric.samples]
    for name, own, value, *_ in samples:
        told = REGISTRY.get_sample_value(name.replace("apart", "poolhouse_request_seconds"), labels | own)
        assert told == pytest.approx(value) or name == "apart_created", (name, own)
    assert len(samples) > 13


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns wherever they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_threads_lose_no_request_and_count_none_twice() -> None:
    def answer(_: int) -> None:
        for number in range(5_000):
            metrics.count_request("aws", "FromThreads", 200, 0.003)
            if number % 100 == 0:
                metrics.exposition()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(answer, range(4)))
    assert b'poolhouse_requests_total{door="aws",operation="FromThreads",status="200"} 20000.0' in metrics.exposition()


def test_counting_is_cheap() -> None:
    metrics.count_request("aws", "GetUser", 200, 0.003)
    best = min(_microseconds() for _ in range(5))
    assert best < 50  # less than one on the machine it was made on; the bound is for a busy one


def _microseconds() -> float:
    started = time.perf_counter()
    for _ in range(2_000):
        metrics.count_request("aws", "GetUser", 200, 0.003)
    return (time.perf_counter() - started) / 2_000 * 1e6


def test_without_workers_the_numbers_are_the_process_own() -> None:
    metrics.count_message("EMAIL", "delivered")
    assert b'poolhouse_messages_total{medium="EMAIL",outcome="delivered"}' in metrics.exposition()
