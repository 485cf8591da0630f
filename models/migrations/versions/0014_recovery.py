"""Recovery that an intruder can't use: limits that all replicas share, refused sign-ins counted outside the audit log,
letters that know the browser that caused them, and accounts whose other ways in wait for their owner's word."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limits")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_rate_limits_free_at", "rate_limits", ["free_at"])
    op.create_table(
        "refused_sign_ins",
        sa.Column("window_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("wrong", sa.String(40), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("window_at", "person_id", "wrong", "why", "network", name=op.f("pk_refused_sign_ins")),
    )
    op.add_column("letters", sa.Column("browser_hash", sa.String(64)))
    op.add_column("users", sa.Column("disowned_at", sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("recovered_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("users", "recovered_at")
    op.drop_column("users", "disowned_at")
    op.drop_column("letters", "browser_hash")
    op.drop_table("refused_sign_ins")
    op.drop_table("rate_limits")
