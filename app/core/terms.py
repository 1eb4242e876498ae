"""Terms documents of an app client: where its terms of use and privacy policy are. User pools API, TermsType."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select, update

from app.db.tables.terms import Terms as TermsRow
from app.kit.errors import (
    InvalidParameterException,
    LimitExceededException,
    ResourceNotFoundException,
    TermsExistsException,
)
from app.kit.ids import new_uuid

MAX_DOCUMENTS = 40
# Shown to whoever reads a language without a link of its own.
DEFAULT_LANGUAGE = "cognito:default"
# RFC 3986 section 2, and what people write unencoded (RFC 3987), but nothing that could end an attribute.
_URL = re.compile(r"[^\s\"<>\\^`{|}\x00-\x20\x7f]+")


@dataclass(frozen=True)
class Terms:
    """One document: `links` maps `cognito:<language>` to https URLs. Times in epoch ms."""

    pool_id: str
    terms_id: str
    client_id: str
    name: str
    source: str
    enforcement: str
    links: dict[str, str]
    created_at: int
    updated_at: int


def check_links(links: Mapping[str, str] | None) -> None:
    """Each link is an https URL and one is for `cognito:default`; raises InvalidParameterException."""
    if not links or DEFAULT_LANGUAGE not in links:
        raise InvalidParameterException(f"Links must have a URL for {DEFAULT_LANGUAGE}.")
    for language, url in links.items():
        if not _is_https(url):
            raise InvalidParameterException(f"The link for {language} must be an https URL.")


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # Reading a port out of range raises ValueError, too.
        return bool(
            _URL.fullmatch(url)
            and url[:8].lower() == "https://"
            and parts.hostname
            and parts.port != 0
            and "@" not in parts.netloc
        )
    except ValueError:
        return False


def get_terms(db: Connection, pool_id: str, terms_id: str) -> Terms:
    """The document with an id; raises ResourceNotFoundException."""
    row = db.execute(select(TermsRow).where(TermsRow.pool_id == pool_id, TermsRow.terms_id == terms_id)).one_or_none()
    if row is None:
        raise _missing()
    return Terms(**row._mapping)


def get_terms_of_client(db: Connection, pool_id: str, client_id: str, name: str) -> Terms:
    """The document of an app client with a name (terms-of-use, privacy-policy); raises ResourceNotFoundException."""
    row = db.execute(
        select(TermsRow).where(TermsRow.pool_id == pool_id, TermsRow.client_id == client_id, TermsRow.name == name)
    ).one_or_none()
    if row is None:
        raise _missing()
    return Terms(**row._mapping)


def list_terms_of_client(db: Connection, pool_id: str, client_id: str) -> list[Terms]:
    """The documents of an app client, one for each name."""
    rows = db.execute(select(TermsRow).where(TermsRow.pool_id == pool_id, TermsRow.client_id == client_id))
    return [Terms(**row._mapping) for row in rows]


def list_terms(db: Connection, pool_id: str, *, after: str | None, limit: int) -> list[Terms]:
    """At most `limit` documents of a pool, by id, those after the id `after`."""
    rows = db.execute(
        select(TermsRow)
        .where(TermsRow.pool_id == pool_id, TermsRow.terms_id > (after or ""))
        .order_by(TermsRow.terms_id)
        .limit(limit)
    )
    return [Terms(**row._mapping) for row in rows]


def create_terms(
    db: Connection,
    pool_id: str,
    client_id: str,
    name: str,
    *,
    source: str,
    enforcement: str,
    links: Mapping[str, str],
    now: int,
) -> Terms:
    """A new document; the caller has locked the pool and knows that the client is one of it.

    Raises TermsExistsException, LimitExceededException.
    """
    documents = list_terms(db, pool_id, after=None, limit=MAX_DOCUMENTS)
    _check_free(documents, client_id, name)
    if len(documents) >= MAX_DOCUMENTS:
        raise LimitExceededException(f"A user pool can have at most {MAX_DOCUMENTS} terms documents.")
    made = Terms(pool_id, new_uuid(), client_id, name, source, enforcement, dict(links), now, now)
    db.execute(insert(TermsRow).values(**vars(made)))
    return made


def update_terms(db: Connection, pool_id: str, terms_id: str, changes: Mapping[str, Any], now: int) -> Terms:
    """Sets `name`, `source`, `enforcement` or `links`; the caller has locked the pool.

    Raises ResourceNotFoundException, and TermsExistsException if the client has another document with the name.
    """
    current = get_terms(db, pool_id, terms_id)
    if changes.get("name", current.name) != current.name:
        _check_free(list_terms(db, pool_id, after=None, limit=MAX_DOCUMENTS), current.client_id, changes["name"])
    db.execute(
        update(TermsRow)
        .where(TermsRow.pool_id == pool_id, TermsRow.terms_id == terms_id)
        .values(**changes, updated_at=now)
    )
    return get_terms(db, pool_id, terms_id)


def delete_terms(db: Connection, pool_id: str, terms_id: str) -> None:
    """Removes a document; raises ResourceNotFoundException."""
    done = db.execute(delete(TermsRow).where(TermsRow.pool_id == pool_id, TermsRow.terms_id == terms_id))
    if not done.rowcount:
        raise _missing()


def _check_free(documents: list[Terms], client_id: str, name: str) -> None:
    if any((document.client_id, document.name) == (client_id, name) for document in documents):
        raise TermsExistsException


def _missing() -> ResourceNotFoundException:
    return ResourceNotFoundException("Terms documents do not exist.")
