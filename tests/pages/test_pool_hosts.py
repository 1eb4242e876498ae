"""A pool with a domain of its own is seen there, at the root, and nowhere else."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.authenticator import Authenticator
from tests.factories import Factory, MadeUser
from tests.in_process import InProcessServer, Reply
from tests.pages.browsing import App
from tests.pages.conftest import AppMaker
from tests.pages.document import Document

HOST = "login.harbour.example"


@pytest.fixture
def app(make_app: AppMaker, operator: Any) -> App:
    """An app of a pool with a domain; overrides the one without."""
    app = make_app()
    operator.create_user_pool_domain(
        UserPoolId=app.pool_id,
        Domain=f"{app.client_id}.{HOST}",
        CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abcdef"},
    )
    return app


@pytest.fixture
def user(app: App, make: Factory) -> MadeUser:
    return make.user(app.pool_id)


def ask(server: InProcessServer, app: App, path: str, cookie: str = "", form: dict[str, str] | None = None) -> Reply:
    """A request to the pool's own host."""
    host = f"{app.client_id}.{HOST}"
    headers = [(b"host", host.encode())]
    if cookie:
        headers.append((b"cookie", cookie.encode()))
    if form is None:
        return server.request("GET", f"http://{host}{path}", headers, b"")
    headers += [(b"content-type", b"application/x-www-form-urlencoded"), (b"origin", f"https://{host}".encode())]
    return server.request("POST", f"http://{host}{path}", headers, urlencode(form).encode())


def header(reply: Reply, name: str) -> str:
    return next(value for key, value in reply.headers if key == name)


def test_pages_answer_at_the_root_of_the_pools_host(server: InProcessServer, app: App, user: MadeUser) -> None:
    query = urlencode(app.parameters())
    reply = ask(server, app, f"/login?{query}")
    page = Document(reply.body.decode())
    assert reply.status == 200
    assert page.all("form")[0].get("action") == f"/login?{query}"
    for link in (link for link in page.all("link") if link.get("rel") != "expect"):
        assert ask(server, app, link.get("href")).status == 200
    form = {item.get("name"): item.get("value") for item in page.all("input")}
    sent = {**form, "username": user.username, "password": user.password}
    done = ask(server, app, "/login", header(reply, "set-cookie").partition(";")[0], sent)
    assert done.status == 303
    assert header(done, "location").startswith("/oauth2/authorize?")


def test_the_issuer_path_leads_to_the_pools_host(server: InProcessServer, app: App) -> None:
    query = urlencode(app.parameters())
    reply = server.request(
        "GET", f"http://localhost:9229/{app.pool_id}/login?{query}", [(b"host", b"localhost:9229")], b""
    )
    assert reply.status == 303
    assert header(reply, "location") == f"https://{app.client_id}.{HOST}/login?{query}"


def test_browsers_learn_which_origin_may_use_the_host_for_passkeys(server: InProcessServer, app: App) -> None:
    expected = f'{{"origins":["https://{app.client_id}.{HOST}"]}}'.encode()
    assert ask(server, app, "/.well-known/webauthn").body == expected
    at_issuer = server.request(
        "GET", f"http://localhost:9229/{app.pool_id}/.well-known/webauthn", [(b"host", b"localhost:9229")], b""
    )
    assert (at_issuer.status, at_issuer.body, header(at_issuer, "content-type")) == (200, expected, "application/json")


def test_a_passkey_of_another_domain_is_good_on_the_pools_own_host(
    server: InProcessServer, make_app: AppMaker, operator: Any, make: Factory, public: Any
) -> None:
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    app = make_app(Policies=policy)
    host = f"{app.client_id}.{HOST}"
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abcdef"}
    operator.create_user_pool_domain(UserPoolId=app.pool_id, Domain=host, CustomDomainConfig=certificate)
    operator.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration="OFF", WebAuthnConfiguration={"RelyingPartyId": "old.example"}
    )
    client = make.client(app.pool_id)
    token = make.tokens(client["ClientId"], make.user(app.pool_id))["AccessToken"]
    for origin, is_taken in (
        (f"https://{host}", True),
        (f"http://{host}", False),
        (f"https://{host}:444", False),
        (f"https://x.{host}", False),
        ("https://other.example", False),
        ("https://app.old.example", True),
    ):
        options = public.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
        assert options["rp"]["id"] == "old.example"
        response = Authenticator(origin=origin).create(options)
        if is_taken:
            public.complete_web_authn_registration(AccessToken=token, Credential=response)
        else:
            with pytest.raises(public.exceptions.WebAuthnOriginNotAllowedException):
                public.complete_web_authn_registration(AccessToken=token, Credential=response)
