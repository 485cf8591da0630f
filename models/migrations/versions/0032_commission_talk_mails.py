"""Mails about unread messages of a commission: which message a process knows of, and which its reader was mailed about."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("handed_over_at", "mailed_at"):
        op.add_column("commission_messages", sa.Column(name, sa.DateTime(timezone=True)))
    # Nobody wants a mail now about what was written before there were any.
    op.execute("UPDATE commission_messages SET handed_over_at = created_at, mailed_at = created_at")
    op.create_index(
        "ix_commission_messages_not_handed_over",
        "commission_messages",
        ["created_at"],
        postgresql_where=sa.text("handed_over_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_commission_messages_not_handed_over", "commission_messages")
    for name in ("mailed_at", "handed_over_at"):
        op.drop_column("commission_messages", name)
