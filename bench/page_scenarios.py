"""The hosted pages: what it costs to show the sign-in page, and to sign in on it with the right password."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from bench.browser import Browser
from bench.load import request_bytes, run
from bench.probe import Probe
from bench.scenarios import PASSWORD, Scenario, make_user, public_client
from bench.server import BASE_URL, Server

_USERS = 20
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class _Visit:
    """A browser that sees the sign-in page: the page's path, where its form goes and what it carries."""

    browser: Browser
    path: str
    action: str
    hidden: dict[str, str]


def page_scenarios() -> list[Scenario]:
    """Both, in a pool of their own, whose users sign in with a password."""
    visit = cache(_open_login)
    return [
        Scenario("GET /login", 2_000, _show(visit)),
        Scenario("POST /login", 200, _sign_in(visit), is_hashing=True),
    ]


def _open_login(server: Server) -> _Visit:
    api = server.boto()
    pool_id = api.create_user_pool(PoolName="pages")["UserPool"]["Id"]
    for number in range(_USERS):
        make_user(api, pool_id, _name(number))
    browser = Browser(server, pool_id, public_client(api, pool_id))
    return _Visit(browser, *browser.open_login())


def _name(number: int) -> str:
    return f"page-{number % _USERS}"


def _show(visit: Callable[[Server], _Visit]) -> Callable[[Probe, int], None]:
    """As whoever comes for the first time, without cookies."""

    def measure(probe: Probe, count: int) -> None:
        headers = {"Host": "127.0.0.1", "Accept-Language": "en-US,en;q=0.9"}
        request = request_bytes("GET", visit(probe.server).path, headers)
        run(probe.server.port, [request] * 50)
        probe.send([request] * count)

    return measure


def _sign_in(visit: Callable[[Server], _Visit]) -> Callable[[Probe, int], None]:
    def measure(probe: Probe, count: int) -> None:
        seen = visit(probe.server)
        requests = [_post(seen, _name(number)) for number in range(count)]
        probe.send(requests, connections=4, expected=303)

    return measure


def _post(seen: _Visit, username: str) -> bytes:
    fields = {**seen.hidden, "username": username, "password": PASSWORD, "submit": "sign_in"}
    headers = {"Host": "127.0.0.1", "Origin": BASE_URL, "Cookie": seen.browser.cookie_header, "Content-Type": _FORM}
    return request_bytes("POST", seen.action, headers, urlencode(fields).encode())
