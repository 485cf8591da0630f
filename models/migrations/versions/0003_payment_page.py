"""Keep the address of the provider's page, so that the click need not ask for it again

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("payments", sa.Column("redirect_url", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("payments", "redirect_url")
