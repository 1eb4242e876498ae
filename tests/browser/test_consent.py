"""Consent in Chromium, without scripts: both answers lead back to the app, as its policy must let them."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from playwright.sync_api import Page

import app.web.aws
from tests.browser.conftest import Site
from tests.browser.test_pages import heading, is_home
from tests.conftest import ROOT_KEY

pytestmark = pytest.mark.browser


@pytest.fixture
def ours(site: Site, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of our own service `poolhouse`."""
    monkeypatch.setenv("AWS_DATA_PATH", str(Path(app.web.aws.__file__).parent / "models"))
    return boto3.session.Session().client(
        "poolhouse",
        region_name="us-east-1",
        endpoint_url=site.base_url,
        aws_access_key_id=ROOT_KEY[0],
        aws_secret_access_key=ROOT_KEY[1],
    )


def test_both_answers(page: Page, site: Site, ours: Any) -> None:
    boats = site.app()
    user = site.make.user(boats.pool_id)
    ours.update_client_settings(UserPoolId=boats.pool_id, ClientId=boats.client_id, Consent="REQUIRED")
    page.goto(site.url(boats))
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.keyboard.press("Enter")
    heading(page, "Allow Harbour Market to go on?")
    page.get_by_role("button", name="Do not allow").click()
    assert is_home(page, site.callbacks[0])["error"] == ["access_denied"]
    page.goto(site.url(boats))
    heading(page, "Allow Harbour Market to go on?")
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing to scroll sideways"
    page.keyboard.press("Enter")
    heading(page, "Allow Harbour Market to go on?")
    page.get_by_role("button", name="Allow", exact=True).click()
    assert is_home(page, site.callbacks[0])["code"]
    page.goto(site.url(boats))
    assert is_home(page, site.callbacks[0])["code"], "once is enough"
