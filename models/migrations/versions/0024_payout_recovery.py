"""Payouts that a broken row must not hold up; amounts that are given back for single lines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout_skips",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("shop_id", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("error", sa.String(40), nullable=False),
        sa.Column("after", sa.Date(), nullable=False),
        sa.Column("run_id", sa.String(80), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("step IN ('holds', 'plan', 'account', 'balance')", name=op.f("ck_payout_skips_step")),
        sa.CheckConstraint("times > 0", name=op.f("ck_payout_skips_times")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_payout_skips_shop_id_shops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_skips")),
    )
    op.create_index(
        "uq_payout_skips_open",
        "payout_skips",
        ["shop_id", "currency"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.add_column(
        "refunds", sa.Column("lines_minor", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    )
    op.add_column("refunds", sa.Column("sender", sa.String(80)))
    op.add_column("refunds", sa.Column("sender_until", sa.DateTime(timezone=True)))
    op.add_column("payouts", sa.Column("details_of", sa.DateTime(timezone=True)))
    op.add_column("payouts", sa.Column("unanswered_since", sa.DateTime(timezone=True)))
    op.add_column("payouts", sa.Column("destination", sa.String(100), server_default="", nullable=False))
    op.add_column("connected_accounts", sa.Column("bank_id", sa.String(100), server_default="", nullable=False))
    op.add_column("payout_accounts", sa.Column("opening_since", sa.DateTime(timezone=True)))
