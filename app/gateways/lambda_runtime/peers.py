"""Whose the other end of a loopback connection is, asked of the kernel, and what belongs to a process.

The runtime clients send no secret, so the Runtime API of a process knows its client by this: the connecting socket must be
open in the process or in one that it started.
"""

import os
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# sock_diag(7): struct inet_diag_req_v2 and the head of inet_diag_msg, for one TCP connection named by both its ends.
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NO_COOKIE = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_PORTS = struct.Struct("!HH4s12x4s12x")
_REST = struct.Struct("=III")
_INODE_AT = _HEADER.size + 4 + 48 + 16
_UID_AT = _INODE_AT - 4
_PAGE = os.sysconf("SC_PAGE_SIZE")


def is_held_by(connection: socket.socket, pid: int, uid: int) -> bool:
    """Whether the far end of an accepted IPv4 connection was made by `uid` and is open in `pid` or a descendant of it."""
    found = _owner(connection)
    if found is None or found[0] != uid:
        return False
    link = f"socket:[{found[1]}]"
    return any(link in _open_files(member) for member in family(pid))


def family(pid: int) -> Iterator[int]:
    """A process and all its living descendants."""
    waiting = [pid]
    seen: set[int] = set()
    while waiting:
        member = waiting.pop()
        if member not in seen:
            seen.add(member)
            yield member
            waiting += _children(member)


def uses_more_than(limit: int, pid: int) -> bool:
    """Whether a process and its descendants have more than `limit` bytes in memory."""
    members = list(family(pid))
    # Counts what they share once for each, so it is asked more closely, which costs more, only if this is too much.
    return sum(map(_resident, members)) > limit and sum(map(_proportional, members)) > limit


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    return 0


def _proportional(pid: int) -> int:
    """Its memory, with what is shared in shares (PSS, proc_pid_smaps(5)); all of it where the kernel does not say."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    return _resident(pid)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def _open_files(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield str(link.readlink())


def _owner(connection: socket.socket) -> tuple[int, int] | None:
    """The user and the inode of the socket at the far end; None if it is closed or not on this machine."""
    try:
        here, there = connection.getsockname(), connection.getpeername()
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as asked:
            asked.settimeout(1)
            asked.send(_question(there, here))
            answer = asked.recv(4096)
    except OSError:
        return None
    if len(answer) < _INODE_AT + 4 or _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        return None
    uid, inode = struct.unpack_from("=II", answer, _UID_AT)
    return (uid, inode) if inode else None


def _question(source: tuple[str, int], destination: tuple[str, int]) -> bytes:
    body = _REQUEST.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _NO_COOKIE)
    body += _PORTS.pack(source[1], destination[1], socket.inet_aton(source[0]), socket.inet_aton(destination[0]))
    body += _REST.pack(0, _NO_COOKIE, _NO_COOKIE)
    return _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0) + body
