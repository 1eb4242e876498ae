"""The terms of use and the privacy policy of an app, in the language of whoever is about to agree (API: CreateTerms)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core import terms
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work

# Locale -> the language of LanguageIdType.
_LANGUAGES: Final[Mapping[str, str]] = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "id": "bahasa-indonesia",
    "it": "italian",
    "ja": "japanese",
    "ko": "korean",
    "nl": "dutch",
    "pt-BR": "portuguese-brazil",
    "zh-CN": "chinese-simplified",
    "zh-TW": "chinese-traditional",
}


@dataclass(frozen=True, slots=True)
class AppTerms:
    """https URLs of an app's documents, None for one that it has not."""

    terms_of_use: str | None
    privacy_policy: str | None


def find_app_terms(work: Work, client: ClientSnapshot, locale: str) -> AppTerms:
    """The documents of a client in a locale (BCP 47), else in the language for all."""
    with work.read() as db:
        found = terms.list_terms_of_client(db, client.pool.pool_id, client.client.client_id)
    wanted = f"cognito:{_LANGUAGES.get(locale, '')}"
    urls = {document.name: document.links.get(wanted, document.links[terms.DEFAULT_LANGUAGE]) for document in found}
    return AppTerms(urls.get("terms-of-use"), urls.get("privacy-policy"))
