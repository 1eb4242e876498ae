"""Terms documents: links to the terms of use and the privacy policy of an app client."""

from typing import Any

from app.core import pools, terms
from app.core.terms import Terms
from app.flows import configure_terms
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("CreateTerms")
def create_terms(
    work: Work,
    user_pool_id: str,
    client_id: str,
    terms_name: str,
    terms_source: str,
    enforcement: str,
    links: dict[str, str] | None = None,
) -> Members:
    """A client has at most one document of each name."""
    made = configure_terms.create_terms(
        work, user_pool_id, client_id, terms_name, source=terms_source, enforcement=enforcement, links=links
    )
    return {"Terms": _terms(made)}


@cognito_idp.operation("DescribeTerms")
def describe_terms(work: Work, terms_id: str, user_pool_id: str) -> Members:
    """One document."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        found = terms.get_terms(db, user_pool_id, terms_id)
    return {"Terms": _terms(found)}


@cognito_idp.operation("DescribeTermsByClient")
def describe_terms_by_client(work: Work, client_id: str, user_pool_id: str, terms_name: str) -> Members:
    """The client's document of a name."""
    return {"Terms": _terms(configure_terms.get_terms_of_client(work, user_pool_id, client_id, terms_name))}


@cognito_idp.operation("UpdateTerms")
def update_terms(
    work: Work,
    terms_id: str,
    user_pool_id: str,
    terms_name: str | None = None,
    terms_source: str | None = None,
    enforcement: str | None = None,
    links: dict[str, str] | None = None,
) -> Members:
    """Keeps what it is not given; `links` are replaced as a whole."""
    given = {"name": terms_name, "source": terms_source, "enforcement": enforcement, "links": links}
    changes = {name: value for name, value in given.items() if value is not None}
    return {"Terms": _terms(configure_terms.update_terms(work, user_pool_id, terms_id, changes))}


@cognito_idp.operation("DeleteTerms")
def delete_terms(work: Work, terms_id: str, user_pool_id: str) -> None:
    """The client may get a new document of the name."""
    configure_terms.delete_terms(work, user_pool_id, terms_id)


@cognito_idp.operation("ListTerms")
def list_terms(work: Work, user_pool_id: str, max_results: int | None = None, next_token: str | None = None) -> Members:
    """The documents of all clients, by id."""

    def load(after: str | None, count: int) -> list[Terms]:
        with work.read() as db:
            pools.get_pool(db, user_pool_id)
            return terms.list_terms(db, user_pool_id, after=after, limit=count)

    scope = (user_pool_id, "ListTerms")
    found, token = list_page(work, scope, next_token, max_results, load, lambda document: document.terms_id)
    return {"Terms": [_terms(document) for document in found], "NextToken": token}


def _terms(document: Terms) -> Members:
    """TermsType, and TermsDescriptionType, which has some of its members."""
    return {
        "TermsId": document.terms_id,
        "UserPoolId": document.pool_id,
        "ClientId": document.client_id,
        "TermsName": document.name,
        "TermsSource": document.source,
        "Enforcement": document.enforcement,
        "Links": document.links,
        "CreationDate": document.created_at,
        "LastModifiedDate": document.updated_at,
    }
