"""the first schema

Revision 0001, after nothing. Made 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

from app.db.types import Json, Key

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_keys",
        sa.Column("access_key_id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("principal_arn", Key, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("policy", Json, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("access_key_id"),
    )
    with op.batch_alter_table("access_keys", schema=None) as batch_op:
        batch_op.create_index("access_keys_by_account", ["account_id", "access_key_id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("subject", Key, nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("window_started_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "subject", "kind"),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("attempts_by_age", ["last_at"], unique=False)

    op.create_table(
        "audit_events",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("event_id", Key, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("outcome", Key, nullable=False),
        sa.Column("sub", Key, nullable=True),
        sa.Column("client_id", Key, nullable=True),
        sa.Column("principal", Key, nullable=True),
        sa.Column("source_ip", Key, nullable=False),
        sa.Column("request_id", Key, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "event_id"),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("audit_events_by_time", ["pool_id", "at"], unique=False)
        batch_op.create_index("audit_events_by_user", ["pool_id", "sub", "at"], unique=False)

    op.create_table(
        "client_directory",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("pool_id", Key, nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "client_secrets",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("secret_id", Key, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "client_id", "secret_id"),
    )
    op.create_table(
        "client_settings",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "client_id"),
    )
    op.create_table(
        "clients",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("configuration", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "client_id"),
    )
    op.create_table(
        "configuration_version",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "data_keys",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "key_id"),
    )
    op.create_table(
        "domains",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("domain", Key, nullable=False),
        sa.Column("is_custom", sa.Boolean(), nullable=False),
        sa.Column("configuration", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "domain"),
    )
    op.create_table(
        "groups",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("group_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("description", Key, nullable=True),
        sa.Column("role_arn", Key, nullable=True),
        sa.Column("precedence", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pool_id", "group_id"),
    )
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.create_index(
            "groups_by_name",
            ["pool_id", "name"],
            unique=True,
            postgresql_where=sa.text("deleted_at IS NULL"),
            sqlite_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "groups_to_purge",
            ["pool_id", "group_id"],
            unique=False,
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "host_directory",
        sa.Column("domain", Key, nullable=False),
        sa.Column("pool_id", Key, nullable=False),
        sa.PrimaryKeyConstraint("domain"),
    )
    op.create_table(
        "key_stock",
        sa.Column("kid", Key, nullable=False),
        sa.Column("algorithm", Key, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kid"),
    )
    op.create_table(
        "outbox",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("message_id", Key, nullable=False),
        sa.Column("medium", Key, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", Key, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", Key, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pool_id", "message_id"),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("outbox_due", ["state", "due_at"], unique=False)

    op.create_table(
        "pool_settings",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id"),
    )
    op.create_table(
        "pools",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("region", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("issuer", Key, nullable=False),
        sa.Column("configuration", Json, nullable=False),
        sa.Column("schema", Json, nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("estimated_users", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("purged_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pool_id"),
    )
    with op.batch_alter_table("pools", schema=None) as batch_op:
        batch_op.create_index("pools_by_account", ["account_id", "region", "pool_id"], unique=False)
        batch_op.create_index("pools_by_version", ["version"], unique=False)
        batch_op.create_index(
            "pools_to_purge",
            ["pool_id"],
            unique=False,
            postgresql_where=sa.text("deleted_at IS NOT NULL AND purged_at IS NULL"),
            sqlite_where=sa.text("deleted_at IS NOT NULL AND purged_at IS NULL"),
        )

    op.create_table(
        "resource_servers",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("identifier", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "identifier"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("kid", Key, nullable=False),
        sa.Column("use", Key, nullable=False),
        sa.Column("algorithm", Key, nullable=False),
        sa.Column("state", Key, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public_jwk", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("retire_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pool_id", "kid"),
    )
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.create_index("signing_keys_by_retirement", ["state", "retire_at"], unique=False)

    op.create_table(
        "spent_sessions",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("session_id", Key, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "session_id"),
    )
    with op.batch_alter_table("spent_sessions", schema=None) as batch_op:
        batch_op.create_index("spent_sessions_by_expiry", ["expires_at"], unique=False)

    op.create_table(
        "users",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("username", Key, nullable=False),
        sa.Column("folded_username", Key, nullable=False),
        sa.Column("status", Key, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("mfa", Json, nullable=False),
        sa.Column("signed_out_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "sub"),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index("users_by_enabled", ["pool_id", "enabled", "sub"], unique=False)
        batch_op.create_index("users_by_status", ["pool_id", "status", "sub"], unique=False)
        batch_op.create_index("users_by_username", ["pool_id", "folded_username", "sub"], unique=False)

    op.create_table(
        "authorization_codes",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("redirect_uri", Key, nullable=False),
        sa.Column("scope", Key, nullable=False),
        sa.Column("code_challenge", Key, nullable=True),
        sa.Column("nonce", Key, nullable=True),
        sa.Column("authentication", Json, nullable=False),
        sa.Column("family_id", Key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "code_hash"),
    )
    with op.batch_alter_table("authorization_codes", schema=None) as batch_op:
        batch_op.create_index("authorization_codes_by_expiry", ["expires_at"], unique=False)
        batch_op.create_index("authorization_codes_by_user", ["pool_id", "sub"], unique=False)

    op.create_table(
        "codes",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("purpose", Key, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("attribute", Key, nullable=True),
        sa.Column("value", Key, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "purpose"),
    )
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.create_index("codes_by_expiry", ["expires_at"], unique=False)

    op.create_table(
        "identifiers",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("folded", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "kind", "folded"),
    )
    with op.batch_alter_table("identifiers", schema=None) as batch_op:
        batch_op.create_index("identifiers_by_user", ["pool_id", "sub"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("group_id", Key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "group_id"], ["groups.pool_id", "groups.group_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "group_id"),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index("memberships_by_group", ["pool_id", "group_id", "sub"], unique=False)

    op.create_table(
        "password_history",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("hash", Key, nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "created_at"),
    )
    op.create_table(
        "passwords",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("hash", Key, nullable=False),
        sa.Column("srp_identity", Key, nullable=True),
        sa.Column("srp_salt", Key, nullable=True),
        sa.Column("sealed_verifier", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub"),
    )
    op.create_table(
        "searchable_attributes",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("folded", Key, nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "name"),
    )
    with op.batch_alter_table("searchable_attributes", schema=None) as batch_op:
        batch_op.create_index("searchable_attributes_by_value", ["pool_id", "name", "folded", "sub"], unique=False)

    op.create_table(
        "sso_sessions",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("session_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("authentication", Json, nullable=False),
        sa.Column("user_agent", Key, nullable=False),
        sa.Column("source_ip", Key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_active_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "session_id"),
    )
    with op.batch_alter_table("sso_sessions", schema=None) as batch_op:
        batch_op.create_index("sso_sessions_by_expiry", ["expires_at"], unique=False)
        batch_op.create_index("sso_sessions_by_secret", ["pool_id", "secret_hash"], unique=True)
        batch_op.create_index("sso_sessions_by_user", ["pool_id", "sub"], unique=False)

    op.create_table(
        "token_families",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("family_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("scope", Key, nullable=False),
        sa.Column("is_oauth", sa.Boolean(), nullable=False),
        sa.Column("authentication", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "family_id"),
    )
    with op.batch_alter_table("token_families", schema=None) as batch_op:
        batch_op.create_index("token_families_by_expiry", ["expires_at"], unique=False)
        batch_op.create_index("token_families_by_user", ["pool_id", "sub"], unique=False)

    op.create_table(
        "refresh_tokens",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("family_id", Key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pool_id", "family_id"], ["token_families.pool_id", "token_families.family_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "token_hash"),
    )
    with op.batch_alter_table("refresh_tokens", schema=None) as batch_op:
        batch_op.create_index("refresh_tokens_by_family", ["pool_id", "family_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("refresh_tokens", schema=None) as batch_op:
        batch_op.drop_index("refresh_tokens_by_family")

    op.drop_table("refresh_tokens")
    with op.batch_alter_table("token_families", schema=None) as batch_op:
        batch_op.drop_index("token_families_by_user")
        batch_op.drop_index("token_families_by_expiry")

    op.drop_table("token_families")
    with op.batch_alter_table("sso_sessions", schema=None) as batch_op:
        batch_op.drop_index("sso_sessions_by_user")
        batch_op.drop_index("sso_sessions_by_secret")
        batch_op.drop_index("sso_sessions_by_expiry")

    op.drop_table("sso_sessions")
    with op.batch_alter_table("searchable_attributes", schema=None) as batch_op:
        batch_op.drop_index("searchable_attributes_by_value")

    op.drop_table("searchable_attributes")
    op.drop_table("passwords")
    op.drop_table("password_history")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index("memberships_by_group")

    op.drop_table("memberships")
    with op.batch_alter_table("identifiers", schema=None) as batch_op:
        batch_op.drop_index("identifiers_by_user")

    op.drop_table("identifiers")
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.drop_index("codes_by_expiry")

    op.drop_table("codes")
    with op.batch_alter_table("authorization_codes", schema=None) as batch_op:
        batch_op.drop_index("authorization_codes_by_user")
        batch_op.drop_index("authorization_codes_by_expiry")

    op.drop_table("authorization_codes")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index("users_by_username")
        batch_op.drop_index("users_by_status")
        batch_op.drop_index("users_by_enabled")

    op.drop_table("users")
    with op.batch_alter_table("spent_sessions", schema=None) as batch_op:
        batch_op.drop_index("spent_sessions_by_expiry")

    op.drop_table("spent_sessions")
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.drop_index("signing_keys_by_retirement")

    op.drop_table("signing_keys")
    op.drop_table("resource_servers")
    with op.batch_alter_table("pools", schema=None) as batch_op:
        batch_op.drop_index(
            "pools_to_purge",
            postgresql_where=sa.text("deleted_at IS NOT NULL AND purged_at IS NULL"),
            sqlite_where=sa.text("deleted_at IS NOT NULL AND purged_at IS NULL"),
        )
        batch_op.drop_index("pools_by_version")
        batch_op.drop_index("pools_by_account")

    op.drop_table("pools")
    op.drop_table("pool_settings")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("outbox_due")

    op.drop_table("outbox")
    op.drop_table("key_stock")
    op.drop_table("host_directory")
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.drop_index(
            "groups_to_purge",
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "groups_by_name", postgresql_where=sa.text("deleted_at IS NULL"), sqlite_where=sa.text("deleted_at IS NULL")
        )

    op.drop_table("groups")
    op.drop_table("domains")
    op.drop_table("data_keys")
    op.drop_table("configuration_version")
    op.drop_table("clients")
    op.drop_table("client_settings")
    op.drop_table("client_secrets")
    op.drop_table("client_directory")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("audit_events_by_user")
        batch_op.drop_index("audit_events_by_time")

    op.drop_table("audit_events")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("attempts_by_age")

    op.drop_table("attempts")
    with op.batch_alter_table("access_keys", schema=None) as batch_op:
        batch_op.drop_index("access_keys_by_account")

    op.drop_table("access_keys")
