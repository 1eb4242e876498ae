"""Classic hosted UI customization: CSS and a logo for one app client, or for all. User pools API, UICustomizationType."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from app.db.tables.ui_customization import UiCustomization as CustomizationRow

# The target of a customization that is no client's own.
ALL = "ALL"


@dataclass(frozen=True)
class UiCustomization:
    """`target` is a client id or ALL; `image` comes with its `image_extension` (PNG, JPEG, SVG). Times in epoch ms."""

    pool_id: str
    target: str
    css: str | None
    image: bytes | None
    image_extension: str | None
    created_at: int
    updated_at: int

    @property
    def css_version(self) -> str:
        """The moment of the last change to the second, as Cognito writes it: 20190128172214."""
        return f"{datetime.fromtimestamp(self.updated_at / 1_000, UTC):%Y%m%d%H%M%S}"


def find_customization(db: Connection, pool_id: str, target: str) -> UiCustomization | None:
    """What was set for a client, or for ALL, and nothing that it would fall back to."""
    row = db.execute(
        select(
            CustomizationRow.pool_id,
            CustomizationRow.target,
            CustomizationRow.css,
            CustomizationRow.image,
            CustomizationRow.image_extension,
            CustomizationRow.created_at,
            CustomizationRow.updated_at,
        ).where(CustomizationRow.pool_id == pool_id, CustomizationRow.target == target)
    ).one_or_none()
    return None if row is None else UiCustomization(**row._mapping)


def put_customization(
    db: Connection,
    pool_id: str,
    target: str,
    *,
    css: str | None,
    image: bytes | None,
    image_extension: str | None,
    now: int,
) -> UiCustomization | None:
    """Replaces what a target has, by nothing if nothing is given; the caller has locked the pool."""
    current = find_customization(db, pool_id, target)
    db.execute(delete(CustomizationRow).where(CustomizationRow.pool_id == pool_id, CustomizationRow.target == target))
    if css is None and image is None:
        return None
    made = UiCustomization(
        pool_id=pool_id,
        target=target,
        css=css,
        image=image,
        image_extension=image_extension,
        created_at=current.created_at if current else now,
        updated_at=now,
    )
    db.execute(insert(CustomizationRow).values(**vars(made), client_id=None if target == ALL else target))
    return made
