"""What handlers and the server talk to in these tests: a mail server, a web server, and an LDAP directory (Debian's slapd)."""

import itertools
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.ports import free_port

WAIT_SECONDS = 10
Found = TypeVar("Found")
_SLAPD = "/usr/sbin/slapd"
_SCHEMAS = ("core", "cosine", "inetorgperson")
_numbers = itertools.count()


def new_phone_number() -> str:
    """One that no other test has."""
    return f"+1206555{next(_numbers):04}"


def wait_until(look: Callable[[], list[Found]]) -> list[Found]:
    """What `look` finds once it finds something; raises TimeoutError."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came in {WAIT_SECONDS} s")
        time.sleep(0.02)
    return found


@dataclass(frozen=True, slots=True)
class Post:
    """What was POSTed; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to a Post."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Receiver:
    """A running web server. `answer` may be set at any time; `posts` holds all that came."""

    url: str
    answer: Callable[[Post], Reply]
    posts: list[Post] = field(default_factory=list)


@contextmanager
def receiver(answer: Callable[[Post], Reply], read: Callable[[str], bytes] = lambda _path: b"") -> Iterator[Receiver]:
    """A web server on a free port; `read` answers GET."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(Reply(read(self.path)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            post = Post(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            running.posts.append(post)
            self._send(running.answer(post))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        running = Receiver(f"http://127.0.0.1:{server.server_address[1]}", answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield running
        server.shutdown()
        thread.join()


# Without slots: aiosmtpd looks at all members of its handler, which CPython 3.11.2 cannot of a class that has them.
@dataclass
class Mailbox:
    """A running SMTP server that takes mail from anybody. What came can be read at `url`, too: `?to=` an address."""

    port: int
    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What tells a handler of it."""
        return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self.port)}

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        """The hook of aiosmtpd for a received mail."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=SMTP_POLICY)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Newest first."""
        return [mail for mail in reversed(self.mails) if mail["To"] == address]

    def wait(self, address: str, count: int = 1) -> EmailMessage:
        """The newest of `count` mails to an address."""
        return wait_until(lambda: self.mails_to(address)[count - 1 :] and self.mails_to(address))[0]

    def read(self, path: str) -> bytes:
        """The mails to `?to=` as JSON: subject and text, newest first."""
        (address,) = parse_qs(urlsplit(path).query)["to"]
        mails = self.mails_to(address)
        return json.dumps([{"subject": mail["Subject"], "text": mail.get_content()} for mail in mails]).encode()


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server on a free port."""
    running = Mailbox(free_port())
    controller = Controller(running, hostname="127.0.0.1", port=running.port)
    controller.start()
    try:
        with receiver(lambda _post: Reply(b"", 405), running.read) as web:
            running.url = web.url
            yield running
    finally:
        controller.stop()


@dataclass(frozen=True, slots=True)
class Directory:
    """A running LDAP server: people, whose `uid`, `mail`, `givenName` anybody reads and whose password nobody does."""

    url: str
    base: str


_CONFIGURATION = """
{includes}
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "{base}"
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""
_PERSON = """
dn: uid={uid},{base}
objectClass: inetOrgPerson
uid: {uid}
cn: {uid}
sn: {uid}
givenName: {given_name}
mail: {uid}@example.com
userPassword: {password}
"""


@contextmanager
def directory(folder: Path, people: Mapping[str, tuple[str, str]]) -> Iterator[Directory]:
    """A slapd on a free port with these people: given name and password by `uid`."""
    assert shutil.which(_SLAPD), "slapd is missing: make debian-packages"
    base, port = "dc=example,dc=com", free_port()
    url = f"ldap://127.0.0.1:{port}"
    (folder / "data").mkdir()
    includes = "\n".join(f"include /etc/ldap/schema/{name}.schema" for name in _SCHEMAS)
    configuration, entries = folder / "slapd.conf", folder / "people.ldif"
    configuration.write_text(_CONFIGURATION.format(includes=includes, folder=folder, base=base), encoding="utf-8")
    root = f"dn: {base}\nobjectClass: dcObject\nobjectClass: organization\no: Example\n"
    persons = [
        _PERSON.format(uid=uid, base=base, given_name=given_name, password=password)
        for uid, (given_name, password) in people.items()
    ]
    entries.write_text(root + "".join(persons), encoding="utf-8")
    subprocess.run([_SLAPD, "-T", "add", "-q", "-f", configuration, "-l", entries], check=True)
    with (folder / "slapd.log").open("wb") as log:
        # -d keeps it in the foreground, a child of ours.
        process = subprocess.Popen([_SLAPD, "-d", "0", "-f", configuration, "-h", url], stdout=log, stderr=log)
    try:
        wait_until(lambda: [port] if _answers(port) else [])
        yield Directory(url, base)
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
