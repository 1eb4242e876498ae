"""Message catalogues (gettext) and the choice of a locale.

Locales are BCP 47 tags ("en", "pt-BR", "zh-CN"). English is the language of the source, so its catalogue may be empty. The
catalogues are read from their `.po` files when a locale is first used, which takes some 10 ms: nothing compiled needs to be
kept or shipped. Of CLDR's data each locale takes as long and a megabyte of memory (`babel_locale`), so what every page needs of
it stands here.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from types import MappingProxyType
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.kit.resources import resource_dir

DOMAIN = "poolhouse"
SOURCE_LOCALE = "en"

# Languages in their own words.
_OWN_NAMES: Final = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "id": "Bahasa Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt-BR": "Português (Brasil)",
    "zh-CN": "简体中文",
    "zh-TW": "繁體中文",
}
# What browsers call a language for which there is a catalogue by another name. "in" is what Java called Indonesian.
_ALIASES: Final = {
    "in": "id",
    "pt": "pt-BR",
    "zh": "zh-CN",
    "zh-hant": "zh-TW",
    "zh-hk": "zh-TW",
    "zh-mo": "zh-TW",
}
_RIGHT_TO_LEFT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_MAX_TAG: Final = 64

_locale: ContextVar[str] = ContextVar("locale", default=SOURCE_LOCALE)


@cache
def available_locales() -> tuple[str, ...]:
    """Tags of the catalogues that ship, English first."""
    found = {path.parent.parent.name for path in resource_dir("locales").glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return (SOURCE_LOCALE, *sorted(found - {SOURCE_LOCALE}))


@cache
def language_names() -> Mapping[str, str]:
    """The languages that ship, in their own words by tag, sorted by these."""
    names = {tag: _OWN_NAMES.get(tag, tag) for tag in available_locales()}
    return MappingProxyType(dict(sorted(names.items(), key=lambda item: item[1].casefold())))


@cache
def _known_tags() -> Mapping[str, str]:
    shipped = available_locales()
    aliases = {alias: tag for alias, tag in _ALIASES.items() if tag in shipped}
    return MappingProxyType(aliases | {tag.casefold(): tag for tag in shipped})


def find_locale(tag: str) -> str | None:
    """The catalogue that fits a tag best: the longest beginning of it that names one (RFC 4647 section 3.4); None without one."""
    wanted = tag[:_MAX_TAG].replace("_", "-").casefold()
    while wanted and wanted not in _known_tags():
        wanted = wanted.rpartition("-")[0]
    return _known_tags()[wanted] if wanted else None


def choose_locale(wanted: Iterable[str]) -> str:
    """The first of the wanted tags (parameter, cookie, Accept-Language, in order of preference) that has a catalogue."""
    return next((locale for locale in map(find_locale, wanted) if locale), SOURCE_LOCALE)


@cache
def _load_catalogue(locale: str) -> NullTranslations:
    with (resource_dir("locales") / locale / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as source:
        catalogue = read_po(source, locale=locale.replace("-", "_"), domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def find_catalogue(locale: str) -> NullTranslations:
    """The catalogue of a locale; the source texts when there is none. The tag never becomes a path unless it is known."""
    return _load_catalogue(locale) if locale in available_locales() else NullTranslations()


def translate(locale: str, text: str) -> str:
    """One text, marked `N_(...)` where it is written, in a locale."""
    return find_catalogue(locale).gettext(text) if text else ""


def babel_locale(tag: str) -> Locale:
    """CLDR's data of a BCP 47 tag; English for a tag that CLDR does not know."""
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(SOURCE_LOCALE)


def text_direction(locale: str) -> Literal["ltr", "rtl"]:
    """How the script of a locale runs; left to right for an unknown tag."""
    return "rtl" if locale.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Makes a locale the one that `gettext`, `ngettext` and the like use in this thread or task."""
    before = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(before)


def gettext(text: str) -> str:
    """A text in the current locale."""
    return find_catalogue(_locale.get()).gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """A text in the number that fits, in the current locale."""
    return find_catalogue(_locale.get()).ngettext(singular, plural, count)


def pgettext(context: str, text: str) -> str:
    """A text that needs a context to be translated."""
    return find_catalogue(_locale.get()).pgettext(context, text)


def npgettext(context: str, singular: str, plural: str, count: int) -> str:
    """A text with a context, in the number that fits."""
    return find_catalogue(_locale.get()).npgettext(context, singular, plural, count)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's extractors know
    """Marks a text for extraction where it is written; `translate` is called where it is shown."""
    return text
