"""every operation

Revision 0002, after 0001. Made 2026-11-26.
"""

import sqlalchemy as sa
from alembic import op

from app.db.types import Json, Key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_providers",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("type", Key, nullable=False),
        sa.Column("issuer", Key, nullable=True),
        sa.Column("details", Json, nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=False),
        sa.Column("attribute_mapping", Json, nullable=False),
        sa.Column("acr_mapping", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "name"),
    )
    op.create_table(
        "import_jobs",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("job_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("status", Key, nullable=False),
        sa.Column("log_role_arn", Key, nullable=False),
        sa.Column("hash_algorithm", Key, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("message", Key, nullable=True),
        sa.PrimaryKeyConstraint("pool_id", "job_id"),
    )
    with op.batch_alter_table("import_jobs", schema=None) as batch_op:
        batch_op.create_index("import_jobs_by_time", ["pool_id", "created_at", "job_id"], unique=False)

    op.create_table(
        "log_deliveries",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("configurations", Json, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id"),
    )
    op.create_table(
        "pool_session_configurations",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("is_tracking", sa.Boolean(), nullable=False),
        sa.Column("max_per_user", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id"),
    )
    op.create_table(
        "provisioned_limits",
        sa.Column("account_id", Key, nullable=False),
        sa.Column("region", Key, nullable=False),
        sa.Column("category", Key, nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "category"),
    )
    op.create_table(
        "rate_windows",
        sa.Column("budget", Key, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("requests_before", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("budget"),
    )
    with op.batch_alter_table("rate_windows", schema=None) as batch_op:
        batch_op.create_index("rate_windows_by_age", ["ends_at"], unique=False)

    op.create_table(
        "replicas",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("region", Key, nullable=False),
        sa.Column("status", Key, nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "region"),
    )
    op.create_table(
        "saml_keys",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("provider", Key, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "provider"),
    )
    op.create_table(
        "auth_event_feedback",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("event_id", Key, nullable=False),
        sa.Column("value", Key, nullable=False),
        sa.Column("provider", Key, nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "event_id"),
    )
    op.create_table(
        "brandings",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("branding_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("uses_provided_values", sa.Boolean(), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "branding_id"),
    )
    with op.batch_alter_table("brandings", schema=None) as batch_op:
        batch_op.create_index("brandings_by_client", ["pool_id", "client_id"], unique=True)

    op.create_table(
        "client_session_configurations",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("max_validity_minutes", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "client_id"),
    )
    op.create_table(
        "devices",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("device_key", Key, nullable=False),
        sa.Column("name", Key, nullable=True),
        sa.Column("is_remembered", sa.Boolean(), nullable=False),
        sa.Column("is_trusted", sa.Boolean(), nullable=False),
        sa.Column("salt", Key, nullable=True),
        sa.Column("sealed_verifier", sa.LargeBinary(), nullable=True),
        sa.Column("last_ip", Key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("last_authenticated_at", sa.BigInteger(), nullable=False),
        sa.Column("forgotten_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "device_key"),
    )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.create_index(
            "devices_forgotten",
            ["forgotten_at"],
            unique=False,
            postgresql_where=sa.text("forgotten_at IS NOT NULL"),
            sqlite_where=sa.text("forgotten_at IS NOT NULL"),
        )

    op.create_table(
        "idp_identifiers",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("identifier", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "name"], ["identity_providers.pool_id", "identity_providers.name"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "identifier"),
    )
    with op.batch_alter_table("idp_identifiers", schema=None) as batch_op:
        batch_op.create_index("idp_identifiers_by_provider", ["pool_id", "name"], unique=False)

    op.create_table(
        "linked_identities",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("provider", Key, nullable=False),
        sa.Column("attribute", Key, nullable=False),
        sa.Column("value", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("provider_type", Key, nullable=False),
        sa.Column("issuer", Key, nullable=True),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "provider", "attribute", "value"),
    )
    with op.batch_alter_table("linked_identities", schema=None) as batch_op:
        batch_op.create_index("linked_identities_by_user", ["pool_id", "sub"], unique=False)

    op.create_table(
        "passkey_registrations",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub"),
    )
    with op.batch_alter_table("passkey_registrations", schema=None) as batch_op:
        batch_op.create_index("passkey_registrations_by_expiry", ["expires_at"], unique=False)

    op.create_table(
        "passkeys",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("credential_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("rp_id", Key, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("aaguid", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("attachment", Key, nullable=True),
        sa.Column("transports", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "credential_id"),
    )
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.create_index("passkeys_by_user", ["pool_id", "sub", "created_at", "credential_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "code_hash"),
    )
    op.create_table(
        "risk_configurations",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("subject", Key, nullable=False),
        sa.Column("client_id", Key, nullable=True),
        sa.Column("configuration", Json, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "subject"),
    )
    op.create_table(
        "software_tokens",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("token_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "sub", "token_id"),
    )
    op.create_table(
        "terms",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("terms_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("source", Key, nullable=False),
        sa.Column("enforcement", Key, nullable=False),
        sa.Column("links", Json, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "terms_id"),
    )
    with op.batch_alter_table("terms", schema=None) as batch_op:
        batch_op.create_index("terms_by_client", ["pool_id", "client_id", "name"], unique=True)

    op.create_table(
        "ui_customizations",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("target", Key, nullable=False),
        sa.Column("client_id", Key, nullable=True),
        sa.Column("css", Key, nullable=True),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.Column("image_extension", Key, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_id", "target"),
    )
    op.create_table(
        "branding_assets",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("branding_id", Key, nullable=False),
        sa.Column("category", Key, nullable=False),
        sa.Column("color_mode", Key, nullable=False),
        sa.Column("provider", Key, nullable=False),
        sa.Column("extension", Key, nullable=False),
        sa.Column("resource_id", Key, nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "branding_id"], ["brandings.pool_id", "brandings.branding_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "branding_id", "category", "color_mode", "provider"),
    )
    op.create_table(
        "device_sessions",
        sa.Column("pool_id", Key, nullable=False),
        sa.Column("session_id", Key, nullable=False),
        sa.Column("sub", Key, nullable=False),
        sa.Column("device_key", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("session", Key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "sub", "device_key"],
            ["devices.pool_id", "devices.sub", "devices.device_key"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_id", "session_id"),
    )
    with op.batch_alter_table("device_sessions", schema=None) as batch_op:
        batch_op.create_index("device_sessions_by_device", ["pool_id", "sub", "device_key"], unique=False)
        batch_op.create_index("device_sessions_by_expiry", ["expires_at"], unique=False)

    with op.batch_alter_table("sso_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("client_id", Key, nullable=True))

    with op.batch_alter_table("token_families", schema=None) as batch_op:
        batch_op.add_column(sa.Column("session_id", Key, nullable=True))
        batch_op.add_column(sa.Column("last_active_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("user_agent", Key, nullable=True))
        batch_op.add_column(sa.Column("source_ip", Key, nullable=True))
        batch_op.create_index(
            "token_families_by_session",
            ["pool_id", "session_id"],
            unique=True,
            postgresql_where=sa.text("session_id IS NOT NULL"),
            sqlite_where=sa.text("session_id IS NOT NULL"),
        )
        batch_op.create_index(
            "token_families_live_sessions",
            ["pool_id", "sub"],
            unique=False,
            postgresql_where=sa.text("session_id IS NOT NULL AND revoked_at IS NULL"),
            sqlite_where=sa.text("session_id IS NOT NULL AND revoked_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("token_families", schema=None) as batch_op:
        batch_op.drop_index(
            "token_families_live_sessions",
            postgresql_where=sa.text("session_id IS NOT NULL AND revoked_at IS NULL"),
            sqlite_where=sa.text("session_id IS NOT NULL AND revoked_at IS NULL"),
        )
        batch_op.drop_index(
            "token_families_by_session",
            postgresql_where=sa.text("session_id IS NOT NULL"),
            sqlite_where=sa.text("session_id IS NOT NULL"),
        )
        batch_op.drop_column("source_ip")
        batch_op.drop_column("user_agent")
        batch_op.drop_column("last_active_at")
        batch_op.drop_column("session_id")

    with op.batch_alter_table("sso_sessions", schema=None) as batch_op:
        batch_op.drop_column("client_id")

    with op.batch_alter_table("device_sessions", schema=None) as batch_op:
        batch_op.drop_index("device_sessions_by_expiry")
        batch_op.drop_index("device_sessions_by_device")

    op.drop_table("device_sessions")
    op.drop_table("branding_assets")
    op.drop_table("ui_customizations")
    with op.batch_alter_table("terms", schema=None) as batch_op:
        batch_op.drop_index("terms_by_client")

    op.drop_table("terms")
    op.drop_table("software_tokens")
    op.drop_table("risk_configurations")
    op.drop_table("recovery_codes")
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.drop_index("passkeys_by_user")

    op.drop_table("passkeys")
    with op.batch_alter_table("passkey_registrations", schema=None) as batch_op:
        batch_op.drop_index("passkey_registrations_by_expiry")

    op.drop_table("passkey_registrations")
    with op.batch_alter_table("linked_identities", schema=None) as batch_op:
        batch_op.drop_index("linked_identities_by_user")

    op.drop_table("linked_identities")
    with op.batch_alter_table("idp_identifiers", schema=None) as batch_op:
        batch_op.drop_index("idp_identifiers_by_provider")

    op.drop_table("idp_identifiers")
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_index(
            "devices_forgotten",
            postgresql_where=sa.text("forgotten_at IS NOT NULL"),
            sqlite_where=sa.text("forgotten_at IS NOT NULL"),
        )

    op.drop_table("devices")
    op.drop_table("client_session_configurations")
    with op.batch_alter_table("brandings", schema=None) as batch_op:
        batch_op.drop_index("brandings_by_client")

    op.drop_table("brandings")
    op.drop_table("auth_event_feedback")
    op.drop_table("saml_keys")
    op.drop_table("replicas")
    with op.batch_alter_table("rate_windows", schema=None) as batch_op:
        batch_op.drop_index("rate_windows_by_age")

    op.drop_table("rate_windows")
    op.drop_table("provisioned_limits")
    op.drop_table("pool_session_configurations")
    op.drop_table("log_deliveries")
    with op.batch_alter_table("import_jobs", schema=None) as batch_op:
        batch_op.drop_index("import_jobs_by_time")

    op.drop_table("import_jobs")
    op.drop_table("identity_providers")
