"""triggers and messages

Revision 0003, after 0002. Made 2026-11-26.
"""

import sqlalchemy as sa
from alembic import op

from app.db.types import Json, Key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "function_calls",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("call_id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("source", Key, nullable=False),
        sa.Column("request_id", Key, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("outcome", Key, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "call_id"),
    )
    with op.batch_alter_table("function_calls", schema=None) as batch_op:
        batch_op.create_index("function_calls_by_age", ["at"], unique=False)
        batch_op.create_index("function_calls_by_id", ["call_id"], unique=False)
        batch_op.create_index("function_calls_by_time", ["account_id", "name", "at", "call_id"], unique=False)

    op.create_table(
        "functions",
        sa.Column("account_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("region", Key, nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("sealed_configuration", sa.LargeBinary(), nullable=False),
        sa.Column("is_for_all_pools", sa.Boolean(), nullable=False),
        sa.Column("pool_ids", Json, nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("revision", Key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name"),
    )
    op.create_table(
        "sender_keys",
        sa.Column("account_id", Key, nullable=False),
        sa.Column("key_arn", Key, nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key_arn"),
    )
    with op.batch_alter_table("configuration_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("functions", sa.BigInteger(), server_default=sa.text("0"), nullable=False))

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lane", Key, server_default="", nullable=False))
        batch_op.add_column(sa.Column("purpose", Key, server_default="", nullable=False))
        batch_op.create_index("outbox_by_time", ["pool_id", "created_at", "message_id"], unique=False)
        batch_op.create_index(
            "outbox_open",
            ["lane", "due_at"],
            unique=False,
            postgresql_where=sa.text("finished_at IS NULL"),
            sqlite_where=sa.text("finished_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "outbox_open",
            postgresql_where=sa.text("finished_at IS NULL"),
            sqlite_where=sa.text("finished_at IS NULL"),
        )
        batch_op.drop_index("outbox_by_time")
        batch_op.drop_column("purpose")
        batch_op.drop_column("lane")

    with op.batch_alter_table("configuration_version", schema=None) as batch_op:
        batch_op.drop_column("functions")

    op.drop_table("sender_keys")
    op.drop_table("functions")
    with op.batch_alter_table("function_calls", schema=None) as batch_op:
        batch_op.drop_index("function_calls_by_time")
        batch_op.drop_index("function_calls_by_id")
        batch_op.drop_index("function_calls_by_age")

    op.drop_table("function_calls")
