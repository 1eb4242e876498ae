"""The dev door: overview, inbox, a sign-in to try; for this machine only, and never under `serve`."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.flows.deliver_messages import deliver_messages
from app.flows.work import Resources
from app.main import create_app
from tests.conftest import Clock
from tests.factories import Factory
from tests.in_process import InProcessServer

CALLBACK = "http://localhost:9229/_dev/callback"
PAGES = ("/", "/_dev", "/_dev/try", "/_dev/callback", "/_dev/inbox", "/_dev/inbox.json", "/_dev/message")


@pytest.fixture
def client(make: Factory, clock: Clock) -> dict[str, Any]:
    """A public client whose callback is the page of the dev door, in the newest pool: the overview shows those."""
    clock.advance(ms=1)
    return make.client(
        make.pool(AutoVerifiedAttributes=["email"]),
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        SupportedIdentityProviders=["COGNITO"],
        CallbackURLs=[CALLBACK],
    )


def test_the_overview_shows_pools_and_clients(http: httpx.Client, client: dict[str, Any]) -> None:
    for path in ("/", "/_dev"):
        page = http.get(path)
        assert page.status_code == 200
        assert client["UserPoolId"] in page.text
        assert client["ClientId"] in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


def test_the_overview_leads_to_account_pages(http: httpx.Client, client: dict[str, Any], ours: Any) -> None:
    url = f"http://localhost:9229/{client['UserPoolId']}/account?client_id={client['ClientId']}"
    assert url not in http.get("/_dev").text
    ours.update_pool_settings(UserPoolId=client["UserPoolId"], AccountPage="ENABLED")
    assert url in http.get("/_dev").text
    assert "Sign in" in http.get(url, follow_redirects=True).text


def test_the_inbox_shows_what_went_out(
    http: httpx.Client, public: Any, resources: Resources, client: dict[str, Any]
) -> None:
    public.sign_up(
        ClientId=client["ClientId"],
        Username="ana",
        Password="Correct-Horse-7",
        UserAttributes=[{"Name": "email", "Value": "Ana@example.com"}],
    )
    deliver_messages(resources)
    found = [
        message
        for message in http.get("/_dev/inbox.json", params={"to": "ana@EXAMPLE.com"}).json()
        if message["user_pool_id"] == client["UserPoolId"]
    ]
    assert [(message["medium"], message["to"], message["username"]) for message in found] == [
        ("EMAIL", "Ana@example.com", "ana")
    ]
    code = found[0]["code"]
    assert re.fullmatch(r"\d{6}", code)
    assert code in found[0]["text"]
    page = http.get("/_dev/inbox", params={"to": "ana@example.com"})
    assert code in page.text
    assert code in http.get("/_dev/inbox").text
    assert "sandbox" in http.get(f"/_dev/message?id={found[0]['message_id']}").headers["content-security-policy"]
    assert http.get("/_dev/message?id=nothing").status_code == 404
    assert http.get("/_dev/inbox.json", params={"to": "nobody@example.com"}).json() == []


@pytest.mark.parametrize("to", ["+4915112345678", "%2B4915112345678", " %2B4915112345678 "])
def test_a_phone_number_is_found_as_people_write_it(
    http: httpx.Client, public: Any, make: Factory, resources: Resources, to: str
) -> None:
    client = make.client(make.pool(AutoVerifiedAttributes=["phone_number"]))
    phone = {"Name": "phone_number", "Value": "+4915112345678"}
    public.sign_up(ClientId=client["ClientId"], Username="ben", Password="Correct-Horse-7", UserAttributes=[phone])
    deliver_messages(resources)
    found = http.get(f"/_dev/inbox.json?to={to}").json()
    assert [message["to"] for message in found if message["user_pool_id"] == client["UserPoolId"]] == [phone["Value"]]


def test_a_try_leads_to_authorize_with_pkce(http: httpx.Client, client: dict[str, Any]) -> None:
    begun = http.get("/_dev/try", params={"client_id": client["ClientId"]})
    assert begun.status_code == 302
    url = urlsplit(begun.headers["location"])
    assert url.path == f"/{client['UserPoolId']}/oauth2/authorize"
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert query["redirect_uri"] == CALLBACK
    assert query["code_challenge_method"] == "S256"
    cookie = begun.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/_dev/callback" in cookie
    assert query["code_challenge"] not in cookie
    assert httpx.URL(begun.headers["location"]).host == "localhost"


def test_a_try_without_a_fitting_client(http: httpx.Client, make: Factory) -> None:
    other = make.client(make.pool())
    assert http.get("/_dev/try", params={"client_id": other["ClientId"]}).status_code == 400
    assert http.get("/_dev/try", params={"client_id": "nobody"}).status_code == 400
    assert http.get("/_dev/try").status_code == 404


def test_the_callback_shows_what_came_and_escapes_it(http: httpx.Client) -> None:
    page = http.get(
        "/_dev/callback", params={"error": "access_denied", "error_description": "<script>alert(1)</script>"}
    )
    assert "access_denied" in page.text
    assert "<script>" not in page.text
    page = http.get("/_dev/callback", params={"code": "abc", "state": "of-another-browser"})
    assert "abc" in page.text
    assert 'id="exchange"' not in page.text
    refused = http.post("/_dev/callback", data={"code": "abc", "state": "of-another-browser"})
    assert "invalid_request" in refused.text


def test_a_wrong_code_gets_the_token_endpoints_answer(http: httpx.Client, client: dict[str, Any]) -> None:
    begun = http.get("/_dev/try", params={"client_id": client["ClientId"]})
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    arrived = http.get("/_dev/callback", params={"code": "wrong", "state": state})
    assert 'id="exchange"' in arrived.text
    refused = http.post("/_dev/callback", data={"code": "wrong", "state": state})
    assert "invalid_grant" in refused.text


def test_a_refresh_shows_decoded_tokens(http: httpx.Client, make: Factory, client: dict[str, Any]) -> None:
    user = make.user(client["UserPoolId"])
    refresh_token = make.tokens(client["ClientId"], user)["RefreshToken"]
    page = http.post("/_dev/callback", data={"refresh_token": refresh_token, "client_id": client["ClientId"]})
    assert 'id="access_token"' in page.text
    assert user.sub in page.text


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("host", [b"poolhouse.internal", b"localhost.evil.example", b"evil.example:9229"])
def test_other_hosts_see_nothing(server: InProcessServer, path: str, host: bytes) -> None:
    assert server.request("GET", server.base_url + path, [(b"host", host)], b"").status in (403, 421)


@pytest.fixture
def container(resources: Resources) -> Iterator[InProcessServer]:
    """A dev server that containers reach by another name."""
    settings = resources.settings.model_copy(update={"allowed_hosts": "poolhouse.internal"})
    running = InProcessServer(replace(resources, settings=settings))
    yield running
    running.close()


@pytest.mark.parametrize("path", PAGES)
def test_an_allowed_host_is_not_let_into_the_dev_door(container: InProcessServer, path: str) -> None:
    host = [(b"host", b"poolhouse.internal")]
    assert container.request("GET", container.base_url + path, host, b"").status == 403
    assert container.request("GET", container.base_url + "/healthz", host, b"").status == 200


def test_nothing_of_the_door_is_kept(http: httpx.Client, client: dict[str, Any]) -> None:
    """Its pages show secrets, and its redirects carry a state that is good once."""
    for path, host, status in (
        *((path, "localhost:9229", 200) for path in PAGES if path not in ("/_dev/try", "/_dev/message")),
        (f"/_dev/try?client_id={client['ClientId']}", "localhost:9229", 302),
        (f"/_dev/try?client_id={client['ClientId']}", "127.0.0.1:9229", 302),
        ("/_dev/try", "localhost:9229", 404),
        ("/_dev/message?id=none", "localhost:9229", 404),
        ("/_dev/try?client_id=none", "localhost:9229", 400),
        ("/_dev", "localhost.evil.example", 421),
    ):
        reply = http.get(path, headers={"host": host})
        assert (path, reply.status_code) == (path, status)
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_other_origins_may_not_post_or_read(server: InProcessServer) -> None:
    headers = [(b"host", b"localhost:9229"), (b"origin", b"http://evil.example")]
    assert server.request("POST", server.base_url + "/_dev/callback", headers, b"").status == 403
    reply = server.request("GET", server.base_url + "/_dev/inbox.json", headers, b"")
    assert not [name for name, _ in reply.headers if name.lower().startswith("access-control")]


def test_under_serve_there_is_no_dev_door(resources: Resources) -> None:
    production = replace(resources, settings=resources.settings.model_copy(update={"mode": "serve"}))
    app = create_app(production)
    paths = {path for table in (app._server_routes, app._pool_routes, app._anywhere) for path in table}
    assert not [path for path in paths if path.startswith("/_dev")]
    assert [route.methods for route in app._server_routes["/"]] == [("POST", "OPTIONS")]


def test_the_verifier_fits_its_challenge(http: httpx.Client, client: dict[str, Any]) -> None:
    begun = http.get("/_dev/try", params={"client_id": client["ClientId"]})
    challenge = parse_qs(urlsplit(begun.headers["location"]).query)["code_challenge"][0]
    value = begun.headers["set-cookie"].partition("=")[2].partition(";")[0].strip('"')
    verifier = base64.urlsafe_b64decode(value).decode().rpartition('"')[0].rpartition('"')[2]
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert made == challenge
