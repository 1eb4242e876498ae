"""CPU time and memory of process trees, read from /proc."""

import os
import time
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
# include/linux/posix-timers.h: the CPU clock of a process's threads, as clock_getcpuclockid(3) makes it of a process id.
_CPU_CLOCK = 2


def cpu_seconds(pid: int) -> float:
    """CPU seconds of all threads since the start of one process, its exited children not counted; to the nanosecond."""
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK)


def thread_seconds(pid: int) -> dict[str, float]:
    """CPU seconds of each thread of one process but its first, in which the event loop runs."""
    tasks = (task for task in Path(f"/proc/{pid}/task").iterdir() if task.name != str(pid))
    return {task.name: int((task / "schedstat").read_text().split()[0]) / 1e9 for task in tasks}


def resident_bytes(pid: int) -> int:
    """What of one process is in memory, with all that it shares."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def proportional_bytes(pid: int) -> int:
    """Resident bytes, with what several processes share divided among them: what the machine would gain by its end."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def tree(root: int) -> list[int]:
    """`root` and every descendant that lives now."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue  # it ended meanwhile
            parents.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


class CpuMeter:
    """CPU seconds that a process tree uses while the meter runs; processes that come and go count while they live."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._before = self._read()

    def _read(self) -> dict[int, float]:
        seconds = {}
        for pid in tree(self._root):
            try:
                seconds[pid] = cpu_seconds(pid)
            except OSError:
                continue  # it ended meanwhile
        return seconds

    def seconds(self) -> float:
        """CPU seconds since the meter was made."""
        return sum(value - self._before.get(pid, 0.0) for pid, value in self._read().items())
