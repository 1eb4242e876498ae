"""A throwaway PostgreSQL cluster for the tests: made from Debian's package, on loopback, gone afterwards."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

import psycopg
from psycopg import sql

from tests.ports import free_port

_SUPERUSER: Final = "poolhouse_tests"
_START_SECONDS: Final = 30
_STOP_SECONDS: Final = 30

# Speed for data that nobody keeps: no durability (except what tests about durability ask for with `settings`).
_SETTINGS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "timezone": "Asia/Kathmandu",  # a server at UTC would hide times that were stored or read as local
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: `postgresql+psycopg` URLs of its databases are made by `url`."""

    port: int
    password: str
    log_file: Path
    pid: int

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of `database`, with the password in it."""
        return f"postgresql+psycopg://{_SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open an autocommit connection as superuser, past the application."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=_SUPERUSER,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create `name` as a copy of `template`, which nobody may be connected to, and return its URL."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop `name` if it exists, with the connections still open to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)


@contextmanager
def running_cluster(settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Start a cluster with its own folder, port and password, and remove everything at the end.

    `settings` are PostgreSQL configuration parameters over the fast defaults, for example `{"fsync": "on"}`.
    Raises FileNotFoundError when no PostgreSQL 15 or later is installed (`make test` installs it).
    """
    programs = _program_folder()
    with _folder() as folder:
        password = secrets.token_urlsafe(16)
        _make_cluster(programs, folder, password)
        port = free_port()
        server = _start(programs, folder, port, {**_SETTINGS, **(settings or {})})
        cluster = Cluster(port, password, folder / "log", server.pid)
        try:
            _wait_until_ready(server, cluster)
            yield cluster
        finally:
            _stop(server)


def _program_folder() -> Path:
    """The newest installed server: Debian keeps each major version in a folder of its own."""
    found = {
        int(path.parent.parent.name): path.parent for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")
    }
    on_path = shutil.which("initdb")
    if on_path is not None:
        found.setdefault(_major_version(on_path), Path(on_path).resolve().parent)
    if max(found, default=0) < 15:
        raise FileNotFoundError("PostgreSQL 15 or later is needed for this run: `scripts/debian-packages` installs it")
    return found[max(found)]


def _major_version(program: str) -> int:
    answer = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    match = re.search(r"(\d+)", answer)
    return int(match.group(1)) if match else 0


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="poolhouse-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        owner = server_user()
        if owner is not None:
            shutil.chown(folder, user=owner, group=owner)
        yield folder


def server_user() -> str | None:
    """The user that the server runs as, None for our own: PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


class _Identity(TypedDict):
    user: str | None
    group: str | None
    extra_groups: list[str] | None


def _as_owner() -> _Identity:
    owner = server_user()
    return {"user": owner, "group": owner, "extra_groups": None if owner is None else []}


def _make_cluster(programs: Path, folder: Path, password: str) -> None:
    password_file = folder / "password"
    password_file.write_text(password, encoding="ascii")
    owner = server_user()
    if owner is not None:
        shutil.chown(password_file, user=owner)
    # An ICU default collation, as production databases often have: a key column that forgot COLLATE "C" shows.
    command: list[str | Path] = [programs / "initdb", "-D", folder / "data", "-U", _SUPERUSER, "-A", "scram-sha-256"]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
    command += ["--no-sync", f"--pwfile={password_file}"]
    made = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, cwd="/", **_as_owner())
    if made.returncode != 0:
        raise RuntimeError(f"initdb could not make a cluster in {folder}; can user {owner or 'you'} reach that folder?")
    password_file.unlink()


def _start(programs: Path, folder: Path, port: int, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command: list[str | Path] = [*_die_with_parent(), programs / "postgres", "-D", folder / "data", "-p", str(port)]
    for name, value in {**settings, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **_as_owner())


def _die_with_parent() -> list[str]:
    """A prefix that stops the server when the test run is killed: SIGQUIT is PostgreSQL's immediate shutdown."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "QUIT", "--"] if setpriv else []


def _wait_until_ready(server: subprocess.Popen[bytes], cluster: Cluster) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            cluster.connect().close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                log = cluster.log_file.read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"PostgreSQL did not start:\n{log}") from error
            time.sleep(0.05)
        else:
            return


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
