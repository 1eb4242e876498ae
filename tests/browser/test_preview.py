"""The preview of the dev door in Chromium: what is saved is seen without a reload by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.kit.settings import Settings
from tests.browser.conftest import Site, started_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="module")
def site(settings: Settings, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a folder of own templates."""
    common = settings.model_copy(update={"templates": folder})
    with started_site(common, tmp_path_factory.mktemp("preview") / "poolhouse.db") as started:
        yield started


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Page:
    """A tab whose scripts run, as the preview has one."""
    opened = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 900}).new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    return opened


def save(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_what_is_saved_is_seen(page: Page, site: Site, folder: Path) -> None:
    app = site.app()
    page.goto(f"{site.base_url}/_dev/preview")
    shown = page.frame_locator("#preview")
    heading = shown.get_by_role("heading", level=1)
    expect(heading).to_have_text("Sign in")
    expect(shown.locator(".lead")).to_contain_text("Harbour Market")
    own = '{% extends "poolhouse/pages/sign_in.html" %}{% block heading %}Ahoy{% endblock %}'
    save(folder, f"{app.pool_id}/pages/sign_in.html", own)
    expect(heading).to_have_text("Ahoy")
    site.operator.create_managed_login_branding(
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        Settings={"components": {"primaryButton": {"lightMode": {"defaults": {"backgroundColor": "7a1f5cff"}}}}},
    )
    expect(shown.get_by_role("button", name="Sign in")).to_have_css("background-color", "rgb(122, 31, 92)")
    page.get_by_role("link", name="sign up", exact=True).click()
    expect(heading).to_have_text("Create your account")
    page.goto(site.url(app))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ahoy")


def test_a_template_that_breaks_is_told_with_its_place(chromium: Browser, site: Site, folder: Path) -> None:
    app = site.app()
    page = chromium.new_context().new_page()
    page.goto(f"{site.base_url}/_dev/preview?name=error&look={app.pool_id}")
    body = page.frame_locator("#preview").locator("body")
    expect(body).to_contain_text("Secured by Poolhouse")
    save(folder, f"{app.pool_id}/pages/error.html", "\n{{ colour }}")
    expect(body).to_contain_text("pages/error.html:2: 'colour' is undefined")
