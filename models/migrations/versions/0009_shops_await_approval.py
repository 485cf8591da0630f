"""A shop is hidden until an administrator has approved it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The shops that are there have been selling all along; every later one has to ask.
    op.add_column("shops", sa.Column("status", sa.String(40), server_default="approved", nullable=False))
    op.alter_column("shops", "status", server_default="pending")
    op.create_check_constraint(
        op.f("ck_shops_status"), "shops", "status IN ('pending', 'approved', 'refused', 'suspended')"
    )
    op.add_column("shops", sa.Column("craft", sa.String(40), nullable=True))
    op.create_foreign_key("fk_shops_craft_categories", "shops", "categories", ["craft"], ["slug"])
    op.add_column("shops", sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_shops_waiting", "shops", ["applied_at"], postgresql_where=sa.text("status = 'pending'"))
    op.create_table(
        "shop_decisions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("shop_id", sa.String(40), sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("administrator_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("approve", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ix_shop_decisions_shop_id", "shop_decisions", ["shop_id"])


def downgrade() -> None:
    op.drop_table("shop_decisions")
    op.drop_index("ix_shops_waiting", "shops")
    op.drop_constraint("fk_shops_craft_categories", "shops", type_="foreignkey")
    op.drop_constraint(op.f("ck_shops_status"), "shops")
    for column in ("applied_at", "craft", "status"):
        op.drop_column("shops", column)
