"""Fee rules, promotions and vouchers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _at(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now() if now else None, nullable=nullable)


def _text(name: str, length: int = 40) -> sa.Column:
    return sa.Column(name, sa.String(length), server_default="", nullable=False)


def _minor(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _codes(name: str) -> sa.Column:
    return sa.Column(name, postgresql.ARRAY(sa.String(40)), server_default="{}", nullable=False)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "fee_rules",
        sa.Column("id", sa.String(40), primary_key=True),
        _text("shop_id"),
        _text("plan"),
        _text("category"),
        _text("currency", 3),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        _minor("fixed_minor"),
        _minor("minimum_minor"),
        _at("since"),
        _at("until", nullable=True),
        sa.Column("administrator_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False),
        _at("created_at", now=True),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 5000", name="rate"),
        sa.CheckConstraint("fixed_minor BETWEEN 0 AND 1000000 AND minimum_minor BETWEEN 0 AND 1000000", name="amounts"),
        sa.CheckConstraint("(fixed_minor = 0 AND minimum_minor = 0) OR currency <> ''", name="currency"),
        sa.CheckConstraint("shop_id = '' OR (plan = '' AND category = '')", name="scope"),
        sa.CheckConstraint("until >= since", name="dates"),
    )
    op.create_index(
        "uq_fee_rules_scope_since", "fee_rules", ["shop_id", "plan", "category", "currency", "since"], unique=True
    )
    # A fee that was frozen names its rule: a rule says for ever what it said then.
    op.execute(
        """
        CREATE FUNCTION fee_rules_stay() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'until') = (to_jsonb(OLD) - 'until') THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'fee rules are ended, never changed or deleted';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER fee_rules_stay BEFORE UPDATE OR DELETE ON fee_rules "
        "FOR EACH ROW EXECUTE FUNCTION fee_rules_stay()"
    )
    op.add_column("shops", sa.Column("plan", sa.String(40), server_default="standard", nullable=False))
    op.drop_column("shops", "fee_bp")  # nobody could ever set another than the usual one

    op.create_table(
        "promotions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("code", sa.String(40)),
        sa.Column("percent_bp", sa.Integer()),
        sa.Column("amount_minor", sa.BigInteger()),
        _minor("minimum_minor"),
        _codes("listings"),
        _codes("categories"),
        sa.Column("most_uses", sa.Integer()),
        sa.Column("most_per_person", sa.Integer()),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        _at("since"),
        _at("until"),
        _at("ended_at", nullable=True),
        _at("created_at", now=True),
        sa.CheckConstraint("(percent_bp IS NULL) <> (amount_minor IS NULL)", name="what"),
        sa.CheckConstraint("percent_bp BETWEEN 100 AND 10000", name="percent"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("minimum_minor >= 0", name="minimum"),
        sa.CheckConstraint("until > since", name="dates"),
        sa.CheckConstraint("used >= 0 AND (most_uses IS NULL OR used <= most_uses)", name="uses"),
        sa.CheckConstraint("code IS NOT NULL OR (most_uses IS NULL AND most_per_person IS NULL)", name="voucher"),
    )
    op.create_index(
        "uq_promotions_shop_code",
        "promotions",
        ["shop_id", "code"],
        unique=True,
        postgresql_where=sa.text("code IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index("ix_promotions_shop", "promotions", ["shop_id", "until"])
    op.create_table(
        "promotion_uses",
        sa.Column("promotion_id", sa.String(40), sa.ForeignKey("promotions.id"), primary_key=True),
        sa.Column("checkout_id", sa.String(80), sa.ForeignKey("checkouts.id"), primary_key=True),
        sa.Column("state", sa.String(40), nullable=False),
        _at("created_at", now=True),
        sa.CheckConstraint("state IN ('held', 'used', 'freed')", name="state"),
    )
    op.create_index("ix_promotion_uses_checkout_id", "promotion_uses", ["checkout_id"])

    op.add_column("carts", sa.Column("code", sa.String(40)))
    op.add_column("checkout_lines", _minor("discount_minor"))
    op.add_column("checkout_lines", sa.Column("promotion_id", sa.String(40), sa.ForeignKey("promotions.id")))
    op.add_column("checkout_lines", sa.Column("fee_minor", sa.BigInteger()))
    op.add_column("checkout_lines", sa.Column("fee_rule_id", sa.String(40), sa.ForeignKey("fee_rules.id")))
    op.add_column("order_lines", _minor("discount_minor"))
    for table in ("checkout_lines", "order_lines"):
        op.create_check_constraint("discount", table, "discount_minor BETWEEN 0 AND unit_price_minor * quantity")
    op.add_column("checkout_exchanges", _minor("discount_minor"))


def downgrade() -> None:
    op.drop_column("checkout_exchanges", "discount_minor")
    for table in ("checkout_lines", "order_lines"):
        op.drop_constraint(op.f(f"ck_{table}_discount"), table, type_="check")
    op.drop_column("order_lines", "discount_minor")
    for column in ("fee_rule_id", "fee_minor", "promotion_id", "discount_minor"):
        op.drop_column("checkout_lines", column)
    op.drop_column("carts", "code")
    op.drop_table("promotion_uses")
    op.drop_table("promotions")
    op.add_column("shops", sa.Column("fee_bp", sa.Integer(), server_default="650", nullable=False))
    op.drop_column("shops", "plan")
    op.drop_table("fee_rules")
    op.execute("DROP FUNCTION fee_rules_stay")
