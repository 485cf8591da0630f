"""Invoices of commissions, and the taxes of each version of a contract, by authority."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

REASONS = "'taxable', 'exempt', 'reverse_charge', 'zero_rated_export', 'out_of_scope'"


def upgrade() -> None:
    op.create_table(
        "commission_taxes",
        sa.Column("commission_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("jurisdiction", sa.String(40), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("rate_millionths", sa.Integer(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("exemption_id", sa.String(40)),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("ck_commission_taxes_reason")),
        sa.CheckConstraint(
            "reason = 'taxable' OR (rate_millionths = 0 AND tax_minor = 0)", name=op.f("ck_commission_taxes_untaxed")
        ),
        sa.ForeignKeyConstraint(
            ["commission_id"], ["commissions.id"], name=op.f("fk_commission_taxes_commission_id_commissions")
        ),
        sa.PrimaryKeyConstraint("commission_id", "version", "item", "position", name=op.f("pk_commission_taxes")),
    )
    # A contract's tax was told to both sides and is charged: what it was made of stays.
    op.execute(
        """
        CREATE FUNCTION commission_taxes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the taxes of a version of a contract are never changed or deleted';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER commission_taxes_stay BEFORE UPDATE OR DELETE ON commission_taxes "
        "FOR EACH ROW EXECUTE FUNCTION commission_taxes_stay()"
    )
    op.add_column("commission_charges", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("invoices", sa.Column("commission_id", sa.String(40)))
    op.create_foreign_key(
        op.f("fk_invoices_commission_id_commissions"), "invoices", "commissions", ["commission_id"], ["id"]
    )
    op.create_index("ix_invoices_commission", "invoices", ["commission_id"])
    op.create_check_constraint(op.f("ck_invoices_one_sale"), "invoices", "order_id IS NULL OR commission_id IS NULL")
    op.drop_constraint(op.f("ck_invoices_kind"), "invoices")
    op.create_check_constraint(
        op.f("ck_invoices_kind"), "invoices", "kind IN ('sale', 'advance', 'credit_note', 'fees', 'fees_credit')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_invoices_kind"), "invoices")
    op.create_check_constraint(
        op.f("ck_invoices_kind"), "invoices", "kind IN ('sale', 'credit_note', 'fees', 'fees_credit')"
    )
    op.drop_constraint(op.f("ck_invoices_one_sale"), "invoices")
    op.drop_index("ix_invoices_commission", "invoices")
    op.drop_column("invoices", "commission_id")
    op.drop_column("commission_charges", "version")
    op.drop_table("commission_taxes")
    op.execute("DROP FUNCTION commission_taxes_stay")
