"""Token families and their refresh tokens: what one sign-in gave one client, and how it ends.

A family's id is `origin_jti` in every token that stems from it. An access token without that claim dies with its family all the
same: its `jti` begins as the family's id does. A refresh token is 256 random bits of which only the hash is stored. Rotation
supersedes it once, by compare-and-set; whoever shows a superseded one later has copied it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    bindparam,
    insert,
    select,
    update,
)

from app.db.prepared import Prepared
from app.db.tables.groups import Group, Membership
from app.db.tables.tokens import RefreshToken as RefreshTokenRow
from app.db.tables.tokens import TokenFamily as FamilyRow
from app.db.tables.users import User as UserRow
from app.kit.ids import new_uuid
from app.kit.secrets import random_token, token_hash

_LAST: Final = 2**31
# The key that no device has.
FORGOTTEN: Final = ""
# Of a UUID's text: its first 64 bits, 60 of them random. A user would need a billion families before two share them.
_HALF: Final = 18


@dataclass(frozen=True, slots=True)
class Authentication:
    """How and when somebody signed in; carried unchanged into every token that stems from it.

    `auth_time` in epoch ms; `amr` and `acr` as in OpenID Connect Core section 2; `resource` is the RFC 8707 indicator.
    `device_key` is the device that the tokens were given to, FORGOTTEN once that is forgotten.
    """

    auth_time: int
    amr: tuple[str, ...]
    acr: str | None
    event_id: str
    sso_session_id: str | None = None
    resource: str | None = None
    device_key: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The form that JSON columns hold."""
        return {name: list(self.amr) if name == "amr" else getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Authentication":
        """What `to_json` wrote, also by an earlier release."""
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        return cls(**{**known, "amr": tuple(known["amr"])})


@dataclass(frozen=True, slots=True)
class Family:
    """A token family. `scope` is space-separated; `is_oauth` says that scope limits the ID token's claims. Times in ms.

    From `session_id` on only where the pool tracks sessions (core.token_sessions).
    """

    pool_id: str
    family_id: str
    sub: str
    client_id: str
    scope: str
    is_oauth: bool
    authentication: Authentication
    created_at: int
    expires_at: int
    revoked_at: int | None = None
    session_id: str | None = None
    last_active_at: int | None = None
    user_agent: str | None = None
    source_ip: str | None = None


@dataclass(frozen=True, slots=True)
class GroupRole:
    """A group as tokens tell it."""

    name: str
    role_arn: str | None
    precedence: int | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What tokens tell of a user; `groups` begin with the one that wins (lowest precedence number, then name)."""

    sub: str
    username: str
    enabled: bool
    attributes: dict[str, str]
    signed_out_at: int
    groups: tuple[GroupRole, ...] = ()


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """A refresh token found, with its family and user as they are now."""

    family: Family
    subject: Subject
    superseded_at: int | None

    @property
    def is_revoked(self) -> bool:
        """Whether the family was revoked, or the user signed out everywhere after it began."""
        return self.family.revoked_at is not None or self.family.created_at < self.subject.signed_out_at


@dataclass(frozen=True, slots=True)
class Bearer:
    """The user of an access token, and the family that the token stems from (None if it is gone)."""

    subject: Subject
    family_began_at: int | None
    family_revoked_at: int | None


def create_family(db: Connection, family: Family) -> None:
    """Begins a family; its first refresh token is added by `add_refresh_token`."""
    values = {name: getattr(family, name) for name in Family.__slots__}
    _INSERT_FAMILY.later(db, {**values, "authentication": family.authentication.to_json()})


def add_refresh_token(db: Connection, pool_id: str, family_id: str, now: int) -> str:
    """Makes a refresh token of a family and returns it; only its hash is stored."""
    token = random_token(32)
    _INSERT_REFRESH_TOKEN.later(
        db,
        {
            "pool_id": pool_id,
            "token_hash": token_hash(token),
            "family_id": family_id,
            "created_at": now,
            "superseded_at": None,
        },
    )
    return token


def find_refresh_grant(db: Connection, pool_id: str, token: str) -> RefreshGrant | None:
    """The refresh token with its family, user and the user's groups, in one read."""
    rows = _REFRESH_GRANT.rows(db, {"pool_id": pool_id, "token_hash": token_hash(token)})
    if not rows:
        return None
    return RefreshGrant(_family(rows[0]), _subject(rows), rows[0].superseded_at)


def find_subject(db: Connection, pool_id: str, sub: str) -> Subject | None:
    """The user with groups, in one read."""
    rows = _SUBJECT.rows(db, {"pool_id": pool_id, "sub": sub})
    return _subject(rows) if rows else None


def find_subject_later(db: Connection, pool_id: str, sub: str) -> Callable[[], Subject | None]:
    """The user with groups, once the open write segment has ended; read together with its last writes."""
    found = _SUBJECT.rows_later(db, {"pool_id": pool_id, "sub": sub})
    return lambda: _subject(found.rows) if found.rows else None


def token_id_of(family_id: str) -> str:
    """A new `jti` for an access token that has no `origin_jti`: `find_bearer` finds the family by it."""
    return family_id[:_HALF] + new_uuid()[_HALF:]


def find_bearer(db: Connection, pool_id: str, sub: str, *, origin_jti: str | None, jti: str) -> Bearer | None:
    """The user that an access token names, without groups, and its family's state, in one read."""
    if origin_jti is not None:
        row = _BEARER.row(db, {"pool_id": pool_id, "sub": sub, "family_id": origin_jti})
    else:
        half = jti[:_HALF]
        row = _BEARER_BY_HALF.row(db, {"pool_id": pool_id, "sub": sub, "first": half + "-", "beyond": half + "."})
    if row is None:
        return None
    subject = Subject(row.sub, row.username, row.enabled, row.attributes, row.signed_out_at)
    return Bearer(subject, row.created_at, row.revoked_at) if row.owner == sub else Bearer(subject, None, None)


def browser_session_of(db: Connection, pool_id: str, sub: str, *, origin_jti: str | None, jti: str) -> str | None:
    """The browser session that an access token of a user came through; None for one of the API, or whose family is gone."""
    half = jti[:_HALF]
    is_family = (
        (FamilyRow.family_id >= half + "-") & (FamilyRow.family_id < half + ".")
        if origin_jti is None
        else FamilyRow.family_id == origin_jti
    )
    found = select(FamilyRow.authentication).where(FamilyRow.pool_id == pool_id, FamilyRow.sub == sub, is_family)
    authentication = db.execute(found).scalar_one_or_none()
    return authentication["sso_session_id"] if authentication else None


def _supersede(db: Connection, pool_id: str, token: str, now: int) -> bool:
    return _SUPERSEDE.run(db, {"b_pool_id": pool_id, "b_token_hash": token_hash(token), "b_now": now}) == 1


def rotate(db: Connection, pool_id: str, family_id: str, token: str, now: int) -> str | None:
    """Replaces a refresh token of a family and returns the new one; None if that had already happened (compare-and-set).

    On PostgreSQL one statement, so it needs no transaction around it.
    """
    if db.dialect.name != "postgresql":
        return add_refresh_token(db, pool_id, family_id, now) if _supersede(db, pool_id, token, now) else None
    replacement = random_token(32)
    values = {"b_pool_id": pool_id, "b_token_hash": token_hash(token), "b_now": now}
    is_first = _ROTATE.run(db, {**values, "b_replacement": token_hash(replacement)}) == 1
    return replacement if is_first else None


def revoke_family(db: Connection, pool_id: str, family_id: str, now: int) -> bool:
    """Revokes every token of a family; False if there is none or it already was."""
    done = db.execute(
        update(FamilyRow)
        .where(FamilyRow.pool_id == pool_id, FamilyRow.family_id == family_id, FamilyRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return done.rowcount == 1


def revoke_families_of(db: Connection, pool_id: str, sub: str, now: int) -> int:
    """Revokes every family of a user and marks the moment on the user; returns how many were alive.

    The mark also ends what is being issued at this moment, and access tokens that name no family.
    """
    db.execute(update(UserRow).where(UserRow.pool_id == pool_id, UserRow.sub == sub).values(signed_out_at=now))
    done = db.execute(
        update(FamilyRow)
        .where(FamilyRow.pool_id == pool_id, FamilyRow.sub == sub, FamilyRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return done.rowcount


def forget_device(db: Connection, pool_id: str, sub: str, device_key: str) -> None:
    """Lets no refresh token serve any longer that was given to a device of a user. Access tokens live on to their end."""
    rows = db.execute(
        select(FamilyRow.family_id, FamilyRow.authentication)
        .where(
            FamilyRow.pool_id == pool_id,
            FamilyRow.sub == sub,
            FamilyRow.authentication["device_key"].as_string() == device_key,
        )
        .order_by(FamilyRow.family_id)
    )
    for row in rows.all():
        db.execute(
            update(FamilyRow)
            .where(FamilyRow.pool_id == pool_id, FamilyRow.family_id == row.family_id)
            .values(authentication={**row.authentication, "device_key": FORGOTTEN})
        )


def _family(row: Any) -> Family:
    return Family(
        pool_id=row.pool_id,
        family_id=row.family_id,
        sub=row.sub,
        client_id=row.client_id,
        scope=row.scope,
        is_oauth=row.is_oauth,
        authentication=Authentication.from_json(row.authentication),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        session_id=row.session_id,
        last_active_at=row.last_active_at,
    )


def _subject(rows: Sequence[Any]) -> Subject:
    """A user from rows that repeat it, one for each group (or one without a group)."""
    first = rows[0]
    groups = [GroupRole(row.name, row.role_arn, row.precedence) for row in rows if row.name is not None]
    groups.sort(key=lambda group: (_LAST if group.precedence is None else group.precedence, group.name))
    return Subject(first.sub, first.username, first.enabled, first.attributes, first.signed_out_at, tuple(groups))


# Statements of the hot paths are built once: building one costs more than a database on the same machine takes to answer.
_USER_COLUMNS = (UserRow.sub, UserRow.username, UserRow.enabled, UserRow.attributes, UserRow.signed_out_at)
_GROUP_COLUMNS = (Group.name, Group.role_arn, Group.precedence)


def _with_groups(statement: Select[Any]) -> Select[Any]:
    return statement.outerjoin(
        Membership, (Membership.pool_id == UserRow.pool_id) & (Membership.sub == UserRow.sub)
    ).outerjoin(
        Group,
        (Group.pool_id == Membership.pool_id) & (Group.group_id == Membership.group_id) & Group.deleted_at.is_(None),
    )


_INSERT_FAMILY = Prepared(insert(FamilyRow), takes_columns=True)
_INSERT_REFRESH_TOKEN = Prepared(insert(RefreshTokenRow), takes_columns=True)
_SUBJECT = Prepared(
    _with_groups(
        select(*_USER_COLUMNS, *_GROUP_COLUMNS)
        .select_from(UserRow)
        .where(UserRow.pool_id == bindparam("pool_id"), UserRow.sub == bindparam("sub"))
    )
)
_REFRESH_GRANT = Prepared(
    _with_groups(
        select(
            RefreshTokenRow.superseded_at,
            FamilyRow.pool_id,
            FamilyRow.family_id,
            FamilyRow.client_id,
            FamilyRow.scope,
            FamilyRow.is_oauth,
            FamilyRow.authentication,
            FamilyRow.created_at,
            FamilyRow.expires_at,
            FamilyRow.revoked_at,
            FamilyRow.session_id,
            FamilyRow.last_active_at,
            *_USER_COLUMNS,
            *_GROUP_COLUMNS,
        )
        .select_from(RefreshTokenRow)
        .join(
            FamilyRow,
            (FamilyRow.pool_id == RefreshTokenRow.pool_id) & (FamilyRow.family_id == RefreshTokenRow.family_id),
        )
        .join(UserRow, (UserRow.pool_id == FamilyRow.pool_id) & (UserRow.sub == FamilyRow.sub))
        .where(RefreshTokenRow.pool_id == bindparam("pool_id"), RefreshTokenRow.token_hash == bindparam("token_hash"))
    )
)


def _bearer(is_family: ColumnElement[bool]) -> Prepared:
    return Prepared(
        select(*_USER_COLUMNS, FamilyRow.sub.label("owner"), FamilyRow.created_at, FamilyRow.revoked_at)
        .select_from(UserRow)
        .outerjoin(FamilyRow, (FamilyRow.pool_id == UserRow.pool_id) & is_family)
        .where(UserRow.pool_id == bindparam("pool_id"), UserRow.sub == bindparam("sub"))
    )


# Without the user, who is compared afterwards: PostgreSQL must not go through all families of one who has many.
_BEARER = _bearer(FamilyRow.family_id == bindparam("family_id"))
_BEARER_BY_HALF = _bearer(
    (FamilyRow.sub == UserRow.sub)
    & (FamilyRow.family_id >= bindparam("first"))
    & (FamilyRow.family_id < bindparam("beyond"))
)
_SUPERSEDING = (
    update(RefreshTokenRow)
    .where(
        RefreshTokenRow.pool_id == bindparam("b_pool_id"),
        RefreshTokenRow.token_hash == bindparam("b_token_hash"),
        RefreshTokenRow.superseded_at.is_(None),
    )
    .values(superseded_at=bindparam("b_now"))
)
_SUPERSEDE = Prepared(_SUPERSEDING)
_SUPERSEDED = _SUPERSEDING.returning(RefreshTokenRow.pool_id, RefreshTokenRow.family_id).cte("superseded")
_ROTATE = Prepared(
    insert(RefreshTokenRow).from_select(
        ["pool_id", "token_hash", "family_id", "created_at"],
        select(
            _SUPERSEDED.c.pool_id,
            bindparam("b_replacement", type_=LargeBinary()),
            _SUPERSEDED.c.family_id,
            bindparam("b_now", type_=BigInteger()),
        ),
    )
)
