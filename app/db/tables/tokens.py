"""Token families (one sign-in of one client), their refresh tokens, and authorization codes."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base

_LIVE = text("session_id IS NOT NULL AND revoked_at IS NULL")


class TokenFamily(Base):
    """What one sign-in gave one client. Its id is `origin_jti`; revoking it kills every token that carries it.

    Where the pool tracks sessions it is also a token session, and has what that one is listed with.
    """

    __tablename__ = "token_families"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("token_families_by_user", "pool_id", "sub"),
        Index("token_families_by_expiry", "expires_at"),
        # A user's live sessions are counted at each sign-in, however many have ended.
        Index("token_families_live_sessions", "pool_id", "sub", postgresql_where=_LIVE, sqlite_where=_LIVE),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    family_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str]
    client_id: Mapped[str]
    # Granted scope, space-separated; for API sign-in exactly `aws.cognito.signin.user.admin`.
    scope: Mapped[str]
    # Whether OAuth scope rules limit the ID token's claims (false for API sign-in).
    is_oauth: Mapped[bool]
    # auth_time (ms), amr, acr, event_id, nonce, resource, sso_session_id: carried over to every refresh unchanged.
    authentication: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    expires_at: Mapped[int]
    revoked_at: Mapped[int | None]
    # `tkn` and 25 characters. This and what follows only where the pool tracked sessions when the family began.
    session_id: Mapped[str | None]
    # Of the last sign-in or refresh, noted at most once a minute.
    last_active_at: Mapped[int | None]
    user_agent: Mapped[str | None]
    source_ip: Mapped[str | None]


class RefreshToken(Base):
    """A refresh token of a family, by hash. `superseded_at` is set once, when rotation replaces it."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        ForeignKeyConstraint(
            ["pool_id", "family_id"], ["token_families.pool_id", "token_families.family_id"], ondelete="CASCADE"
        ),
        Index("refresh_tokens_by_family", "pool_id", "family_id"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    family_id: Mapped[str]
    created_at: Mapped[int]
    superseded_at: Mapped[int | None]


class AuthorizationCode(Base):
    """An authorization code, by hash. Kept after use until it would have expired, so that reuse can be told."""

    __tablename__ = "authorization_codes"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("authorization_codes_by_user", "pool_id", "sub"),
        Index("authorization_codes_by_expiry", "expires_at"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    sub: Mapped[str]
    redirect_uri: Mapped[str]
    scope: Mapped[str]
    code_challenge: Mapped[str | None]
    nonce: Mapped[str | None]
    authentication: Mapped[dict[str, Any]]
    # The family its exchange makes; chosen beforehand so that reuse can revoke it.
    family_id: Mapped[str]
    created_at: Mapped[int]
    expires_at: Mapped[int]
    used_at: Mapped[int | None]
