"""`poolhouse templates check`: what it finds in the operator's own templates."""

from pathlib import Path

import pytest

from app.commands import templates
from app.commands.refusal import Refusal
from app.kit.template_folders import TemplateFolders
from app.web.pages.template_checks import check_templates, unused_templates

POOL = "us-east-1_Harbour01"
SIGN_IN = "pages/sign_in.html"


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def problems(folder: Path, name: str, text: str) -> list[str]:
    write(folder, f"default/{name}", text)
    return check_templates(TemplateFolders(folder), "default")


def test_what_only_changes_the_look_is_good(tmp_path: Path) -> None:
    write(tmp_path, "default/files/house.css", "h1{color:red}")
    layout = """{% extends "poolhouse/layout.html" %}
        {% block styles %}{{ super() }}<link rel="stylesheet" href="{{ own_file("house.css") }}">{% endblock %}"""
    assert problems(tmp_path, "layout.html", layout) == []
    assert (
        problems(tmp_path, SIGN_IN, '{% extends "poolhouse/pages/sign_in.html" %}{% block heading %}Hi{% endblock %}')
        == []
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{{ colour }}", f"{SIGN_IN}:1: 'colour' is undefined"),
        ("{% include 'pages/none.html' %}", f"{SIGN_IN}:1: there is no pages/none.html"),
        ("{{ form.__class__ }}", "unsafe"),
        ("<script>alert(1)</script>", f"{SIGN_IN}: has <script>, which"),
        ("<style>p{}</style>", f"{SIGN_IN}: has <style>, which"),
        ('<p onclick="x">', f'{SIGN_IN}: has the attribute "onclick", which'),
        ('<p style="color:red">', f'{SIGN_IN}: has the attribute "style", which'),
        ('<img src="https://cdn.example/a.png">', f'{SIGN_IN}: fetches "https://cdn.example/a.png", which'),
        ('<link rel="stylesheet" href="//cdn.example/a.css">', f'{SIGN_IN}: fetches "//cdn.example/a.css", which'),
        ('<iframe src="/"></iframe>', f"{SIGN_IN}: has <iframe>, which"),
        (
            '<form action="https://evil.example/"></form>',
            f'{SIGN_IN}: has a form that is sent to "https://evil.example/"',
        ),
    ],
)
def test_a_page_that_breaks_is_told(tmp_path: Path, body: str, expected: str) -> None:
    source = '{% extends "poolhouse/pages/sign_in.html" %}{% block strip %}' + body + "{% endblock %}"
    (found,) = problems(tmp_path, SIGN_IN, source)
    assert expected in found


def test_a_page_that_lost_its_inputs_is_told(tmp_path: Path) -> None:
    source = '{% extends "poolhouse/pages/sign_in.html" %}{% block content %}{% endblock %}'
    (found,) = problems(tmp_path, SIGN_IN, source)
    assert found.startswith(f"{SIGN_IN}: has no inputs or buttons with the names _csrf, ")
    assert "password" in found


def test_a_page_that_keeps_an_error_to_itself_is_told(tmp_path: Path) -> None:
    source = """{% extends "poolhouse/pages/forgot_password.html" %}
        {% block content %}<form method="post" action="{{ form.action }}">{{ forms.hidden_inputs(form) }}
        <label for="username">Who?</label><input id="username" name="username">
        {{ FORGOTTEN }}{{ forms.submit("Send", "forgot_password") }}</form>{% endblock %}"""
    told = '{{ forms.own_errors("username", errors|selectattr("field", "equalto", "username")|list) }}'
    name = "pages/forgot_password.html"
    assert problems(tmp_path, name, source.replace("{{ FORGOTTEN }}", "")) == [
        f"{name}: does not tell what is wrong with username"
    ]
    assert problems(tmp_path, name, source.replace("{{ FORGOTTEN }}", told)) == []


def test_a_part_of_pages_that_breaks_is_told(tmp_path: Path) -> None:
    prompt = "{% macro prompt(passkey, label, kind='get', primary=false) %}{{ caller() }}{% endmacro %}"
    source = prompt + "{% macro divider() %}{{ colour }}{% endmacro %}"
    found = problems(tmp_path, "macros/passkeys.html", source)
    assert f"{SIGN_IN}: macros/passkeys.html:1: 'colour' is undefined" in found


def test_a_message_that_breaks_is_told(tmp_path: Path) -> None:
    head = '{% extends "poolhouse/messages/reset.txt" %}'
    assert problems(tmp_path, "messages/reset.txt", head + "{% block sms %}no{% endblock %}") == [
        "messages/reset: its sms does not hold the code"
    ]
    assert problems(tmp_path, "messages/reset.txt", head + "{% block subject %}{% endblock %}") == [
        "messages/reset: has no subject"
    ]
    (found,) = problems(tmp_path, "messages/reset.txt", "{{ secret }}")
    assert "'secret' is undefined" in found


def test_what_nothing_uses_is_noted(tmp_path: Path) -> None:
    write(tmp_path, "default/pages/signin.html", "a name that no page has")
    write(tmp_path, "default/parts/more.html", "included")
    write(tmp_path, "default/files/house.css", "h1{}")
    folders = TemplateFolders(tmp_path)
    write(
        tmp_path,
        f"default/{SIGN_IN}",
        '{% extends "poolhouse/pages/sign_in.html" %}{% block lead %}{% include "parts/more.html" %}{% endblock %}',
    )
    assert check_templates(folders, "default") == []
    assert unused_templates(folders, "default") == ["pages/signin.html"]


def test_the_command_says_all_and_how_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    write(tmp_path, f"default/{SIGN_IN}", "{{ colour }}")
    write(tmp_path, f"{POOL}/{SIGN_IN}", '{% extends "poolhouse/pages/sign_in.html" %}')
    (tmp_path / "misnamed").mkdir()
    assert templates.check(tmp_path, None, said.append) == 1
    assert said == [
        f"default: {SIGN_IN}:1: 'colour' is undefined",
        "misnamed: is neither `default` nor the id of a user pool",
        "2 problems",
    ]
    said.clear()
    monkeypatch.setenv("POOLHOUSE_TEMPLATES", str(tmp_path))
    assert templates.check(None, POOL, said.append) == 0
    assert said == ["0 problems"]
    monkeypatch.delenv("POOLHOUSE_TEMPLATES")
    with pytest.raises(Refusal, match="POOLHOUSE_TEMPLATES"):
        templates.check(None, None, said.append)
    with pytest.raises(Refusal, match="no folder"):
        templates.check(tmp_path / "none", None, said.append)
