"""Sessions know when and how somebody proved who they are; forms can wait for such a proof.

Nobody stays signed in over this change: the old sessions don't know when their owners proved anything.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM sessions WHERE user_id IS NOT NULL")
    op.add_column("sessions", sa.Column("id", sa.String(40), nullable=True))
    op.execute("UPDATE sessions SET id = 'ses_' || substr(token_hash, 1, 26)")
    op.alter_column("sessions", "id", nullable=False)
    op.create_unique_constraint("uq_sessions_id", "sessions", ["id"])
    op.add_column("sessions", sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("second_factor", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("sessions", sa.Column("methods", ARRAY(sa.String(40)), server_default="{}", nullable=False))
    op.add_column("sessions", sa.Column("device", sa.String(80), server_default="", nullable=False))
    op.add_column("sessions", sa.Column("client_id", sa.String(40), nullable=True))
    op.add_column("sessions", sa.Column("scopes", ARRAY(sa.String(40)), server_default="{}", nullable=False))
    op.create_index("ix_sessions_client_id", "sessions", ["client_id"])
    op.create_table(
        "parked_forms",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_parked_forms_user_id", "parked_forms", ["user_id"])
    op.create_index("ix_parked_forms_expires_at", "parked_forms", ["expires_at"])


def downgrade() -> None:
    op.drop_table("parked_forms")
    op.drop_index("ix_sessions_client_id", "sessions")
    op.drop_constraint("uq_sessions_id", "sessions")
    for column in ("scopes", "client_id", "device", "methods", "second_factor", "authenticated_at", "id"):
        op.drop_column("sessions", column)
