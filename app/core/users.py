"""Users of a pool: the noun, the names that lead to it, and how it changes.

A user is reached by username, by an active alias, by a username attribute or by `sub`. The rows of `identifiers` are the
only place of uniqueness; they and `searchable_attributes` are kept in step with the attribute document by every write here.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import BindParameter, Connection, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.db.prepared import Prepared
from app.db.tables.credentials import PASSWORD_COLUMNS
from app.db.tables.credentials import Password as PasswordRow
from app.db.tables.users import Identifier, SearchableAttribute
from app.db.tables.users import User as UserRow
from app.kit.errors import AliasExistsException, UsernameExistsException, UserNotFoundException

UNCONFIRMED = "UNCONFIRMED"
CONFIRMED = "CONFIRMED"
FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"
RESET_REQUIRED = "RESET_REQUIRED"
EXTERNAL_PROVIDER = "EXTERNAL_PROVIDER"
STATUSES = (
    UNCONFIRMED,
    CONFIRMED,
    FORCE_CHANGE_PASSWORD,
    RESET_REQUIRED,
    EXTERNAL_PROVIDER,
    "ARCHIVED",
    "COMPROMISED",
    "UNKNOWN",
)

SEARCHABLE = ("email", "phone_number", "name", "given_name", "family_name", "preferred_username")
# A filter has at most 256 characters, and PostgreSQL indexes no value beyond about 2,700 bytes.
SEARCHED_CHARACTERS = 512
VERIFIABLE = ("email", "phone_number")
# Usernames and preferred usernames share one name space: neither may be somebody else's other one.
_NAME = "username"
_ORDER = {_NAME: 0, "email": 1, "phone_number": 2}
_SUB = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LABELS = {"email": "email", "phone_number": "phone_number", _NAME: "preferred_username"}


class NameRules(Protocol):
    """What of a pool decides which names lead to a user; `app.core.pools.Pool` is one."""

    @property
    def pool_id(self) -> str: ...
    @property
    def is_case_sensitive(self) -> bool: ...
    @property
    def username_attributes(self) -> tuple[str, ...]: ...
    @property
    def alias_attributes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class User:
    """A user. `attributes` holds string values without `sub`; times in epoch ms, `signed_out_at` 0 if never.

    `mfa` may hold `PreferredMfaSetting` and `UserMFASettingList`, shaped as AWS shows them.
    """

    pool_id: str
    sub: str
    username: str
    status: str
    enabled: bool
    attributes: dict[str, str]
    mfa: dict[str, Any]
    signed_out_at: int
    created_at: int
    updated_at: int

    @property
    def all_attributes(self) -> dict[str, str]:
        """The attributes with `sub` before them, as APIs and triggers show them."""
        return {"sub": self.sub, **self.attributes}

    def has_verified(self, name: str) -> bool:
        """Whether `name` (email or phone_number) is set and verified."""
        return bool(self.attributes.get(name)) and self.attributes.get(f"{name}_verified") == "true"


def folded(pool: NameRules, text: str) -> str:
    """The form in which names are compared: NFC, without case unless the pool is case sensitive."""
    text = unicodedata.normalize("NFC", text)
    return text if pool.is_case_sensitive else unicodedata.normalize("NFC", text.casefold())


def find_user(db: Connection, pool: NameRules, name: str) -> User | None:
    """The user that a name leads to: username first, then e-mail, phone number, preferred username, at last `sub`."""
    found = _find(db, pool, name, _BY_NAME, _BY_SUB)
    return None if found is None else _user(found)


def find_user_and_password(db: Connection, pool: NameRules, name: str) -> tuple[User, Any] | None:
    """The user that a name leads to, and the row with PASSWORD_COLUMNS for core.credentials, in one statement."""
    found = _find(db, pool, name, _BY_NAME_WITH_PASSWORD, _BY_SUB_WITH_PASSWORD)
    return None if found is None else (_user(found), found)


def _find(db: Connection, pool: NameRules, name: str, by_name: Mapping[int, Prepared], by_sub: Prepared) -> Any:
    kinds = sorted({_NAME, *pool.username_attributes, *pool.alias_attributes} & _ORDER.keys())
    wanted = {f"p_kind{number}": kind for number, kind in enumerate(kinds)}
    found = by_name[len(kinds)].rows(db, {"p_pool": pool.pool_id, "p_folded": folded(pool, name), **wanted})
    if found:
        return min(found, key=lambda row: _ORDER[row.kind])
    # What no sub looks like is not asked for: a name that leads to nobody takes as many statements as any other.
    return by_sub.row(db, {"p_pool": pool.pool_id, "p_sub": name}) if _SUB.fullmatch(name) else None


def get_user(db: Connection, pool: NameRules, name: str) -> User:
    """The user that a name leads to; raises UserNotFoundException."""
    user = find_user(db, pool, name)
    if user is None:
        raise UserNotFoundException
    return user


def find_user_by_sub(db: Connection, pool_id: str, sub: str) -> User | None:
    """The user with a `sub`."""
    row = _BY_SUB.row(db, {"p_pool": pool_id, "p_sub": sub})
    return None if row is None else _user(row)


def find_user_and_password_by_sub(db: Connection, pool_id: str, sub: str) -> tuple[User, Any] | None:
    """The user with a `sub`, and the row with PASSWORD_COLUMNS for core.credentials, in one statement."""
    row = _BY_SUB_WITH_PASSWORD.row(db, {"p_pool": pool_id, "p_sub": sub})
    return None if row is None else (_user(row), row)


def lock_user(db: Connection, pool_id: str, sub: str) -> User:
    """The user as committed, its row locked until the write segment ends; raises UserNotFoundException."""
    row = db.execute(
        select(UserRow).where(UserRow.pool_id == pool_id, UserRow.sub == sub).with_for_update()
    ).one_or_none()
    if row is None:
        raise UserNotFoundException
    return _user(row)


def load_users(db: Connection, pool_id: str, subs: Iterable[str]) -> list[User]:
    """The users with these subs, in their order; those deleted meanwhile are left out."""
    wanted = list(subs)
    rows = db.execute(select(UserRow).where(UserRow.pool_id == pool_id, UserRow.sub.in_(wanted)))
    found = {row.sub: _user(row) for row in rows}
    return [found[sub] for sub in wanted if sub in found]


def create_user(
    db: Connection,
    pool: NameRules,
    *,
    sub: str,
    username: str,
    attributes: Mapping[str, str],
    status: str,
    now: int,
    steals_aliases: bool = False,
) -> User:
    """A new, enabled user. `steals_aliases` takes aliases from whoever has them (ForceAliasCreation).

    Raises UsernameExistsException for a taken username or username attribute, AliasExistsException for a taken alias.
    """
    if find_user_by_sub(db, pool.pool_id, folded(pool, username)) is not None:
        raise UsernameExistsException
    user = User(pool.pool_id, sub, username, status, True, dict(attributes), {}, 0, now, now)
    db.execute(insert(UserRow).values(**_columns(pool, user)))
    wanted = _identifiers(pool, user)
    _claim(db, pool, user, wanted, is_new=True, steals=steals_aliases, now=now)
    _write_searchable(db, pool, user)
    return user


def replace_attributes(
    db: Connection,
    pool: NameRules,
    user: User,
    attributes: Mapping[str, str],
    now: int,
    *,
    steals_aliases: bool = False,
) -> User:
    """Gives a user, locked by `lock_user` in this segment, a new attribute document.

    Raises AliasExistsException when a name that the attributes claim is somebody else's.
    """
    changed = User(**{**_fields(user), "attributes": dict(attributes), "updated_at": now})
    before, after = _identifiers(pool, user), _identifiers(pool, changed)
    _release(db, user, [key for key in before if key not in after])
    _claim(
        db,
        pool,
        changed,
        {key: verified for key, verified in after.items() if key not in before},
        is_new=False,
        steals=steals_aliases,
        now=now,
    )
    for (kind, name), verified in after.items():
        if before.get((kind, name), verified) != verified:
            db.execute(update(Identifier).where(*_identifier(user.pool_id, kind, name)).values(verified=verified))
    db.execute(update(UserRow).where(*_is(user)).values(attributes=changed.attributes, updated_at=now))
    if any(user.attributes.get(name) != changed.attributes.get(name) for name in SEARCHABLE):
        db.execute(
            delete(SearchableAttribute).where(
                SearchableAttribute.pool_id == user.pool_id, SearchableAttribute.sub == user.sub
            )
        )
        _write_searchable(db, pool, changed)
    return changed


def set_status(db: Connection, pool_id: str, sub: str, status: str, now: int) -> None:
    """Sets UserStatus, one of STATUSES."""
    _set(db, pool_id, sub, status=status, updated_at=now)


def set_enabled(db: Connection, pool_id: str, sub: str, enabled: bool, now: int) -> None:
    """Enables or disables a user; a disabled one stays listed but gets no token."""
    _set(db, pool_id, sub, enabled=enabled, updated_at=now)


def set_mfa(db: Connection, pool_id: str, sub: str, settings: Mapping[str, Any], now: int) -> None:
    """Replaces the document of second factors (core.mfa); the caller has locked the user."""
    _set(db, pool_id, sub, mfa=dict(settings), updated_at=now)


def delete_user(db: Connection, pool_id: str, sub: str) -> bool:
    """Deletes a user with all that hangs on it, and tells whether there was one."""
    return db.execute(delete(UserRow).where(UserRow.pool_id == pool_id, UserRow.sub == sub)).rowcount > 0


def _set(db: Connection, pool_id: str, sub: str, **values: Any) -> None:
    db.execute(update(UserRow).where(UserRow.pool_id == pool_id, UserRow.sub == sub).values(**values))


def _identifiers(pool: NameRules, user: User) -> dict[tuple[str, str], bool]:
    """The (kind, folded name) pairs that lead to the user, each with whether it is verified, in order of claiming.

    E-mail and phone aliases work once verified, username attributes at once.
    """
    names = {(_NAME, folded(pool, user.username)): True}
    preferred = user.attributes.get("preferred_username")
    if preferred and "preferred_username" in pool.alias_attributes:
        names.setdefault((_NAME, folded(pool, preferred)), True)
    for kind in VERIFIABLE:
        value, verified = user.attributes.get(kind), user.has_verified(kind)
        if value and (kind in pool.username_attributes or (kind in pool.alias_attributes and verified)):
            names[kind, folded(pool, value)] = verified
    return names


def _claim(
    db: Connection,
    pool: NameRules,
    user: User,
    wanted: Mapping[tuple[str, str], bool],
    *,
    is_new: bool,
    steals: bool,
    now: int,
) -> None:
    for (kind, name), verified in wanted.items():
        if steals and kind in pool.alias_attributes:
            _steal(db, pool.pool_id, kind, name, now)
        try:
            db.execute(
                insert(Identifier).values(pool_id=pool.pool_id, kind=kind, folded=name, sub=user.sub, verified=verified)
            )
        except IntegrityError:
            is_username = name == folded(pool, user.username) if kind == _NAME else kind in pool.username_attributes
            raise _taken(kind, is_username and is_new, kind in pool.username_attributes) from None


def _taken(kind: str, is_username: bool, is_username_attribute: bool) -> UsernameExistsException | AliasExistsException:
    if is_username and not is_username_attribute:
        return UsernameExistsException()
    article = "given " if is_username_attribute else ""
    text = f"An account with the {article}{_LABELS[kind]} already exists."
    return UsernameExistsException(text) if is_username else AliasExistsException(text)


def _steal(db: Connection, pool_id: str, kind: str, name: str, now: int) -> None:
    """Takes an alias from its owner, whose attribute becomes unverified."""
    owner = db.execute(
        delete(Identifier).where(*_identifier(pool_id, kind, name)).returning(Identifier.sub)
    ).scalar_one_or_none()
    if owner is not None:
        loser = lock_user(db, pool_id, owner)
        attributes = {**loser.attributes, f"{kind}_verified": "false"}
        _set(db, pool_id, owner, attributes=attributes, updated_at=now)


def _release(db: Connection, user: User, names: Iterable[tuple[str, str]]) -> None:
    for kind, name in names:
        db.execute(delete(Identifier).where(*_identifier(user.pool_id, kind, name), Identifier.sub == user.sub))


def _identifier(pool_id: str, kind: str, name: str) -> tuple[Any, ...]:
    return Identifier.pool_id == pool_id, Identifier.kind == kind, Identifier.folded == name


def _is(user: User) -> tuple[Any, ...]:
    return UserRow.pool_id == user.pool_id, UserRow.sub == user.sub


def _write_searchable(db: Connection, pool: NameRules, user: User) -> None:
    rows = [
        {
            "pool_id": user.pool_id,
            "sub": user.sub,
            "name": name,
            "folded": folded(pool, user.attributes[name])[:SEARCHED_CHARACTERS],
        }
        for name in SEARCHABLE
        if user.attributes.get(name)
    ]
    if rows:
        db.execute(insert(SearchableAttribute), rows)


def _fields(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in User.__dataclass_fields__}


def _columns(pool: NameRules, user: User) -> dict[str, Any]:
    return {**_fields(user), "folded_username": folded(pool, user.username)}


def _user(row: Any) -> User:
    return User(**{name: getattr(row, name) for name in User.__dataclass_fields__})


# Statements of the sign-in path are built once: building one costs more than a database on the same machine takes to answer.
def _by_sub(*columns: Any) -> Prepared:
    found = select(UserRow, *columns).where(UserRow.pool_id == bindparam("p_pool"), UserRow.sub == bindparam("p_sub"))
    return Prepared(_with_password(found) if columns else found)


def _by_name(kinds: int, *columns: Any) -> Prepared:
    wanted: list[BindParameter[str]] = [bindparam(f"p_kind{number}") for number in range(kinds)]
    found = (
        select(UserRow, Identifier.kind, *columns)
        .join(Identifier, (Identifier.pool_id == UserRow.pool_id) & (Identifier.sub == UserRow.sub))
        .where(
            Identifier.pool_id == bindparam("p_pool"),
            Identifier.kind.in_(wanted),
            Identifier.folded == bindparam("p_folded"),
        )
    )
    return Prepared(_with_password(found) if columns else found)


def _with_password(found: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return found.outerjoin(PasswordRow, (PasswordRow.pool_id == UserRow.pool_id) & (PasswordRow.sub == UserRow.sub))


_BY_SUB = _by_sub()
_BY_SUB_WITH_PASSWORD = _by_sub(*PASSWORD_COLUMNS)
# By how many kinds of names lead to a user in the pool.
_KINDS = range(1, len(_ORDER) + 1)
_BY_NAME = {kinds: _by_name(kinds) for kinds in _KINDS}
_BY_NAME_WITH_PASSWORD = {kinds: _by_name(kinds, *PASSWORD_COLUMNS) for kinds in _KINDS}
