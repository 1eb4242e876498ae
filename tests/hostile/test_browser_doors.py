"""Requests to the OAuth door and the pages that no client or browser sends: refused in the door's own form, nothing stored."""

import base64
from typing import Any

import httpx
import pytest

from app.flows.browser_sessions import find_session
from tests.hostile.realms import Maker, Realm, authorize_parameters
from tests.hostile.watching import COUNTED, Watch
from tests.in_process import InProcessServer, Reply
from tests.oauth.relying_party import CALLBACK, Verifier
from tests.pages.browsing import App, Visitor

FORM = (b"content-type", b"application/x-www-form-urlencoded")
API = ("/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/userInfo")
PAGES = (
    "/login",
    "/signup",
    "/confirm",
    "/confirmUser",
    "/resendcode",
    "/forgotPassword",
    "/confirmforgotPassword",
    "/challenge",
)
BROWSER = ("/oauth2/authorize", "/logout")
BODIES: dict[str, tuple[bytes, tuple[bytes, ...]]] = {
    "no body": (b"", (FORM[1],)),
    "no type": (b"token=x&username=x", ()),
    "two types": (b"token=x&username=x", (FORM[1], FORM[1])),
    "JSON": (b'{"token":"x"}', (b"application/json",)),
    "multipart": (b"--x\r\n\r\n--x--", (b"multipart/form-data; boundary=x",)),
    "type with bytes": (b"token=x", (FORM[1] + b"\xff",)),
    "twice": (b"token=a&token=a&username=a&username=a&client_id=a&client_id=b", (FORM[1],)),
    "invalid UTF-8": (b"token=%ff&username=%c0%af", (FORM[1],)),
    "surrogate": (b"token=%ed%a0%80&username=%ed%a0%80", (FORM[1],)),
    "raw bytes": (b"token=\xff\xfe", (FORM[1],)),
    "null": (b"token=a%00b&username=a%00b", (FORM[1],)),
    "raw null": (b"token=a\0b", (FORM[1],)),
    "many fields": (b"&".join(b"a%d=1" % number for number in range(10_000)), (FORM[1],)),
    "long": (b"token=" + b"x" * 70_000, (FORM[1],)),
    "very long": (b"token=" + b"x" * 5_000_000, (FORM[1],)),
    "half an escape": (b"token=%&username=%f", (FORM[1],)),
}


def _post(
    server: InProcessServer, path: str, body: bytes, types: tuple[bytes, ...], *more: tuple[bytes, bytes]
) -> Reply:
    headers = [(b"host", b"localhost:9229"), *((b"content-type", kind) for kind in types), *more]
    return server.request("POST", server.base_url + path, headers, body)


def _refused(path: str, reply: Reply) -> None:
    """A refusal as the door of the path writes it."""
    headers = dict(reply.headers)
    assert all("\n" not in value and "\r" not in value for value in headers.values())
    if path in API:
        assert 400 <= reply.status < 500
        assert headers["content-type"] == "application/json"
        assert b'"error":"' in reply.body
    elif path in BROWSER:
        assert reply.status in (302, 303)
        assert "/error?error=" in headers["location"]
    else:
        assert 400 <= reply.status < 500
        assert headers["content-type"].startswith("text/html")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [*API, *BROWSER, *PAGES])
def test_malformed_forms(path: str, server: InProcessServer, ours: Realm, watch: Watch) -> None:
    with watch.nothing_stored(ours.pool_id):
        for kind, (body, types) in BODIES.items():
            if path == "/logout" and kind in ("no body", "many fields", "half an escape"):
                continue  # a sign-out needs no parameters, and these are none
            _refused(path, _post(server, f"/{ours.pool_id}{path}", body, types))


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"])
def test_credentials_that_are_none(path: str, server: InProcessServer, ours: Realm, watch: Watch) -> None:
    name, secret = ours.web.client_id.encode(), str(ours.web.secret).encode()
    given = {
        "bytes": b"\xff\xfe:\xff",
        "UTF-16": "a:b".encode("utf-16"),
        "surrogate": b"\xed\xa0\x80:x",
        "null": name + b"\0:" + secret,
        "escaped null": name + b"%00:" + secret,
        "escaped bytes": b"%ff:%ff",
        "no colon": name,
        "no name": b":" + secret,
        "long": b"x" * 100_000 + b":y",
        "line": name + b"\r\n:" + secret,
    }
    headers = {kind: b"Basic " + base64.b64encode(text) for kind, text in given.items()}
    headers |= {"raw bytes": b"Basic \xff\xfe", "no base64": b"Basic !", "scheme": b"Digest x", "nothing": b""}
    with watch.nothing_stored(ours.pool_id):
        for kind, value in headers.items():
            reply = _post(
                server,
                f"/{ours.pool_id}{path}",
                b"grant_type=client_credentials&token=x",
                (FORM[1],),
                (b"authorization", value),
            )
            assert (kind, reply.status) == (kind, 401)
            _refused(path, reply)
        twice = [(b"authorization", headers["bytes"])] * 2
        assert _post(server, f"/{ours.pool_id}{path}", b"token=x&grant_type=x", (FORM[1],), *twice).status == 401


