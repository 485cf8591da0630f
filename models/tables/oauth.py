"""Apps and partners: their clients and secrets, what people allowed, and the keys that sign tokens.

An app's access token is a row of `sessions`; what belongs to the same permission hangs on that row, so that whoever
ends the session ends all of it.
"""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant


class OAuthClient(Base):
    """A program that we know: a mobile app of somebody's, a courier's system, a shop's customer records."""

    __tablename__ = "oauth_clients"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'app' AND courier IS NULL AND shop_id IS NULL)"
            " OR (kind = 'courier' AND courier IS NOT NULL AND shop_id IS NULL)"
            " OR (kind = 'crm' AND courier IS NULL AND shop_id IS NOT NULL)",
            name="binding",
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    """Its `client_id`."""
    kind: Mapped[Code]
    name: Mapped[str] = mapped_column(String(80))
    """What people read when they are asked to allow it."""
    courier: Mapped[Code | None]
    """The courier whose parcels it may report on."""
    shop_id: Mapped[Id | None] = mapped_column(ForeignKey("shops.id"), index=True)
    """The shop whose orders it may read."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(String(300)), server_default="{}")
    created_by: Mapped[Id]
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[Instant | None]


class OAuthSecret(Base):
    """A partner's secret, of which only the hash is stored. Two at a time, so that one can be changed without a gap."""

    __tablename__ = "oauth_secrets"

    id: Mapped[Id] = mapped_column(primary_key=True)
    client_id: Mapped[Id] = mapped_column(ForeignKey("oauth_clients.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[CreatedAt]


class OAuthConsent(Base):
    """What a person has allowed an app, so that it is not asked anew each time."""

    __tablename__ = "oauth_consents"

    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[Id] = mapped_column(ForeignKey("oauth_clients.id", ondelete="CASCADE"), primary_key=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    given_at: Mapped[CreatedAt]


class OAuthGrant(Base):
    """What makes a session an app's: it may be continued with refresh tokens until `expires_at`."""

    __tablename__ = "oauth_grants"

    session_id: Mapped[Id] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    """All that was allowed; the present token may have been asked for with less."""
    expires_at: Mapped[Instant] = mapped_column(index=True)


class OAuthCode(Base):
    """A code on its way from our page to the app. Kept after its use, so that a second use is noticed."""

    __tablename__ = "oauth_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[Id] = mapped_column(ForeignKey("oauth_clients.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str] = mapped_column(String(400))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    code_challenge: Mapped[str] = mapped_column(String(128))
    nonce: Mapped[str] = mapped_column(String(255), server_default="")
    authenticated_at: Mapped[Instant]
    second_factor: Mapped[bool]
    methods: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    expires_at: Mapped[Instant] = mapped_column(index=True)
    session_id: Mapped[Id | None] = mapped_column(
        ForeignKey("oauth_grants.session_id", ondelete="CASCADE"), unique=True
    )
    """What it was exchanged for; null until then."""


class OAuthRefreshToken(Base):
    """One of a family's refresh tokens: each works once, and its use makes the next."""

    __tablename__ = "oauth_refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[Id] = mapped_column(ForeignKey("oauth_grants.session_id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
    used_at: Mapped[Instant | None]


Index(
    "uq_oauth_refresh_tokens_unused",
    OAuthRefreshToken.session_id,
    unique=True,
    postgresql_where=text("used_at IS NULL"),
)
Index("ix_oauth_refresh_tokens_session_id", OAuthRefreshToken.session_id)


class SigningKey(Base):
    """Signs partners' tokens and apps' identity tokens. Published before it signs and until its last token is over."""

    __tablename__ = "signing_keys"

    kid: Mapped[Code] = mapped_column(primary_key=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed_private: Mapped[bytes] = mapped_column(LargeBinary)
    """The private JWK under the ring's key for tokens."""
    created_at: Mapped[Instant]
    signs_from: Mapped[Instant]
    retires_at: Mapped[Instant | None]
    """When it leaves the published set; null for the one that signs, or will."""
