"""Prices and rates in many currencies."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

APPEND_ONLY = ("fx_rates", "fx_quotes")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "fx_rates",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("billionths", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("billionths > 0", name=op.f("ck_fx_rates_rate")),
        sa.PrimaryKeyConstraint("day", "currency", name=op.f("pk_fx_rates")),
    )
    op.create_table(
        "fx_quotes",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("base", sa.String(3), nullable=False),
        sa.Column("quote", sa.String(3), nullable=False),
        sa.Column("billionths", sa.BigInteger(), nullable=False),
        sa.Column("margin_bp", sa.Integer(), nullable=False),
        sa.Column("rates_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("billionths > 0 AND base <> quote", name=op.f("ck_fx_quotes_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fx_quotes")),
    )
    op.create_index("ix_fx_quotes_expires", "fx_quotes", ["expires_at"])
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.create_table(
        "listing_prices",
        sa.Column("listing_id", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("price_minor > 0 AND price_minor <= 100000000000", name=op.f("ck_listing_prices_price")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_listing_prices_listing_id_listings")),
        sa.PrimaryKeyConstraint("listing_id", "currency", name=op.f("pk_listing_prices")),
    )
    op.create_table(
        "checkout_exchanges",
        sa.Column("checkout_id", sa.String(80), nullable=False),
        sa.Column("shop_id", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("quote_id", sa.String(40), nullable=False),
        sa.Column("billionths", sa.BigInteger(), nullable=False),
        sa.Column("items_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("released_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("billionths > 0", name=op.f("ck_checkout_exchanges_rate")),
        sa.CheckConstraint(
            "items_minor >= 0 AND shipping_minor >= 0 AND fee_minor >= 0", name=op.f("ck_checkout_exchanges_owed")
        ),
        sa.ForeignKeyConstraint(
            ["checkout_id", "shop_id"],
            ["checkout_shops.checkout_id", "checkout_shops.shop_id"],
            name=op.f("fk_checkout_exchanges_checkout_id_shop_id_checkout_shops"),
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["fx_quotes.id"], name=op.f("fk_checkout_exchanges_quote_id_fx_quotes")),
        sa.PrimaryKeyConstraint("checkout_id", "shop_id", name=op.f("pk_checkout_exchanges")),
    )
    # What settles, and at which rate, is known only once the provider has booked it: see payments and fx_rates.
    op.drop_column("checkouts", "fx_rate")
    op.drop_column("checkouts", "settlement_currency")
    op.add_column("carts", sa.Column("currency", sa.String(3), nullable=True))
    op.add_column("cart_lines", sa.Column("shown_currency", sa.String(3), nullable=True))
    op.add_column("payments", sa.Column("settled_currency", sa.String(3), nullable=True))
    op.add_column("payments", sa.Column("settled_minor", sa.BigInteger(), nullable=True))
    op.add_column("payments", sa.Column("worth_minor", sa.BigInteger(), nullable=True))
    op.add_column("refunds", sa.Column("taken_minor", sa.BigInteger(), nullable=True))
    op.add_column("refunds", sa.Column("settled_minor", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("currency", sa.String(3), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "currency")
    op.drop_column("refunds", "settled_minor")
    op.drop_column("refunds", "taken_minor")
    op.drop_column("payments", "worth_minor")
    op.drop_column("payments", "settled_minor")
    op.drop_column("payments", "settled_currency")
    op.drop_column("cart_lines", "shown_currency")
    op.drop_column("carts", "currency")
    op.add_column("checkouts", sa.Column("settlement_currency", sa.String(3), nullable=True))
    op.add_column("checkouts", sa.Column("fx_rate", sa.Numeric(18, 9), nullable=False, server_default="1"))
    op.execute("UPDATE checkouts SET settlement_currency = currency")
    op.alter_column("checkouts", "settlement_currency", nullable=False)
    op.alter_column("checkouts", "fx_rate", server_default=None)
    op.drop_table("checkout_exchanges")
    op.drop_table("listing_prices")
    for table in reversed(APPEND_ONLY):
        op.execute(f"DROP TRIGGER append_only ON {table}")
        op.drop_table(table)
