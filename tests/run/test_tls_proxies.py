"""`poolhouse serve` behind nginx and Caddy as deploy/ has them: a whole sign-in over TLS, and what nobody can forge there."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from app.commands.doctor import doctor
from app.commands.refusals import of_server
from app.kit.sealing import new_master_key
from app.kit.settings import Settings
from tests.factories import PASSWORD, claims_of
from tests.pages.browsing import CALLBACK, App, Visitor
from tests.ports import free_port
from tests.postgres import Cluster
from tests.run.conftest import ROOT_ID
from tests.run.processes import Running, operator_of, served, wait_for
from tests.run.tls_proxies import DEPLOY, TlsProxy, started_caddy, started_nginx

# With the proxies' own files nothing is different on another database, so once is enough.
pytestmark = [pytest.mark.clients, pytest.mark.slow]

BASE, CUSTOM, FORGED = "https://id.example.com", "login.example.org", "198.51.100.66"
FORGERY = {
    "X-Forwarded-For": FORGED,
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Real-IP": FORGED,
    "Forwarded": f"for={FORGED};host=evil.example;proto=http",
}


class _Mails:
    """A mail server's handler that keeps what comes."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        self.kept += [str(part.get_content()) for part in message.walk() if part.get_content_type() == "text/html"]
        return "250 taken"

    def wait(self) -> str:
        """The newest HTML, once there is some."""
        deadline = time.monotonic() + 10
        while not self.kept:
            assert time.monotonic() < deadline, "no mail came"
            time.sleep(0.02)
        return self.kept.pop()


@dataclass(frozen=True)
class Site:
    """A server in production, with an app of a pool that has a prefix and one that has a custom domain."""

    server: Running
    settings: dict[str, str]
    operator: Any
    apps: dict[str, App]
    mails: _Mails

    @property
    def port(self) -> int:
        return int(self.server.base_url.rpartition(":")[2])

    def source_ips(self, username: str) -> set[str]:
        """Where the sign-ins of a user came from."""
        query = """SELECT source_ip FROM audit_events JOIN users USING (pool_id, sub)
            WHERE username = %s AND principal IS NULL"""
        with psycopg.connect(self.settings["database_url"].replace("+psycopg", "")) as connection:
            return {row[0] for row in connection.execute(query, (username,))}

    def user(self, app: App) -> str:
        """A new user of an app's pool, with PASSWORD."""
        username = f"user-{secrets.token_hex(4)}"
        names = {"UserPoolId": app.pool_id, "Username": username}
        self.operator.admin_create_user(**names, MessageAction="SUPPRESS")
        self.operator.admin_set_user_password(**names, Password=PASSWORD, Permanent=True)
        return username


@pytest.fixture(scope="module")
def site(cluster: Cluster, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    mails = _Mails()
    controller = Controller(mails, hostname="localhost", port=free_port())
    controller.start()
    settings = {
        "base_url": BASE,
        "domain_suffix": "pools.example.net",
        "trusted_proxies": "127.0.0.1",
        "database_url": cluster.create_database(f"proxied_{secrets.token_hex(4)}", migrated),
        "master_key": new_master_key(),
        "root_access_key_id": ROOT_ID,
        "root_secret_access_key": secrets.token_urlsafe(32),
        "argon2_memory_kib": "8192",
        "metrics_port": str(free_port()),
        "smtp_url": f"smtp://localhost:{controller.port}",
        "mail_from": "no-reply@example.com",
    }
    with served(tmp_path_factory.mktemp("proxied"), settings) as server:
        operator = operator_of(server, settings)
        hosts = {"acme.pools.example.net": "acme", CUSTOM: CUSTOM}
        yield Site(server, settings, operator, {host: _app(operator, name) for host, name in hosts.items()}, mails)
        assert server.stop() == 0
        assert "Traceback" not in server.log
    controller.stop()


def _app(operator: Any, domain: str) -> App:
    pool_id = operator.create_user_pool(
        PoolName=domain,
        AutoVerifiedAttributes=["email"],
        VerificationMessageTemplate={"DefaultEmailOption": "CONFIRM_WITH_LINK"},
    )["UserPool"]["Id"]
    is_custom = "." in domain
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/abcdef"}
    more = {"CustomDomainConfig": certificate} if is_custom else {}
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=domain, **more)
    client = operator.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="web",
        CallbackURLs=[CALLBACK],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        SupportedIdentityProviders=["COGNITO"],
        ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    return App(pool_id, client["ClientId"])


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsProxy]:
    """The server's TLS proxy."""
    folder = tmp_path_factory.mktemp(request.param)
    metrics_port = int(site.settings["metrics_port"])
    started = (
        started_nginx(folder, site.port) if request.param == "nginx" else started_caddy(folder, site.port, metrics_port)
    )
    with started as running:
        yield running


