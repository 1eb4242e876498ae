"""Writes the catalogues in locales/ from the texts of code and templates (`make messages`).

    python scripts/messages.py [TAG ...]     each TAG (BCP 47, such as "nl") is a language to begin

New texts come in empty and are to be filled by hand, texts that are gone are dropped, and no translation is guessed from a
similar one. tests/pages/test_translations.py tells what is left to do.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.kit.resources import resource_dir
from app.kit.translations import DOMAIN, SOURCE_LOCALE, available_locales

METHODS = [("app/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {pattern: {"trimmed": "true", "silent": "false"} for pattern, method in METHODS if method == "jinja2"}
# Above a translation that nobody has read yet; `# reviewed by NAME, YYYY-MM-DD` takes its place.
UNREVIEWED = "machine-made, to be reviewed"
AWAITS_REVIEW = "Machine-made translation, awaiting review by someone who speaks the language."
TEMPLATE = resource_dir("locales") / f"{DOMAIN}.pot"


def main() -> None:
    """Writes the template and the catalogue of each language."""
    template = extract()
    TEMPLATE.write_bytes(_entries(template))
    for tag in dict.fromkeys([*available_locales(), *sys.argv[1:]]):
        path = catalogue_path(tag)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_written(tag, _updated(tag, path, template)))


def extract() -> Catalog:
    """Every text of code and templates, in the order of the files."""
    found = extract_from_dir(
        resource_dir("templates").parent,
        method_map=METHODS,
        options_map=OPTIONS,
        keywords={**DEFAULT_KEYWORDS, "N_": None},
        comment_tags=("Translators:",),
        directory_filter=lambda folder: not Path(folder).name.startswith((".", "node_modules")),
    )
    template = Catalog()
    for _file, _line, text, comments, context in sorted(found, key=lambda text: text[:2]):
        template.add(text, auto_comments=comments, context=context)
    return template


def catalogue_path(tag: str) -> Path:
    """The file of a language."""
    return resource_dir("locales") / tag / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(path: Path) -> Catalog:
    """A catalogue or the template, as it is."""
    return read_po(BytesIO(path.read_bytes()), abort_invalid=True)


def _updated(tag: str, path: Path, template: Catalog) -> Catalog:
    catalogue = read_catalogue(path) if path.exists() else Catalog(locale=tag.replace("-", "_"))
    catalogue.update(template, no_fuzzy_matching=True)
    return catalogue


def _header(tag: str, catalogue: Catalog) -> str:
    name = Locale.parse(tag, sep="-").get_display_name(SOURCE_LOCALE)
    lines = [f"# {name} texts of Poolhouse."]
    if any(UNREVIEWED in message.user_comments for message in catalogue):
        lines.append(f"# {AWAITS_REVIEW}")
    headers = {
        "Project-Id-Version": "Poolhouse",
        "Language": tag.replace("-", "_"),
        "Plural-Forms": catalogue.plural_forms,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    return "\n".join([*lines, 'msgid ""', 'msgstr ""', *(f'"{key}: {value}\\n"' for key, value in headers.items()), ""])


def _written(tag: str, catalogue: Catalog) -> bytes:
    return (_header(tag, catalogue) + "\n").encode() + _entries(catalogue)


def _entries(catalogue: Catalog) -> bytes:
    written = BytesIO()
    write_po(written, catalogue, omit_header=True, no_location=True, ignore_obsolete=True)
    return written.getvalue()


if __name__ == "__main__":
    main()
