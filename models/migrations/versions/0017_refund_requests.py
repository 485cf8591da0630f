"""Refunds that people ask for, refunds that are written before they are sent, cancelled pieces, repayment plans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_STAMP = sa.DateTime(timezone=True)
# What refunds of before were made of stands in the ledger: what was held, and the tax.
_PARTS = """
    UPDATE refunds r
       SET tax_minor = coalesce(b.tax, 0),
           items_minor = least(r.amount_minor - coalesce(b.tax, 0), o.items_minor),
           shipping_minor = greatest(r.amount_minor - coalesce(b.tax, 0) - o.items_minor, 0),
           fee_minor = CASE WHEN o.items_minor = 0 THEN 0 ELSE
               o.fee_minor * least(r.amount_minor - coalesce(b.tax, 0), o.items_minor) / o.items_minor END,
           state = 'succeeded', tries = 1, settled_at = r.created_at
      FROM orders o, (
          SELECT p.step_key, sum(e.amount_minor) FILTER (WHERE a.kind = 'tax_payable') AS tax
            FROM ledger_postings p
            JOIN ledger_entries e ON e.posting_id = p.id
            JOIN ledger_accounts a ON a.id = e.account_id
           WHERE p.kind = 'refund' GROUP BY p.id
      ) b
     WHERE o.id = r.order_id AND b.step_key = r.id
"""
_RELEASED = """
    UPDATE orders o SET released_at = p.posted_at
      FROM ledger_postings p WHERE p.kind = 'release' AND p.reference = o.id
"""


def upgrade() -> None:
    op.add_column("orders", sa.Column("released_at", _STAMP))
    op.execute(_RELEASED)
    op.add_column("order_lines", sa.Column("cancelled", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_order_lines_cancelled"), "order_lines", "cancelled BETWEEN 0 AND quantity")

    op.alter_column("refunds", "provider_id", nullable=True)
    for name in ("items_minor", "shipping_minor", "tax_minor", "fee_minor"):
        op.add_column("refunds", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "refunds", sa.Column("pieces", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    )
    op.add_column("refunds", sa.Column("state", sa.String(40), server_default="sending", nullable=False))
    op.add_column("refunds", sa.Column("after_release", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("refunds", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.add_column("refunds", sa.Column("settled_at", _STAMP))
    op.execute(_PARTS)
    for name in ("items_minor", "shipping_minor", "tax_minor", "fee_minor"):
        op.alter_column("refunds", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_refunds_parts"), "refunds", "amount_minor = items_minor + shipping_minor + tax_minor"
    )
    op.create_check_constraint(
        op.f("ck_refunds_signs"), "refunds", "least(items_minor, shipping_minor, tax_minor, fee_minor) >= 0"
    )
    op.create_index("ix_refunds_unsettled", "refunds", ["state"], postgresql_where=sa.text("state <> 'succeeded'"))

    op.create_table(
        "refund_requests",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("problem", sa.String(40), nullable=False),
        sa.Column("pieces", postgresql.JSONB(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("asked_minor", sa.BigInteger(), nullable=False),
        sa.Column("offered_minor", sa.BigInteger()),
        sa.Column("agreed_minor", sa.BigInteger()),
        sa.Column("with_return", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("tracking", sa.String(60), server_default="", nullable=False),
        sa.Column("outcome", sa.String(40), server_default="", nullable=False),
        sa.Column("operation", sa.String(100)),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", _STAMP, server_default=sa.func.now(), nullable=False),
        sa.Column("closed_at", _STAMP),
        sa.CheckConstraint("asked_minor > 0", name=op.f("ck_refund_requests_asked")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refund_requests_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_requests")),
    )
    op.create_index(op.f("ix_refund_requests_order_id"), "refund_requests", ["order_id"])
    op.create_index(
        "uq_refund_requests_open_order",
        "refund_requests",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL AND kind = 'problem'"),
    )
    op.create_index("ix_refund_requests_operation", "refund_requests", ["operation"])
    op.create_table(
        "refund_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("request_id", sa.String(40), nullable=False),
        sa.Column("author_id", sa.String(40), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", _STAMP, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["refund_requests.id"], name=op.f("fk_refund_notes_request_id_refund_requests")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_refund_notes_author_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_notes")),
    )
    op.create_index(op.f("ix_refund_notes_author_id"), "refund_notes", ["author_id"])
    op.create_index("uq_refund_notes_step", "refund_notes", ["request_id", "step"], unique=True)
    op.execute(
        """
        CREATE TRIGGER erased_stay_erased BEFORE INSERT OR UPDATE ON refund_notes FOR EACH ROW
        WHEN (NEW.text <> '') EXECUTE FUNCTION refuse_for_the_erased('person', 'author_id')
        """
    )
    op.create_table(
        "repayment_plans",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("shop_id", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("debt_minor", sa.BigInteger(), nullable=False),
        sa.Column("repaid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("proposed_by", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("created_at", _STAMP, server_default=sa.func.now(), nullable=False),
        sa.Column("answered_at", _STAMP),
        sa.CheckConstraint(
            "debt_minor > 0 AND repaid_minor BETWEEN 0 AND debt_minor", name=op.f("ck_repayment_plans_debt")
        ),
        sa.CheckConstraint("floor_minor >= 0 AND share_bp BETWEEN 1 AND 10000", name=op.f("ck_repayment_plans_terms")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_repayment_plans_shop_id_shops")),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name=op.f("fk_repayment_plans_proposed_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayment_plans")),
    )
    op.create_index(
        "uq_repayment_plans_open",
        "repayment_plans",
        ["shop_id", "currency"],
        unique=True,
        postgresql_where=sa.text("status IN ('proposed', 'agreed')"),
    )
    op.execute(
        """
        CREATE TRIGGER erased_stay_erased BEFORE INSERT OR UPDATE ON refund_requests FOR EACH ROW
        WHEN (NEW.tracking <> '') EXECUTE FUNCTION leave_out_the_erased()
        """
    )
    op.execute(
        """
        CREATE TRIGGER erased_stay_erased BEFORE INSERT OR UPDATE ON repayment_plans FOR EACH ROW
        WHEN (NEW.reason <> '') EXECUTE FUNCTION refuse_for_the_erased('shop', 'shop_id')
        """
    )


def downgrade() -> None:
    op.drop_table("repayment_plans")
    op.drop_table("refund_notes")
    op.drop_table("refund_requests")
    op.drop_index("ix_refunds_unsettled", "refunds")
    op.drop_constraint(op.f("ck_refunds_signs"), "refunds")
    op.drop_constraint(op.f("ck_refunds_parts"), "refunds")
    for name in ("settled_at", "tries", "after_release", "state", "pieces"):
        op.drop_column("refunds", name)
    for name in ("fee_minor", "tax_minor", "shipping_minor", "items_minor"):
        op.drop_column("refunds", name)
    op.alter_column("refunds", "provider_id", nullable=False)
    op.drop_constraint(op.f("ck_order_lines_cancelled"), "order_lines")
    op.drop_column("order_lines", "cancelled")
    op.drop_column("orders", "released_at")
