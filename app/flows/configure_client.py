"""Making and changing app clients: a client's configuration is checked against its pool, under the pool's lock."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.core import clients, identity_providers, keys, pools, resource_servers
from app.core.client_configuration import Surroundings, client_configuration
from app.core.clients import Client, ClientSecret
from app.core.pools import Pool
from app.flows.signing_keys import new_pairs
from app.flows.work import Work
from app.kit.errors import InvalidParameterException
from app.kit.ids import new_client_id


def create_client(
    work: Work,
    pool_id: str,
    name: str,
    given: Mapping[str, Any],
    *,
    generates_secret: bool = False,
    own_secret: str | None = None,
) -> Client:
    """A new client, confidential if a secret is generated or given.

    Raises ResourceNotFoundException, LimitExceededException, and as `core.client_configuration.client_configuration`.
    """
    if generates_secret and own_secret is not None:
        raise InvalidParameterException("GenerateSecret and ClientSecret cannot be used together.")
    has_secret = generates_secret or own_secret is not None
    client_id = new_client_id()
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        configuration = client_configuration(given, _surroundings(db, pool, work.tier_of(pool), has_secret), "creating")
        clients.create_client(db, pool_id, client_id, name, configuration, work.now)
        if has_secret:
            client = clients.get_client(db, work.keyring, pool_id, client_id)
            clients.add_secret(db, work.keyring, client, own_secret, work.now)
        pools.publish_change(db, pool_id)
        return clients.get_client(db, work.keyring, pool_id, client_id)


def update_client(work: Work, pool_id: str, client_id: str, name: str | None, given: Mapping[str, Any]) -> Client:
    """Replaces a client's configuration: what is not given falls back to its default; secrets and the name stay.

    Raises as `create_client`.
    """
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        client = clients.lock_client(db, work.keyring, pool_id, client_id)
        around = _surroundings(db, pool, work.tier_of(pool), client.is_confidential)
        configuration = client_configuration(given, around, "updating")
        clients.update_client(db, client, name or client.name, configuration, work.now)
        pools.publish_change(db, pool_id)
        return clients.get_client(db, work.keyring, pool_id, client_id)


def delete_client(work: Work, pool_id: str, client_id: str) -> None:
    """Deletes a client with its secrets; its tokens can no longer be refreshed. Raises ResourceNotFoundException."""
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        clients.lock_client(db, work.keyring, pool_id, client_id)
        clients.delete_client(db, pool_id, client_id)
        pools.publish_change(db, pool_id)


def add_secret(work: Work, pool_id: str, client_id: str, own_secret: str | None) -> ClientSecret:
    """A second secret of a confidential client.

    Raises ResourceNotFoundException, LimitExceededException for a third, InvalidParameterException for a public client.
    """
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        client = clients.lock_client(db, work.keyring, pool_id, client_id)
        if not client.is_confidential:
            raise InvalidParameterException("An app client that was created without a secret cannot have one.")
        secret = clients.add_secret(db, work.keyring, client, own_secret, work.now)
        pools.publish_change(db, pool_id)
        return secret


def delete_secret(work: Work, pool_id: str, client_id: str, secret_id: str) -> None:
    """Removes one of two secrets; raises ResourceNotFoundException, and InvalidParameterException for the last one."""
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        client = clients.lock_client(db, work.keyring, pool_id, client_id)
        clients.delete_secret(db, client, secret_id, work.now)
        pools.publish_change(db, pool_id)


def set_client_settings(work: Work, pool_id: str, client_id: str, changes: Mapping[str, str]) -> Client:
    """Changes some of our own settings (Profile, SigningAlgorithm, Pkce, Consent).

    The first ES256 client gives its pool EC keys. They are published first and sign ten minutes later, as those of a rotation:
    whoever has just fetched the key set could not verify their tokens. Until then its tokens are RS256's. Raises
    ResourceNotFoundException.
    """
    pairs = new_pairs(work, "ES256") if changes.get("SigningAlgorithm") == "ES256" else None
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        client = clients.lock_client(db, work.keyring, pool_id, client_id)
        clients.update_settings(db, pool_id, client_id, {**client.settings, **changes}, work.now)
        if pairs and not _has_keys(db, pool_id, "ES256"):
            keys.create_signing_keys(db, work.keyring, pool_id, "ES256", pairs, work.now, state="next")
        pools.publish_change(db, pool_id)
        return clients.get_client(db, work.keyring, pool_id, client_id)


def _has_keys(db: Connection, pool_id: str, algorithm: str) -> bool:
    published = keys.list_signing_keys(db, pool_id)
    return any(key.algorithm == algorithm and key.state != "retiring" for key in published)


def _surroundings(db: Connection, pool: Pool, tier: str, has_secret: bool) -> Surroundings:
    servers = resource_servers.all_resource_servers(db, pool.pool_id)
    return Surroundings(
        pool_id=pool.pool_id,
        tier=tier,
        attributes=pool.schema_by_name.keys(),
        resource_scopes={scope for server in servers for scope in server.scope_names()},
        providers=identity_providers.provider_names(db, pool.pool_id),
        has_secret=has_secret,
    )
