from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from app.kit import translations
from app.kit.resources import resource_dir

METHODS = [("app/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {pattern: {"trimmed": "true", "silent": "false"} for pattern, method in METHODS if method == "jinja2"}


def _catalogue(path: Path) -> Catalog:
    return read_po(BytesIO(path.read_bytes()))


def _texts(catalogue: Catalog) -> set[object]:
    return {message.id for message in catalogue if message.id}


def test_the_catalogue_holds_every_text_of_code_and_templates() -> None:
    found = extract_from_dir(
        resource_dir("templates").parent,
        method_map=METHODS,
        options_map=OPTIONS,
        keywords={**DEFAULT_KEYWORDS, "N_": None},
        directory_filter=lambda folder: not Path(folder).name.startswith((".", "node_modules")),
    )
    assert _texts(_catalogue(resource_dir("locales") / "poolhouse.pot")) == {text for _, _, text, _, _ in found}


@pytest.mark.parametrize("locale", translations.available_locales())
def test_every_language_knows_every_text(locale: str) -> None:
    catalogue = _catalogue(resource_dir("locales") / locale / "LC_MESSAGES" / "poolhouse.po")
    missing = _texts(_catalogue(resource_dir("locales") / "poolhouse.pot")) - _texts(catalogue)
    assert missing == set()
    if locale != translations.SOURCE_LOCALE:
        assert [message.id for message in catalogue if message.id and not message.string] == []


@pytest.mark.parametrize(
    ("wanted", "chosen"), [([], "en"), (["en-GB"], "en"), (["xx", "en"], "en"), (["../../etc/passwd"], "en")]
)
def test_the_locale_is_one_that_ships(wanted: list[str], chosen: str) -> None:
    assert translations.choose_locale(wanted) == chosen


@pytest.mark.parametrize("tag", ["../../../etc", "xx", "", "en\x00", "-"])
def test_an_unknown_tag_speaks_english(tag: str) -> None:
    assert translations.translate(tag, "Sign in") == "Sign in"
    assert translations.text_direction(tag) == "ltr"


def test_the_locale_ends_with_its_block() -> None:
    with translations.speaking("ar"):
        assert translations.current_locale() == "ar"
        assert translations.ngettext("one", "many", 2) == "many"
    assert translations.current_locale() == "en"
