"""As whom a function's process runs and what it sees: nothing of its own in `dev`, a user or a namespace under `serve`."""

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from app.gateways.functions import FunctionUnavailableError
from app.gateways.lambda_runtime.configuration import INTERPRETER, parts_of
from app.gateways.lambda_runtime.peers import family

Level = Literal["required", "none"]
_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})")
# Below are users of the system. All that runs as one of the range is ended and swept, so nobody else may be in it.
_FIRST_USER = 1000
_MOST_USERS = 10_000
_NOBODY = 65_534
_BURIAL_SECONDS = 1.0
_TRIAL_SECONDS = 10.0
# Held by an open lock for each user that a process runs as, so that all workers of the server share one range.
_LEASES = Path("/run/poolhouse-functions")
_SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - what is swept, not written
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# What programs read of /etc to find names, certificates, libraries and the time; the server's own files there stay unseen.
_ETC = (
    *("alternatives", "ca-certificates", "crypto-policies", "gai.conf", "group", "host.conf", "hosts", "ld.so.cache"),
    *("ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "passwd", "pki", "protocols"),
    *("resolv.conf", "services", "ssl"),
)
_NAMESPACES = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")


@dataclass(slots=True)
class Cell:
    """Where one process runs. `scratch` is its folder, which it sees as `home`; `uid` is its user as the server sees it.

    `prefix` goes before its command. `is_namespace` says that its processes end with the first of them.
    """

    scratch: Path
    home: str
    uid: int
    prefix: list[str] = field(default_factory=list)
    gid: int | None = None
    is_namespace: bool = False
    lease: int | None = None

    def kill(self, pid: int) -> None:
        """Ends the process, which nobody has waited for yet, and whatever it started."""
        members = list(family(pid))
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        for member in members:
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)

    def close(self) -> None:
        """Removes what the process left, once it has ended. A user that cannot be swept clean stays taken."""
        if self.lease is not None:
            _sweep(self.uid)
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.lease is not None:
            os.close(self.lease)


class Isolation(Protocol):
    """Makes cells; `reads` is what the process has to read besides the system. Raises FunctionUnavailableError."""

    def open(self, reads: Sequence[Path]) -> Cell: ...


def isolation_of(level: Level, user: str) -> Isolation:
    """The isolation for this server; raises ValueError for a `user` that is none, and FunctionUnavailableError.

    `user` is for a server that runs as root: the name of a user that has no other use, or a range of user ids as in
    "200000-200063". Each process runs as a user of its own, so there are at most as many as users.
    """
    if not hasattr(os, "pidfd_open"):
        raise FunctionUnavailableError("local functions need Linux 5.3 or newer")
    if level == "none":
        return Unisolated()
    if os.geteuid() == 0:
        if not user:
            raise FunctionUnavailableError("a server that runs as root needs users for its functions, and none are set")
        return OwnUsers(user)
    if user:
        raise FunctionUnavailableError("only a server that runs as root can run functions as other users")
    return Bubblewrap()


class Unisolated:
    """The server's own user and sight, with the limits and the clean environment only. For development."""

    def open(self, reads: Sequence[Path]) -> Cell:  # noqa: ARG002 - the protocol's argument
        """A scratch folder."""
        scratch = _scratch()
        return Cell(scratch, str(scratch), os.geteuid())


class OwnUsers:
    """An unprivileged user for each process, without further groups."""

    def __init__(self, user: str) -> None:
        self._users = parse_users(user)

    def open(self, reads: Sequence[Path]) -> Cell:  # noqa: ARG002 - ordinary file permissions say what it can read
        """A user that no other process of a function runs as."""
        for uid, gid in self._users:
            lease = _lease(uid)
            if lease is not None:
                return _own_cell(uid, gid, lease)
        raise FunctionUnavailableError("every user for functions is taken: set a wider range of them")


