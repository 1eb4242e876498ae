"""Third-party identity providers, whom they sign in, and the certificate that they know the pool by."""

import base64
from typing import Any

from app.core import identity_providers, pools
from app.core.identity_providers import ProviderSummary
from app.core.provider_configuration import shown_details
from app.flows import configure_identity_provider as configure
from app.flows.configure_identity_provider import ProviderChanges, ShownProvider
from app.flows.link_users import disable_password, link_user, provider_user, unlink_user
from app.flows.saml_certificates import signing_certificate
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]
Texts = dict[str, str]
# What ProvidersListType can hold.
_MAX_PAGE = 50


@cognito_idp.operation("CreateIdentityProvider")
def create_identity_provider(
    work: Work,
    user_pool_id: str,
    provider_name: str,
    provider_type: str,
    provider_details: Texts,
    attribute_mapping: Texts | None = None,
    idp_identifiers: list[str] | None = None,
    acr_mapping: Texts | None = None,
) -> Members:
    """Answers as DescribeIdentityProvider. Nothing is fetched: discovery and metadata documents are read at sign-in."""
    given = ProviderChanges(provider_details, attribute_mapping, acr_mapping, idp_identifiers)
    made = configure.create_identity_provider(work, user_pool_id, provider_name, provider_type, given)
    return {"IdentityProvider": _identity_provider(made)}


@cognito_idp.operation("DescribeIdentityProvider")
def describe_identity_provider(work: Work, user_pool_id: str, provider_name: str) -> Members:
    """The whole provider, its client secret in clear; a private key is never answered."""
    return {"IdentityProvider": _identity_provider(configure.find_shown(work, user_pool_id, provider_name))}


@cognito_idp.operation("GetIdentityProviderByIdentifier")
def get_identity_provider_by_identifier(work: Work, user_pool_id: str, idp_identifier: str) -> Members:
    """As DescribeIdentityProvider, by one of the provider's IdpIdentifiers."""
    found = configure.find_shown(work, user_pool_id, identifier=idp_identifier)
    return {"IdentityProvider": _identity_provider(found)}


@cognito_idp.operation("ListIdentityProviders")
def list_identity_providers(
    work: Work, user_pool_id: str, max_results: int | None = None, next_token: str | None = None
) -> Members:
    """Names, types and dates, by name."""

    def load(after: str | None, count: int) -> list[ProviderSummary]:
        with work.read() as db:
            pools.get_pool(db, user_pool_id)
            return identity_providers.list_identity_providers(db, user_pool_id, after=after, limit=count)

    scope = (user_pool_id, "ListIdentityProviders")
    limit = min(max_results or _MAX_PAGE, _MAX_PAGE)
    found, token = list_page(work, scope, next_token, limit, load, lambda provider: provider.name)
    return {"Providers": [_description(provider) for provider in found], "NextToken": token}


@cognito_idp.operation("UpdateIdentityProvider")
def update_identity_provider(
    work: Work,
    user_pool_id: str,
    provider_name: str,
    provider_details: Texts | None = None,
    attribute_mapping: Texts | None = None,
    idp_identifiers: list[str] | None = None,
    acr_mapping: Texts | None = None,
) -> Members:
    """Each member that is given replaces what was; the others are kept."""
    given = ProviderChanges(provider_details, attribute_mapping, acr_mapping, idp_identifiers)
    changed = configure.update_identity_provider(work, user_pool_id, provider_name, given)
    return {"IdentityProvider": _identity_provider(changed)}


@cognito_idp.operation("DeleteIdentityProvider")
def delete_identity_provider(work: Work, user_pool_id: str, provider_name: str) -> None:
    """App clients that name the provider keep the name, which means nothing without it."""
    configure.delete_identity_provider(work, user_pool_id, provider_name)


@cognito_idp.operation("AdminLinkProviderForUser")
def admin_link_provider_for_user(work: Work, user_pool_id: str, destination_user: Texts, source_user: Texts) -> None:
    """The source need not have signed in yet; the attribute `identities` of the destination tells of the link."""
    pool = work.snapshots.pool(user_pool_id).pool
    link_user(work, pool, provider_user("DestinationUser", destination_user), provider_user("SourceUser", source_user))


@cognito_idp.operation("AdminDisableProviderForUser")
def admin_disable_provider_for_user(work: Work, user_pool_id: str, user: Texts) -> None:
    """Removes a link or, with the provider `Cognito`, a local user's password."""
    pool = work.snapshots.pool(user_pool_id).pool
    named = provider_user("User", user)
    if named.is_local:
        disable_password(work, pool, named)
    else:
        unlink_user(work, pool, named)


@cognito_idp.operation("GetSigningCertificate")
def get_signing_certificate(work: Work, user_pool_id: str) -> Members:
    """In base64 without the lines of PEM around it, as SAML metadata holds certificates."""
    return {"Certificate": base64.b64encode(signing_certificate(work, user_pool_id)).decode()}


def _identity_provider(shown: ShownProvider) -> Members:
    """IdentityProviderType."""
    provider, configuration = shown.provider, shown.provider.configuration
    details = shown_details(provider.type, {**configuration.details, **configuration.secrets})
    if shown.certificate is not None:
        details["ActiveEncryptionCertificate"] = base64.b64encode(shown.certificate).decode()
    return {
        "UserPoolId": provider.pool_id,
        "ProviderName": provider.name,
        "ProviderType": provider.type,
        "ProviderDetails": details,
        "AttributeMapping": configuration.attribute_mapping,
        "IdpIdentifiers": list(configuration.identifiers),
        "AcrMapping": configuration.acr_mapping or None,
        "LastModifiedDate": provider.updated_at,
        "CreationDate": provider.created_at,
    }


def _description(provider: ProviderSummary) -> Members:
    """ProviderDescription."""
    return {
        "ProviderName": provider.name,
        "ProviderType": provider.type,
        "LastModifiedDate": provider.updated_at,
        "CreationDate": provider.created_at,
    }
