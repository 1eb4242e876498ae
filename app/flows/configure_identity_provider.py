"""Making and changing identity providers: a configuration is checked against its pool, under the pool's lock.

A SAML provider has a key of its own, to which it may encrypt assertions. App clients name providers freely: a name without
a provider means nothing until there is one (again), and the links of users stay as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from app.core import identity_providers, pools, provider_configuration, saml_keys
from app.core.identity_providers import IdentityProvider, ProviderConfiguration
from app.core.pools import Pool
from app.core.provider_configuration import OWN_NAME, SECRETS
from app.core.saml_metadata import parse_metadata
from app.flows.saml_certificates import current_certificate
from app.flows.signing_keys import new_rsa_key
from app.flows.work import Work
from app.kit.errors import ConcurrentModificationException, UnsupportedIdentityProviderException

_EMPTY = ProviderConfiguration({}, {}, None, {}, {}, ())


@dataclass(frozen=True, slots=True)
class ProviderChanges:
    """What Create- or UpdateIdentityProvider gives, AWS-shaped; None is not given."""

    details: Mapping[str, str] | None = None
    attribute_mapping: Mapping[str, str] | None = None
    acr_mapping: Mapping[str, str] | None = None
    identifiers: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class ShownProvider:
    """A provider, and the certificate (DER) to which a SAML provider may encrypt."""

    provider: IdentityProvider
    certificate: bytes | None


def create_identity_provider(work: Work, pool_id: str, name: str, kind: str, given: ProviderChanges) -> ShownProvider:
    """A new provider of a type.

    Raises ResourceNotFoundException, DuplicateProviderException, LimitExceededException, InvalidParameterException.
    """
    provider_configuration.check_name(name, kind)
    with work.read() as db:
        pool = pools.get_pool(db, pool_id)
        identity_providers.check_place(db, pool_id, name)
    changes = _changes(kind, replace(given, attribute_mapping=given.attribute_mapping or {}), pool, work.now)
    provider = IdentityProvider(pool_id, name, kind, replace(_EMPTY, **changes), work.now, work.now)
    der = new_rsa_key(work) if kind == "SAML" else None
    certificate = saml_keys.new_certificate(der, pool_id, name, work.now) if der else None
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        identity_providers.create_identity_provider(db, work.keyring, provider)
        if der and certificate:
            saml_keys.create_saml_key(db, work.keyring, pool_id, name, der, certificate, work.now)
    return ShownProvider(provider, certificate)


def update_identity_provider(work: Work, pool_id: str, name: str, given: ProviderChanges) -> ShownProvider:
    """Replaces each part of a provider's configuration that is given and keeps the others; type and name stay.

    Raises ResourceNotFoundException, InvalidParameterException, UnsupportedIdentityProviderException, and
    ConcurrentModificationException if a provider of another type has taken the place of this one meanwhile.
    """
    _check_is_third_party(name)
    with work.read() as db:
        pool = pools.get_pool(db, pool_id)
        kind = identity_providers.get_identity_provider(db, work.keyring, pool_id, name).type
    changes = _changes(kind, given, pool, work.now)
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        known = identity_providers.get_identity_provider(db, work.keyring, pool_id, name)
        if known.type != kind:
            raise ConcurrentModificationException
        configuration = replace(known.configuration, **changes)
        provider = replace(known, configuration=configuration, updated_at=work.now)
        identity_providers.update_identity_provider(db, work.keyring, provider)
        key = saml_keys.find_saml_key(db, pool_id, name)
    return ShownProvider(provider, current_certificate(work, key) if key else None)


def delete_identity_provider(work: Work, pool_id: str, name: str) -> None:
    """Deletes a provider with its key: nobody signs in through it any more.

    Raises ResourceNotFoundException, UnsupportedIdentityProviderException.
    """
    _check_is_third_party(name)
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        identity_providers.delete_identity_provider(db, pool_id, name)
        saml_keys.delete_saml_key(db, pool_id, name)


def find_shown(work: Work, pool_id: str, name: str | None = None, *, identifier: str = "") -> ShownProvider:
    """The provider with a name, or that an IdpIdentifier leads to; raises ResourceNotFoundException."""
    with work.read() as db:
        pools.get_pool(db, pool_id)
        provider = _find(db, work, pool_id, name, identifier)
        key = saml_keys.find_saml_key(db, pool_id, provider.name)
    return ShownProvider(provider, current_certificate(work, key) if key else None)


def _find(db: Connection, work: Work, pool_id: str, name: str | None, identifier: str) -> IdentityProvider:
    if name is None:
        return identity_providers.get_by_identifier(db, work.keyring, pool_id, identifier)
    return identity_providers.get_identity_provider(db, work.keyring, pool_id, name)


def _check_is_third_party(name: str) -> None:
    if name.casefold() == OWN_NAME:
        raise UnsupportedIdentityProviderException(f"{name} is the user pool itself, no third-party identity provider.")


def _changes(kind: str, given: ProviderChanges, pool: Pool, now: int) -> dict[str, Any]:
    """What is given, checked, as members of ProviderConfiguration."""
    changes: dict[str, Any] = {}
    if given.details is not None:
        changes |= _details(kind, given.details, now)
    if given.attribute_mapping is not None:
        attributes = pool.schema_by_name.keys()
        changes["attribute_mapping"] = provider_configuration.checked_mapping(kind, given.attribute_mapping, attributes)
    if given.acr_mapping is not None:
        changes["acr_mapping"] = provider_configuration.checked_acr(kind, given.acr_mapping)
    if given.identifiers is not None:
        changes["identifiers"] = tuple(dict.fromkeys(given.identifiers))
    return changes


def _details(kind: str, given: Mapping[str, str], now: int) -> dict[str, Any]:
    """Details, secrets and issuer. What SAML metadata says of places counts more than what is given beside it."""
    details = provider_configuration.checked_details(kind, given)
    issuer = details.get("oidc_issuer") if kind == "OIDC" else None
    if "MetadataFile" in details:
        metadata = parse_metadata(details["MetadataFile"], now)
        places = {"SSORedirectBindingURI": metadata.sign_in_url, "SLORedirectBindingURI": metadata.sign_out_url or ""}
        given_places = {key: value for key, value in details.items() if key not in places}
        details = provider_configuration.checked_details(kind, {**given_places, **places})
        issuer = metadata.entity_id
    return {
        "details": {key: value for key, value in details.items() if key not in SECRETS},
        "secrets": {key: value for key, value in details.items() if key in SECRETS},
        "issuer": issuer,
    }
