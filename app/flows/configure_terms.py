"""Terms documents of the app clients of a pool. Amazon Cognito user pools API, CreateTerms and UpdateTerms."""

from collections.abc import Mapping
from typing import Any

from app.core import clients, pools, terms
from app.core.terms import Terms
from app.flows.work import Work


def create_terms(
    work: Work,
    pool_id: str,
    client_id: str,
    name: str,
    *,
    source: str,
    enforcement: str,
    links: Mapping[str, str] | None,
) -> Terms:
    """A document of a client, one for each name.

    Raises ResourceNotFoundException, TermsExistsException, LimitExceededException, InvalidParameterException.
    """
    terms.check_links(links)
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        clients.get_client(db, work.keyring, pool_id, client_id)
        return terms.create_terms(
            db, pool_id, client_id, name, source=source, enforcement=enforcement, links=links or {}, now=work.now
        )


def update_terms(work: Work, pool_id: str, terms_id: str, changes: Mapping[str, Any]) -> Terms:
    """Sets `name`, `source`, `enforcement` or all `links`; the others stay.

    Raises ResourceNotFoundException, TermsExistsException, InvalidParameterException.
    """
    if "links" in changes:
        terms.check_links(changes["links"])
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        return terms.update_terms(db, pool_id, terms_id, changes, work.now)


def delete_terms(work: Work, pool_id: str, terms_id: str) -> None:
    """Raises ResourceNotFoundException."""
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        terms.delete_terms(db, pool_id, terms_id)


def get_terms_of_client(work: Work, pool_id: str, client_id: str, name: str) -> Terms:
    """Raises ResourceNotFoundException."""
    with work.read() as db:
        pools.get_pool(db, pool_id)
        clients.get_client(db, work.keyring, pool_id, client_id)
        return terms.get_terms_of_client(db, pool_id, client_id, name)
