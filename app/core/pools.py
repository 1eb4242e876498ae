"""User pools: the noun, how it is read, and how a change of it becomes known to every node."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from app.db.engine import touch
from app.db.tables.directory import ClientDirectory, HostDirectory
from app.db.tables.pools import Pool as PoolRow
from app.db.tables.pools import PoolSettings
from app.db.tables.server import ConfigurationVersion
from app.kit.clock import MINUTE
from app.kit.errors import ResourceNotFoundException


@dataclass(frozen=True)
class Pool:
    """A user pool. `configuration` and `schema` are AWS-shaped, `settings` are our own; times in epoch ms."""

    pool_id: str
    account_id: str
    region: str
    name: str
    issuer: str
    configuration: dict[str, Any]
    schema: list[dict[str, Any]]
    settings: dict[str, Any]
    tags: dict[str, str]
    version: int
    estimated_users: int
    created_at: int
    updated_at: int

    @property
    def is_protected(self) -> bool:
        """Whether DeletionProtection is on."""
        return bool(self.configuration.get("DeletionProtection") == "ACTIVE")

    @property
    def tier(self) -> str:
        """The feature plan: LITE, ESSENTIALS or PLUS."""
        return str(self.configuration["UserPoolTier"])

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-idp:{self.region}:{self.account_id}:userpool/{self.pool_id}"

    @cached_property
    def srp_name(self) -> str:
        """The part of the id after `_`, which SRP hashes."""
        return self.pool_id.split("_", 1)[1]

    @cached_property
    def username_attributes(self) -> tuple[str, ...]:
        return tuple(self.configuration.get("UsernameAttributes") or ())

    @cached_property
    def alias_attributes(self) -> tuple[str, ...]:
        return tuple(self.configuration.get("AliasAttributes") or ())

    @cached_property
    def is_case_sensitive(self) -> bool:
        return bool((self.configuration.get("UsernameConfiguration") or {}).get("CaseSensitive", True))

    @cached_property
    def auto_verified_attributes(self) -> tuple[str, ...]:
        return tuple(self.configuration.get("AutoVerifiedAttributes") or ())

    @cached_property
    def first_factors(self) -> tuple[str, ...]:
        """AllowedFirstAuthFactors: PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN."""
        return tuple(self.configuration["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"])

    @property
    def mfa(self) -> str:
        """MfaConfiguration: OFF, OPTIONAL or ON."""
        return str(self.configuration.get("MfaConfiguration") or "OFF")

    @property
    def confirms_by_link(self) -> bool:
        """Whether a new account is confirmed by a link in the mail instead of a code (DefaultEmailOption)."""
        template = self.configuration.get("VerificationMessageTemplate") or {}
        return bool(template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK")

    @property
    def device_configuration(self) -> dict[str, Any] | None:
        """DeviceConfiguration, None where devices are not tracked."""
        return self.configuration.get("DeviceConfiguration")

    @cached_property
    def password_policy(self) -> dict[str, Any]:
        policy: dict[str, Any] = self.configuration["Policies"]["PasswordPolicy"]
        return policy

    @cached_property
    def schema_by_name(self) -> dict[str, dict[str, Any]]:
        return {attribute["Name"]: attribute for attribute in self.schema}

    @cached_property
    def lambda_config(self) -> dict[str, Any]:
        return self.configuration.get("LambdaConfig") or {}


_COLUMNS = select(PoolRow, PoolSettings.settings).outerjoin(PoolSettings, PoolSettings.pool_id == PoolRow.pool_id)


def find_pool(db: Connection, pool_id: str) -> Pool | None:
    """The pool, None if there is none or it was deleted."""
    row = db.execute(_COLUMNS.where(PoolRow.pool_id == pool_id, PoolRow.deleted_at.is_(None))).one_or_none()
    return None if row is None else _pool(row)


def get_pool(db: Connection, pool_id: str) -> Pool:
    """The pool; raises ResourceNotFoundException."""
    pool = find_pool(db, pool_id)
    if pool is None:
        raise no_such_pool(pool_id)
    return pool


def no_such_pool(pool_id: str) -> ResourceNotFoundException:
    """The error for a pool that does not exist, or is not the caller's."""
    return ResourceNotFoundException(f"User pool {pool_id} does not exist.")


def lock_pool(db: Connection, pool_id: str) -> Pool:
    """The pool with its row locked until the segment ends, so that limits can be counted; raises ResourceNotFoundException."""
    db.execute(select(PoolRow.pool_id).where(PoolRow.pool_id == pool_id).with_for_update())
    return get_pool(db, pool_id)


def try_lock_pool(db: Connection, pool_id: str) -> bool:
    """Locks the row of a pool until the segment ends; False if the pool is deleted."""
    live = select(PoolRow.pool_id).where(PoolRow.pool_id == pool_id, PoolRow.deleted_at.is_(None))
    return db.execute(live.with_for_update()).first() is not None


