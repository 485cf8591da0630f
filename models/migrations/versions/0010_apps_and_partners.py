"""OAuth2 clients, grants, tokens and signing keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BINDING = (
    "(kind = 'app' AND courier IS NULL AND shop_id IS NULL)"
    " OR (kind = 'courier' AND courier IS NOT NULL AND shop_id IS NULL)"
    " OR (kind = 'crm' AND courier IS NULL AND shop_id IS NOT NULL)"
)


def _at(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now() if now else None, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "oauth_clients",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("courier", sa.String(40), nullable=True),
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), nullable=True),
        sa.Column("scopes", ARRAY(sa.String(40)), nullable=False),
        sa.Column("redirect_uris", ARRAY(sa.String(300)), server_default="{}", nullable=False),
        sa.Column("created_by", sa.String(40), nullable=False),
        _at("created_at", now=True),
        _at("revoked_at", nullable=True),
        sa.CheckConstraint(BINDING, name="binding"),
    )
    op.create_index("ix_oauth_clients_shop_id", "oauth_clients", ["shop_id"])
    op.create_table(
        "oauth_secrets",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("client_id", sa.String(40), sa.ForeignKey("oauth_clients.id", ondelete="CASCADE"), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        _at("created_at", now=True),
    )
    op.create_index("ix_oauth_secrets_client_id", "oauth_secrets", ["client_id"])
    op.create_unique_constraint("uq_oauth_secrets_secret_hash", "oauth_secrets", ["secret_hash"])
    op.create_table(
        "oauth_consents",
        sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("client_id", sa.String(40), sa.ForeignKey("oauth_clients.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("scopes", ARRAY(sa.String(40)), nullable=False),
        _at("given_at", now=True),
    )
    op.create_table(
        "oauth_grants",
        sa.Column("session_id", sa.String(40), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("scopes", ARRAY(sa.String(40)), nullable=False),
        _at("expires_at"),
    )
    op.create_index("ix_oauth_grants_expires_at", "oauth_grants", ["expires_at"])
    op.create_table(
        "oauth_codes",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("client_id", sa.String(40), sa.ForeignKey("oauth_clients.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("redirect_uri", sa.String(400), nullable=False),
        sa.Column("scopes", ARRAY(sa.String(40)), nullable=False),
        sa.Column("code_challenge", sa.String(128), nullable=False),
        sa.Column("nonce", sa.String(255), server_default="", nullable=False),
        _at("authenticated_at"),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("methods", ARRAY(sa.String(40)), nullable=False),
        _at("expires_at"),
        sa.Column(
            "session_id", sa.String(40), sa.ForeignKey("oauth_grants.session_id", ondelete="CASCADE"), nullable=True
        ),
    )
    for column in ("client_id", "user_id", "expires_at"):
        op.create_index(f"ix_oauth_codes_{column}", "oauth_codes", [column])
    op.create_unique_constraint("uq_oauth_codes_session_id", "oauth_codes", ["session_id"])
    op.create_table(
        "oauth_refresh_tokens",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column(
            "session_id", sa.String(40), sa.ForeignKey("oauth_grants.session_id", ondelete="CASCADE"), nullable=False
        ),
        _at("created_at", now=True),
        _at("used_at", nullable=True),
    )
    op.create_index("ix_oauth_refresh_tokens_session_id", "oauth_refresh_tokens", ["session_id"])
    op.create_index(
        "uq_oauth_refresh_tokens_unused",
        "oauth_refresh_tokens",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(40), primary_key=True),
        sa.Column("public_jwk", JSONB(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        _at("created_at"),
        _at("signs_from"),
        _at("retires_at", nullable=True),
    )


def downgrade() -> None:
    for table in (
        "signing_keys",
        "oauth_refresh_tokens",
        "oauth_codes",
        "oauth_grants",
        "oauth_consents",
        "oauth_secrets",
        "oauth_clients",
    ):
        op.drop_table(table)