@pytest.fixture
def browser(proxy: TlsProxy) -> Iterator[httpx.Client]:
    with proxy.client() as client:
        yield client


@pytest.mark.parametrize("host", ["acme.pools.example.net", CUSTOM])
def test_a_sign_in(site: Site, browser: httpx.Client, host: str) -> None:
    """From the issuer path to the pool's own host, home with a code, and to tokens; all of it over TLS."""
    app = site.apps[host]
    username = site.user(app)
    moved = browser.get(BASE + app.url())
    assert moved.headers["location"].startswith(f"https://{host}/oauth2/authorize?")
    browser.base_url = httpx.URL(f"https://{host}")
    visitor = Visitor(browser).open(moved.headers["location"])
    shown = visitor.response.headers
    assert shown.get_list("strict-transport-security") == ["max-age=31536000"]
    assert "content-encoding" not in shown
    assert "server" not in shown or shown["server"].lower() in ("nginx", "caddy")
    for link in (link for link in visitor.page.all("link") if link.get("rel") != "expect"):
        assert browser.get(link.get("href")).status_code == 200
    headers = {"origin": f"https://{host}"}
    visitor.submit({"username": username, "password": PASSWORD}, headers=headers)
    assert parse_qs(urlsplit(visitor.away).query)["iss"] == [f"{BASE}/{app.pool_id}"]
    tokens = browser.post("/oauth2/token", data=app.exchange(visitor.code())).json()
    assert claims_of(tokens["id_token"])["iss"] == f"{BASE}/{app.pool_id}"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    for base in (f"https://{host}", f"{BASE}/{app.pool_id}"):
        assert browser.get(f"{base}/oauth2/userInfo", headers=bearer).json()["username"] == username
        assert len(browser.get(f"{base}/.well-known/jwks.json").json()["keys"]) == 2
    assert site.source_ips(username) == {"127.0.0.2"}


def test_cookies(site: Site, browser: httpx.Client) -> None:
    page = browser.get(f"https://{CUSTOM}/login?{urlencode(site.apps[CUSTOM].parameters())}")
    (cookie,) = page.headers.get_list("set-cookie")
    assert re.fullmatch(r"__Host-ph_browser_\w+=[\w-]+; HttpOnly; Path=/; SameSite=lax; Secure", cookie)


def test_http_leads_to_https(browser: httpx.Client, site: Site) -> None:
    for host in ("id.example.com", *site.apps):
        found = browser.get(f"http://{host}/login?client_id=a%20b", headers=FORGERY)
        assert found.status_code in (301, 308)
        assert found.headers["location"] == f"https://{host}/login?client_id=a%20b"
        assert "set-cookie" not in found.headers


def test_discovery_names_https_alone(browser: httpx.Client, site: Site) -> None:
    app = site.apps[CUSTOM]
    for headers in ({}, FORGERY):
        document = browser.get(f"{BASE}/{app.pool_id}/.well-known/openid-configuration", headers=headers).json()
        urls = {name: url for name, url in document.items() if name.endswith(("_endpoint", "_uri"))}
        assert urls.pop("jwks_uri") == f"{BASE}/{app.pool_id}/.well-known/jwks.json"
        assert {url.partition("/o")[0].partition("/l")[0] for url in urls.values()} <= {f"https://{CUSTOM}", "https:/"}
        assert all(url.startswith(f"https://{CUSTOM}/") for url in urls.values())


