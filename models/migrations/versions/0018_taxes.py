"""Taxes with dates of validity."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

REASONS = "'taxable', 'exempt', 'reverse_charge', 'zero_rated_export', 'out_of_scope'"
CLASSES = "'standard', 'clothing', 'childrens_clothing', 'book'"


def upgrade() -> None:
    op.add_column("listings", sa.Column("tax_class", sa.String(40), server_default="standard", nullable=False))
    op.create_check_constraint(op.f("ck_listings_tax_class"), "listings", f"tax_class IN ({CLASSES})")
    op.create_table(
        "tax_lines",
        sa.Column("checkout_id", sa.String(80), nullable=False),
        sa.Column("shop_id", sa.String(40), nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("jurisdiction", sa.String(40), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("rate_millionths", sa.Integer(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("exemption_id", sa.String(40)),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("ck_tax_lines_reason")),
        sa.CheckConstraint(
            "reason = 'taxable' OR (rate_millionths = 0 AND tax_minor = 0)", name=op.f("ck_tax_lines_untaxed")
        ),
        sa.ForeignKeyConstraint(
            ["checkout_id", "shop_id"],
            ["checkout_shops.checkout_id", "checkout_shops.shop_id"],
            name=op.f("fk_tax_lines_checkout_id_shop_id_checkout_shops"),
        ),
        sa.PrimaryKeyConstraint("checkout_id", "shop_id", "item", "position", name=op.f("pk_tax_lines")),
    )
    op.create_table(
        "tax_exemptions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("jurisdiction", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("granted_by", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reseller', 'nonprofit', 'government', 'vat_business')", name=op.f("ck_tax_exemptions_kind")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_tax_exemptions_days")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tax_exemptions_user_id_users")),
        sa.ForeignKeyConstraint(["granted_by"], ["users.id"], name=op.f("fk_tax_exemptions_granted_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_exemptions")),
    )
    op.create_index(op.f("ix_tax_exemptions_user_id"), "tax_exemptions", ["user_id"])
    op.create_table(
        "seller_tax_ids",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("shop_id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("kind IN ('eu_vat', 'gb_vat', 'ca_gst')", name=op.f("ck_seller_tax_ids_kind")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_seller_tax_ids_days")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_seller_tax_ids_shop_id_shops")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_seller_tax_ids_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seller_tax_ids")),
    )
    op.create_index(op.f("ix_seller_tax_ids_user_id"), "seller_tax_ids", ["user_id"])
    op.create_index(
        "uq_seller_tax_ids_current",
        "seller_tax_ids",
        ["shop_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    # As everywhere (see 0013): nothing is added for somebody who is erased.
    for table in ("tax_exemptions", "seller_tax_ids"):
        op.execute(
            f"CREATE TRIGGER erased_stay_erased BEFORE INSERT ON {table} FOR EACH ROW "
            "WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION refuse_for_the_erased('person', 'user_id')"
        )


def downgrade() -> None:
    op.drop_table("seller_tax_ids")
    op.drop_table("tax_exemptions")
    op.drop_table("tax_lines")
    op.drop_constraint(op.f("ck_listings_tax_class"), "listings", type_="check")
    op.drop_column("listings", "tax_class")
