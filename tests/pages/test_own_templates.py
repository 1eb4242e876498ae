"""The operator's own templates on the pages and in the messages of a real pool."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.flows.work import Resources
from app.kit.template_folders import TemplateFolders
from tests.in_process import InProcessServer
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker


@pytest.fixture
def http(resources: Resources, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a server with a folder of own templates; overrides the one without."""
    running = InProcessServer(replace(resources, templates=TemplateFolders(tmp_path)))
    with running.http_client() as opened:
        yield opened
    running.close()


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_page_a_file_and_a_mail_of_ones_own(
    visitor: Visitor, email_app: App, make_app: AppMaker, resources: Resources, tmp_path: Path
) -> None:
    head = '{% extends "poolhouse/layout.html" %}{% block styles %}<link rel="stylesheet" href="{{ own_file("house.css") }}">'
    write(tmp_path, f"{email_app.pool_id}/layout.html", head + "{% endblock %}")
    write(tmp_path, f"{email_app.pool_id}/files/house.css", "h1{color:red}")
    write(
        tmp_path,
        "default/pages/sign_up.html",
        '{% extends "poolhouse/pages/sign_up.html" %}{% block heading %}Aboard{% endblock %}',
    )
    mail = '{% extends "poolhouse/messages/verification.txt" %}{% block subject %}Ahoy {{ username }}{% endblock %}'
    write(tmp_path, "default/messages/verification.txt", mail)

    visitor.open(email_app.url("/signup"))
    assert visitor.heading == "Aboard"
    (address,) = (link.get("href") for link in visitor.page.all("link") if "house.css" in link.get("href"))
    served = visitor.http.get(address)
    assert (served.text, served.headers["content-type"]) == ("h1{color:red}", "text/css; charset=utf-8")
    assert served.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert visitor.http.get(address.replace("v=", "v=0")).headers["cache-control"] == "no-store"

    visitor.submit({"email": "ahoy@example.com", "password": "Correct-Horse-7"})
    assert [message.subject for message in messages_to(resources, "ahoy@example.com")] == ["Ahoy ahoy@example.com"]

    other = make_app()
    assert visitor.open(other.url("/signup")).heading == "Aboard"
    assert "house.css" not in visitor.response.text
    assert visitor.http.get(address.replace(email_app.pool_id, other.pool_id)).status_code == 404


@pytest.mark.parametrize("source", ["{{ colour }}", "{% block %}", "{{ form.csrf.__class__ }}"])
def test_nobody_is_kept_from_signing_in_by_a_broken_template(
    visitor: Visitor, app: App, tmp_path: Path, source: str
) -> None:
    write(tmp_path, "default/pages/sign_in.html", source)
    assert visitor.open(app.url()).heading == "Sign in"
    assert visitor.response.status_code == 200