def test_forged_headers_from_outside_have_no_effect(browser: httpx.Client, site: Site, proxy: TlsProxy) -> None:
    """Neither through the proxy, nor straight to the server from an address that is not the proxy's."""
    app, other = site.apps[CUSTOM], site.apps["acme.pools.example.net"]
    username = site.user(app)
    browser.base_url = httpx.URL(f"https://{CUSTOM}")
    browser.headers.update({**FORGERY, "X-Forwarded-Host": "acme.pools.example.net"})
    visitor = Visitor(browser).open(f"/oauth2/authorize?{urlencode(app.parameters())}")
    visitor.submit({"username": username, "password": PASSWORD}, headers={"origin": f"https://{CUSTOM}"})
    assert visitor.code()
    assert site.source_ips(username) == {"127.0.0.2"}
    assert browser.get("/.well-known/openid-configuration").json()["issuer"] == f"{BASE}/{app.pool_id}"
    assert browser.get(f"/login?{urlencode(other.parameters())}").status_code == 400

    direct = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=direct, base_url=site.server.base_url) as http:
        forged = {**FORGERY, "Host": "id.example.com", "X-Forwarded-Host": CUSTOM}
        assert http.get("/.well-known/openid-configuration", headers=forged).status_code == 404
        assert http.get(f"/{app.pool_id}/.well-known/jwks.json", headers=forged).status_code == 200


def test_hosts_that_are_nobodys(browser: httpx.Client, proxy: TlsProxy) -> None:
    """They get no certificate; under the wildcard of nginx, which is for all prefixes, no page."""
    for host in ("evil.example", "login.evil.example", "example.org"):
        with pytest.raises(httpx.ConnectError, match=r"(?i)ssl|tls"):
            browser.get(f"https://{host}/")
    if proxy.name == "nginx":
        with pytest.raises(httpx.RemoteProtocolError):
            browser.get("http://evil.example/")
        assert browser.get("https://nobody.pools.example.net/login").status_code == 421
    else:
        with pytest.raises(httpx.ConnectError, match=r"(?i)ssl|tls"):
            browser.get("https://nobody.pools.example.net/login")


def test_a_signed_call_of_the_api(browser: httpx.Client, site: Site) -> None:
    """The signature is over the Host, so it has to come through as it was sent."""
    request = AWSRequest(
        "POST",
        BASE,
        data=json.dumps({"MaxResults": 10}),
        headers={
            "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUserPools",
            "Content-Type": "application/x-amz-json-1.1",
        },
    )
    credentials = Credentials(ROOT_ID, site.settings["root_secret_access_key"])
    SigV4Auth(credentials, "cognito-idp", "us-east-1").add_auth(request)
    answer = browser.post(BASE, content=request.body, headers=dict(request.headers))
    assert answer.status_code == 200
    assert {pool["Name"] for pool in answer.json()["UserPools"]} == {"acme", CUSTOM}


def test_links_in_mails(browser: httpx.Client, site: Site) -> None:
    app = site.apps[CUSTOM]
    username = f"user-{secrets.token_hex(4)}"
    body = {
        "ClientId": app.client_id,
        "Username": username,
        "Password": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": f"{username}@example.com"}],
    }
    headers = {
        **FORGERY,
        "X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp",
        "Content-Type": "application/x-amz-json-1.1",
    }
    assert browser.post(BASE, content=json.dumps(body), headers=headers).status_code == 200
    mail = site.mails.wait()
    links = {unescape(link) for link in re.findall(r'href="([^"]+)"', mail)}
    assert links
    for link in links:
        assert link.startswith(f"https://{CUSTOM}/confirmUser?")
        assert browser.get(link).status_code == 200


