"""Cookies that somebody else gave the browser: a sibling host can set them for ours, and they have no effect."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from app.web.cookies import cookie_name
from tests.factories import Factory, MadeUser
from tests.in_process import InProcessServer
from tests.pages.browsing import App, Visitor


@pytest.fixture
def attacker(app: App, make: Factory) -> MadeUser:
    return make.user(app.pool_id, "attacker")


def session_of(server: InProcessServer, app: App, user: MadeUser) -> str:
    """The secret of a sign-in."""
    with server.http_client() as http:
        visitor = Visitor(http).open(app.url())
        visitor.submit({"username": user.username, "password": user.password}, headers={"origin": server.base_url})
        name = cookie_name(server.resources.settings, "session", app.pool_id)
        (secret,) = (cookie.value for cookie in http.cookies.jar if cookie.name == name)
    assert secret
    return secret


def is_signed_in(server: InProcessServer, app: App, *cookies: bytes) -> bool:
    """Whether a browser that shows these Cookie headers gets a code without a question."""
    target = server.base_url + app.url(prompt="none")
    host = urlsplit(server.base_url).netloc.encode()
    reply = server.request("GET", target, [(b"host", host), *((b"cookie", line) for line in cookies)], b"")
    answer = parse_qs(urlsplit(dict(reply.headers)["location"]).query)
    assert ("code" in answer) != (answer.get("error") == ["login_required"])
    return "code" in answer


# What another host of the domain can make a browser show in place of `__Host-`: browsers take these names for others than ours.
BLANKS = [b"\x85", b"\xa0", b"\x0b", b"\x0c", b"\x1c", b"\xc2\xa0", b"\xe2\x80\x85"]


@pytest.mark.parametrize("blank", BLANKS)
def test_a_name_with_a_blank_before_the_prefix_is_not_ours(
    served: InProcessServer, app: App, attacker: MadeUser, blank: bytes
) -> None:
    name = cookie_name(served.resources.settings, "session", app.pool_id).encode()
    secret = session_of(served, app, attacker).encode()
    assert name.startswith(b"__Host-")
    assert is_signed_in(served, app, name + b"=" + secret)
    assert is_signed_in(served, app, b"a=b;  " + name + b"=" + secret + b" ; c=d")
    assert is_signed_in(served, app, b"a=b", name + b"=" + secret)
    for tossed in (blank + name + b"=" + secret, name + blank + b"=" + secret, b"a=b;" + blank + name + b"=" + secret):
        assert not is_signed_in(served, app, tossed), tossed


@pytest.mark.parametrize(
    "shape", ["ph_session_{tag}", "__Secure-ph_session_{tag}", "__host-ph_session_{tag}", "__Host-ph_session"]
)
def test_a_name_without_the_prefix_is_not_ours(
    served: InProcessServer, app: App, attacker: MadeUser, shape: str
) -> None:
    """What a sibling host may set with Domain=: none of these is read."""
    tag = cookie_name(served.resources.settings, "session", app.pool_id).rpartition("_")[2]
    tossed = f"{shape.format(tag=tag)}={session_of(served, app, attacker)}"
    assert not is_signed_in(served, app, tossed.encode())


def test_beside_a_tossed_cookie_our_own_is_good(
    served: InProcessServer, app: App, attacker: MadeUser, make: Factory
) -> None:
    """A visitor stays who they are."""
    user = make.user(app.pool_id, email="ada@example.com")
    name = cookie_name(served.resources.settings, "session", app.pool_id)
    own = f"{name}={session_of(served, app, user)}".encode()
    tossed = f"{name}={session_of(served, app, attacker)}".encode()
    for line in (own + b"; \xa0" + tossed, b"\xa0" + tossed + b"; " + own):
        target = f"{served.base_url}{app.url('/login')}"
        shown = served.request("GET", target, [(b"host", b"id.example.com"), (b"cookie", line)], b"").body.decode()
        assert user.username in shown
        assert "attacker" not in shown


def test_of_two_cookies_of_one_name_neither_is_believed(
    server: InProcessServer, app: App, attacker: MadeUser, make: Factory
) -> None:
    """Over http, in `dev`, names have no prefix: nobody can tell which of the two is ours."""
    name = cookie_name(server.resources.settings, "session", app.pool_id)
    own = f"{name}={session_of(server, app, make.user(app.pool_id))}".encode()
    tossed = f"{name}={session_of(server, app, attacker)}".encode()
    assert is_signed_in(server, app, own)
    assert not is_signed_in(server, app, own + b"; " + tossed)
    assert not is_signed_in(server, app, tossed + b"; " + own)
    assert not is_signed_in(server, app, own, tossed)


@pytest.fixture
def tosser(served: InProcessServer) -> Iterator[httpx.Client]:
    with served.http_client() as client:
        yield client


def test_a_tossed_nonce_does_not_make_a_form_ones_own(
    served: InProcessServer, tosser: httpx.Client, app: App, attacker: MadeUser
) -> None:
    """The attacker's form and nonce in a victim's browser would sign the victim in as the attacker."""
    visitor = Visitor(tosser).open(app.url())
    form = {**visitor.hidden(), "username": attacker.username, "password": attacker.password}
    name = cookie_name(served.resources.settings, "browser", app.pool_id)
    (nonce,) = (cookie.value for cookie in tosser.cookies.jar if cookie.name == name)
    target = f"{served.base_url}{visitor.action()}"
    headers = [
        (b"host", b"id.example.com"),
        (b"origin", b"https://id.example.com"),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ]
    body = urlencode(form).encode()
    for tossed in (f"\xa0{name}={nonce}", f"{name} ={nonce}", f"{name}={nonce}; {name}=x"):
        assert served.request("POST", target, [*headers, (b"cookie", tossed.encode("latin-1"))], body).status == 400
    assert served.request("POST", target, [*headers, (b"cookie", f"{name}={nonce}".encode())], body).status == 303
