"""App clients: the noun, how it is read, and what its configuration means."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from sqlalchemy import Connection, Update, delete, func, insert, select, update

from app.db.keyring import Keyring
from app.db.tables.clients import Client as ClientRow
from app.db.tables.clients import ClientSecret as ClientSecretRow
from app.db.tables.clients import ClientSettings
from app.db.tables.directory import ClientDirectory
from app.kit.clock import MINUTE
from app.kit.errors import InvalidParameterException, LimitExceededException, ResourceNotFoundException
from app.kit.ids import new_client_secret
from app.kit.secrets import equal

MAX_CLIENTS = 10_000
MAX_SECRETS = 2
# The form of a client id in the API's model.
CLIENT_ID = re.compile(r"[\w+]{1,128}", re.ASCII)
SECRET_COLUMN = "client_secrets.secret"
_WEB = ("https://", "http://")
_UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
_LEGACY_FLOWS = {
    "ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY": "ALLOW_CUSTOM_AUTH",
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
}
DEFAULT_AUTH_FLOWS = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")


@dataclass(frozen=True)
class ClientSecret:
    """A live client secret in clear, only ever in memory."""

    secret_id: str
    secret: str
    created_at: int


@dataclass(frozen=True)
class Client:
    """An app client. `configuration` is AWS-shaped with defaults merged, `settings` are our own; times in epoch ms."""

    pool_id: str
    client_id: str
    name: str
    configuration: dict[str, Any]
    settings: dict[str, Any]
    secrets: tuple[ClientSecret, ...]
    created_at: int
    updated_at: int

    @property
    def is_confidential(self) -> bool:
        return bool(self.secrets)

    def has_secret(self, candidate: str) -> bool:
        """Whether `candidate` is one of the live secrets; the comparison takes constant time."""
        return any(equal(secret.secret, candidate) for secret in self.secrets)

    @cached_property
    def auth_flows(self) -> frozenset[str]:
        """ExplicitAuthFlows in their ALLOW_ form; the legacy names mean the same, and always allow refresh."""
        flows = self.configuration.get("ExplicitAuthFlows") or DEFAULT_AUTH_FLOWS
        legacy = [_LEGACY_FLOWS[flow] for flow in flows if flow in _LEGACY_FLOWS]
        if not legacy:
            return frozenset(flows)
        srp = [] if "CUSTOM_AUTH_FLOW_ONLY" in flows else ["ALLOW_USER_SRP_AUTH"]
        return frozenset([*legacy, *srp, "ALLOW_REFRESH_TOKEN_AUTH"])

    @cached_property
    def oauth_flows(self) -> frozenset[str]:
        """AllowedOAuthFlows, empty unless AllowedOAuthFlowsUserPoolClient is set."""
        if not self.configuration.get("AllowedOAuthFlowsUserPoolClient"):
            return frozenset()
        return frozenset(self.configuration.get("AllowedOAuthFlows") or ())

    @cached_property
    def oauth_scopes(self) -> tuple[str, ...]:
        return tuple(self.configuration.get("AllowedOAuthScopes") or ())

    @cached_property
    def callback_urls(self) -> tuple[str, ...]:
        return tuple(self.configuration.get("CallbackURLs") or ())

    @cached_property
    def logout_urls(self) -> tuple[str, ...]:
        return tuple(self.configuration.get("LogoutURLs") or ())

    @cached_property
    def site_url(self) -> str | None:
        """Where a browser finds the app: its first sign-out URL, else the site of a callback URL; None for apps of a device.

        Both are registered by the app's operator, who means browsers to be sent to them.
        """
        callbacks = (str(self.configuration.get("DefaultRedirectURI") or ""), *self.callback_urls)
        pages = [url for url in self.logout_urls if url.startswith(_WEB)]
        sites = [urljoin(url, "/") for url in callbacks if url.startswith(_WEB)]
        return next(iter([*pages, *sites]), None)

    def _validity(self, token: str, default: int, default_unit: str) -> int:
        value = self.configuration.get(f"{token}Validity") or default
        units = self.configuration.get("TokenValidityUnits") or {}
        return int(value) * _UNIT_SECONDS[units.get(token) or default_unit]

    @cached_property
    def access_token_seconds(self) -> int:
        return self._validity("AccessToken", 1, "hours")

    @cached_property
    def id_token_seconds(self) -> int:
        return self._validity("IdToken", 1, "hours")

    @cached_property
    def refresh_token_seconds(self) -> int:
        return self._validity("RefreshToken", 30, "days")

    @cached_property
    def auth_session_ms(self) -> int:
        return int(self.configuration.get("AuthSessionValidity") or 3) * MINUTE

    @cached_property
    def admits_own_users(self) -> bool:
        """Whether the pool's own users may sign in on the hosted pages: the client lists COGNITO, or nothing."""
        providers = self.configuration.get("SupportedIdentityProviders")
        return not providers or "COGNITO" in providers

    @cached_property
    def hides_user_existence(self) -> bool:
        return bool(self.configuration.get("PreventUserExistenceErrors") == "ENABLED")

    @cached_property
    def revocation_enabled(self) -> bool:
        return bool(self.configuration.get("EnableTokenRevocation", True))

    @cached_property
    def rotates_refresh_tokens(self) -> bool:
        return bool((self.configuration.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED")

    @cached_property
    def can_refresh(self) -> bool:
        """Whether the API gives the client tokens for a refresh token: by ALLOW_REFRESH_TOKEN_AUTH, or because it rotates."""
        return self.rotates_refresh_tokens or "ALLOW_REFRESH_TOKEN_AUTH" in self.auth_flows

    @cached_property
    def rotation_grace_ms(self) -> int:
        return int((self.configuration.get("RefreshTokenRotation") or {}).get("RetryGracePeriodSeconds") or 0) * 1_000

    @cached_property
    def profile(self) -> str:
        """`cognito` (Cognito's claims, types and rules) or `oidc` (strict OpenID Connect types)."""
        return str(self.settings.get("Profile", "cognito"))

    @cached_property
    def signing_algorithm(self) -> str:
        return str(self.settings.get("SigningAlgorithm", "RS256"))

    @cached_property
    def requires_consent(self) -> bool:
        """Whether users are asked before the client hears of them (`Consent`); apps of the pool's own operator need not."""
        return bool(self.settings.get("Consent") == "REQUIRED")

    @cached_property
    def requires_pkce(self) -> bool:
        """Public clients must use PKCE (RFC 7636) unless the client's `Pkce` setting says otherwise."""
        default = "OPTIONAL" if self.is_confidential else "REQUIRED"
        return bool(self.settings.get("Pkce", default) == "REQUIRED")


def find_client_pool(db: Connection, client_id: str) -> str | None:
    """The id of the pool that a client id belongs to, over all pools."""
    return db.execute(
        select(ClientDirectory.pool_id).where(ClientDirectory.client_id == client_id)
    ).scalar_one_or_none()


def find_client(db: Connection, keyring: Keyring, pool_id: str, client_id: str) -> Client | None:
    """The client with its secrets opened, None if the pool has no such client."""
    row = db.execute(
        select(ClientRow, ClientSettings.settings)
        .outerjoin(
            ClientSettings,
            (ClientSettings.pool_id == ClientRow.pool_id) & (ClientSettings.client_id == ClientRow.client_id),
        )
        .where(ClientRow.pool_id == pool_id, ClientRow.client_id == client_id)
    ).one_or_none()
    if row is None:
        return None
    return Client(
        pool_id=pool_id,
        client_id=client_id,
        name=row.name,
        configuration=row.configuration,
        settings=row.settings or {},
        secrets=_secrets(db, keyring, pool_id, client_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def get_client(db: Connection, keyring: Keyring, pool_id: str, client_id: str) -> Client:
    """The client; raises ResourceNotFoundException."""
    client = find_client(db, keyring, pool_id, client_id)
    if client is None:
        raise no_such_client(client_id)
    return client


def no_such_client(client_id: str) -> ResourceNotFoundException:
    """The error for a client that does not exist in the pool."""
    return ResourceNotFoundException(f"User pool client {client_id} does not exist.")


def list_clients(db: Connection, pool_id: str, *, after: str | None, limit: int) -> list[tuple[str, str]]:
    """Ids and names of at most `limit` clients, by id, those after the id `after`."""
    rows = db.execute(
        select(ClientRow.client_id, ClientRow.name)
        .where(ClientRow.pool_id == pool_id, ClientRow.client_id > (after or ""))
        .order_by(ClientRow.client_id)
        .limit(limit)
    )
    return [(row.client_id, row.name) for row in rows]


def create_client(
    db: Connection, pool_id: str, client_id: str, name: str, configuration: dict[str, Any], now: int
) -> None:
    """A new client without a secret; the caller has locked the pool. Raises LimitExceededException."""
    count = db.execute(select(func.count()).select_from(ClientRow).where(ClientRow.pool_id == pool_id)).scalar_one()
    if count >= MAX_CLIENTS:
        raise LimitExceededException(f"A user pool can have at most {MAX_CLIENTS} app clients.")
    db.execute(insert(ClientDirectory).values(client_id=client_id, pool_id=pool_id))
    db.execute(
        insert(ClientRow).values(
            pool_id=pool_id,
            client_id=client_id,
            name=name,
            configuration=configuration,
            created_at=now,
            updated_at=now,
        )
    )


def update_client(db: Connection, client: Client, name: str, configuration: dict[str, Any], now: int) -> None:
    """Replaces name and configuration of a client that the caller has locked; secrets and our own settings stay."""
    moment = max(now, client.updated_at)
    db.execute(
        _client_update(client.pool_id, client.client_id).values(
            name=name, configuration=configuration, updated_at=moment
        )
    )


def delete_client(db: Connection, pool_id: str, client_id: str) -> None:
    """Removes the client with its secrets and settings; its id leads nowhere from now on."""
    for table in (ClientSecretRow, ClientSettings, ClientRow):
        db.execute(delete(table).where(table.pool_id == pool_id, table.client_id == client_id))
    db.execute(
        delete(ClientDirectory).where(ClientDirectory.client_id == client_id, ClientDirectory.pool_id == pool_id)
    )


def lock_client(db: Connection, keyring: Keyring, pool_id: str, client_id: str) -> Client:
    """The client with its row locked until the segment ends; raises ResourceNotFoundException."""
    db.execute(
        select(ClientRow.client_id)
        .where(ClientRow.pool_id == pool_id, ClientRow.client_id == client_id)
        .with_for_update()
    )
    return get_client(db, keyring, pool_id, client_id)


def update_settings(db: Connection, pool_id: str, client_id: str, settings: dict[str, Any], now: int) -> None:
    """Replaces our own settings of a client; the caller has locked it."""
    db.execute(delete(ClientSettings).where(ClientSettings.pool_id == pool_id, ClientSettings.client_id == client_id))
    db.execute(insert(ClientSettings).values(pool_id=pool_id, client_id=client_id, settings=settings, updated_at=now))


def add_secret(db: Connection, keyring: Keyring, client: Client, own_secret: str | None, now: int) -> ClientSecret:
    """Adds a secret, generated unless one is given, to a client that the caller has locked.

    Raises LimitExceededException when two are live, InvalidParameterException when it is one of them.
    """
    if len(client.secrets) >= MAX_SECRETS:
        raise LimitExceededException(f"An app client can have at most {MAX_SECRETS} active secrets.")
    if own_secret is not None and client.has_secret(own_secret):
        raise InvalidParameterException("The client secret is already in use by this app client.")
    # The id names the moment. It moves past that of the last change, so no two secrets ever have the same.
    moment = max(now, client.updated_at + 1)
    secret = ClientSecret(f"{client.client_id}--{moment}", own_secret or new_client_secret(), moment)
    sealed = keyring.seal(client.pool_id, SECRET_COLUMN, secret.secret_id, secret.secret.encode())
    db.execute(
        insert(ClientSecretRow).values(
            pool_id=client.pool_id,
            client_id=client.client_id,
            secret_id=secret.secret_id,
            sealed=sealed,
            created_at=moment,
        )
    )
    db.execute(_client_update(client.pool_id, client.client_id).values(updated_at=moment))
    return secret


def delete_secret(db: Connection, client: Client, secret_id: str, now: int) -> None:
    """Removes a secret of a client that the caller has locked.

    Raises ResourceNotFoundException, and InvalidParameterException for the last one.
    """
    if secret_id not in {secret.secret_id for secret in client.secrets}:
        raise ResourceNotFoundException(f"Client secret {secret_id} does not exist.")
    if len(client.secrets) == 1:
        raise InvalidParameterException("The last secret of an app client cannot be deleted.")
    db.execute(
        delete(ClientSecretRow).where(
            ClientSecretRow.pool_id == client.pool_id,
            ClientSecretRow.client_id == client.client_id,
            ClientSecretRow.secret_id == secret_id,
        )
    )
    moment = max(now, client.updated_at + 1)
    db.execute(_client_update(client.pool_id, client.client_id).values(updated_at=moment))


def _client_update(pool_id: str, client_id: str) -> Update:
    return update(ClientRow).where(ClientRow.pool_id == pool_id, ClientRow.client_id == client_id)


def _secrets(db: Connection, keyring: Keyring, pool_id: str, client_id: str) -> tuple[ClientSecret, ...]:
    rows = db.execute(
        select(ClientSecretRow)
        .where(ClientSecretRow.pool_id == pool_id, ClientSecretRow.client_id == client_id)
        .order_by(ClientSecretRow.created_at, ClientSecretRow.secret_id)
    )
    return tuple(
        ClientSecret(
            row.secret_id,
            keyring.unseal(pool_id, SECRET_COLUMN, row.secret_id, row.sealed).decode(),
            row.created_at,
        )
        for row in rows
    )
