"""Statements and invoices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoice_series",
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("event", sa.String(160), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("shop_id", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40)),
        sa.Column("corrects", sa.String(40)),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("supplied_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.CheckConstraint("total_minor = net_minor + tax_minor", name=op.f("ck_invoices_total")),
        sa.CheckConstraint("kind IN ('sale', 'credit_note', 'fees', 'fees_credit')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("(kind = 'credit_note') = (corrects IS NOT NULL)", name=op.f("ck_invoices_corrects")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_invoices_person_id_users")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_invoices_shop_id_shops")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_invoices_order_id_orders")),
        sa.ForeignKeyConstraint(["corrects"], ["invoices.id"], name=op.f("fk_invoices_corrects_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        sa.UniqueConstraint("event", name=op.f("uq_invoices_event")),
        sa.UniqueConstraint("series", "year", "sequence", name=op.f("uq_invoices_series_year_sequence")),
    )
    op.create_index(op.f("ix_invoices_person_id"), "invoices", ["person_id"])
    op.create_index("ix_invoices_order", "invoices", ["order_id"])
    op.create_index("ix_invoices_shop_kind", "invoices", ["shop_id", "kind", "year"])
    # An invoice is never changed: what was wrong is credited. Only a name may be taken out, and nothing put in its place.
    op.execute(
        """
        CREATE FUNCTION invoices_stay() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.sealed IS NULL
               AND (to_jsonb(NEW) - 'sealed') = (to_jsonb(OLD) - 'sealed') THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'invoices are never changed or deleted; issue a credit note';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER invoices_stay BEFORE UPDATE OR DELETE ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_stay()"
    )
    op.execute(
        "CREATE TRIGGER invoices_are_not_emptied BEFORE TRUNCATE ON invoices "
        "FOR EACH STATEMENT EXECUTE FUNCTION invoices_stay()"
    )
    # The sale is invoiced all the same; to nobody.
    op.execute(
        "CREATE TRIGGER erased_stay_erased BEFORE INSERT ON invoices FOR EACH ROW WHEN (NEW.sealed IS NOT NULL) "
        "EXECUTE FUNCTION leave_out_the_erased()"
    )
    # A counter goes up by one, and never back: what was numbered stays numbered.
    op.execute(
        """
        CREATE FUNCTION invoice_series_counts() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.series = OLD.series AND NEW.year = OLD.year AND NEW.last = OLD.last + 1 THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'an invoice series only counts up, by one';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER invoice_series_counts BEFORE UPDATE OR DELETE ON invoice_series "
        "FOR EACH ROW EXECUTE FUNCTION invoice_series_counts()"
    )


def downgrade() -> None:
    op.drop_table("invoices")
    op.drop_table("invoice_series")
    op.execute("DROP FUNCTION invoices_stay")
    op.execute("DROP FUNCTION invoice_series_counts")
