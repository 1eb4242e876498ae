"""Removes what is left of deleted user pools and groups, in batches, so that deleting a big one holds nobody up."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, inspect, select, true, tuple_

from app.core import groups, pools
from app.db.tables.attempts import Attempt
from app.db.tables.audit import AuditEvent
from app.db.tables.auth_events import AuthEventFeedback
from app.db.tables.branding import Branding, BrandingAsset
from app.db.tables.clients import Client, ClientSecret, ClientSettings
from app.db.tables.codes import Code
from app.db.tables.consents import Consent
from app.db.tables.credentials import Password, PasswordHistory
from app.db.tables.devices import Device, DeviceSession
from app.db.tables.directory import ClientDirectory, HostDirectory
from app.db.tables.domains import Domain
from app.db.tables.functions import FunctionCall
from app.db.tables.groups import Group, Membership
from app.db.tables.identities import LinkedIdentity
from app.db.tables.identity_providers import IdentityProvider, IdpIdentifier
from app.db.tables.imports import ImportJob
from app.db.tables.keys import SigningKey
from app.db.tables.logs import LogDelivery
from app.db.tables.outbox import OutboxMessage
from app.db.tables.passkeys import Passkey, PasskeyRegistration
from app.db.tables.pools import PoolSettings
from app.db.tables.recovery_codes import RecoveryCode
from app.db.tables.replicas import Replica
from app.db.tables.resource_servers import ResourceServer
from app.db.tables.risk import RiskConfiguration
from app.db.tables.saml_keys import SamlKey
from app.db.tables.server import DataKey
from app.db.tables.session_configurations import ClientSessionConfiguration, PoolSessionConfiguration
from app.db.tables.sessions import SpentSession, SsoSession
from app.db.tables.software_tokens import SoftwareToken
from app.db.tables.terms import Terms
from app.db.tables.tokens import AuthorizationCode, RefreshToken, TokenFamily
from app.db.tables.ui_customization import UiCustomization
from app.db.tables.users import Identifier, SearchableAttribute, User
from app.db.types import Base
from app.flows.work import Work

BATCH = 500
# Children before what they refer to, so that no batch cascades; the data key last, since a sender may still hold a message.
TABLES: tuple[type[Base], ...] = (
    Membership,
    Group,
    RefreshToken,
    TokenFamily,
    AuthorizationCode,
    SsoSession,
    SpentSession,
    Code,
    Password,
    PasswordHistory,
    DeviceSession,
    Device,
    PasskeyRegistration,
    Passkey,
    LinkedIdentity,
    SearchableAttribute,
    Identifier,
    AuthEventFeedback,
    SoftwareToken,
    RecoveryCode,
    Consent,
    User,
    Attempt,
    OutboxMessage,
    FunctionCall,
    AuditEvent,
    BrandingAsset,
    Branding,
    UiCustomization,
    Terms,
    RiskConfiguration,
    ClientSecret,
    ClientSettings,
    ClientSessionConfiguration,
    Client,
    ClientDirectory,
    HostDirectory,
    Domain,
    ResourceServer,
    LogDelivery,
    ImportJob,
    Replica,
    IdpIdentifier,
    IdentityProvider,
    SamlKey,
    SigningKey,
    PoolSettings,
    PoolSessionConfiguration,
    DataKey,
)
# What operators did stays in the audit trail; what is about a person goes with the pool.
_KEPT: dict[type[Base], Callable[[], ColumnElement[bool]]] = {AuditEvent: lambda: AuditEvent.sub.is_not(None)}


def purge_pools(work: Work) -> int:
    """Removes every row of every deleted pool but its tombstone; returns how many."""
    removed = 0
    while True:
        with work.read() as db:
            pool_id = pools.find_tombstone(db, work.now)
        if pool_id is None:
            return removed
        removed += sum(_purge(work, table, pool_id) for table in TABLES)
        with work.write() as db:
            pools.blank_tombstone(db, pool_id, work.now)


def purge_groups(work: Work) -> int:
    """Removes the memberships of every deleted group and then the group; returns how many rows."""
    removed = 0
    while True:
        with work.write() as db:
            batch = groups.purge_tombstone(db, BATCH)
        if not batch:
            return removed
        removed += batch


def _purge(work: Work, table: type[Base], pool_id: str) -> int:
    """Goes on until a look finds no row: a short batch may only mean that another node removes the same rows."""
    removed = 0
    while True:
        with work.read() as db:
            if not db.execute(_rows(table, pool_id).limit(1)).first():
                return removed
        with work.write() as db:
            removed += _delete_batch(db, table, pool_id)


def _delete_batch(db: Connection, table: type[Base], pool_id: str) -> int:
    key = inspect(table).primary_key
    rows = db.execute(_rows(table, pool_id).order_by(*key).limit(BATCH).with_for_update(skip_locked=True)).all()
    return db.execute(delete(table).where(tuple_(*key).in_([tuple(row) for row in rows]))).rowcount


def _rows(table: type[Base], pool_id: str) -> Select[Any]:
    wanted = _KEPT.get(table, true)()
    return select(*inspect(table).primary_key).where(inspect(table).columns.pool_id == pool_id, wanted)
