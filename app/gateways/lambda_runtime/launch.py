"""The first program in a function's process: gives up what the function may not have, then becomes its runtime client.

Run by `python -I -S launch.py`, with what to do as JSON on standard input, where no other process can read the function's
environment. Imports nothing of ours. Nothing it does can be undone by the program that it becomes.
"""

import ctypes
import json
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
CANNOT_START = 127


def main() -> None:
    """Reads the order and becomes its command; exits with CANNOT_START if that cannot be."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    order = json.loads(sys.stdin.buffer.read())
    # The server may have died before the line above: `parent` is its process id, 0 in a namespace that dies with it.
    if order["parent"] and os.getppid() != order["parent"]:
        sys.exit(CANNOT_START)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    # What the handler starts stays among its descendants, whatever it does, and is found and ended with it.
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    for name, wanted in order["limits"].items():
        number = getattr(resource, name)
        _, most = resource.getrlimit(number)
        limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(number, (limit, limit))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        os.chdir(order["folder"])
        os.execve(order["command"][0], order["command"], order["environment"])  # noqa: S606 - no shell is the point
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        sys.exit(CANNOT_START)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))):
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    main()