@pytest.mark.parametrize(
    "uri",
    [
        "//evil.example",
        "///evil.example",
        "\\\\evil.example",
        "https:\\\\evil.example",
        "https://evil.example#@app.example/callback?tenant=7",
        "https://app.example@evil.example/callback?tenant=7",
        "https://app.example:443/callback?tenant=7",
        "https://app.example%2eevil.example/callback?tenant=7",
        "https://app\u3002example/callback?tenant=7",
        "https://app.example\uff0fcallback?tenant=7",
        "https://\u0430pp.example/callback?tenant=7",
        "https://app.example/callback?tenant=7\r\nSet-Cookie: a=b",
        "https://app.example/callback?tenant=7\u2028",
        "https://app.example/callback?tenant=7 ",
        " https://app.example/callback?tenant=7",
        "https://app.example/x/../callback?tenant=7",
        "https://app.example/callback?tenant=7&tenant=8",
        "https://app.example/callback?tenant=7#x",
        "HTTPS://APP.EXAMPLE/callback?tenant=7",
        "http://app.example/callback?tenant=7",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//https://app.example/callback",
        "data:text/html,x",
        "myapp:callback",
        "/callback",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(uri: str, http: httpx.Client, makers: Maker, ours: Realm, watch: Watch) -> None:
    """Even with a signed-in browser: to no address but a registered one, character by character."""
    makers.browser_session(ours, http)
    parameters = authorize_parameters(ours, redirect_uri=uri)
    with watch.nothing_stored(ours.pool_id):
        for path in ("/oauth2/authorize", "/authorize", "/login", "/signup"):
            _led_nowhere(http.get(f"/{ours.pool_id}{path}", params=parameters))
        _led_nowhere(http.post(f"/{ours.pool_id}/oauth2/authorize", data=parameters))
        for name in ("logout_uri", "redirect_uri", "post_logout_redirect_uri"):
            _led_nowhere(http.get(f"/{ours.pool_id}/logout", params={"client_id": ours.web.client_id, name: uri}))


def _led_nowhere(reply: httpx.Response) -> None:
    location = reply.headers.get("location", "")
    assert reply.status_code in (302, 303, 400)
    assert reply.status_code == 400 or location.startswith("/us-east-1_")
    assert "evil" not in location
    assert "Set-Cookie" not in str(reply.headers.get("location", ""))


@pytest.mark.parametrize(
    "path", ["/%ff/login", "/%00/login", "/us-east-1_a%2fb/login", "/../login", "/us-east-1_%ed%a0%80/login"]
)
def test_paths_of_no_pool(server: InProcessServer, path: str) -> None:
    assert server.request("GET", server.base_url + path, [(b"host", b"localhost")], b"").status == 404


def test_unknown_pools_and_hosts(server: InProcessServer, ours: Realm, watch: Watch) -> None:
    with watch.nothing_stored(ours.pool_id):
        for path in (*API, *BROWSER, *PAGES):
            url = f"{server.base_url}/us-east-1_NoSuchPl1{path}"
            body = b"grant_type=client_credentials&token=x&access_token=x&client_id=x"
            reply = server.request("POST", url, [(b"host", b"localhost"), (b"content-type", FORM[1])], body)
            assert reply.status in (401, 404), path
            for host in (b"evil.example", b"localhost.evil.example"):
                url = f"{server.base_url}/{ours.pool_id}{path}"
                assert server.request("POST", url, [(b"host", host), (b"content-type", FORM[1])], body).status == 421


def test_a_code_is_of_no_use_to_others(
    http: httpx.Client, makers: Maker, ours: Realm, theirs: Realm, watch: Watch
) -> None:
    """To another client, another pool, without or with another verifier, at another address; and it stays good."""
    makers.browser_session(ours, http)
    pkce = Verifier()
    location = http.get(f"/{ours.pool_id}/oauth2/authorize", params={**authorize_parameters(ours), **pkce.parameters})
    code = httpx.URL(location.headers["location"]).params["code"]
    right = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": pkce.verifier}
    with watch.nothing_stored(ours.pool_id, theirs.pool_id):
        for realm, party, changes in (
            (ours, ours.app, {"client_id": ours.app.client_id}),
            (theirs, theirs.web, {}),
            (theirs, ours.web, {}),
            (ours, theirs.web, {}),
            (ours, ours.web, {"code_verifier": ""}),
            (ours, ours.web, {"code_verifier": Verifier().verifier}),
            (ours, ours.web, {"code_verifier": pkce.challenge}),
            (ours, ours.web, {"redirect_uri": CALLBACK + "#"}),
            (ours, ours.web, {"redirect_uri": ""}),
            (ours, ours.web, {"code": code + "x"}),
        ):
            reply = http.post(f"/{realm.pool_id}/oauth2/token", data={**right, **changes}, headers=party.basic)
            assert reply.json()["error"] in ("invalid_grant", "invalid_client", "invalid_request"), changes
            assert 400 <= reply.status_code < 500
    assert http.post(f"/{ours.pool_id}/oauth2/token", data=right, headers=ours.web.basic).status_code == 200


def test_a_verifier_for_a_code_without_challenge(http: httpx.Client, makers: Maker, ours: Realm, watch: Watch) -> None:
    """A downgrade: the attacker strips the challenge on the way (RFC 9700 section 2.1.1)."""
    makers.browser_session(ours, http)
    location = http.get(f"/{ours.pool_id}/oauth2/authorize", params=authorize_parameters(ours)).headers["location"]
    form = {"grant_type": "authorization_code", "code": httpx.URL(location).params["code"], "redirect_uri": CALLBACK}
    with watch.nothing_stored(ours.pool_id):
        verifier = {**form, "code_verifier": Verifier().verifier}
        reply = http.post(f"/{ours.pool_id}/oauth2/token", data=verifier, headers=ours.web.basic)
    assert (reply.status_code, reply.json()["error"]) in {(400, "invalid_grant"), (400, "invalid_request")}


def test_what_another_pool_gave_is_nothing_here(
    http: httpx.Client, makers: Maker, ours: Realm, theirs: Realm, watch: Watch
) -> None:
    """Refresh and access tokens, the cookie of a browser session, a continuation."""
    tokens = makers.tokens(theirs)
    session_id, secret = makers.browser_session(theirs)
    parameters = authorize_parameters(ours, prompt="login")
    continuation = makers.continuation(theirs, parameters, session_id)
    http.cookies.set(makers.session_cookie(ours), secret, domain="localhost.local")
    with watch.nothing_stored(ours.pool_id, theirs.pool_id):
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["RefreshToken"]}
        for party in (ours.web, theirs.web):
            reply = http.post(f"/{ours.pool_id}/oauth2/token", data=refresh, headers=party.basic)
            assert reply.json()["error"] in ("invalid_grant", "invalid_client")
        for token in (tokens["RefreshToken"], tokens["AccessToken"], tokens["IdToken"]):
            told = http.post(f"/{ours.pool_id}/oauth2/introspect", data={"token": token}, headers=ours.web.basic)
            assert told.json() == {"active": False}
            gone = http.post(f"/{ours.pool_id}/oauth2/revoke", data={"token": token}, headers=ours.web.basic)
            assert gone.status_code in (200, 400)
        bearer = {"Authorization": f"Bearer {tokens['AccessToken']}"}
        assert http.get(f"/{ours.pool_id}/oauth2/userInfo", headers=bearer).status_code == 401
        reply = http.get(f"/{ours.pool_id}/oauth2/authorize", params={**parameters, "continuation": continuation})
        assert reply.headers["location"].startswith(f"/{ours.pool_id}/login?")
        silent = http.get(f"/{ours.pool_id}/oauth2/authorize", params=authorize_parameters(ours, prompt="none"))
        assert "error=login_required" in silent.headers["location"]


def test_a_browser_session_is_never_given_beforehand(http: httpx.Client, makers: Maker, ours: Realm) -> None:
    """Fixation: whatever cookie was planted, a sign-in makes a secret of its own and ends what the planted one opened."""
    name = makers.session_cookie(ours)
    _, planted = makers.browser_session(ours, http)
    visitor, app = Visitor(http), App(ours.pool_id, ours.app.client_id, CALLBACK)
    visitor.open(app.url(scope="openid", prompt="login"))
    visitor.submit({"username": ours.user.username, "password": ours.user.password})
    assert visitor.code()
    work = makers.make.work()
    given = [cookie.value for cookie in http.cookies.jar if cookie.name == name and cookie.value != planted]
    assert len(given) == 1
    assert find_session(work, ours.pool_id, given[0]) is not None
    assert find_session(work, ours.pool_id, planted) is None


def test_a_form_of_another_pool_does_nothing(
    http: httpx.Client, makers: Maker, ours: Realm, theirs: Realm, watch: Watch, server: InProcessServer
) -> None:
    """Its handle, its CSRF token, or both, at every page of ours."""
    visitor: dict[str, dict[str, Any]] = {}
    for realm in (ours, theirs):
        opened = Visitor(http).open(App(realm.pool_id, realm.app.client_id, CALLBACK).url("/login", scope="openid"))
        visitor[realm.tag] = opened.hidden()
    mine, foreign = visitor[ours.tag], visitor[theirs.tag]
    typed = {"username": ours.user.username, "password": ours.user.password, "code": "123456", "confirm_password": "x"}
    with watch.nothing_stored(ours.pool_id, theirs.pool_id, but=COUNTED):
        for fields in (foreign, {**mine, "_csrf": foreign["_csrf"]}, {**mine, "request": foreign["request"]}):
            for path in PAGES:
                reply = http.post(f"/{ours.pool_id}{path}", data={**fields, **typed, "submit": "submit"})
                assert reply.status_code == 400, path
                assert "set-cookie" not in reply.headers or "session" not in reply.headers["set-cookie"]
