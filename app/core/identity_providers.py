"""Third-party identity providers of a pool: how they are kept. What their configuration means is in provider_configuration."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection, delete, func, insert, select, update

from app.db.keyring import Keyring
from app.db.tables.identity_providers import IdentityProvider as IdentityProviderRow
from app.db.tables.identity_providers import IdpIdentifier
from app.kit.errors import (
    DuplicateProviderException,
    InvalidParameterException,
    LimitExceededException,
    ResourceNotFoundException,
)

MAX_IDENTITY_PROVIDERS = 300
_COLUMN = "identity_providers.sealed_secrets"


@dataclass(frozen=True)
class ProviderConfiguration:
    """What of a provider can change. `details` and `secrets` together are ProviderDetails; `issuer` None: not known."""

    details: dict[str, str]
    secrets: dict[str, str] = field(repr=False)
    issuer: str | None
    attribute_mapping: dict[str, str]
    acr_mapping: dict[str, str]
    identifiers: tuple[str, ...]


@dataclass(frozen=True)
class IdentityProvider:
    """A provider; `type` is IdentityProviderTypeType and never changes. Times in epoch ms."""

    pool_id: str
    name: str
    type: str
    configuration: ProviderConfiguration
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class ProviderSummary:
    """What lists tell of a provider."""

    name: str
    type: str
    created_at: int
    updated_at: int


def find_identity_provider(db: Connection, keyring: Keyring, pool_id: str, name: str) -> IdentityProvider | None:
    """The provider with its secrets opened, None if the pool has no such provider."""
    row = db.execute(
        select(IdentityProviderRow).where(IdentityProviderRow.pool_id == pool_id, IdentityProviderRow.name == name)
    ).one_or_none()
    if row is None:
        return None
    configuration = ProviderConfiguration(
        details=row.details,
        secrets=orjson.loads(keyring.unseal(pool_id, _COLUMN, name, row.sealed_secrets)),
        issuer=row.issuer,
        attribute_mapping=row.attribute_mapping,
        acr_mapping=row.acr_mapping,
        identifiers=_identifiers(db, pool_id, name),
    )
    return IdentityProvider(pool_id, name, row.type, configuration, row.created_at, row.updated_at)


def get_identity_provider(db: Connection, keyring: Keyring, pool_id: str, name: str) -> IdentityProvider:
    """The provider with its secrets opened; raises ResourceNotFoundException."""
    provider = find_identity_provider(db, keyring, pool_id, name)
    if provider is None:
        raise no_such_provider(name)
    return provider


def get_by_identifier(db: Connection, keyring: Keyring, pool_id: str, identifier: str) -> IdentityProvider:
    """The provider that an IdpIdentifier leads to; raises ResourceNotFoundException."""
    name = db.execute(
        select(IdpIdentifier.name).where(IdpIdentifier.pool_id == pool_id, IdpIdentifier.identifier == identifier)
    ).scalar_one_or_none()
    if name is None:
        raise no_such_provider(identifier)
    return get_identity_provider(db, keyring, pool_id, name)


def no_such_provider(name: str) -> ResourceNotFoundException:
    """The error for a provider that does not exist in the pool."""
    return ResourceNotFoundException(f"Identity provider {name} does not exist.")


def list_identity_providers(db: Connection, pool_id: str, *, after: str | None, limit: int) -> list[ProviderSummary]:
    """At most `limit` providers, by name, those after the name `after`."""
    columns = (getattr(IdentityProviderRow, name) for name in ProviderSummary.__slots__)
    rows = db.execute(
        select(*columns)
        .where(IdentityProviderRow.pool_id == pool_id, IdentityProviderRow.name > (after or ""))
        .order_by(IdentityProviderRow.name)
        .limit(limit)
    )
    return [ProviderSummary(**row._mapping) for row in rows]


def provider_names(db: Connection, pool_id: str) -> frozenset[str]:
    """The names of all providers of a pool."""
    return frozenset(
        db.execute(select(IdentityProviderRow.name).where(IdentityProviderRow.pool_id == pool_id)).scalars()
    )


def check_place(db: Connection, pool_id: str, name: str) -> None:
    """Raises DuplicateProviderException for a taken name, LimitExceededException where there is no place for another one."""
    in_pool = IdentityProviderRow.pool_id == pool_id
    if db.execute(select(IdentityProviderRow.name).where(in_pool, IdentityProviderRow.name == name)).first():
        raise DuplicateProviderException(f"{name} already exists in user pool {pool_id}")
    count = db.execute(select(func.count()).select_from(IdentityProviderRow).where(in_pool)).scalar_one()
    if count >= MAX_IDENTITY_PROVIDERS:
        raise LimitExceededException(f"A user pool can have at most {MAX_IDENTITY_PROVIDERS} identity providers.")


def create_identity_provider(db: Connection, keyring: Keyring, provider: IdentityProvider) -> None:
    """Stores a new provider; the caller has locked the pool.

    Raises as `check_place`, and InvalidParameterException for an IdpIdentifier of another provider.
    """
    check_place(db, provider.pool_id, provider.name)
    db.execute(
        insert(IdentityProviderRow).values(
            pool_id=provider.pool_id,
            name=provider.name,
            type=provider.type,
            created_at=provider.created_at,
            **_columns(keyring, provider),
        )
    )
    _write_identifiers(db, provider)


def update_identity_provider(db: Connection, keyring: Keyring, provider: IdentityProvider) -> None:
    """Stores the configuration of a provider anew; the caller has locked the pool and read the provider.

    Raises InvalidParameterException for an IdpIdentifier of another provider.
    """
    db.execute(
        update(IdentityProviderRow)
        .where(IdentityProviderRow.pool_id == provider.pool_id, IdentityProviderRow.name == provider.name)
        .values(**_columns(keyring, provider))
    )
    db.execute(
        delete(IdpIdentifier).where(IdpIdentifier.pool_id == provider.pool_id, IdpIdentifier.name == provider.name)
    )
    _write_identifiers(db, provider)


def delete_identity_provider(db: Connection, pool_id: str, name: str) -> None:
    """Removes the provider and its identifiers; raises ResourceNotFoundException."""
    done = db.execute(
        delete(IdentityProviderRow).where(IdentityProviderRow.pool_id == pool_id, IdentityProviderRow.name == name)
    )
    if not done.rowcount:
        raise no_such_provider(name)


def _columns(keyring: Keyring, provider: IdentityProvider) -> dict[str, object]:
    configuration = provider.configuration
    return {
        "issuer": configuration.issuer,
        "details": configuration.details,
        "sealed_secrets": keyring.seal(provider.pool_id, _COLUMN, provider.name, orjson.dumps(configuration.secrets)),
        "attribute_mapping": configuration.attribute_mapping,
        "acr_mapping": configuration.acr_mapping,
        "updated_at": provider.updated_at,
    }


def _identifiers(db: Connection, pool_id: str, name: str) -> tuple[str, ...]:
    return tuple(
        db.execute(
            select(IdpIdentifier.identifier)
            .where(IdpIdentifier.pool_id == pool_id, IdpIdentifier.name == name)
            .order_by(IdpIdentifier.position)
        ).scalars()
    )


def _write_identifiers(db: Connection, provider: IdentityProvider) -> None:
    identifiers = provider.configuration.identifiers
    _check_free(db, provider.pool_id, identifiers)
    rows = [
        {"pool_id": provider.pool_id, "identifier": identifier, "name": provider.name, "position": position}
        for position, identifier in enumerate(identifiers)
    ]
    if rows:
        db.execute(insert(IdpIdentifier), rows)


def _check_free(db: Connection, pool_id: str, identifiers: Iterable[str]) -> None:
    taken = db.execute(
        select(IdpIdentifier.identifier)
        .where(IdpIdentifier.pool_id == pool_id, IdpIdentifier.identifier.in_(list(identifiers)))
        .order_by(IdpIdentifier.identifier)
        .limit(1)
    ).scalar_one_or_none()
    if taken is not None:
        raise InvalidParameterException(f"The identifier {taken} belongs to another identity provider.")
