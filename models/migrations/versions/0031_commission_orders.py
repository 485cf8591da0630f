"""Orders of commissions: what is sent when the work is finished, without a checkout and without a listing."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("orders", "checkout_id", existing_type=sa.String(80), nullable=True)
    op.add_column(
        "orders",
        sa.Column(
            "commission_id",
            sa.String(40),
            sa.ForeignKey("commissions.id", name=op.f("fk_orders_commission_id_commissions")),
        ),
    )
    op.create_unique_constraint(op.f("uq_orders_commission_id"), "orders", ["commission_id"])
    op.create_check_constraint(op.f("ck_orders_origin"), "orders", "num_nonnulls(checkout_id, commission_id) = 1")
    op.drop_constraint(op.f("fk_order_lines_listing_id_listings"), "order_lines", type_="foreignkey")
    op.add_column(
        "order_lines",
        sa.Column(
            "sold_listing_id",
            sa.String(40),
            sa.Computed("CASE WHEN listing_id LIKE 'com!_%' ESCAPE '!' THEN NULL ELSE listing_id END", persisted=True),
            sa.ForeignKey("listings.id", name=op.f("fk_order_lines_sold_listing_id_listings")),
        ),
    )


def downgrade() -> None:
    """Only while no commission has been sent: an order needs its checkout here."""
    op.drop_column("order_lines", "sold_listing_id")
    op.create_foreign_key(op.f("fk_order_lines_listing_id_listings"), "order_lines", "listings", ["listing_id"], ["id"])
    op.drop_constraint(op.f("ck_orders_origin"), "orders", type_="check")
    op.drop_column("orders", "commission_id")
    op.alter_column("orders", "checkout_id", existing_type=sa.String(80), nullable=False)
