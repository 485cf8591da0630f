"""Where a shop's money goes, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout_accounts",
        sa.Column("shop_id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('iban', 'us')", name=op.f("ck_payout_accounts_kind")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_payout_accounts_shop_id_shops")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payout_accounts_user_id_users")),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_payout_accounts")),
    )
    op.create_index(op.f("ix_payout_accounts_user_id"), "payout_accounts", ["user_id"])


def downgrade() -> None:
    op.drop_table("payout_accounts")
