"""no index of token sessions

Nothing looks a token session up by its id alone, and where a pool had just begun to track sessions PostgreSQL took this index
for the shortest way to the sessions of one user.

Revision 0005, after 0004. Made 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TRACKED = sa.text("session_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("token_families_by_session", "token_families", postgresql_where=_TRACKED, sqlite_where=_TRACKED)


def downgrade() -> None:
    op.create_index(
        "token_families_by_session",
        "token_families",
        ["pool_id", "session_id"],
        unique=True,
        postgresql_where=_TRACKED,
        sqlite_where=_TRACKED,
    )
