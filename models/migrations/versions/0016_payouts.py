"""Payouts and withdrawals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _at(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now() if now else None, nullable=nullable)


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), server_default="", nullable=False)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "connected_accounts",
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), primary_key=True),
        sa.Column("provider_id", sa.String(100), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("transfers_enabled", sa.Boolean(), nullable=False),
        sa.Column("payouts_enabled", sa.Boolean(), nullable=False),
        sa.Column("requirements_due", postgresql.ARRAY(sa.String(100)), server_default="{}", nullable=False),
        _at("due_by", nullable=True),
        _text("disabled_reason", 100),
        _at("bank_learned_at", nullable=True),
        _text("bank_refused", 40),
        _at("checked_at"),
        sa.UniqueConstraint("provider_id", name="uq_connected_accounts_provider_id"),
    )
    op.create_table(
        "payout_plans",
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), primary_key=True),
        sa.Column("calendar", sa.String(40), nullable=False),
        sa.Column("weekday", sa.Integer(), server_default="0", nullable=False),
        sa.Column("day", sa.Integer(), server_default="1", nullable=False),
        sa.Column("minimums", postgresql.JSONB(), server_default="{}", nullable=False),
        _at("changed_at"),
        sa.CheckConstraint("calendar IN ('daily', 'weekly', 'monthly', 'manual')", name="calendar"),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint("day BETWEEN 1 AND 31", name="day"),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        _text("period", 10),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        _text("provider_account_id", 100),
        _text("transfer_id", 100),
        _text("provider_payout_id", 100),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        _text("failure_code", 100),
        _at("bank_changed_at", nullable=True),
        _at("created_at", now=True),
        sa.Column("arrives_on", sa.Date(), nullable=True),
        _at("paid_at", nullable=True),
        _at("failed_at", nullable=True),
        _at("ended_at", nullable=True),
        sa.CheckConstraint("kind IN ('scheduled', 'withdrawal')", name="kind"),
        sa.CheckConstraint("(kind = 'scheduled') = (period <> '')", name="period"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint(
            "status IN ('set_aside', 'transferred', 'sent', 'paid', 'returned', 'recalled', 'given_back')",
            name="status",
        ),
    )
    op.create_index("ix_payouts_shop", "payouts", ["shop_id", "created_at"])
    op.create_index("ix_payouts_open", "payouts", ["shop_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index(
        "uq_payouts_scheduled",
        "payouts",
        ["shop_id", "period", "currency"],
        unique=True,
        postgresql_where=sa.text("kind = 'scheduled'"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("order_id", sa.String(40), sa.ForeignKey("orders.id"), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.Column("placed_by", sa.String(40), sa.ForeignKey("users.id"), nullable=True),
        _at("created_at"),
        _at("release_at"),
        _at("released_at", nullable=True),
        _at("appealed_at", nullable=True),
        _text("appeal", 1000),
        _text("outcome", 40),
        sa.Column("decided_by", sa.String(40), sa.ForeignKey("users.id"), nullable=True),
        _at("decided_at", nullable=True),
        _text("decision", 1000),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("outcome IN ('', 'released', 'kept')", name="outcome"),
        sa.CheckConstraint("outcome = '' OR appealed_at IS NOT NULL", name="appealed"),
    )
    op.create_index("ix_holds_open", "holds", ["shop_id"], postgresql_where=sa.text("released_at IS NULL"))
    op.create_index("ix_holds_due", "holds", ["release_at"], postgresql_where=sa.text("released_at IS NULL"))
    op.create_index(
        "uq_holds_rule_order",
        "holds",
        ["rule", "order_id"],
        unique=True,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "payout_runs",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("day", sa.Date(), nullable=False),
        _at("started_at"),
        _at("ended_at", nullable=True),
        sa.Column("payouts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("holds", sa.Integer(), server_default="0", nullable=False),
    )
    # As for everything that people write: nothing is added for a shop whose keeper is erased.
    op.execute(
        """
        CREATE TRIGGER erased_stay_erased_when_changed BEFORE UPDATE ON holds FOR EACH ROW
        WHEN ((NEW.appeal, NEW.decision) IS DISTINCT FROM (OLD.appeal, OLD.decision)
              AND (NEW.appeal <> '' OR NEW.decision <> ''))
        EXECUTE FUNCTION refuse_for_the_erased('shop', 'shop_id')
        """
    )


def downgrade() -> None:
    for table in ("payout_runs", "holds", "payouts", "payout_plans", "connected_accounts"):
        op.drop_table(table)
