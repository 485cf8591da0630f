"""Quantities are positive and a refund never exceeds its order, also where somebody writes SQL by hand

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_check_constraint(op.f("ck_orders_refunded"), "orders", "refunded_minor BETWEEN 0 AND total_minor")
    op.create_check_constraint(op.f("ck_order_lines_quantity"), "order_lines", "quantity > 0")
    op.create_check_constraint(op.f("ck_checkout_lines_quantity"), "checkout_lines", "quantity > 0")
    op.drop_column("idempotency_records", "subject_id")


def downgrade() -> None:
    op.add_column("idempotency_records", sa.Column("subject_id", sa.String(40), nullable=True))
    op.drop_constraint(op.f("ck_checkout_lines_quantity"), "checkout_lines")
    op.drop_constraint(op.f("ck_order_lines_quantity"), "order_lines")
    op.drop_constraint(op.f("ck_orders_refunded"), "orders")
