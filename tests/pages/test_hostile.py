"""What pages do with requests that no honest browser sends."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.flows.work import Resources
from app.kit.clock import HOUR, MINUTE
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory
from tests.in_process import InProcessServer
from tests.pages.browsing import CALLBACK, App, Visitor
from tests.pages.conftest import AppMaker
from tests.pages.samples import HOSTILE

ORIGIN = "http://localhost:9229"
PATHS = ("/login", "/signup", "/forgotPassword", "/confirm", "/confirmforgotPassword", "/challenge")
FORM = {"content-type": "application/x-www-form-urlencoded"}


def is_refused(visitor: Visitor, *statuses: int) -> bool:
    """Whether the visitor sees an error page and nothing happened."""
    assert not visitor.away
    assert not any("session" in name for name in visitor.http.cookies)
    assert visitor.response.status_code in (statuses or (400,))
    return visitor.heading in (
        "This link does not work",
        "This page has expired",
        "Page not found",
        "Your browser sent no cookie",
    )


def _has_own_scripts_only(visitor: Visitor) -> bool:
    """Whether the page's scripts, if it has any, are files of this origin."""
    scripts = visitor.page.all("script")
    return all(item.get("src").startswith("/_static/") and not item.text for item in scripts)


@pytest.fixture
def credentials(app: App, make: Factory) -> dict[str, str]:
    user = make.user(app.pool_id)
    return {"username": user.username, "password": user.password}


