"""The folder in which the processes of one `poolhouse serve` keep their numbers."""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "poolhouse-metrics-"
# Younger ones may belong to a server that is about to lock its own.
_LEAST_AGE_SECONDS = 60


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """A folder until the server ends; what servers that were killed have left behind is removed.

    It stays locked as long as one process of the server lives, however the others went.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if _is_ours(folder.lstat()):
                _remove_unlocked(folder)


def _is_ours(status: os.stat_result) -> bool:
    is_old = time.time() - status.st_mtime > _LEAST_AGE_SECONDS
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and is_old


def _remove_unlocked(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(lock)
