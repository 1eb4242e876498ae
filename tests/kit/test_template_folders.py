"""The operator's own templates: which one is taken, what it may see, and what happens when it fails."""

from pathlib import Path

import pytest
import structlog
from jinja2 import TemplateNotFound
from jinja2.exceptions import SecurityError

from app.kit.template_folders import TemplateFolders, explain
from app.kit.templates import MessageContext, render

POOL = "us-east-1_Harbour01"
OTHER = "us-east-1_Harbour02"
PAGE = "messages/verification.html"
CONTEXT = {"product": "<Acme>", "code": "492013", "valid_seconds": 60, "subject": "Hello", "username": "", "url": ""}


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def rendered(folder: Path, pool_id: str = POOL, *, reloads: bool = False) -> str:
    return TemplateFolders(folder, reloads=reloads).render(pool_id, PAGE, CONTEXT, "en")


def strictly(folder: Path, source: str) -> str:
    """Without the built-in as a way out."""
    write(folder, f"default/{PAGE}", source)
    own = TemplateFolders(folder).environment(POOL)
    assert own is not None
    return render(PAGE, CONTEXT, "en", own)


def test_a_pools_own_comes_before_that_of_all_and_the_built_in_last(tmp_path: Path) -> None:
    built_in = render(PAGE, CONTEXT, "en")
    assert rendered(tmp_path) == built_in
    write(tmp_path, f"default/{PAGE}", "for all: {{ product }}")
    write(tmp_path, f"{POOL}/{PAGE}", "for one: {{ product }}")
    assert rendered(tmp_path) == "for one: &lt;Acme&gt;"
    assert rendered(tmp_path, OTHER) == "for all: &lt;Acme&gt;"
    assert rendered(tmp_path, "../default") == "for all: &lt;Acme&gt;"
    assert TemplateFolders(None).render(POOL, PAGE, CONTEXT, "en") == built_in


def test_one_may_extend_the_built_in_of_its_name(tmp_path: Path) -> None:
    source = '{% extends "poolhouse/messages/verification.html" %}{% block reason %}Bye{% endblock %}'
    html = strictly(tmp_path, source)
    assert "492013" in html
    assert ">Bye</p>" in html


def test_a_message_that_extends_the_built_in_keeps_its_subject(tmp_path: Path) -> None:
    source = '{% extends "poolhouse/messages/verification.txt" %}{% block sms %}{{ code }}!{% endblock %}'
    write(tmp_path, "default/messages/verification.txt", source)
    context = MessageContext(product="Acme", code="492013", valid_seconds=60)
    message = TemplateFolders(tmp_path).render_message(POOL, "verification", context, "en")
    assert (message.subject, message.sms) == ("Confirm your account", "492013!")
    assert "492013" in message.text


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ gettext.__globals__ }}",
        "{{ asset.__code__ }}",
        "{{ own_file.__closure__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
        "{{ '{0.__class__}'.format(product) }}",
        "{{ product|attr('__class__') }}",
        "{% for number in range(1000000) %}{% endfor %}",
    ],
)
def test_nothing_but_what_is_given_can_be_reached(tmp_path: Path, source: str) -> None:
    with pytest.raises((SecurityError, OverflowError)):
        strictly(tmp_path, source)


def test_what_is_given_cannot_be_changed(tmp_path: Path) -> None:
    write(tmp_path, f"default/{PAGE}", "{{ things.append(1) }}")
    own = TemplateFolders(tmp_path).environment(POOL)
    with pytest.raises(SecurityError):
        render(PAGE, {"things": []}, "en", own)


@pytest.mark.parametrize(
    "name", ["../secret.html", "/etc/passwd", "..%2fsecret.html", "linked.html", "folder/secret.html"]
)
def test_files_elsewhere_are_not_found(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "templates"
    write(tmp_path, "secret.html", "secret")
    (folder / "default").mkdir(parents=True)
    (folder / "default" / "linked.html").symlink_to(tmp_path / "secret.html")
    (folder / "default" / "folder").symlink_to(tmp_path)
    with pytest.raises(TemplateNotFound):
        strictly(folder, f'{{% include "{name}" %}}')


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap."""
    write(tmp_path, f"default/..data/{PAGE}", "mounted")
    (tmp_path / "default" / "messages").symlink_to(tmp_path / "default" / "..data" / "messages")
    assert rendered(tmp_path) == "mounted"


@pytest.mark.parametrize(
    "source",
    ["{{ colour }}", "{% if %}", "{{ 1 // 0 }}", '{% extends "messages/verification.html" %}', "{{ ''.__class__ }}"],
)
def test_one_that_fails_is_stood_in_for_and_logged(tmp_path: Path, source: str) -> None:
    write(tmp_path, f"default/{PAGE}", source)
    with structlog.testing.capture_logs() as lines:
        assert rendered(tmp_path) == render(PAGE, CONTEXT, "en")
    assert [line["event"] for line in lines] == ["own_template_failed"]


def test_an_error_is_told_with_its_place(tmp_path: Path) -> None:
    for source, place in (("\n\n{{ colour }}", ":3: 'colour' is undefined"), ("\n{% if %}", ":2: ")):
        with pytest.raises(Exception) as caught:
            strictly(tmp_path, source)
        assert explain(caught.value).startswith(f"messages/verification.html{place}")


def test_a_change_is_seen_at_once_where_it_reloads(tmp_path: Path) -> None:
    folders, kept = TemplateFolders(tmp_path, reloads=True), TemplateFolders(tmp_path)
    for text in ("one", "two"):
        write(tmp_path, f"default/{PAGE}", text)
        assert folders.render(POOL, PAGE, CONTEXT, "en") == text
        assert kept.render(POOL, PAGE, CONTEXT, "en") == "one"
    before = folders.version(POOL)
    write(tmp_path, f"{POOL}/files/a.css", "a{}")
    assert folders.version(POOL) != before
    assert folders.version(OTHER) == before


def test_files_of_a_few_types_are_served(tmp_path: Path) -> None:
    write(tmp_path, "default/files/house.css", "h1{color:red}")
    write(tmp_path, f"{POOL}/files/house.css", "h1{color:blue}")
    write(tmp_path, "default/files/run.js", "alert(1)")
    write(tmp_path, "secret.css", "secret")
    (tmp_path / "default" / "files" / "linked.css").symlink_to(tmp_path / "secret.css")
    folders = TemplateFolders(tmp_path)
    assert folders.find_file(POOL, "house.css") == (b"h1{color:blue}", "text/css; charset=utf-8")
    assert folders.find_file(OTHER, "house.css") == (b"h1{color:red}", "text/css; charset=utf-8")
    for name in (
        "run.js",
        "linked.css",
        "../secret.css",
        "../files/house.css",
        ".css",
        "",
        "a" * 200 + ".css",
        "no.css",
    ):
        assert folders.find_file(OTHER, name) is None


def test_a_template_names_a_file_by_its_content(tmp_path: Path) -> None:
    write(tmp_path, "default/files/house.css", "h1{color:red}")
    write(tmp_path, f"default/{PAGE}", '{{ own_file("house.css") }}')
    own = TemplateFolders(tmp_path).environment(POOL)
    assert render(PAGE, {"files_url": "/p/_own"}, "en", own).startswith("/p/_own?name=house.css&amp;v=")
    with pytest.raises(TemplateNotFound):
        strictly(tmp_path, '{{ own_file("none.css") }}')
