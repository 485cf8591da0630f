"""Finds a shop's orders whose money has not been released, however many it has had."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_orders_unreleased", "orders", ["shop_id", "created_at"], postgresql_where=sa.text("released_at IS NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_orders_unreleased", "orders")
