"""Domains of user pools."""

from typing import Any

from app.core.domains import Domain
from app.flows import configure_domain
from app.flows.locations import domain_host
from app.flows.work import Work
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("CreateUserPoolDomain", rest="given")
def create_user_pool_domain(work: Work, domain: str, user_pool_id: str, given: Members) -> Members:
    """A prefix, or with CustomDomainConfig a full host name."""
    return _answer(configure_domain.create_domain(work, user_pool_id, domain, given))


@cognito_idp.operation("DescribeUserPoolDomain")
def describe_user_pool_domain(work: Work, domain: str) -> Members:
    """Nothing, rather than an error, for a domain that nobody has or that is not the caller's."""
    found = configure_domain.find_domain(work, domain)
    if found is None:
        return {"DomainDescription": {}}
    pool, named = found
    return {
        "DomainDescription": {
            **named.configuration,
            "UserPoolId": pool.pool_id,
            "AWSAccountId": pool.account_id,
            "Domain": named.domain,
            "CloudFrontDistribution": domain_host(work.settings, named.domain, named.is_custom),
            "Version": str(named.updated_at),
            "Status": "ACTIVE",
        }
    }


@cognito_idp.operation("UpdateUserPoolDomain", rest="given")
def update_user_pool_domain(work: Work, domain: str, user_pool_id: str, given: Members) -> Members:
    """Branding version and certificate; a domain is never renamed."""
    return _answer(configure_domain.update_domain(work, user_pool_id, domain, given))


@cognito_idp.operation("DeleteUserPoolDomain")
def delete_user_pool_domain(work: Work, domain: str, user_pool_id: str) -> None:
    """The name is free at once."""
    configure_domain.delete_domain(work, user_pool_id, domain)


def _answer(domain: Domain) -> Members:
    """There is no CDN in front of this server: a custom domain points at the server itself."""
    return {
        "ManagedLoginVersion": domain.configuration["ManagedLoginVersion"],
        "CloudFrontDomain": domain.domain if domain.is_custom else None,
    }
