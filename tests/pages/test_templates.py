import dataclasses
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jinja2
import pytest

from app.core.password_policy import SYMBOLS, broken_rules
from app.kit.resources import resource_dir
from app.kit.templates import (
    MessageContext,
    MessageKind,
    assets,
    environment,
    render,
    render_message,
    served_assets,
)
from app.web.dev.contexts import DevPage
from app.web.pages import contexts
from app.web.pages.brands import Brand
from app.web.pages.rendering import render_page
from app.web.pages.sample_parts import PICTURE
from tests.pages.document import Document
from tests.pages.samples import HOSTILE, POLICY, dev_pages, pages

PAGES = sorted(pages())
# Pages that ask for nothing but a press of a button.
NO_INPUTS = (
    "select_account",
    "select_account_of_two",
    "add_passkey",
    "confirm_link",
    "consent",
    "link_over",
    "link_over_resent",
    "sign_out",
    "sign_out_of_two",
)
FORMS = sorted(name for name, page in pages().items() if isinstance(page, contexts.FormPage))
WRONG: dict[str, Any] = {name: page for name, page in pages(with_errors=True).items() if getattr(page, "errors", ())}
DEV_PAGES = sorted(dev_pages())
MESSAGES: tuple[MessageKind, ...] = get_args(MessageKind)
MESSAGE = MessageContext(product="Acme", username="maya", code="492013", valid_seconds=3600, url="https://a.test/login")


def _page(name: str, *, text: str = "Maya", with_errors: bool = False, locale: str = "en") -> str:
    context = pages(text, locale, with_errors=with_errors)[name]
    return render_page(context.template, context, locale)


def _dev_page(name: str, text: str = "Maya") -> str:
    context: DevPage = dev_pages(text)[name]
    variables = {field.name: getattr(context, field.name) for field in dataclasses.fields(context)}
    return render(context.template, variables, "en")


@cache
def _everything(text: str = "Maya") -> dict[str, str]:
    """The HTML of every page, rendered with the first test that asks for it."""
    hosted = {f"{name} {wrong}": _page(name, text=text, with_errors=wrong) for name in PAGES for wrong in (False, True)}
    return hosted | {f"dev {name}": _dev_page(name, text) for name in DEV_PAGES}


EVERYTHING = [*(f"{name} {wrong}" for name in PAGES for wrong in (False, True)), *(f"dev {name}" for name in DEV_PAGES)]


