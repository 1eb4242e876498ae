"""What a style or a classic customization does to the pages, and where."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from app.flows.work import Resources
from tests.in_process import InProcessServer, Reply
from tests.pages.browsing import App
from tests.pages.conftest import AppMaker
from tests.pages.document import Document

HOST = "brand.harbour.example"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><rect width="4" height="1"/></svg>'
DARK_SVG = SVG.replace(b"/></svg>", b' fill="#fff"/></svg>')
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
ICO = b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00"
PLUM = {"components": {"primaryButton": {"lightMode": {"defaults": {"backgroundColor": "7a1f5cff"}}}}}


@pytest.fixture
def app(make_app: AppMaker, operator: Any) -> App:
    """An app of a pool with a domain of managed login."""
    return with_domain(make_app(), operator, 2)


def with_domain(app: App, operator: Any, version: int) -> App:
    operator.create_user_pool_domain(
        UserPoolId=app.pool_id,
        Domain=f"{app.client_id}.{HOST}",
        ManagedLoginVersion=version,
        CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abcdef"},
    )
    return app


@pytest.fixture
def serving(resources: Resources) -> Iterator[InProcessServer]:
    """The server as `serve` runs it: pools without a domain share its origin."""
    settings = resources.settings.model_copy(update={"mode": "serve"})
    running = InProcessServer(dataclasses.replace(resources, settings=settings))
    yield running
    running.close()


def style(operator: Any, app: App, settings: Any = None, **assets: bytes) -> dict[str, Any]:
    """Gives a client a style; assets are named as FORM_LOGO__DARK__SVG."""
    given = [
        {
            "Category": name.split("__")[0],
            "ColorMode": name.split("__")[1],
            "Extension": name.split("__")[2],
            "Bytes": data,
        }
        for name, data in assets.items()
    ]
    made: dict[str, Any] = operator.create_managed_login_branding(
        UserPoolId=app.pool_id, ClientId=app.client_id, Settings=settings or {}, Assets=given
    )["ManagedLoginBranding"]
    return made


def get(server: InProcessServer, app: App, path: str) -> Reply:
    host = f"{app.client_id}.{HOST}"
    return server.request("GET", f"http://{host}{path}", [(b"host", host.encode())], b"")


def sign_in_page(server: InProcessServer, app: App, path: str = "/login") -> Document:
    return Document(get(server, app, f"{path}?{urlencode(app.parameters())}").body.decode())


def css_of(server: InProcessServer, app: App) -> str:
    reply = get(server, app, style_sheet(sign_in_page(server, app)))
    assert reply.status == 200
    return reply.body.decode()


def style_sheet(page: Document) -> str:
    found = [
        link.get("href")
        for link in page.all("link")
        if "/_brand/" in link.get("href") and link.get("rel") == "stylesheet"
    ]
    return found[0] if found else ""


def headers(reply: Reply) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.headers}


def test_a_pool_without_a_style_looks_as_poolhouse_does(server: InProcessServer, app: App) -> None:
    page = sign_in_page(server, app)
    assert style_sheet(page) == ""
    assert not page.all("img")
    assert get(server, app, f"/_brand/style.css?client_id={app.client_id}").status == 404


def test_a_style_becomes_one_style_sheet(server: InProcessServer, app: App, operator: Any) -> None:
    style(operator, app, PLUM)
    address = style_sheet(sign_in_page(server, app))
    reply = get(server, app, address)
    assert "--ph-accent:#7a1f5c;" in reply.body.decode()
    assert headers(reply)["content-type"] == "text/css; charset=utf-8"
    assert headers(reply)["cache-control"] == "public, max-age=31536000, immutable"
    assert headers(get(server, app, address.replace("v=", "v=0")))["cache-control"] == "no-store"


def test_a_change_is_seen_at_once_under_another_address(server: InProcessServer, app: App, operator: Any) -> None:
    made = style(operator, app, PLUM)
    before = style_sheet(sign_in_page(server, app))
    operator.update_managed_login_branding(
        UserPoolId=app.pool_id,
        ManagedLoginBrandingId=made["ManagedLoginBrandingId"],
        Settings={"componentClasses": {"buttons": {"borderRadius": 0}}},
    )
    after = style_sheet(sign_in_page(server, app))
    assert before != after
    assert "--ph-radius:0px" in get(server, app, after).body.decode()
    operator.delete_managed_login_branding(
        UserPoolId=app.pool_id, ManagedLoginBrandingId=made["ManagedLoginBrandingId"]
    )
    assert style_sheet(sign_in_page(server, app)) == ""


def test_pictures_are_served_by_the_hash_of_their_content(server: InProcessServer, app: App, operator: Any) -> None:
    style(
        operator,
        app,
        FORM_LOGO__LIGHT__SVG=SVG,
        FORM_LOGO__DARK__SVG=DARK_SVG,
        PAGE_HEADER_LOGO__DYNAMIC__PNG=PNG,
        FAVICON_ICO__DYNAMIC__ICO=ICO,
    )
    page = sign_in_page(server, app)
    header_logo, logo = page.all("img")
    served = get(server, app, logo.get("src"))
    assert (served.body, headers(served)["content-type"]) == (SVG, "image/svg+xml; charset=utf-8")
    assert headers(served)["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert headers(served)["x-content-type-options"] == "nosniff"
    assert headers(served)["cache-control"] == "public, max-age=31536000, immutable"
    dark = page.one("source")
    assert dark.get("media") == "(prefers-color-scheme: dark)"
    assert get(server, app, dark.get("srcset")).body == DARK_SVG
    assert get(server, app, header_logo.get("src")).body == PNG
    icon = page.one("link", rel="icon")
    assert (icon.get("type"), get(server, app, icon.get("href")).body) == ("image/x-icon", ICO)
    assert get(server, app, logo.get("src")[:-1]).status == 404


def test_a_background_is_named_by_the_style_sheet(server: InProcessServer, app: App, operator: Any) -> None:
    style(operator, app, PAGE_BACKGROUND__LIGHT__PNG=PNG, PAGE_BACKGROUND__DARK__SVG=DARK_SVG)
    light, dark = re.findall(r'url\("(.*?)"\)', css_of(server, app))
    assert get(server, app, f"/_brand/{light}").body == PNG
    assert get(server, app, f"/_brand/{dark}").body == DARK_SVG


def test_a_step_has_its_own_picture(server: InProcessServer, app: App, operator: Any) -> None:
    style(operator, app, PASSWORD_GRAPHIC__DYNAMIC__SVG=SVG)
    page = sign_in_page(server, app, "/forgotPassword")
    assert get(server, app, page.one("img").get("src")).body == SVG
    assert not sign_in_page(server, app).all("img")


@pytest.mark.parametrize("colours", [{"categories": {"global": {"colorSchemeMode": "LIGHT"}}}, PLUM])
def test_a_style_for_light_windows_only_says_so(
    server: InProcessServer, app: App, operator: Any, colours: dict[str, Any]
) -> None:
    style(operator, app, colours)
    metas = [
        meta.get("content") for meta in sign_in_page(server, app).all("meta") if meta.get("name") == "color-scheme"
    ]
    assert metas == ["light"]
    css = css_of(server, app)
    assert "color-scheme:light;" in css
    assert "--ph-page:#f3f6f7" in css
    assert "prefers-color-scheme" not in css


def test_other_clients_and_pools_are_left_as_they_are(
    server: InProcessServer, app: App, make_app: AppMaker, operator: Any
) -> None:
    style(operator, app, PLUM, FORM_LOGO__LIGHT__SVG=SVG)
    logo = sign_in_page(server, app).one("img").get("src")
    sibling = make_app(app.pool_id)
    assert get(server, app, logo.replace(app.client_id, sibling.client_id)).status == 404
    assert get(server, app, f"/_brand/style.css?client_id={sibling.client_id}").status == 404
    stranger = with_domain(make_app(), operator, 2)
    assert get(server, stranger, logo).status == 404
    assert get(server, stranger, logo.replace(f"client_id={app.client_id}&", "")).status == 404


@pytest.mark.parametrize("version", [1, 2])
def test_the_domain_says_which_of_the_two_kinds_comes_first(
    server: InProcessServer, make_app: AppMaker, operator: Any, version: int
) -> None:
    app = with_domain(make_app(), operator, version)
    style(operator, app, PLUM)
    operator.set_ui_customization(UserPoolId=app.pool_id, CSS=".label-customizable{font-weight:400}")
    css = css_of(server, app)
    assert ("--ph-accent:#7a1f5c" in css) == (version == 2)
    assert (".field>label{font-weight:400}" in css) == (version == 1)


def test_classic_css_and_logo_reach_the_pages(server: InProcessServer, make_app: AppMaker, operator: Any) -> None:
    app = with_domain(make_app(), operator, 1)
    css = ".submitButton-customizable:hover, .logo-customizable {\n  color: #fff;\n max-height: 20% !important; }"
    operator.set_ui_customization(UserPoolId=app.pool_id, ClientId=app.client_id, CSS=css, ImageFile=PNG)
    assert "color-scheme:light;" in css_of(server, app)
    assert ".page .button-primary:hover,.page .logo{color:#fff;max-height:20%!important}" in css_of(server, app)
    logo = sign_in_page(server, app).one("img")
    assert get(server, app, logo.get("src")).body == PNG
    assert logo.get("alt") == "Boats"


def test_pages_that_know_of_no_client_wear_what_all_clients_do(
    server: InProcessServer, make_app: AppMaker, operator: Any
) -> None:
    app = with_domain(make_app(), operator, 1)
    operator.set_ui_customization(UserPoolId=app.pool_id, CSS=".label-customizable{font-weight:400}", ImageFile=PNG)
    page = Document(get(server, app, "/signedout?client_id=unknown").body.decode())
    assert get(server, app, page.one("img").get("src")).body == PNG
    assert get(server, app, style_sheet(page)).status == 200


def test_pools_on_a_shared_origin_show_nothing_that_was_uploaded(
    serving: InProcessServer, server: InProcessServer, make_app: AppMaker, operator: Any
) -> None:
    app = make_app()
    style(operator, app, PLUM, FORM_LOGO__LIGHT__SVG=SVG)
    with serving.http_client() as http:
        page = Document(http.get(app.url("/login")).text)
        assert style_sheet(page) == ""
        assert not page.all("img")
        assert http.get(f"/{app.pool_id}/_brand/style.css?client_id={app.client_id}").status_code == 404
    with server.http_client() as http:
        shown = Document(http.get(app.url("/login")).text)
        assert http.get(style_sheet(shown)).status_code == 200, "in development nobody else is there"
        assert http.get(shown.one("img").get("src")).content == SVG


def test_an_error_page_wears_the_look_that_was_shown_before(
    server: InProcessServer, resources: Resources, make_app: AppMaker, operator: Any
) -> None:
    app = with_domain(make_app(), operator, 1)
    operator.set_ui_customization(UserPoolId=app.pool_id, CSS=".label-customizable{font-weight:400}")
    resources.snapshots.poll()  # now rather than between the requests, which would forget the pool once more
    assert style_sheet(Document(get(server, app, "/nowhere").body.decode())) == ""
    get(server, app, "/signedout")
    assert style_sheet(Document(get(server, app, "/nowhere").body.decode())) != ""


def test_a_branded_page_is_light_and_asks_nobody_else(server: InProcessServer, app: App, operator: Any) -> None:
    style(operator, app, PLUM, FORM_LOGO__LIGHT__SVG=SVG, FAVICON_SVG__DYNAMIC__SVG=SVG)
    reply = get(server, app, f"/login?{urlencode(app.parameters())}")
    page = Document(reply.body.decode())
    assert "Poolhouse" not in page.one("body").text
    addresses = [link.get("href") for link in page.all("link") if link.get("rel") != "expect"] + [
        image.get("src") for image in page.all("img")
    ]
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    assert len(reply.body) + sum(len(get(server, app, address).body) for address in addresses) < 60_000
    assert "style-src 'self'; font-src 'self'; img-src 'self' data:" in headers(reply)["content-security-policy"]


def test_a_default_style_dresses_the_clients_without_their_own(
    server: InProcessServer, app: App, make_app: AppMaker, operator: Any, ours: Any
) -> None:
    style(operator, app, PLUM, FORM_LOGO__LIGHT__SVG=SVG)
    sibling = make_app(app.pool_id)
    ours.update_pool_settings(UserPoolId=app.pool_id, DefaultBranding=app.client_id)
    host = f"{app.client_id}.{HOST}"
    for path in (f"/login?{urlencode(sibling.parameters())}", "/signedout?client_id=unknown"):
        page = Document(server.request("GET", f"http://{host}{path}", [(b"host", host.encode())], b"").body.decode())
        assert "--ph-accent:#7a1f5c;" in get(server, app, style_sheet(page)).body.decode()
        assert get(server, app, page.one("img").get("src")).body == SVG
    with pytest.raises(ours.exceptions.ResourceNotFoundException):
        ours.update_pool_settings(UserPoolId=app.pool_id, DefaultBranding=make_app().client_id)
    ours.update_pool_settings(UserPoolId=app.pool_id, DefaultBranding="NONE")
    reply = server.request("GET", f"http://{host}/signedout?client_id=unknown", [(b"host", host.encode())], b"")
    assert not Document(reply.body.decode()).all("img")
