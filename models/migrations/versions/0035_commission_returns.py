"""One process at a time sends a refund of a commission: its own, or the one that mends what a bank undid."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commission_refunds", sa.Column("sender", sa.String(80)))
    op.add_column("commission_refunds", sa.Column("sender_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("commission_refunds", "sender_until")
    op.drop_column("commission_refunds", "sender")
