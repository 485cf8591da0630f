"""Commissions: the wish, versions of the contract, milestones, and the money that came and went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _at(name: str, *, now: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now() if now else None, nullable=not now)


def _text(name: str, length: int, default: str | None = None, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length), server_default=default, nullable=nullable)


def _minor(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=nullable)


def _of(name: str, table: str, length: int = 40, *, nullable: bool = False, key: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length), sa.ForeignKey(f"{table}.id"), nullable=nullable, primary_key=key)


def _number(name: str, default: str | None = None, *, key: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False, primary_key=key, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "commissions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        _of("shop_id", "shops"),
        _of("customer_id", "users"),
        _of("address_id", "addresses", nullable=True),
        _text("currency", 3),
        _minor("budget_minor", nullable=True),
        sa.Column("wanted_by", sa.Date()),
        sa.Column("title_sealed", sa.LargeBinary()),
        sa.Column("brief_sealed", sa.LargeBinary()),
        _number("fee_bp"),
        _number("version", "0"),
        _minor("tax_minor", "0"),
        _minor("agreed_minor", "0"),
        _text("provider_customer_id", 100, ""),
        _text("method_id", 100, ""),
        _text("card_brand", 20, ""),
        _text("card_last4", 4, ""),
        _text("ending", 40, ""),
        _at("created_at", now=True),
        _at("agreed_at"),
        _at("ended_at"),
        sa.CheckConstraint("tax_minor >= 0 AND agreed_minor >= 0 AND fee_bp BETWEEN 0 AND 10000", name="amounts"),
        sa.CheckConstraint("budget_minor > 0", name="budget"),
    )
    op.create_index("ix_commissions_customer", "commissions", ["customer_id", "id"])
    op.create_index("ix_commissions_shop", "commissions", ["shop_id", "id"])
    op.create_table(
        "commission_versions",
        _of("commission_id", "commissions", key=True),
        _number("version", key=True),
        sa.Column("proposed_by", sa.String(40), primary_key=True),
        sa.Column("taken", sa.Boolean(), server_default="false", nullable=False),
        _text("kind", 40),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("titles", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        _minor("price_minor"),
        _at("created_at", now=True),
        sa.CheckConstraint("price_minor > 0", name="price"),
    )
    op.execute(
        """
        CREATE FUNCTION commission_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION 'a version of a contract is never deleted' USING ERRCODE = 'restrict_violation';
            END IF;
            IF (NEW.commission_id, NEW.version, NEW.proposed_by, NEW.taken, NEW.kind, NEW.terms, NEW.price_minor)
                IS DISTINCT FROM
               (OLD.commission_id, OLD.version, OLD.proposed_by, OLD.taken, OLD.kind, OLD.terms, OLD.price_minor)
               OR NOT (NEW.titles = OLD.titles OR NEW.titles = '{}'::jsonb) OR NOT NEW.note IN (OLD.note, '') THEN
                RAISE EXCEPTION 'a version of a contract is never changed' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON commission_versions FOR EACH ROW WHEN (OLD.taken) "
        "EXECUTE FUNCTION commission_version_stays()"
    )
    op.create_table(
        "commission_milestones",
        _of("commission_id", "commissions", key=True),
        _number("number", key=True),
        _text("stage", 40),
        _at("begun_at"),
        _at("due_at"),
        _at("submitted_at"),
        _at("approved_at"),
        _number("revisions", "0"),
        sa.Column("late_told", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_table(
        "commission_charges",
        sa.Column("id", sa.String(100), primary_key=True),
        _of("commission_id", "commissions"),
        _number("before"),
        _number("attempt"),
        _minor("amount_minor"),
        _minor("tax_minor"),
        _text("currency", 3),
        _text("kind", 40),
        _text("state", 40, "sending"),
        _text("reason", 40, ""),
        sa.Column("provider_id", sa.String(100), unique=True),
        _text("intent_id", 100, nullable=True),
        sa.Column("redirect_url", sa.Text()),
        _minor("fee_minor", nullable=True),
        _text("balance_transaction_id", 100, nullable=True),
        _minor("settled_minor", nullable=True),
        _text("settled_currency", 3, nullable=True),
        _minor("refunded_minor", "0"),
        _at("created_at", now=True),
        _at("paid_at"),
        sa.CheckConstraint("amount_minor > 0 AND tax_minor >= 0", name="amount"),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor + tax_minor", name="refunded"),
    )
    op.create_index("ix_commission_charges_commission_id", "commission_charges", ["commission_id"])
    op.create_index(
        "ix_commission_charges_open",
        "commission_charges",
        ["state"],
        postgresql_where=sa.text("state IN ('sending', 'open')"),
    )
    op.create_table(
        "commission_refunds",
        sa.Column("id", sa.String(100), primary_key=True),
        _of("commission_id", "commissions"),
        _of("charge_id", "commission_charges", 100),
        _text("currency", 3),
        _minor("amount_minor"),
        _text("state", 40, "sending"),
        sa.Column("provider_id", sa.String(100), unique=True),
        _minor("settled_minor", nullable=True),
        _at("created_at", now=True),
        _at("settled_at"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
    )
    op.create_index("ix_commission_refunds_commission_id", "commission_refunds", ["commission_id"])
    op.create_index("ix_commission_refunds_charge_id", "commission_refunds", ["charge_id"])
    op.create_index(
        "ix_commission_refunds_unsettled",
        "commission_refunds",
        ["state"],
        postgresql_where=sa.text("state <> 'succeeded'"),
    )
    _forget_the_erased()


def _forget_the_erased() -> None:
    """A wish is refused; contracts and payments go on without words and addresses, see migration 0013."""
    refuse = "FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION refuse_for_the_erased('person', 'customer_id')"
    words = ("title_sealed", "brief_sealed", "card_brand", "card_last4")
    changed = " OR ".join(f"NEW.{word} IS DISTINCT FROM OLD.{word}" for word in words)
    op.execute(
        "CREATE TRIGGER erased_stay_erased BEFORE INSERT ON commissions " + refuse.format(when="NEW.id IS NOT NULL")
    )
    op.execute(
        f"CREATE TRIGGER erased_stay_erased_when_changed BEFORE UPDATE ON commissions {refuse.format(when=changed)}"
    )
    op.execute(
        """
        CREATE FUNCTION leave_out_the_erased_of_commissions() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF anybody_erased((SELECT ARRAY[c.customer_id, s.owner_id] FROM commissions c
                               JOIN shops s ON s.id = c.shop_id WHERE c.id = NEW.commission_id)) THEN
                IF TG_TABLE_NAME = 'commission_versions' THEN
                    NEW.note := '';
                    NEW.titles := '{}';
                ELSE
                    NEW.redirect_url := NULL;
                END IF;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    for table, when in (
        ("commission_versions", "NEW.note <> '' OR NEW.titles <> '{}'"),
        ("commission_charges", "NEW.redirect_url IS NOT NULL"),
    ):
        op.execute(
            f"CREATE TRIGGER erased_stay_erased BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN ({when}) "
            "EXECUTE FUNCTION leave_out_the_erased_of_commissions()"
        )


def downgrade() -> None:
    for table in ("commission_refunds", "commission_charges", "commission_milestones", "commission_versions"):
        op.drop_table(table)
    op.execute("DROP FUNCTION commission_version_stays")
    op.execute("DROP FUNCTION leave_out_the_erased_of_commissions")
    op.drop_table("commissions")
