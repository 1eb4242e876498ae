"""A handler that does what handlers should not; the event says what."""

import ctypes
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

_calls = 0
_kept: list[bytearray] = []


def handler(event: dict[str, Any], context: Any) -> Any:
    global _calls  # noqa: PLW0603 - what a warm process remembers
    _calls += 1
    return _DEEDS[event["do"]](event, context)


def _count(_event: dict[str, Any], _context: Any) -> Any:
    return {"calls": _calls, "pid": os.getpid()}


def _sleep(event: dict[str, Any], _context: Any) -> Any:
    time.sleep(event["seconds"])
    return {"pid": os.getpid()}


def _raise(event: dict[str, Any], _context: Any) -> Any:
    raise ValueError(event["text"])


def _exit(event: dict[str, Any], _context: Any) -> Any:
    sys.exit(event["status"])


def _crash(_event: dict[str, Any], _context: Any) -> Any:
    ctypes.string_at(0)


def _exit_later(_event: dict[str, Any], _context: Any) -> Any:
    threading.Timer(0.05, lambda: os._exit(0)).start()
    return os.getpid()


def _allocate(event: dict[str, Any], _context: Any) -> Any:
    for _ in range(event["megabytes"]):
        _kept.append(bytearray(os.urandom(1024) * 1024))
        time.sleep(event.get("pause", 0))
    return len(_kept)


def _allocate_at_once(event: dict[str, Any], _context: Any) -> Any:
    _kept.append(bytearray(b"x" * 1024) * (event["megabytes"] * 1024))
    time.sleep(60)


def _reserve(event: dict[str, Any], _context: Any) -> Any:
    """Memory that is never written to is in no process's use, but asked for."""
    try:
        _kept.append(bytearray(event["megabytes"] * 1024 * 1024))
    except MemoryError as error:
        return type(error).__name__
    return "reserved"


def _grow_later(_event: dict[str, Any], _context: Any) -> Any:
    threading.Timer(0.1, lambda: _kept.append(bytearray(b"x" * 1024) * (150 * 1024))).start()
    return {"pid": os.getpid()}


def _allocate_in_children(event: dict[str, Any], context: Any) -> Any:
    for _ in range(event["children"]):
        if os.fork() == 0:
            _allocate(event, context)
            time.sleep(60)
    time.sleep(60)


def _print(event: dict[str, Any], _context: Any) -> Any:
    sys.stdout.write(event.get("out", ""))
    sys.stderr.write(event.get("err", ""))
    if "logged" in event:
        logging.getLogger().warning(event["logged"])
    return "printed"


def _flood(_event: dict[str, Any], _context: Any) -> Any:
    while True:
        sys.stdout.write("x" * 10_000)


def _big(event: dict[str, Any], _context: Any) -> Any:
    return "x" * event["bytes"]


def _environment(_event: dict[str, Any], _context: Any) -> Any:
    return dict(os.environ)


def _sight(event: dict[str, Any], _context: Any) -> Any:
    """Who it is, what it may, and which of the named files it can read."""
    status = dict(
        line.split(":\t", 1)
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        if ":\t" in line
    )
    return {
        "uid": os.getuid(),
        "gid": os.getgid(),
        "groups": os.getgroups(),
        "no_new_privs": status["NoNewPrivs"].strip(),
        "capabilities": status["CapEff"].strip(),
        "files": sorted(str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()),
        "folder": str(Path.cwd()),
        "home_is_writable": os.access(os.environ["HOME"], os.W_OK),
        "limits": [resource.getrlimit(resource.RLIMIT_CORE)[0], resource.getrlimit(resource.RLIMIT_NOFILE)[0]],
        "session_is_own": os.getsid(0) != event.get("session"),
        "readable": [path for path in event.get("paths", []) if os.access(path, os.R_OK)],
        "processes": sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()),
        "others": [name for name in event.get("modules", []) if name in sys.modules],
    }


def _leave_child(event: dict[str, Any], _context: Any) -> Any:
    """Starts a process that leaves its group and session, and gives the id that it has here."""
    seconds = event.get("seconds", 0)
    child = subprocess.Popen(["sleep", "300"], start_new_session=True)
    daemon = subprocess.run([sys.executable, "-c", _DAEMON], capture_output=True, check=True, text=True)
    time.sleep(seconds)
    return {"children": [child.pid, int(daemon.stdout)]}


# Forks twice and leaves its session, so that its parent is none of the processes known.
_DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    pid = os.fork()
    if pid == 0:
        os.closerange(0, 3)
        os.execvp("sleep", ["sleep", "300"])
    os.write(1, str(pid).encode())
    os._exit(0)
os.wait()
"""


def _fork(_event: dict[str, Any], _context: Any) -> Any:
    """Starts processes until none can be started."""
    while True:
        if os.fork() == 0:
            signal.pause()


def _write(event: dict[str, Any], _context: Any) -> Any:
    Path(event["path"]).write_text("mine", encoding="utf-8")
    return oct(Path(event["path"]).stat().st_mode & 0o777)


_DEEDS = {
    "count": _count,
    "sleep": _sleep,
    "raise": _raise,
    "exit": _exit,
    "crash": _crash,
    "exit later": _exit_later,
    "allocate": _allocate,
    "allocate at once": _allocate_at_once,
    "reserve": _reserve,
    "grow later": _grow_later,
    "allocate in children": _allocate_in_children,
    "print": _print,
    "flood": _flood,
    "big": _big,
    "environment": _environment,
    "sight": _sight,
    "leave child": _leave_child,
    "fork": _fork,
    "write": _write,
}
