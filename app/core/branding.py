"""Managed login styles: how the pages of one app client look. Amazon Cognito user pools API, ManagedLoginBrandingType."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.db.tables.branding import Branding as BrandingRow
from app.db.tables.branding import BrandingAsset as AssetRow
from app.kit.errors import (
    InvalidParameterException,
    LimitExceededException,
    ManagedLoginBrandingExistsException,
    ResourceNotFoundException,
)
from app.kit.ids import new_uuid

MAX_STYLES = 20
MAX_ASSETS = 40
_ICON = "IDP_BUTTON_ICON"


@dataclass(frozen=True)
class Asset:
    """A picture of a style; `category`, `color_mode` and `extension` are Cognito's words (FORM_LOGO, DARK, PNG)."""

    category: str
    color_mode: str
    extension: str
    content: bytes
    resource_id: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What a later picture replaces this one by: Cognito has one for each category and mode, and provider of an icon."""
        return self.category, self.color_mode, (self.resource_id or "") if self.category == _ICON else ""


class PictureKey(NamedTuple):
    """What names a picture within a style; `provider` is "" for all but icons of identity providers."""

    category: str
    color_mode: str
    provider: str
    extension: str


@dataclass(frozen=True)
class Branding:
    """The style of a client. `settings` holds only what was set; with `uses_provided_values` nothing was. Times in epoch ms."""

    pool_id: str
    branding_id: str
    client_id: str
    uses_provided_values: bool
    settings: dict[str, Any]
    assets: tuple[Asset, ...]
    created_at: int
    updated_at: int


class PictureDigests:
    """The hashes of the pictures of the styles that were lately shown: one is read once, not with every change of its pool."""

    def __init__(self, capacity: int = 1_000) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str, int], Mapping[PictureKey, str]] = OrderedDict()

    def get(self, style: Branding, read: Callable[[], Mapping[PictureKey, str]]) -> Mapping[PictureKey, str]:
        """The hash of each picture of a style as it was last changed; `read` is called where they are not known."""
        name = (style.pool_id, style.branding_id, style.updated_at)
        with self._lock:
            found = self._known.get(name)
        if found is None:
            found = read()
        with self._lock:
            self._known[name] = found
            self._known.move_to_end(name)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)
        return found


def digest_of(content: bytes) -> str:
    """What an address names the content of a picture by: 80 bits of SHA-256."""
    return sha256(content).hexdigest()[:20]


def get_branding(db: Connection, pool_id: str, branding_id: str) -> Branding:
    """The style; raises ResourceNotFoundException."""
    row = db.execute(
        select(BrandingRow).where(BrandingRow.pool_id == pool_id, BrandingRow.branding_id == branding_id)
    ).one_or_none()
    if row is None:
        raise _missing()
    return _branding(db, row)


def get_branding_of_client(db: Connection, pool_id: str, client_id: str) -> Branding:
    """The style of an app client; raises ResourceNotFoundException if it has none."""
    row = db.execute(
        select(BrandingRow).where(BrandingRow.pool_id == pool_id, BrandingRow.client_id == client_id)
    ).one_or_none()
    if row is None:
        raise _missing()
    return _branding(db, row)


def find_style_of_client(db: Connection, pool_id: str, client_id: str) -> Branding | None:
    """The style of an app client without its pictures; None if it has none."""
    row = db.execute(
        select(BrandingRow).where(BrandingRow.pool_id == pool_id, BrandingRow.client_id == client_id)
    ).one_or_none()
    return None if row is None else Branding(**row._mapping, assets=())


def list_pictures(db: Connection, pool_id: str, branding_id: str) -> list[PictureKey]:
    """Which pictures a style has, without their bytes."""
    columns = (AssetRow.category, AssetRow.color_mode, AssetRow.provider, AssetRow.extension)
    rows = db.execute(
        select(*columns)
        .where(AssetRow.pool_id == pool_id, AssetRow.branding_id == branding_id)
        .order_by(AssetRow.category, AssetRow.color_mode, AssetRow.provider)
    )
    return [PictureKey(*row) for row in rows]


def read_picture(db: Connection, pool_id: str, branding_id: str, key: PictureKey) -> bytes | None:
    """The bytes of a picture; None if it is gone."""
    content = db.execute(
        select(AssetRow.content).where(
            AssetRow.pool_id == pool_id,
            AssetRow.branding_id == branding_id,
            AssetRow.category == key.category,
            AssetRow.color_mode == key.color_mode,
            AssetRow.provider == key.provider,
        )
    ).scalar_one_or_none()
    return None if content is None else bytes(content)


def create_branding(
    db: Connection,
    pool_id: str,
    client_id: str,
    *,
    uses_provided_values: bool,
    settings: Mapping[str, Any],
    assets: Sequence[Asset],
    now: int,
) -> Branding:
    """The style of a client that has none; the caller has locked the pool and knows that the client is one of it.

    Raises ManagedLoginBrandingExistsException, LimitExceededException, InvalidParameterException for a picture twice.
    """
    styles = db.execute(select(BrandingRow.client_id).where(BrandingRow.pool_id == pool_id)).scalars().all()
    if client_id in styles:
        raise ManagedLoginBrandingExistsException
    if len(styles) >= MAX_STYLES:
        raise LimitExceededException(f"A user pool can have at most {MAX_STYLES} managed login branding styles.")
    branding_id = new_uuid()
    db.execute(
        insert(BrandingRow).values(
            pool_id=pool_id,
            branding_id=branding_id,
            client_id=client_id,
            uses_provided_values=uses_provided_values,
            settings=dict(settings),
            created_at=now,
            updated_at=now,
        )
    )
    put_assets(db, pool_id, branding_id, assets)
    return get_branding(db, pool_id, branding_id)


def update_branding(
    db: Connection,
    style: Branding,
    *,
    uses_provided_values: bool,
    settings: Mapping[str, Any],
    now: int,
) -> None:
    """Replaces the settings of a style that the caller read under the pool's lock."""
    db.execute(
        update(BrandingRow)
        .where(BrandingRow.pool_id == style.pool_id, BrandingRow.branding_id == style.branding_id)
        .values(uses_provided_values=uses_provided_values, settings=dict(settings), updated_at=now)
    )