def test_every_page_template_has_a_sample() -> None:
    root = resource_dir("templates")
    sampled = {page.template for page in pages().values()} | {page.template for page in dev_pages().values()}
    written = {
        path.relative_to(root).as_posix()
        for folder in ("pages", "challenges", "account", "dev")
        for path in (root / folder).glob("*.html")
        if "layout" not in path.name
    }
    assert written == sampled


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("with_errors", [False, True])
def test_a_page_is_one_titled_document_with_one_heading(name: str, with_errors: bool) -> None:
    document = Document(_page(name, with_errors=with_errors))
    assert document.one("html").attributes == {"lang": "en", "dir": "ltr"}
    heading = document.one("h1").text.strip()
    assert heading
    assert document.one("title").text.removeprefix("Error: ").startswith(heading)
    ids = [element.get("id") for element in document.elements if element.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("page", EVERYTHING)
def test_nothing_needs_a_looser_content_security_policy(page: str) -> None:
    document = Document(_everything()[page])
    assert not document.all("style", "object", "base")
    assert all(frame.get("src").startswith("/_dev/") for frame in document.all("iframe"))
    for script in document.all("script"):
        assert (script.text, script.get("src").startswith("/_static/"), script.get("type")) == ("", True, "module")
    for element in document.elements:
        assert not [name for name in element.attributes if name == "style" or name.startswith("on")], element
    for link in document.all("link"):
        assert link.get("href").startswith("/") or link.get("rel") == "expect", link


@pytest.mark.parametrize("page", EVERYTHING)
def test_hostile_text_stays_text(page: str) -> None:
    html = _everything(HOSTILE)[page]
    document = Document(html)
    assert all(script.get("src").startswith("/_static/") and not script.text for script in document.all("script"))
    assert "49%(name)s" not in html
    assert "&lt;script&gt;" in html or "alert" not in html
    images = [element.get("src") for element in document.all("img")]
    assert set(images) <= {"/logo.png", PICTURE}
    assert all(not name.startswith("on") for element in document.elements for name in element.attributes)


@pytest.mark.parametrize("page", EVERYTHING)
def test_every_input_has_a_label_and_an_autofill_token(page: str) -> None:
    document = Document(_everything()[page])
    labels = {label.get("for"): label.text.strip() for label in document.all("label")}
    for control in document.controls:
        assert labels[control.get("id")], control
        assert control.get("autocomplete"), control
        name = control.get("name").replace(":", "-")
        # Of several buttons for one choice the first has its name: an error leads there.
        is_choice = control.get("type") == "radio"
        assert re.fullmatch(rf"{name}(-\w+)?" if is_choice else name, control.get("id")), control


@pytest.mark.parametrize("page", EVERYTHING)
def test_what_describes_an_input_exists(page: str) -> None:
    document = Document(_everything()[page])
    for element in document.elements:
        for reference in (*element.get("aria-describedby").split(), *element.get("aria-labelledby").split()):
            assert document.with_id(reference).text.strip(), reference


def _button(name: str) -> str:
    """The id of the button that sends a page's form."""
    return "logout-yes" if name.startswith("sign_out") else "submit"


@pytest.mark.parametrize("name", FORMS)
def test_a_form_posts_what_ties_it_to_its_request(name: str) -> None:
    document = Document(_page(name, text="kept"))
    submit = document.with_id(_button(name))
    assert (submit.tag, submit.get("type")) == ("button", "submit")
    assert submit.get("name") == ("account" if name == "select_account_of_two" else "submit")
    (main,) = (element for element in submit.path if element.tag == "form")
    languages = [element for element in document.all("form") if element.path[-1].get("class") == "languages"]
    for form in (element for element in document.all("form") if element not in languages):
        assert form.get("method") == "post"
        assert form.get("action").startswith("/")
        assert "enctype" not in form.attributes
        hidden = {
            element.get("name"): element.get("value")
            for element in document.all("input")
            if element.get("type") == "hidden" and form in element.path
        }
        assert hidden == {"_csrf": "kept", "request": "kept", "lang": "kept"} | (
            {} if form is main else {key: hidden[key] for key in hidden}
        )


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("with_errors", [False, True])
def test_one_place_has_the_focus(name: str, with_errors: bool) -> None:
    document = Document(_page(name, with_errors=with_errors))
    places = [element for element in document.elements if "autofocus" in element.attributes]
    if name in ("add_passkey", "consent", "sign_out", "sign_out_of_two") and not with_errors:
        assert places == [], "a script shows the button of the one; a key pressed twice must not answer the other"
        return
    (focused,) = places
    if with_errors:
        assert (focused.get("role"), focused.get("tabindex")) == ("alert", "-1")
    else:
        assert focused in (*document.controls, document.with_id("submit"))


@pytest.mark.parametrize("name", [name for name in FORMS if name not in NO_INPUTS])
def test_errors_are_summed_up_and_tied_to_their_input(name: str) -> None:
    context = pages(with_errors=True)[name]
    assert isinstance(context, contexts.FormPage)
    field = context.errors[0].field
    assert field is not None
    document = Document(_page(name, with_errors=True))
    summary = document.one("div", role="alert")
    assert "There are 2 problems" in summary.text
    links = [link.get("href") for link in document.all("a") if summary in link.path]
    assert links == [f"#{field.replace(':', '-')}"]
    control = document.one(document.with_id(links[0][1:]).tag, id=links[0][1:])
    assert control.get("aria-invalid") == "true"
    assert f"{control.get('id')}-error" in control.get("aria-describedby").split()
    assert document.one("title").text.startswith("Error: ")


@pytest.mark.parametrize("name", [name for name, page in WRONG.items() if page.errors[0].field])
def test_a_single_error_is_told_at_its_input_only(name: str) -> None:
    page = dataclasses.replace(WRONG[name], errors=WRONG[name].errors[:1])
    (error,) = page.errors
    document = Document(render_page(page.template, page, "en"))
    assert not [element for element in document.elements if element.get("role") == "alert"]
    (focused,) = (element for element in document.elements if "autofocus" in element.attributes)
    assert (focused.get("name"), focused.get("aria-invalid")) == (error.field, "true")
    own = document.with_id(f"{focused.get('id')}-error")
    assert own.text == error.text
    assert document.one("body").text.count(error.text) == 1
    assert all("open" in box.attributes for box in own.path if box.tag == "details")


def test_the_rules_of_a_password_are_marked_once_one_was_sent() -> None:
    rules = {
        wrong: {
            item.text.partition(": ")[2] or item.text.strip(): (item.get("class"), "hidden" in item.attributes)
            for item in Document(_page("new_password", with_errors=wrong)).all("li")
            if "data-pattern" in item.attributes
        }
        for wrong in (False, True)
    }
    assert rules[False] == {name: ("", name == "At most 256 characters") for name in rules[False]}
    assert rules[True] == {
        "At least 10 characters": ("is-met", False),
        "An upper-case letter": ("is-unmet", False),
        "A lower-case letter": ("is-met", False),
        "A number": ("is-met", False),
        "A symbol, such as !": ("is-met", False),
        "No spaces": ("is-met", False),
        "At most 256 characters": ("is-unmet", False),
    }
    heard = Document(_page("new_password", with_errors=True)).with_id("password-hint").text.split()
    assert (heard.count("Met:"), heard.count("met:")) == (5, 2)


@pytest.mark.parametrize(
    "password",
    ["", "short", "Correct-Horse-7", "aaaaaaaaaa", "AAAAAAAAAA1!", "Aa1!" + "a" * 252, "Aa1!" + "a" * 253, "Aa1! aaaaaa", "ÄÖÜäöü1234"]
    + [f"Aaaaaaaaa1{symbol}" for symbol in sorted(SYMBOLS)],
)  # fmt: skip
def test_the_script_finds_the_rules_that_the_server_finds(password: str) -> None:
    """Its patterns mean the same to Python as to a browser."""
    policy = {"MinimumLength": 10} | dict.fromkeys(
        ("RequireUppercase", "RequireLowercase", "RequireNumbers", "RequireSymbols"), True
    )
    broken = {name for name, pattern in POLICY.rules.items() if not re.search(pattern, password, re.DOTALL)}
    assert broken == set(broken_rules(policy, password))


def test_typed_values_come_back_and_passwords_never() -> None:
    document = Document(_page("sign_up", text="typed"))
    values = {control.get("name"): control for control in document.controls}
    assert values["email"].get("value") == "typed"
    assert values["custom:team"].get("value") == "typed"
    assert values["address"].text.strip() == "typed"
    for name in PAGES:
        passwords = [control for control in Document(_page(name)).controls if control.get("type") == "password"]
        assert all("value" not in control.attributes for control in passwords)


@pytest.mark.parametrize(
    ("page", "name", "expected"),
    [
        ("sign_in", "username", {"autocomplete": "username"}),
        ("sign_in", "password", {"autocomplete": "current-password"}),
        ("sign_up", "email", {"autocomplete": "email", "type": "email"}),
        ("sign_up", "phone_number", {"autocomplete": "tel", "type": "tel"}),
        ("sign_up", "given_name", {"autocomplete": "given-name"}),
        ("sign_up", "password", {"autocomplete": "new-password"}),
        ("confirm", "code", {"autocomplete": "one-time-code", "inputmode": "numeric"}),
        ("reset_password", "password", {"autocomplete": "new-password"}),
        ("reset_password", "confirm_password", {"autocomplete": "new-password"}),
        ("new_password", "name", {"autocomplete": "name"}),
    ],
)
def test_names_and_autofill_tokens_do_not_change(page: str, name: str, expected: dict[str, str]) -> None:
    control = Document(_page(page)).with_id(name)
    assert control.get("name") == name
    assert {key: control.get(key) for key in expected} == expected


def test_password_managers_learn_whose_new_password_it_is() -> None:
    for name in ("reset_password", "new_password"):
        account = Document(_page(name)).one("input", name="username")
        assert (account.get("autocomplete"), account.get("value")) == ("username", "Maya")
        assert "hidden" in account.attributes


def test_password_rules_are_told_in_words_and_to_generators() -> None:
    document = Document(_page("sign_up"))
    rules = document.with_id("password").get("passwordrules")
    assert rules == "minlength: 10; required: lower; required: upper; required: digit; required: special;"
    assert "At least 10 characters" in document.with_id("password-hint").text


def test_a_long_address_breaks_after_its_at_sign() -> None:
    html = _page("select_challenge", text="maya@harbour.example<b>")
    assert "<strong>maya@<wbr>harbour.example&lt;b&gt;</strong>" in html


def test_a_link_without_an_address_is_not_shown() -> None:
    context = pages()["sign_in"]
    assert isinstance(context, contexts.SignInPage)
    bare = dataclasses.replace(context, sign_up_url=None, forgot_password_url=None)
    assert not Document(render_page(bare.template, bare, "en")).all("a")


def test_direction_follows_the_script() -> None:
    assert Document(_page("sign_in", locale="ar")).one("html").attributes == {"lang": "ar", "dir": "rtl"}


def test_a_context_that_lacks_something_is_refused() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("pages/sign_in.html", {"pool_name": "p"}, "en")


def test_the_first_page_is_light() -> None:
    context = dataclasses.replace(pages(with_errors=True)["sign_in"], brand=Brand())
    html = render_page(context.template, context, "en")
    linked = [link.get("href").removeprefix("/_static/") for link in Document(html).all("link")]
    files = [served_assets()[name] for name in linked if name in served_assets()]
    assert len(files) == 2
    assert len(html.encode()) + sum(len(file.content) for file in files) < 60_000


def test_assets_are_named_after_their_content() -> None:
    for name, asset in assets().items():
        stem, _, ending = name.rpartition(".")
        assert re.fullmatch(rf"{re.escape(stem)}\.[0-9a-f]{{10}}\.{ending}", asset.served_name)
        assert served_assets()[asset.served_name] is asset


def test_style_sheets_reach_no_other_origin() -> None:
    for asset in assets().values():
        text = asset.content.decode().replace("http://www.w3.org/2000/svg", "")
        assert "//" not in text
        assert "@import" not in text
        assert "<script" not in text


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_has_every_part(kind: MessageKind) -> None:
    # A verification has either a code or a link.
    message = render_message(kind, dataclasses.replace(MESSAGE, url="") if kind == "verification" else MESSAGE, "en")
    assert message.subject
    assert "\n" not in message.subject + message.sms
    assert len(message.sms) <= 140
    assert message.sms.isascii()
    Document(message.html)
    if kind in ("account_exists", "security_notice"):
        assert "492013" not in message.text + message.html + message.sms
    else:
        assert all("492013" in part for part in (message.text, message.html, message.sms))


@pytest.mark.parametrize("kind", MESSAGES)
def test_hostile_text_stays_text_in_a_message(kind: MessageKind) -> None:
    hostile = MessageContext(product=f"{HOSTILE}\r\nBcc: x", username=HOSTILE, code=HOSTILE, url="https://a.test/")
    message = render_message(kind, hostile, "en")
    assert not Document(message.html).all("script", "img")
    assert "\n" not in message.subject + message.sms
    assert "\r" not in message.subject + message.sms


@pytest.mark.parametrize(
    ("seconds", "words"), [(180, "3 minutes"), (3600, "1 hour"), (86400, "24 hours"), (604800, "7 days")]
)
def test_how_long_a_code_works_is_said_in_words(seconds: int, words: str) -> None:
    message = render_message("reset", dataclasses.replace(MESSAGE, valid_seconds=seconds), "en")
    assert f"It works for {words}." in message.text


def _templates() -> list[str]:
    root: Path = resource_dir("templates")
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in (".html", ".txt"))


@pytest.mark.parametrize("name", _templates())
def test_no_text_stands_outside_gettext(name: str) -> None:
    source = (resource_dir("templates") / name).read_text()
    without_trans = re.sub(r"{%-? *trans\b.*?endtrans *-?%}", "", source, flags=re.S)
    plain = "".join(
        text if kind == "data" else "·" if kind == "variable_begin" else ""
        for _, kind, text in environment().lex(without_trans)
    )
    words = re.sub(r"<style>.*?</style>|<[^>]*>|&\w+;|[\w-]+=\"[^\"]*\"", " ", plain, flags=re.S)
    assert set(re.findall(r"[^\W\d_]{2,}", words)) <= {"Poolhouse", "HTML", "expires_in", "scope", "expires", "in"}