@pytest.mark.parametrize("path", PATHS)
def test_every_page_carries_its_headers(visitor: Visitor, app: App, path: str) -> None:
    headers = visitor.open(app.url(path)).response.headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "cross-origin-opener-policy" not in headers, "an app may have opened a window for it"
    assert headers["permissions-policy"]
    # A script is allowed on the pages that have one.
    assert headers["content-security-policy"].replace("script-src 'self'; ", "") == (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def test_forms_of_no_app_lead_nowhere_else(visitor: Visitor, app: App, ours: Any) -> None:
    """On the way to the account page, as on the account page itself."""
    ours.update_pool_settings(UserPoolId=app.pool_id, AccountPage="ENABLED")
    headers = visitor.open(f"/{app.pool_id}/account").response.headers
    assert visitor.heading == "Sign in"
    assert "form-action 'self';" in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_the_error_page_leads_nowhere(visitor: Visitor, app: App) -> None:
    visitor.open(app.url("/login", redirect_uri="https://evil.example/"))
    assert "form-action 'self';" in visitor.response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/callback",
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example.evil.example/callback",
        "https://app.example@evil.example/callback",
        "//evil.example",
        "javascript:alert(1)",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/login", "/signup"])
def test_an_unproven_address_is_never_redirected_to(visitor: Visitor, app: App, uri: str, path: str) -> None:
    assert is_refused(visitor.open(app.url(path, redirect_uri=uri)))
    assert "evil" not in visitor.response.text


@pytest.mark.parametrize("client_id", ["", "unknown", "a" * 5_000, HOSTILE])
def test_an_unknown_client_sees_the_error_page(visitor: Visitor, app: App, client_id: str) -> None:
    assert is_refused(visitor.open(app.url("/login", client_id=client_id)))


def test_a_client_of_another_pool_is_unknown(visitor: Visitor, app: App, make_app: AppMaker) -> None:
    foreign = make_app()
    assert is_refused(visitor.open(app.url("/login", client_id=foreign.client_id)))


def test_a_bad_request_of_a_proven_app_is_told_to_the_app(visitor: Visitor, app: App) -> None:
    visitor.open(app.url("/login", scope="nothing"))
    assert visitor.away.startswith(CALLBACK + "?error=invalid_scope")


def test_an_unknown_pool_is_not_found(visitor: Visitor, app: App) -> None:
    assert is_refused(visitor.open(app.url("/login").replace(app.pool_id, "us-east-1_NoSuchPl1")), 404)


def test_an_unknown_host_is_refused(server: InProcessServer, app: App) -> None:
    reply = server.request("GET", ORIGIN + app.url("/login"), [(b"host", b"evil.example")], b"")
    assert (reply.status, b"<form" in reply.body) == (421, False)


def test_a_link_does_not_trust_the_host_header(server: InProcessServer, app: App) -> None:
    reply = server.request("GET", ORIGIN + app.url("/login"), [(b"host", b"127.0.0.1:1234")], b"")
    assert reply.status == 200
    assert b"127.0.0.1:1234" not in reply.body


def _without_token(data: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in data.items() if name != "_csrf"}


def _with_foreign_token(data: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {**data, "_csrf": other["_csrf"]}


def _with_foreign_form(data: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {**data, **other}


def _without_handle(data: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in data.items() if name != "request"}


def _with_broken_handle(data: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {**data, "request": data["request"][:-4] + "AAAA"}


def _with_garbage(data: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {**data, "request": "é" * 50}


@pytest.mark.parametrize(
    "change",
    [
        _without_token,
        _with_foreign_token,
        _with_foreign_form,
        _without_handle,
        _with_broken_handle,
        _with_garbage,
    ],
)
def test_a_form_that_this_browser_was_not_given_does_nothing(
    visitor: Visitor,
    other_visitor: Visitor,
    app: App,
    credentials: dict[str, str],
    change: Callable[[dict[str, str], dict[str, str]], dict[str, str]],
) -> None:
    visitor.open(app.url("/login"))
    other_visitor.open(app.url("/login"))
    data = change(visitor.hidden(), other_visitor.hidden())
    assert is_refused(visitor.post(visitor.action(), {**data, **credentials}))


def test_a_token_is_good_for_its_own_tab_only(visitor: Visitor, app: App, credentials: dict[str, str]) -> None:
    first = visitor.open(app.url("/login")).hidden()
    second = visitor.open(app.url("/login")).hidden()
    mixed = {"_csrf": first["_csrf"], "request": second["request"], **credentials}
    assert is_refused(visitor.post(visitor.action(), mixed))


def test_a_handle_of_another_pool_does_not_open(
    visitor: Visitor, app: App, make_app: AppMaker, credentials: dict[str, str]
) -> None:
    data = visitor.open(make_app().url("/login")).hidden()
    visitor.open(app.url("/login"))
    assert is_refused(visitor.post(visitor.action(), {**data, **credentials}))


def test_a_handle_in_a_link_is_of_no_use_to_another_browser(visitor: Visitor, other_visitor: Visitor, app: App) -> None:
    visitor.open(app.url("/signup")).submit({"username": "maya", "email": "h1@example.com", "password": PASSWORD})
    assert visitor.path == "/confirm"
    assert is_refused(other_visitor.open(str(visitor.response.url)))
    assert "maya" not in other_visitor.response.text
    assert other_visitor.follow("Go to sign in").heading == "Sign in"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9230"},
        {"origin": "https://localhost:9229"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_sent_by_another_site_does_nothing(
    visitor: Visitor, app: App, credentials: dict[str, str], headers: dict[str, str]
) -> None:
    visitor.open(app.url("/login"))
    assert is_refused(visitor.submit(credentials, headers=headers))


def test_without_cookies_the_page_says_so(visitor: Visitor, app: App, credentials: dict[str, str]) -> None:
    visitor.open(app.url("/login"))
    visitor.http.cookies.clear()
    assert is_refused(visitor.submit(credentials))
    assert visitor.heading == "Your browser sent no cookie"
    assert visitor.follow("Go to sign in").heading == "Sign in"


def test_a_form_that_lay_too_long_starts_again(
    visitor: Visitor, app: App, credentials: dict[str, str], clock: Clock
) -> None:
    visitor.open(app.url())
    clock.advance(ms=HOUR + MINUTE)
    visitor.submit(credentials)
    assert is_refused(visitor)
    assert visitor.heading == "This page has expired"
    visitor.follow("Go to sign in")
    assert visitor.submit(credentials).code()


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"a=" + b"x" * 70_000, FORM),
        (b"&".join(b"a%d=1" % number for number in range(200)), FORM),
        (b"username=a&username=b", FORM),
        (b"username=%00", FORM),
        (b"username=%ff%fe", FORM),
        (b"username=\xff", FORM),
        (b"username=%0b", FORM),
        (b"%%%=%%%&&&===", FORM),
        (b"", FORM),
        (b"{}", {"content-type": "application/json"}),
        (b"--x\r\n\r\n--x--", {"content-type": "multipart/form-data; boundary=x"}),
        (b"username=a", {}),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_a_malformed_form_is_a_clear_400(
    http: httpx.Client, visitor: Visitor, app: App, path: str, content: bytes, headers: dict[str, str]
) -> None:
    visitor.response = http.post(f"/{app.pool_id}{path}", content=content, headers=headers)
    visitor.page = type(visitor.page)(visitor.response.text)
    assert is_refused(visitor)


@pytest.mark.parametrize(
    "query",
    ["client_id=%ff", "client_id=%00", "a=1&" * 200, "request=%C3%A9", "request=", "request=AAAA", "x=" + "y" * 40_000],
)
@pytest.mark.parametrize("path", [*PATHS, "/confirmUser"])
def test_a_malformed_query_is_a_clear_400(visitor: Visitor, app: App, path: str, query: str) -> None:
    assert is_refused(visitor.open(f"/{app.pool_id}{path}?{query}"))


def test_nothing_injects_a_header(visitor: Visitor, app: App, credentials: dict[str, str]) -> None:
    injected = "x\r\nSet-Cookie: evil=1\r\n\r\n<script>"
    for url in (app.url(state=injected), app.url("/login", lang=injected), app.url("/login", state=injected)):
        reply = visitor.http.get(url)
        assert "evil" not in str(reply.headers.get("set-cookie", ""))
        assert "\n" not in reply.headers.get("location", "")


def test_hostile_text_is_only_ever_text(visitor: Visitor, make_app: AppMaker, operator: Any) -> None:
    app = make_app(PoolName="Harbour")
    operator.update_user_pool_client(
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        ClientName="Boats",
        CallbackURLs=[CALLBACK],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
    )
    visitor.open(app.url("/login", login_hint=HOSTILE, state=HOSTILE, nonce=HOSTILE))
    assert _has_own_scripts_only(visitor)
    assert visitor.page.with_id("username").get("value") == HOSTILE
    visitor.submit({"username": HOSTILE, "password": HOSTILE})
    assert visitor.response.status_code == 400
    assert _has_own_scripts_only(visitor)
    assert visitor.page.with_id("username").get("value") == HOSTILE
    assert HOSTILE not in visitor.response.text
    visitor.open(app.url("/signup")).submit({"username": HOSTILE, "email": HOSTILE, "password": PASSWORD})
    assert visitor.response.status_code == 400
    assert _has_own_scripts_only(visitor)
    visitor.open(app.url("/forgotPassword")).submit({"username": "<script>alert(1)</script>"})
    assert visitor.path == "/confirmforgotPassword"
    assert _has_own_scripts_only(visitor)
    link = f"/{app.pool_id}/confirmUser"
    visitor.open(
        str(httpx.URL(link, params={"client_id": app.client_id, "user_name": HOSTILE, "confirmation_code": HOSTILE}))
    )
    assert not visitor.page.all("script")
    assert visitor.hidden()["code"] == HOSTILE


def test_a_password_is_never_shown_again(visitor: Visitor, app: App) -> None:
    secret = "A-Secret-Nobody-Repeats-1"
    visitor.open(app.url("/login")).submit({"username": "x", "password": secret})
    assert secret not in visitor.response.text
    visitor.open(app.url("/signup")).submit({"username": "", "email": "", "password": secret})
    assert secret not in visitor.response.text
    visitor.open(app.url("/forgotPassword")).submit({"username": "x"})
    visitor.submit({"code": "1", "password": secret, "confirm_password": secret + "x"})
    assert secret not in visitor.response.text


def test_the_error_page_repeats_nothing(visitor: Visitor, app: App) -> None:
    visitor.open(f"/{app.pool_id}/error?error=EVIL&error_description=EVIL&client_id=EVIL")
    assert visitor.response.status_code == 400
    assert "EVIL" not in visitor.response.text


@pytest.mark.parametrize("path", [*PATHS, "/resendcode", "/signedout", "/error"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(http: httpx.Client, app: App, path: str, method: str) -> None:
    reply = http.request(method, f"/{app.pool_id}{path}")
    assert reply.status_code == 405
    assert "access-control-allow-origin" not in reply.headers


def test_head_and_lower_case_paths(http: httpx.Client, app: App) -> None:
    assert http.head(app.url("/login")).status_code == 200
    for path in ("/forgotPassword", "/forgotpassword", "/confirmforgotPassword", "/confirmforgotpassword"):
        assert http.get(app.url(path)).status_code in (200, 303)


def test_cookies_are_kept_from_scripts_and_other_sites(http: httpx.Client, app: App) -> None:
    cookie = http.get(app.url("/login")).headers["set-cookie"].lower()
    assert cookie.startswith("ph_browser_")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "domain" not in cookie


def test_under_https_no_other_host_can_set_our_cookies(resources: Resources, app: App) -> None:
    secure = resources.settings.model_copy(update={"base_url": "https://id.example"})
    server = InProcessServer(replace(resources, settings=secure))
    with server.http_client() as client:
        reply = client.get(app.url("/login"))
    server.close()
    assert reply.headers["set-cookie"].startswith("__Host-ph_browser_")
    assert "; secure" in reply.headers["set-cookie"].lower()
    assert reply.headers["strict-transport-security"] == "max-age=31536000"


def test_a_planted_nonce_is_replaced(http: httpx.Client, visitor: Visitor, app: App) -> None:
    name = next(iter(visitor.open(app.url("/login")).http.cookies))
    http.cookies.clear()
    reply = http.get(app.url("/login"), headers={"cookie": f"{name}=planted"})
    assert reply.headers["set-cookie"].startswith(f"{name}=")


def test_passwords_are_guessed_a_few_times_only(visitor: Visitor, app: App, make: Factory) -> None:
    user = make.user(app.pool_id)
    visitor.open(app.url("/login"))
    for _ in range(5):
        visitor.submit({"username": user.username, "password": "Wrong-Horse-9"})
    visitor.submit({"username": user.username, "password": user.password})
    assert visitor.errors == ["The sign-in details are not right. Check them and try again."]


def test_static_files_may_be_kept_for_ever(visitor: Visitor, app: App) -> None:
    found = visitor.open(app.url("/login")).page.all("link")
    links = [link for link in found if link.get("rel") != "expect"]
    for link in links:
        reply = visitor.http.get(link.get("href"))
        assert reply.status_code == 200
        assert "immutable" in reply.headers["cache-control"]
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert {link.get("rel") for link in links} == {"icon", "stylesheet"}
    assert visitor.http.get("/_static/poolhouse.css").status_code == 404
    assert visitor.http.get("/_static/../layout.html").status_code == 404


def test_a_language_is_chosen_and_kept(visitor: Visitor, app: App) -> None:
    reply = visitor.http.get(app.url("/login", lang="en"), headers={"accept-language": "de;q=1, en;q=0.5, *;q=x"})
    assert "ph_lang" in str(reply.headers.get_list("set-cookie"))
    assert '<html lang="en"' in reply.text
    assert visitor.http.get(app.url("/login", lang="xx-unknown")).status_code == 200
