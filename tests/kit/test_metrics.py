"""Counting: what is told, and that it costs a request next to nothing."""

import subprocess
import sys
import time
from pathlib import Path

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


def test_counting_is_cheap() -> None:
    metrics.count_request("aws", "GetUser", 200, 0.003)
    best = min(_microseconds() for _ in range(5))
    assert best < 50  # about 3 on the machine it was made on; the bound is for a busy one


def _microseconds() -> float:
    started = time.perf_counter()
    for _ in range(2_000):
        metrics.count_request("aws", "GetUser", 200, 0.003)
    return (time.perf_counter() - started) / 2_000 * 1e6


def test_without_workers_the_numbers_are_the_process_own() -> None:
    metrics.count_message("EMAIL", "delivered")
    assert b'poolhouse_messages_total{medium="EMAIL",outcome="delivered"}' in metrics.exposition()
