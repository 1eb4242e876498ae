"""Identities at third-party providers that are linked to users of a pool (API: AdminLinkProviderForUser)."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from app.db.tables.identities import LinkedIdentity as LinkedIdentityRow
from app.kit.errors import AliasExistsException, InvalidParameterException, LimitExceededException

# The ProviderAttributeName that stands for a provider's own identifier of a user.
SUBJECT = "Cognito_Subject"
# The user attribute that tells of the links.
ATTRIBUTE = "identities"
MAX_IDENTITIES = 5
# With pool and provider still an index entry that PostgreSQL takes (about 2,700 bytes), whatever the characters.
MAX_VALUE = 512


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """Whoever `provider` knows as `attribute` = `value` is the user `sub`; `linked_at` in epoch ms."""

    pool_id: str
    provider: str
    attribute: str
    value: str
    sub: str
    provider_type: str
    issuer: str | None
    linked_at: int


def list_identities(db: Connection, pool_id: str, sub: str) -> list[LinkedIdentity]:
    """The identities of a user, oldest link first; there are at most five."""
    rows = db.execute(
        select(LinkedIdentityRow)
        .where(LinkedIdentityRow.pool_id == pool_id, LinkedIdentityRow.sub == sub)
        .order_by(LinkedIdentityRow.linked_at, LinkedIdentityRow.provider, LinkedIdentityRow.value)
    )
    return [LinkedIdentity(**row._mapping) for row in rows]


def find_identity(db: Connection, pool_id: str, provider: str, attribute: str, value: str) -> LinkedIdentity | None:
    """The link of one identity, None if it has none."""
    row = db.execute(select(LinkedIdentityRow).where(_is(pool_id, provider, attribute, value))).one_or_none()
    return None if row is None else LinkedIdentity(**row._mapping)


def link_identity(db: Connection, identity: LinkedIdentity) -> None:
    """Stores a link; the caller has locked the user.

    Raises InvalidParameterException if it is there already, AliasExistsException if the identity is somebody else's,
    LimitExceededException.
    """
    known = find_identity(db, identity.pool_id, identity.provider, identity.attribute, identity.value)
    if known is not None and known.sub == identity.sub:
        raise InvalidParameterException("SourceUser is already linked to DestinationUser")
    if known is not None:
        raise _taken()
    count = select(func.count()).where(
        LinkedIdentityRow.pool_id == identity.pool_id, LinkedIdentityRow.sub == identity.sub
    )
    if db.execute(count).scalar_one() >= MAX_IDENTITIES:
        raise LimitExceededException(f"A user can have at most {MAX_IDENTITIES} linked identities.")
    values = {name: getattr(identity, name) for name in LinkedIdentity.__slots__}
    try:
        db.execute(insert(LinkedIdentityRow).values(**values))
    except IntegrityError:
        # Two users are locked by two callers; the key decides whose the identity is.
        raise _taken() from None


def unlink_identity(db: Connection, identity: LinkedIdentity) -> bool:
    """Removes a link, and tells whether it was there; the caller has locked the user."""
    key = _is(identity.pool_id, identity.provider, identity.attribute, identity.value)
    return db.execute(delete(LinkedIdentityRow).where(key, LinkedIdentityRow.sub == identity.sub)).rowcount > 0


def to_attribute(identities: Iterable[LinkedIdentity]) -> str:
    """The value of the attribute `identities`: a JSON array, empty text for a user without links."""
    shown = [
        {
            "userId": identity.value,
            "providerName": identity.provider,
            "providerType": identity.provider_type,
            "issuer": identity.issuer,
            "primary": False,
            "dateCreated": identity.linked_at,
        }
        for identity in identities
    ]
    return orjson.dumps(shown).decode() if shown else ""


def _is(pool_id: str, provider: str, attribute: str, value: str) -> ColumnElement[bool]:
    row = LinkedIdentityRow
    return and_(row.pool_id == pool_id, row.provider == provider, row.attribute == attribute, row.value == value)


def _taken() -> AliasExistsException:
    return AliasExistsException("SourceUser is already linked to another user.")
