"""The one HTTP client: which URLs and addresses it takes, that it connects to what it checked, and that nothing holds it up."""

import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.addresses import THIS_MACHINE, is_public, parse_allowed
from app.gateways.outbound import Outbound, OutboundError, Reply
from app.kit.segments import Segment
from tests.gateways.peers import (
    Answer,
    HttpPeer,
    Received,
    drip,
    hang,
    http_peer,
    issue_certificate,
    raw_peer,
    say,
)
from tests.ports import free_port
from tests.timing import within
from tests.tls import Authority

PUBLIC = "93.184.215.14"
_LIMIT = 100_000
_WRAPPING = [ipaddress.ip_network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96")]


def _echo(request: Received) -> Answer:
    return Answer(body=request.body or b"nothing")


@pytest.fixture
def local() -> Iterator[Outbound]:
    """As in development: this machine may be called, also without TLS."""
    outbound = Outbound(parse_allowed(THIS_MACHINE))
    yield outbound
    outbound.close()


def _send(outbound: Outbound, url: str, body: bytes = b"", seconds: float = 5, **headers: str) -> Reply:
    return outbound.send("POST", url, headers, body, seconds, _LIMIT)


def _refusal(outbound: Outbound, url: str, seconds: float = 5, **headers: str) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        _send(outbound, url, b"{}", seconds, **headers)
    return caught.value


class Names:
    """The resolver of the machine for names that end in .test; addresses still mean themselves."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], list[str]]] = {}
        self.asked: list[str] = []
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        if not str(name).endswith(".test"):
            return self._real(host, port, *args, **options)
        self.asked.append(name)
        return [_resolved(address) for address in self.answers[name]()]

    def set(self, name: str, *addresses: str) -> None:
        """These, every time."""
        self.answers[name] = lambda: list(addresses)


def _resolved(address: str) -> tuple[Any, ...]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, 0, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    found = Names()
    monkeypatch.setattr(socket, "getaddrinfo", found)
    return found


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def ca_file(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_bytes(authority.pem)
    return path


@pytest.fixture(scope="module")
def certificate(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return issue_certificate(authority, "hooks.test", tmp_path_factory.mktemp("tls"))


# ---- which URLs


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/a/b?c=d&e",
        "https://example.com./",
        "HTTPS://EXAMPLE.COM/",
        "https://bücher.example/ü?q=ö",
        "https://xn--bcher-kva.example/",
        "https://my_service.example.com/",
        f"https://{PUBLIC}/",
        "https://[2606:4700:4700::1111]:8443/",
        "https://[::ffff:8.8.8.8]/",
        "https://[64:ff9b::808:808]/",
    ],
)
def test_urls_that_are_taken(url: str) -> None:
    Outbound().check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "https", "https:", "https://", "https:///path", "//example.com/", "/path", "example.com",
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)",
        "https://user@example.com/", "https://user:secret@example.com/", "https://:@example.com/",
        "https://example.com/#fragment", "https://example.com/#",
        "https://example.com:0/", "https://example.com:65536/", "https://example.com:80:90/", "https://example.com:a/",
        "https://exa mple.com/", "https://example.com/a b", "https://example.com/\r\nX: y", "https://example.com\t/",
        "https://example.com\\@evil.example/", "https://example.com\\evil.example/", "https://example.com/\x00",
        "https://ex%61mple.com/", "https://%31%32%37.0.0.1/", "https://-a.example/", "https://a..example/", "https://*/",
        f"https://{'a' * 64}.example/", f"https://{'a.' * 130}example/", f"https://example.com/{'a' * 2_048}",
        "https://xn--/", "https://[::1", "https://[example.com]/", "https://[v1.x]/",
        "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[2606:4700::1%25lo]/",
        # 127.0.0.1 and 169.254.169.254 in the spellings that inet_aton and browsers take.
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/",
        "https://017700000001/", "https://127.0.0.01/", "https://127.0.0.1.5/", "https://256.1.1.1/",
        "https://2852039166/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://0xa9.0xfe.0xa9.0xfe/",
        "https://１２７.0.0.1/", "https://①②⑦.0.0.1/", "https://127。0。0。1/", "https://2130706433./", "https://example.0x/",
    ],
)  # fmt: skip
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|must|has)"):
        Outbound().check_url(url)
    assert _refusal(Outbound(), url).is_final


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",  # noqa: S104 - none of them is listened on
        "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
        "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str, names: Names) -> None:
    """As the host of the URL, and as what a name turns out to mean, alone and behind a public one."""
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(ValueError, match="public"):
        Outbound().check_url(f"https://{host}/")
    names.set("alone.test", address)
    names.set("second.test", PUBLIC, address)
    for name in ("alone.test", "second.test"):
        error = _refusal(Outbound(), f"https://{name}/")
        assert (error.text, error.is_final) == (f"{name}: is not at a public address", True)


@given(st.ip_addresses())
def test_no_address_is_public_that_python_knows_better(address: Any) -> None:
    is_special = (
        address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
        or address.is_reserved or address.is_unspecified
    )  # fmt: skip
    # Python has the prefixes of wrapped addresses in its lists; here decides what is in them.
    wraps = any(address in network for network in _WRAPPING if network.version == address.version)
    assert wraps or not (is_public(address) and is_special)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_however_it_is_wrapped(address: Any) -> None:
    for prefix in ("::ffff:", "64:ff9b::"):
        assert is_public(ipaddress.ip_address(f"{prefix}{address}")) == is_public(address)


@given(st.one_of(st.text(), st.text(alphabet="htps:/@[]%.#?\\0x17af-\u3002é").map("https://".__add__)))
def test_any_text_is_a_url_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        Outbound().check_url(text)


# ---- what the operator allows


@pytest.mark.parametrize(
    ("allowed", "taken", "refused"),
    [
        ("10.0.0.0/8", ["https://10.1.2.3:1/"], ["http://10.1.2.3/", "https://11.0.0.1:1/x#", "https://127.0.0.1/"]),
        ("127.0.0.1:8443", ["https://127.0.0.1:8443/"], ["https://127.0.0.1/", "https://127.0.0.2:8443/"]),
        ("http://127.0.0.1", ["http://127.0.0.1:1/", "https://127.0.0.1/"], ["http://127.0.0.2/", "http://8.8.8.8/"]),
        ("[::1]:8443", ["https://[::1]:8443/"], ["https://[::1]/", "https://[::2]:8443/"]),
        ("fd00::/8", ["https://[fd12::1]/"], ["https://[fe80::1]/"]),
        ("127.0.0.0/8", ["https://[::ffff:127.0.0.1]/"], ["https://[::1]/"]),
        ("http://hooks.internal", ["http://hooks.internal/", "http://HOOKS.internal.:81/"], ["http://x.internal/"]),
        ("https://hooks.internal:444", ["https://hooks.internal:444/"], ["http://hooks.internal:444/"]),
        (" 10.0.0.0/8 , ,http://a.b:80", ["https://10.0.0.1/", "http://a.b/"], ["http://a.b:81/"]),
        (THIS_MACHINE, ["http://localhost:9229/", "http://127.0.0.1/", "http://[::1]:1/"], ["https://10.0.0.1/"]),
    ],
)
def test_what_the_operator_allows(allowed: str, taken: list[str], refused: list[str]) -> None:
    outbound = Outbound(parse_allowed(allowed))
    outbound.check_url("https://example.com/")
    for url in taken:
        outbound.check_url(url)
    for url in refused:
        with pytest.raises(ValueError, match=r"must|public"):
            outbound.check_url(url)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://a", "10.0.0.1/8", "a/b", "http://", "a:0", "a:65536", "a:x", "127.1", "0x7f000001", "a b", "*.internal",
        "user@host", "[::1]:", "10.0.0.0/33", "http://a/", "::1::2",
    ],
)  # fmt: skip
def test_what_is_no_such_setting(text: str) -> None:
    with pytest.raises(ValueError):
        parse_allowed(f"10.0.0.0/8, {text}")


def test_an_allowed_name_may_have_any_address(names: Names) -> None:
    names.set("hooks.test", "127.0.0.1")
    names.set("other.test", "127.0.0.1")
    outbound = Outbound(parse_allowed("http://hooks.test"))
    with http_peer(_echo) as peer:
        assert _send(outbound, f"http://hooks.test:{peer.port}/", b"hello").body == b"hello"
        assert _refusal(outbound, f"http://other.test:{peer.port}/").is_final
    outbound.close()


def test_an_allowed_network_does_not_allow_http_elsewhere(names: Names) -> None:
    names.set("hooks.test", PUBLIC)
    outbound = Outbound(parse_allowed("http://127.0.0.0/8"))
    outbound.check_url("http://hooks.test/")  # where it is cannot be told yet
    assert _refusal(outbound, "http://hooks.test/").text == "hooks.test: must be an https URL"


def test_nothing_is_connected_to_what_is_refused(names: Names) -> None:
    names.set("hooks.test", PUBLIC, "127.0.0.1")
    with raw_peer(hang) as peer:
        for host in ("127.0.0.1", "localhost", "hooks.test", "[::ffff:127.0.0.1]"):
            _refusal(Outbound(), f"https://{host}:{peer.port}/")
        assert peer.connections == 0


# ---- where it connects


def test_a_name_that_changes_after_the_check_gains_nothing(names: Names) -> None:
    """DNS rebinding: each question about the name has another answer."""
    answers = iter(["127.0.0.1", "127.0.0.2", "127.0.0.2"])
    names.answers["hooks.test"] = lambda: [next(answers)]
    outbound = Outbound(parse_allowed("http://127.0.0.1"))
    with http_peer(_echo) as peer:
        assert _send(outbound, f"http://hooks.test:{peer.port}/").status == 200
        assert names.asked == ["hooks.test"]
        outbound.close()
        # The next time it is the other address that is checked.
        assert _refusal(outbound, f"http://hooks.test:{peer.port}/").text == "hooks.test: must be an https URL"
        assert len(peer.received) == 1


def test_redirects_are_not_followed(local: Outbound) -> None:
    with http_peer(_echo) as inner:
        target = f"http://127.0.0.1:{inner.port}/"
        with http_peer(lambda _: Answer(302, b"", {"Location": target})) as peer:
            reply = _send(local, f"http://localhost:{peer.port}/")
        assert (reply.status, reply.headers["location"]) == (302, target)
        assert inner.received == []


def test_proxies_and_netrc_of_the_environment_are_not_used(
    local: Outbound, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login somebody password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with http_peer(_echo) as proxy, http_peer(_echo) as peer:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        _send(local, f"http://localhost:{peer.port}/")
        assert proxy.received == []
        assert "authorization" not in peer.received[0].headers


def test_the_next_address_is_tried_when_one_refuses(names: Names, local: Outbound) -> None:
    names.set("hooks.test", "127.0.0.2", "127.0.0.1")
    with http_peer(_echo) as peer:
        assert _send(local, f"http://hooks.test:{peer.port}/", b"hello").body == b"hello"
        assert len(peer.received) == 1


def test_nobody_there(local: Outbound) -> None:
    error = _refusal(local, f"http://localhost:{free_port()}/")
    assert error.text == "localhost: not connected ([Errno 111] Connection refused)"
    assert not error.is_final


def test_a_name_that_nobody_knows(local: Outbound, names: Names) -> None:
    def fail() -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    names.answers["hooks.test"] = fail
    error = _refusal(local, "https://hooks.test/")
    assert (error.text, error.is_final) == ("hooks.test: name not found", False)


# ---- TLS


@contextmanager
def _tls_peer(certificate: Path) -> Iterator[HttpPeer]:
    with http_peer(_echo, certificate) as peer:
        yield peer


def test_tls_is_made_with_the_name_and_the_checked_address(names: Names, certificate: Path, ca_file: Path) -> None:
    names.set("hooks.test", "127.0.0.1")
    outbound = Outbound(parse_allowed("127.0.0.1"), ca_file)
    with _tls_peer(certificate) as peer:
        reply = _send(outbound, f"https://HOOKS.test.:{peer.port}/path?query", b"hello")
        (request,) = peer.received
    assert (reply.status, reply.body) == (200, b"hello")
    assert peer.tls_names == ["hooks.test"]
    assert request.headers["host"] == f"hooks.test:{peer.port}"
    assert (request.method, request.path, request.body) == ("POST", "/path?query", b"hello")
    outbound.close()


@pytest.mark.parametrize("host", ["other.test", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(names: Names, certificate: Path, ca_file: Path, host: str) -> None:
    names.set("other.test", "127.0.0.1")
    with _tls_peer(certificate) as peer:
        error = _refusal(Outbound(parse_allowed("127.0.0.1"), ca_file), f"https://{host}:{peer.port}/")
        assert "certificate is not valid for" in error.text
        assert peer.received == []


def test_an_unknown_authority_is_refused(names: Names, certificate: Path) -> None:
    names.set("hooks.test", "127.0.0.1")
    with _tls_peer(certificate) as peer:
        error = _refusal(Outbound(parse_allowed("127.0.0.1")), f"https://hooks.test:{peer.port}/")
        assert "certificate verify failed" in error.text
        assert peer.received == []


def test_a_connection_is_kept_for_its_name_only(names: Names, certificate: Path, ca_file: Path) -> None:
    names.set("hooks.test", "127.0.0.1")
    names.set("other.test", "127.0.0.1")
    outbound = Outbound(parse_allowed("127.0.0.1"), ca_file)
    with _tls_peer(certificate) as peer:
        for _ in range(3):
            _send(outbound, f"https://hooks.test:{peer.port}/")
        assert len({request.connection for request in peer.received}) == 1
        # The same address and port, but nobody has shown to be other.test there.
        assert "certificate" in _refusal(outbound, f"https://other.test:{peer.port}/").text
        assert len(peer.received) == 3
    assert names.asked == ["hooks.test", "other.test"]
    outbound.close()


# ---- connections that are kept


def test_a_connection_that_the_peer_has_closed_is_made_again(local: Outbound) -> None:
    with http_peer(_echo) as peer:
        _send(local, f"http://localhost:{peer.port}/")
        (line,) = local._kept._lines
        assert line._socket is not None
        line._socket.shutdown(socket.SHUT_RDWR)
        assert _send(local, f"http://localhost:{peer.port}/", b"hello").body == b"hello"
        assert len({request.connection for request in peer.received}) == 2


def test_a_connection_that_is_to_be_closed_is_not_kept(local: Outbound) -> None:
    with http_peer(lambda _: Answer(headers={"Connection": "close"})) as peer:
        _send(local, f"http://localhost:{peer.port}/")
    assert local._kept._lines == []


def test_few_connections_are_kept(names: Names, local: Outbound) -> None:
    with http_peer(_echo) as peer:
        for number in range(70):
            names.set(f"host{number}.test", "127.0.0.1")
            _send(local, f"http://host{number}.test:{peer.port}/")
    kept = local._kept._lines
    assert [line.peer[1] for line in kept] == [f"host{number}.test" for number in range(6, 70)]


def test_nothing_is_kept_once_closed(local: Outbound) -> None:
    with http_peer(_echo) as peer:
        local.close()
        _send(local, f"http://localhost:{peer.port}/")
    assert local._kept._lines == []


def test_threads_do_not_mix(local: Outbound) -> None:
    with http_peer(_echo) as peer, ThreadPoolExecutor(16) as threads:
        bodies = [f"body {number}".encode() for number in range(200)]
        replies = threads.map(lambda body: _send(local, f"http://localhost:{peer.port}/", body), bodies)
        assert [reply.body for reply in replies] == bodies
    assert len({request.connection for request in peer.received}) <= 16


# ---- limits


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n"


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(hang, id="no answer"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: " + b"y"), id="a head that does not end"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\nx"), id="a body without an end"),
        pytest.param(drip(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 1"), id="not yet"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_slow_peer_has_its_time_and_no_more(
    local: Outbound, behave: Callable[[socket.socket], None], scheme: str
) -> None:
    """Over https all of them drag the handshake."""
    with raw_peer(behave) as peer, within(1):
        error = _refusal(local, f"{scheme}://localhost:{peer.port}/", seconds=0.5)
    assert not error.is_final
    if scheme == "http":
        assert error.text == "localhost: no answer in time"


@pytest.mark.parametrize("data", [b"HTTP/1.1 200 OK\r\nX: y", b"HTTP/1.1 200 OK\r\n\r\nx"])
def test_a_peer_that_drips_within_tls(names: Names, certificate: Path, ca_file: Path, data: bytes) -> None:
    names.set("hooks.test", "127.0.0.1")
    outbound = Outbound(parse_allowed("127.0.0.1"), ca_file)
    with raw_peer(drip(data), certificate) as peer:
        started = time.monotonic()
        with within(2):
            error = _refusal(outbound, f"https://hooks.test:{peer.port}/", seconds=1.5)
        assert time.monotonic() - started > 1.4
        assert error.text == "hooks.test: no answer in time"


def test_a_peer_that_does_not_read(local: Outbound) -> None:
    stop = threading.Event()
    with raw_peer(lambda _: _wait(stop)) as peer:
        with within(1), pytest.raises(OutboundError, match="no answer in time"):
            _send(local, f"http://localhost:{peer.port}/", b"x" * 30_000_000, 0.5)
        stop.set()


def _wait(event: threading.Event) -> None:
    event.wait(5)


def test_a_name_server_that_does_not_answer(local: Outbound, names: Names) -> None:
    answered = threading.Event()

    def wait() -> list[str]:
        answered.wait(10)
        return ["127.0.0.1"]

    for number in range(33):
        names.answers[f"host{number}.test"] = wait
    with ThreadPoolExecutor(40) as threads, within(2):
        slow = [threads.submit(_refusal, local, f"http://host{number % 32}.test/", 1) for number in range(40)]
        while len(names.asked) < 32:
            time.sleep(0.01)
        assert _refusal(local, "http://host32.test/").text == "host32.test: too many names are being looked up"
        assert {found.result().text.partition(": ")[2] for found in slow} == {"name not looked up in time"}
    # Who asks for a name that is being looked up waits for the same answer.
    assert len(names.asked) == 32
    answered.set()
    _until(lambda: not local._lookups._under_way)


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n" + b"x" * 100_001, id="announced"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 500_000, id="until it hangs up"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"x" * 65_535 + b"\r\n"
            b"ffff\r\n" + b"x" * 65_535 + b"\r\n0\r\n\r\n",
            id="chunked",
        ),
    ],
)
def test_an_answer_that_is_too_long(local: Outbound, answer: bytes) -> None:
    with raw_peer(say(answer)) as peer:
        assert _refusal(local, f"http://localhost:{peer.port}/").text == "localhost: the answer is too long"


def test_an_answer_of_the_greatest_length(local: Outbound) -> None:
    with http_peer(lambda _: Answer(body=b"x" * _LIMIT)) as peer:
        assert len(_send(local, f"http://localhost:{peer.port}/").body) == _LIMIT


def test_what_is_packed_is_not_unpacked(local: Outbound) -> None:
    packed = gzip.compress(b"x" * 10_000_000)
    with http_peer(lambda _: Answer(body=packed, headers={"Content-Encoding": "gzip"})) as peer:
        assert _send(local, f"http://localhost:{peer.port}/").body == packed
        assert peer.received[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", id="too little"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", id="no length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="no chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000, id="an endless head"),
    ],
)
def test_what_is_no_http(local: Outbound, answer: bytes) -> None:
    with raw_peer(say(answer)) as peer:
        error = _refusal(local, f"http://localhost:{peer.port}/")
        assert error.text in {f"localhost: {name}" for name in ("RemoteProtocolError", "ReadError", "WriteError")}
        assert not error.is_final
        assert local._kept._lines == []


# ---- what is said about it


@pytest.mark.parametrize("value", ["secret\r\nX: y", "secret\x00", "secret é", "secret\n"])
def test_a_header_cannot_add_another_and_is_not_repeated(local: Outbound, value: str) -> None:
    with http_peer(_echo) as peer:
        error = _refusal(local, f"http://localhost:{peer.port}/", Authorization=value)
        assert peer.received == []
    assert error.is_final
    assert "secret" not in error.text
    assert error.__suppress_context__


def test_errors_tell_no_secret(local: Outbound) -> None:
    port = free_port()
    for url in (
        f"http://localhost:{port}/very-secret?token=very-secret",
        f"https://127.0.0.1:{port}/very-secret",
        "https://user:very-secret@example.com/",
        "https://example.com/#very-secret",
        "https://example.com:99999/very-secret",
        "ftp://example.com/very-secret",
    ):
        assert "very-secret" not in _refusal(local, url).text


def test_the_callers_host_header_does_not_count(local: Outbound) -> None:
    with http_peer(_echo) as peer:
        url = f"http://localhost:{peer.port}/"
        local.send("GET", url, {"host": "internal", "user-agent": "mine"}, b"", 5, _LIMIT)
        (request,) = peer.received
    assert request.headers["host"] == f"localhost:{peer.port}"
    assert request.headers["user-agent"] == "mine"


def test_it_is_not_called_inside_a_database_segment(local: Outbound) -> None:
    with Segment(), pytest.raises(RuntimeError, match="database segment"):
        _send(local, "https://example.com/")
