"""The data folder of `poolhouse dev`: private to its user, never committed, with the keys that were made for it."""

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.commands.refusal import Refusal
from app.kit.ids import new_access_key_id
from app.kit.sealing import new_master_key

_IGNORE_ALL = "*\n"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder and the files in it."""

    path: Path

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.path / 'poolhouse.sqlite3'}"

    @property
    def dev_json(self) -> Path:
        return self.path / "dev.json"

    @property
    def is_used(self) -> bool:
        """Whether a server has kept its data here."""
        return (self.path / "poolhouse.sqlite3").is_file()

    def running(self) -> dict[str, Any] | None:
        """What dev.json says of the server that runs here; None when none does: one that was killed leaves its file."""
        lock = self.path / "poolhouse.sqlite3.lock"
        if not lock.exists() or not self.dev_json.exists():
            return None
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                members: dict[str, Any] = json.loads(self.dev_json.read_text(encoding="utf-8"))
                return members
        return None

    def kept_key(self) -> str:
        """The master key of earlier runs, empty when none is here."""
        file = self.path / "master.key"
        return file.read_text(encoding="ascii").strip() if file.exists() else ""

    def master_key(self) -> str:
        """The master key, made at first use."""
        file = self.path / "master.key"
        if not file.exists():
            write_private(file, new_master_key() + "\n")
        return file.read_text(encoding="ascii").strip()

    def root_key(self) -> tuple[str, str]:
        """Id and secret of the root access key, made at first use."""
        file = self.path / "root-key.json"
        if not file.exists():
            made = {"access_key_id": new_access_key_id(), "secret_access_key": secrets.token_urlsafe(30)}
            write_private(file, json.dumps(made) + "\n")
        kept = json.loads(file.read_text(encoding="ascii"))
        return kept["access_key_id"], kept["secret_access_key"]

    def write_dev_json(self, members: dict[str, Any]) -> None:
        """Tells other programs where the server is; the file is there only while it is ready."""
        write_private(self.dev_json, json.dumps(members, indent=2) + "\n")

    def remove_dev_json(self) -> None:
        """To be called when the server is not ready."""
        self.dev_json.unlink(missing_ok=True)


def open_folder(path: Path) -> DataFolder:
    """Makes the folder (0700) if need be; raises Refusal for one of another user or of something else than our data."""
    path = path.absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.stat()
        if status.st_uid != os.getuid():
            raise Refusal(f"{path} belongs to another user")
        if not _may_be_ours(path):
            raise Refusal(f"{path} holds something else: name a new or an empty folder with --data")
        if status.st_mode & 0o077:
            path.chmod(0o700)
        ignore = path / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_IGNORE_ALL, encoding="ascii")
    except OSError as error:
        raise Refusal(f"{path} cannot be used ({error.strerror})") from None
    return DataFolder(path)


def _may_be_ours(path: Path) -> bool:
    """Whether the folder is empty, or an earlier start has made it what it is: the first thing it writes is .gitignore."""
    ignore = path / ".gitignore"
    is_marked = ignore.is_file() and ignore.read_bytes() == _IGNORE_ALL.encode()
    return is_marked or DataFolder(path).is_used or not any(path.iterdir())


def write_private(file: Path, text: str) -> None:
    """Writes a file that only its owner can read; whoever reads it sees the old text or the new, never a half."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
