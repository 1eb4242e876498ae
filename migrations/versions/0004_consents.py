"""consents

Revision 0004, after 0003. Made 2026-11-26.
"""

import sqlalchemy as sa
from alembic import op

from app.db.types import Key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("scope", Key, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "client_id"),
    )


def downgrade() -> None:
    op.drop_table("consents")
