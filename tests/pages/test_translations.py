"""The catalogues: complete, in the form that CLDR asks for, marked for review; and which of them a reader gets."""

import re
from collections import Counter
from gettext import c2py
from typing import Any

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message

from app.kit import translations
from scripts.messages import AWAITS_REVIEW, TEMPLATE, UNREVIEWED, catalogue_path, extract, read_catalogue

TRANSLATED = [tag for tag in translations.available_locales() if tag != translations.SOURCE_LOCALE]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
TAG = re.compile(r"<[^<>]+>")
QUOTED = re.compile(r"“(.+?)”")
REVIEWED = re.compile(r"reviewed by \S.*, 20\d\d-\d\d-\d\d")


def texts(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def ids(catalogue: Catalog) -> set[object]:
    return {message.id for message in texts(catalogue)}


def forms(text: Any) -> list[str]:
    """A text, or its singular and plurals."""
    return [text] if isinstance(text, str) else list(text)


def catalogue(tag: str) -> Catalog:
    return read_catalogue(catalogue_path(tag))


def problems(message: Message) -> list[str]:
    """What is wrong with a translation, whatever its language."""
    found = [f"no mark of review: {message.user_comments}"] if not _is_marked(message) else []
    found += ["fuzzy"] if message.fuzzy else []
    source = forms(message.id)[-1]
    for text in forms(message.string):
        if not text.strip():
            found.append("empty")
        elif set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(source)):
            found.append(f"other placeholders: {text}")
        elif Counter(TAG.findall(text)) != Counter(TAG.findall(source)):
            found.append(f"other markup: {text}")
        elif text != text.strip() or "%" in PLACEHOLDER.sub("", text) * message.python_format:
            found.append(f"blanks or a bare % sign: {text}")
    return found


def _is_marked(message: Message) -> bool:
    (mark,) = message.user_comments if len(message.user_comments) == 1 else ("",)
    return mark == UNREVIEWED or bool(REVIEWED.fullmatch(mark))


def test_the_template_holds_every_text_of_code_and_templates() -> None:
    assert ids(read_catalogue(TEMPLATE)) == ids(extract()), "run `make messages`"


@pytest.mark.parametrize("tag", translations.available_locales())
def test_every_language_has_every_text_and_no_other(tag: str) -> None:
    template = ids(read_catalogue(TEMPLATE))
    own = ids(catalogue(tag))
    assert (template - own, own - template) == (set(), set()), "run `make messages`"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_text_is_translated_as_it_is_used(tag: str) -> None:
    wrong = {str(message.id): problems(message) for message in texts(catalogue(tag))}
    assert {text: found for text, found in wrong.items() if found} == {}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_what_a_text_quotes_is_called_as_on_the_page(tag: str) -> None:
    own = catalogue(tag)
    quoting = [(message, name) for message in texts(own) for name in QUOTED.findall(str(message.id))]
    assert quoting
    for message, name in quoting:
        assert translations.translate(tag, name) in str(message.string)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_says_whether_it_awaits_review(tag: str) -> None:
    is_waiting = any(UNREVIEWED in message.user_comments for message in catalogue(tag))
    assert (AWAITS_REVIEW in catalogue_path(tag).read_text()) is is_waiting


@pytest.mark.parametrize("tag", translations.available_locales())
def test_every_number_gets_the_form_of_cldr(tag: str) -> None:
    """Forms in CLDR's order. Its rules for fractions, and for a million and more, are left out: nothing here counts so far."""
    rule, own = Locale.parse(tag, sep="-").plural_form, catalogue(tag)
    numbers = range(1_000)
    names = [name for name in ("zero", "one", "two", "few", "many", "other") if name in map(rule, numbers)]
    chosen = c2py(own.plural_expr)
    assert [number for number in numbers if chosen(number) != names.index(rule(number))] == []
    counted = [forms(message.string) for message in texts(own) if isinstance(message.id, tuple)]
    assert counted
    assert {len(translated) for translated in counted} == {own.num_plurals} == {len(names)}


@pytest.mark.parametrize(
    ("id", "string", "comments", "flags"),
    [
        ("Sign in", "Anmelden", [], []),
        ("Sign in", "Anmelden", ["reviewed by Maya"], []),
        ("Sign in", "Anmelden", [UNREVIEWED, "reviewed by Maya, 2026-11-26"], []),
        ("Sign in", "Anmelden", [UNREVIEWED], ["fuzzy"]),
        ("Sign in", "", [UNREVIEWED], []),
        ("Sign in", "Anmelden ", [UNREVIEWED], []),
        ("Hello %(name)s", "Hallo", [UNREVIEWED], ["python-format"]),
        ("Hello %(name)s", "Hallo %(Name)s", [UNREVIEWED], ["python-format"]),
        ("Hello %(name)s", "100 % hallo %(name)s", [UNREVIEWED], ["python-format"]),
        ("See <strong>this</strong>", "Sieh <b>das</b>", [UNREVIEWED], []),
        ('<a href="%(url)s">x</a>', '<a href="%(url)s" onclick="x">x</a>', [UNREVIEWED], ["python-format"]),
        (("%(num)d day", "%(num)d days"), ("ein Tag", "%(num)d Tage"), [UNREVIEWED], ["python-format"]),
    ],
)
def test_the_checks_find(id: Any, string: Any, comments: list[str], flags: list[str]) -> None:  # noqa: A002
    assert problems(Message(id, string, user_comments=comments, flags=flags)) != []


@pytest.mark.parametrize("mark", [UNREVIEWED, "reviewed by Maya Lindqvist, 2026-11-26"])
def test_the_checks_pass(mark: str) -> None:
    assert problems(Message("Hello %(name)s", "Hallo %(name)s", user_comments=[mark], flags=["python-format"])) == []


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ([], "en"),
        (["en-GB"], "en"),
        (["xx", "en"], "en"),
        (["../../etc/passwd"], "en"),
        (["xx-" * 2_000], "en"),
    ],
)
def test_the_locale_is_one_that_ships(wanted: list[str], chosen: str) -> None:
    assert translations.choose_locale(wanted) == chosen


@pytest.mark.parametrize("tag", ["../../../etc", "xx", "", "en\x00", "-"])
def test_an_unknown_tag_speaks_english(tag: str) -> None:
    assert translations.translate(tag, "Sign in") == "Sign in"
    assert translations.text_direction(tag) == "ltr"


def test_the_locale_ends_with_its_block() -> None:
    with translations.speaking("ar"):
        assert translations.gettext("Sign in") == translations.translate("ar", "Sign in") != "Sign in"
    assert translations.gettext("Sign in") == "Sign in"