def create_pool(
    db: Connection,
    *,
    pool_id: str,
    account_id: str,
    region: str,
    name: str,
    issuer: str,
    configuration: dict[str, Any],
    schema: list[dict[str, Any]],
    tags: dict[str, str],
    now: int,
) -> Pool:
    """A new pool without keys, clients or users. `configuration` and `schema` are complete, defaults merged."""
    db.execute(
        insert(PoolRow).values(
            pool_id=pool_id,
            account_id=account_id,
            region=region,
            name=name,
            issuer=issuer,
            configuration=configuration,
            schema=schema,
            tags=tags,
            version=0,
            estimated_users=0,
            created_at=now,
            updated_at=now,
            deleted_at=None,
            purged_at=None,
        )
    )
    return get_pool(db, pool_id)


def list_pools(db: Connection, account_id: str, region: str, *, after: str | None, limit: int) -> list[Pool]:
    """At most `limit` pools of an account in a region, by id, those after the id `after`."""
    rows = db.execute(
        _COLUMNS.where(
            PoolRow.account_id == account_id,
            PoolRow.region == region,
            PoolRow.deleted_at.is_(None),
            PoolRow.pool_id > (after or ""),
        )
        .order_by(PoolRow.pool_id)
        .limit(limit)
    )
    return [_pool(row) for row in rows]


def find_pool_with_sender_key(db: Connection, account_id: str, key_arn: str) -> str | None:
    """The id of a pool of the account that names the key as the KMSKeyID of its LambdaConfig."""
    named = PoolRow.configuration["LambdaConfig"]["KMSKeyID"].as_string()
    query = select(PoolRow.pool_id).where(
        PoolRow.account_id == account_id, PoolRow.deleted_at.is_(None), named == key_arn
    )
    return db.execute(query.limit(1)).scalar_one_or_none()


def update_pool(db: Connection, pool_id: str, now: int, **changes: Any) -> None:
    """Sets `name`, `configuration`, `schema` or `tags`; the caller has locked the pool."""
    db.execute(update(PoolRow).where(PoolRow.pool_id == pool_id).values(**changes, updated_at=now))
    publish_change(db, pool_id)


def update_settings(db: Connection, pool_id: str, changes: dict[str, Any], now: int) -> dict[str, Any]:
    """Sets some of our own settings, keeps the others, and returns all; raises ResourceNotFoundException."""
    settings = {**lock_pool(db, pool_id).settings, **changes}
    db.execute(delete(PoolSettings).where(PoolSettings.pool_id == pool_id))
    db.execute(insert(PoolSettings).values(pool_id=pool_id, settings=settings, updated_at=now))
    publish_change(db, pool_id)
    return settings


def delete_pool(db: Connection, pool_id: str, now: int) -> None:
    """Leaves a tombstone: the pool is gone for everybody, its client ids and domains lead nowhere, a job removes the rest."""
    db.execute(update(PoolRow).where(PoolRow.pool_id == pool_id).values(deleted_at=now))
    db.execute(delete(ClientDirectory).where(ClientDirectory.pool_id == pool_id))
    db.execute(delete(HostDirectory).where(HostDirectory.pool_id == pool_id))
    publish_change(db, pool_id)


def find_tombstone(db: Connection, now: int) -> str | None:
    """The id of a deleted pool whose rows are not all gone yet, a minute after its end: no request still writes to it."""
    return db.execute(
        select(PoolRow.pool_id)
        .where(PoolRow.deleted_at <= now - MINUTE, PoolRow.purged_at.is_(None))
        .order_by(PoolRow.pool_id)
        .limit(1)
    ).scalar_one_or_none()


def blank_tombstone(db: Connection, pool_id: str, now: int) -> None:
    """Notes that nothing but the tombstone is left, and empties that; its id is never used again."""
    db.execute(
        update(PoolRow)
        .where(PoolRow.pool_id == pool_id, PoolRow.deleted_at.is_not(None))
        .values(name="", configuration={}, schema=[], tags={}, purged_at=now)
    )


def publish_change(db: Connection, pool_id: str) -> None:
    """Makes every node drop what it cached of the pool. Each write of a pool, client, secret, key or domain ends with it.

    The version row is locked until commit, so versions become visible in their order and a poller misses none.
    """
    version = db.execute(
        update(ConfigurationVersion)
        .where(ConfigurationVersion.id == 1)
        .values(version=ConfigurationVersion.version + 1)
        .returning(ConfigurationVersion.version)
    ).scalar_one()
    db.execute(update(PoolRow).where(PoolRow.pool_id == pool_id).values(version=version))
    touch(db, pool_id)


def configuration_version(db: Connection) -> int:
    """The number that rises with every change of any pool."""
    return db.execute(select(ConfigurationVersion.version).where(ConfigurationVersion.id == 1)).scalar_one()


def pools_changed_since(db: Connection, version: int) -> list[str]:
    """Ids of the pools, deleted ones too, that changed after `version`."""
    return list(db.execute(select(PoolRow.pool_id).where(PoolRow.version > version)).scalars())


def _pool(row: Row[Any]) -> Pool:
    return Pool(
        pool_id=row.pool_id,
        account_id=row.account_id,
        region=row.region,
        name=row.name,
        issuer=row.issuer,
        configuration=row.configuration,
        schema=row.schema,
        settings=row.settings or {},
        tags=row.tags,
        version=row.version,
        estimated_users=row.estimated_users,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
