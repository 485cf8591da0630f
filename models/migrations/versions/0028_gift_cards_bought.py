"""Bought gift cards."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "gift_card_purchases",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("buyer_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("recipient_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(40), server_default="open", nullable=False),
        sa.Column("provider_id", sa.String(100), unique=True, nullable=True),
        sa.Column("intent_id", sa.String(100), nullable=True),
        sa.Column("redirect_url", sa.Text(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("settled_minor", sa.BigInteger(), nullable=True),
        sa.Column("settled_currency", sa.String(3), nullable=True),
        sa.Column("letter_id", sa.String(40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("state IN ('open', 'paid', 'closed')", name="state"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("state = 'open' OR num_nonnulls(recipient_sealed, redirect_url) = 0", name="emptied"),
        sa.CheckConstraint("(state = 'paid') = (letter_id IS NOT NULL)", name="mailed"),
    )
    op.create_index("ix_gift_card_purchases_buyer_id", "gift_card_purchases", ["buyer_id", "created_at"])


def downgrade() -> None:
    op.drop_table("gift_card_purchases")