class Bubblewrap:
    """A namespace of users, processes and files for each process, made by bubblewrap; the network is the server's."""

    def __init__(self) -> None:
        program = shutil.which("bwrap")
        if not program:
            raise FunctionUnavailableError("bubblewrap is not installed, and functions may not run without isolation")
        self._program = program
        command = [program, *_NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "true"]
        try:
            tried = subprocess.run(command, capture_output=True, check=False, timeout=_TRIAL_SECONDS)  # noqa: S603 - a fixed command
        except subprocess.TimeoutExpired:
            raise FunctionUnavailableError("bubblewrap does not work here: it hangs") from None
        if tried.returncode:
            reason = tried.stderr.decode("utf-8", "replace").strip()
            raise FunctionUnavailableError(f"bubblewrap does not work here: {reason}")

    def open(self, reads: Sequence[Path]) -> Cell:
        """A namespace that has the system's programs, `reads`, and a scratch folder as /tmp."""
        scratch = _scratch()
        arguments = [self._program, *_NAMESPACES, "--die-with-parent", "--proc", "/proc", "--dev", "/dev"]
        for path in _SYSTEM:
            arguments += _bound(path)
        for name in _ETC:
            arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        arguments += ["--bind", str(scratch), "/tmp"]  # noqa: S108 - within the namespace
        launcher = [Path(__file__).with_name("launch.py"), INTERPRETER, *parts_of(Path(sys.base_prefix))]
        for read in dict.fromkeys([*launcher, *reads]):
            if not any(read.is_relative_to(path) for path in _SYSTEM) and read != Path("/"):
                arguments += ["--ro-bind", str(read), str(read)]
        return Cell(scratch, "/tmp", os.geteuid(), prefix=[*arguments, "--"], is_namespace=True)  # noqa: S108


def parse_users(user: str) -> list[tuple[int, int]]:
    """The users (uid, gid) of a name or a range; raises ValueError."""
    found = _RANGE.fullmatch(user)
    if found:
        first, last = int(found[1]), int(found[2])
        if not _FIRST_USER <= first <= last < first + _MOST_USERS:
            raise ValueError(f"a range of users begins at {_FIRST_USER} or above and has at most {_MOST_USERS}")
        taken = [entry.pw_name for entry in pwd.getpwall() if first <= entry.pw_uid <= last]
        if taken:
            raise ValueError(f"{taken[0]} is in the range of users for functions, which nobody else may be")
        return [(uid, uid) for uid in range(first, last + 1)]
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise ValueError(f"there is no user {user}") from None
    if entry.pw_uid in (0, _NOBODY):
        raise ValueError(f"functions need a user of their own, not {user}: all that runs as it is ended with them")
    return [(entry.pw_uid, entry.pw_gid)]


def _own_cell(uid: int, gid: int, lease: int) -> Cell:
    try:
        _sweep(uid)  # what a server that was killed has left
        scratch = _scratch()
        os.chown(scratch, uid, gid)
    except OSError:
        os.close(lease)
        raise
    return Cell(scratch, str(scratch), uid, gid=gid, lease=lease)


def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="poolhouse-function-"))


def _bound(path: str) -> list[str]:
    """A folder of the system as it is here: a link where it is one."""
    if Path(path).is_symlink():
        return ["--symlink", str(Path(path).readlink()), path]
    return ["--ro-bind-try", path, path]


def _lease(uid: int) -> int | None:
    """The lock of a user, as an open file; None if another process of this machine has it."""
    _LEASES.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(_LEASES / str(uid), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _sweep(uid: int) -> None:
    """Ends every process of a leased user and removes what it left in folders that all may write to; raises OSError."""
    program = [str(INTERPRETER), "-I", "-S", str(Path(__file__).with_name("launch.py")), str(uid)]
    swept = subprocess.run(program, stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - a fixed program
    if swept.returncode:  # one of them was quicker, and ended this
        raise OSError(f"the processes of user {uid} cannot be ended")
    _wait_for_burial(uid)
    for path in _left_by(uid):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _wait_for_burial(uid: int) -> None:
    """The dead count against the limit of the user's next process until init has buried them; some inits never do."""
    until = time.monotonic() + _BURIAL_SECONDS
    while time.monotonic() < until and uid in map(_owner_of, Path("/proc").iterdir()):
        time.sleep(0.01)


def _owner_of(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _left_by(uid: int) -> Iterator[Path]:
    for folder in _SHARED_FOLDERS:
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_uid == uid:
                        yield Path(entry.path)
