"""How many commissions a shop takes at once, and who waits for a place."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shop_capacity",
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), primary_key=True),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("slots BETWEEN 0 AND 50", name="slots"),
        sa.CheckConstraint("lead_days BETWEEN 1 AND 730", name="lead_days"),
    )
    op.create_table(
        "commission_waits",
        sa.Column("commission_id", sa.String(40), sa.ForeignKey("commissions.id"), primary_key=True),
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("customer_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(40), server_default="waiting", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('waiting', 'offered', 'taken', 'passed', 'withdrawn')", name="state"),
        sa.CheckConstraint("(state <> 'offered') OR offered_until IS NOT NULL", name="offered"),
    )
    op.create_index(
        "ix_commission_waits_open",
        "commission_waits",
        ["shop_id", "asked_at"],
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index("ix_commission_waits_customer", "commission_waits", ["customer_id"])


def downgrade() -> None:
    op.drop_table("commission_waits")
    op.drop_table("shop_capacity")
