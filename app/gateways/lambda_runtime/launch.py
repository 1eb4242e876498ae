"""The first program in a function's process: gives up what the function may not have, then becomes its runtime client.

Run by `python -I -S launch.py`, with what to do as JSON on standard input, where no other process can read the function's
environment. Imports nothing of ours. Nothing it does can be undone by the program that it becomes.

`launch.py UID` ends all processes of a user instead.
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
    order = json.loads(sys.stdin.buffer.read())
    if order["user"]:
        become(*order["user"])
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # after that, since another user begins without it
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


def become(uid: int, gid: int) -> None:
    """Becomes a user for good, without further groups; exits with CANNOT_START if that cannot be.

    Here, and not by the `user` of subprocess: for that it forks by copying the tables of the server's memory, which takes
    ten milliseconds and more in which nothing of the server runs.
    """
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if uid == 0 or (os.getresuid(), os.getresgid(), os.getgroups()) != ((uid,) * 3, (gid,) * 3, []):
        sys.exit(CANNOT_START)


def sweep(uid: int) -> None:
    """Ends every process of a user but this one, which becomes that user, so that the kernel picks whom it may end."""
    become(uid, uid)
    os.kill(-1, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))):
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    if sys.argv[1:]:
        sweep(int(sys.argv[1]))
    else:
        main()