def test_large_requests(browser: httpx.Client, proxy: TlsProxy, site: Site) -> None:
    """What is a little too long hears it from Poolhouse in the form of its door, what is far too long from the proxy."""
    url = f"{BASE}/{site.apps[CUSTOM].pool_id}/oauth2/token"
    browser.headers["content-type"] = "application/x-www-form-urlencoded"
    told = browser.post(url, content=b"a=" + b"b" * 100_000)
    assert (told.status_code, told.headers["content-type"]) == (413, "application/json")
    # Caddy 2.6, which is Debian's, takes its own limit for a fault of the server behind it.
    refused = {"nginx": [413], "caddy": [413, 502]}[proxy.name]
    assert browser.post(url, content=b"a=" + b"b" * 5_000_000).status_code in refused
    long_query = urlencode({"login_hint": "a" * 10_000, **site.apps[CUSTOM].parameters()})
    assert browser.get(f"https://{CUSTOM}/login?{long_query}").status_code in (200, 400)


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)
def test_the_log_of_nginx(browser: httpx.Client, proxy: TlsProxy, site: Site) -> None:
    """Each line tells the id by which Poolhouse's own log knows the request, none tells a query."""
    secret = secrets.token_hex(8)
    found = browser.get(f"https://{CUSTOM}/error?code={secret}")
    line = json.loads(proxy.log.splitlines()[-1])
    assert line["request_id"] == found.headers["x-amz-cognito-request-id"]
    assert (line["host"], line["path"], line["client"], line["status"]) == (CUSTOM, "/error", "127.0.0.2", 400)
    wait_for(site.server, lambda: line["request_id"] in site.server.log, 5)
    assert secret not in proxy.log + site.server.log


def test_the_doctor_tells_of_domains_and_proxies(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _doctor(monkeypatch, site.settings).keys() >= {
        "OK    settings      nothing is missing",
        "OK    domains       prefixes answer on https://<prefix>.pools.example.net",
        "OK    proxies       X-Forwarded-* is believed from 127.0.0.1",
    }
    changes = {"base_url": f"https://{CUSTOM}", "domain_suffix": "pools.example.org", "trusted_proxies": ""}
    said = "\n".join(_doctor(monkeypatch, {**site.settings, **changes}))
    assert f"FAIL  settings      POOLHOUSE_DOMAIN_SUFFIX must be on another registrable domain than {CUSTOM}:" in said
    assert f"FAIL  domains       {CUSTOM}: pools have these" in said
    assert "OK    proxies       none is trusted" in said


def _doctor(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> dict[str, None]:
    for name in [name for name in os.environ if name.startswith("POOLHOUSE_")]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(f"POOLHOUSE_{name.upper()}", value)
    said: dict[str, None] = {}
    doctor(None, lambda line: said.update({line: None}))
    return said


def test_the_settings_of_the_readme_are_accepted() -> None:
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\n(POOLHOUSE_BASE_URL=.*?)```", text, re.DOTALL)
    named = dict(line.split("=", 1) for line in block.splitlines())
    given = {name.removeprefix("POOLHOUSE_").lower(): value for name, value in named.items()}
    assert given.keys() <= Settings.model_fields.keys()
    assert of_server(Settings.model_validate({**given, "master_key": new_master_key()}), {}) == []


def test_the_unit_is_understood_and_hardened(tmp_path: Path) -> None:
    """By systemd's own checks: every line means something, and what is left open is little."""
    unit = (DEPLOY / "poolhouse@.service").read_text(encoding="utf-8")
    program = Path(sys.executable).with_name("poolhouse")
    copy = tmp_path / "poolhouse@.service"
    copy.write_text(unit.replace("/opt/poolhouse/.venv/bin/poolhouse", str(program)), encoding="utf-8")
    checks = (["verify", "--man=no"], ["security", "--offline=yes", "--threshold=20", "--no-pager"])
    for check in checks:
        done = subprocess.run(["systemd-analyze", *check, str(copy)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