def put_assets(db: Connection, pool_id: str, branding_id: str, assets: Sequence[Asset]) -> None:
    """Adds pictures, each in place of the one with its key; raises InvalidParameterException beyond 40 or for one twice."""
    given = {asset.key: asset for asset in assets}
    if len(given) != len(assets):
        raise InvalidParameterException("Assets hold two pictures of the same Category and ColorMode.")
    for (category, color_mode, provider), asset in given.items():
        db.execute(
            delete(AssetRow).where(
                AssetRow.pool_id == pool_id,
                AssetRow.branding_id == branding_id,
                AssetRow.category == category,
                AssetRow.color_mode == color_mode,
                AssetRow.provider == provider,
            )
        )
        db.execute(
            insert(AssetRow).values(
                pool_id=pool_id,
                branding_id=branding_id,
                category=category,
                color_mode=color_mode,
                provider=provider,
                extension=asset.extension,
                resource_id=asset.resource_id,
                content=asset.content,
            )
        )
    count = select(func.count()).where(AssetRow.pool_id == pool_id, AssetRow.branding_id == branding_id)
    if db.execute(count).scalar_one() > MAX_ASSETS:
        raise InvalidParameterException(f"A managed login branding style can have at most {MAX_ASSETS} assets.")


def delete_assets(db: Connection, style: Branding) -> None:
    """Takes all pictures from a style."""
    db.execute(delete(AssetRow).where(AssetRow.pool_id == style.pool_id, AssetRow.branding_id == style.branding_id))


def delete_branding(db: Connection, pool_id: str, branding_id: str) -> None:
    """Removes a style with its pictures; raises ResourceNotFoundException."""
    done = db.execute(delete(BrandingRow).where(BrandingRow.pool_id == pool_id, BrandingRow.branding_id == branding_id))
    if not done.rowcount:
        raise _missing()


def _branding(db: Connection, row: Row[Any]) -> Branding:
    rows = db.execute(
        select(AssetRow)
        .where(AssetRow.pool_id == row.pool_id, AssetRow.branding_id == row.branding_id)
        .order_by(AssetRow.category, AssetRow.color_mode, AssetRow.provider)
    )
    assets = tuple(
        Asset(asset.category, asset.color_mode, asset.extension, bytes(asset.content), asset.resource_id)
        for asset in rows
    )
    return Branding(**row._mapping, assets=assets)


def _missing() -> ResourceNotFoundException:
    return ResourceNotFoundException("Managed login branding does not exist.")
