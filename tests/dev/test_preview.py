"""The preview of the dev door: every page and message, by a pool's own templates and in a client's look."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.flows.work import Resources
from app.kit.template_folders import TemplateFolders
from app.web.pages.preview import preview_names
from tests.conftest import Clock
from tests.factories import Factory
from tests.in_process import InProcessServer
from tests.pages.document import Document


@pytest.fixture
def client(make: Factory, clock: Clock) -> dict[str, Any]:
    """A client of the newest pool."""
    clock.advance(ms=1)
    return make.client(make.pool(PoolName="Harbour"), ClientName="Boats")


@pytest.fixture
def http(resources: Resources, tmp_path: Path) -> Iterator[httpx.Client]:
    """A program on this machine, and a server with a folder of own templates."""
    running = InProcessServer(replace(resources, templates=TemplateFolders(tmp_path, reloads=True)))
    with running.http_client() as opened:
        yield opened
    running.close()


@pytest.mark.parametrize("name", preview_names())
def test_there_is_every_page_and_message(http: httpx.Client, client: dict[str, Any], name: str) -> None:
    look = f"{client['UserPoolId']} {client['ClientId']}"
    for errors in ("", "true"):
        reply = http.get("/_dev/preview/page", params={"name": name, "look": look, "errors": errors})
        assert reply.status_code == 200
        assert Document(reply.text).one("h1").text.strip()
        assert "frame-ancestors 'self'" in reply.headers["content-security-policy"]
        assert "script-src" not in reply.headers["content-security-policy"]


def test_the_list_leads_to_all_of_them(http: httpx.Client, client: dict[str, Any]) -> None:
    reply = http.get("/_dev/preview")
    page = Document(reply.text)
    listed = [link for link in page.all("a") if "?name=" in link.get("href")]
    assert [link.text for link in listed] == [name.replace("_", " ") for name in preview_names()]
    assert all(http.get(link.get("href")).status_code == 200 for link in listed[:2])
    frame = page.one("iframe")
    assert "Boats" in http.get(frame.get("src")).text
    assert http.get(frame.get("data-version-url")).text == frame.get("data-version")
    assert http.get(page.one("script").get("src")).headers["content-type"].startswith("text/javascript")
    assert "script-src 'self'; style-src 'self'" in reply.headers["content-security-policy"]


def test_own_templates_are_shown_and_their_change_is_noticed(
    http: httpx.Client, client: dict[str, Any], tmp_path: Path
) -> None:
    parameters = {"name": "error", "look": client["UserPoolId"]}
    before = http.get("/_dev/preview/version", params=parameters).text
    path = tmp_path / client["UserPoolId"] / "pages" / "error.html"
    path.parent.mkdir(parents=True)
    path.write_text("<h1>Ours</h1>")
    assert http.get("/_dev/preview/version", params=parameters).text != before
    assert http.get("/_dev/preview/page", params=parameters).text == "<h1>Ours</h1>"
    path.write_text("{{ <script>")
    broken = http.get("/_dev/preview/page", params=parameters)
    assert broken.status_code == 500
    assert broken.headers["content-type"] == "text/plain; charset=utf-8"
    assert broken.text.startswith("pages/error.html:1: ")


def test_a_client_of_another_pool_is_not_dressed(http: httpx.Client, make: Factory, client: dict[str, Any]) -> None:
    look = f"{make.pool()} {client['ClientId']}"
    reply = http.get("/_dev/preview/page", params={"name": "sign_in", "look": look})
    assert (reply.status_code, reply.text) == (400, "ResourceNotFoundException: User pool client does not exist.\n")


def test_nobody_else_may_look(http: httpx.Client) -> None:
    for path in ("", "/page", "/version"):
        assert http.get(f"/_dev/preview{path}", headers={"host": "evil.example"}).status_code in (403, 421)
