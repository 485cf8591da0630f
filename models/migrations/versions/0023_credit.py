"""Gift cards and store credit."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def _at(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now() if now else None, nullable=nullable)


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False)


def _person(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(40), sa.ForeignKey("users.id"), nullable=nullable)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("checkouts", sa.Column("credit_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint("credit", "checkouts", "credit_minor BETWEEN 0 AND total_minor")
    op.add_column("orders", sa.Column("credit_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint("credit", "orders", "credit_minor BETWEEN 0 AND total_minor")
    op.add_column("refunds", sa.Column("to_credit", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "credit_reservations",
        sa.Column("checkout_id", sa.String(80), sa.ForeignKey("checkouts.id"), primary_key=True),
        _person("person_id"),
        _text("currency", 3),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        _text("state", 40),
        sa.CheckConstraint("state IN ('held', 'spent', 'released')", name="state"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
    )
    op.create_index(
        "ix_credit_reservations_held",
        "credit_reservations",
        ["person_id", "currency"],
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_table(
        "credit_grants",
        sa.Column("id", sa.String(40), primary_key=True),
        _text("kind", 40),
        _person("person_id", nullable=True),
        _text("currency", 3),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        _text("reason", 40),
        sa.Column("status", sa.String(40), server_default="proposed", nullable=False),
        _person("proposed_by"),
        _at("proposed_at", now=True),
        _person("decided_by", nullable=True),
        _at("decided_at", nullable=True),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("kind IN ('credit', 'gift_card')", name="kind"),
        sa.CheckConstraint("(kind = 'credit') = (person_id IS NOT NULL)", name="whose"),
        sa.CheckConstraint("status IN ('proposed', 'approved', 'declined')", name="status"),
        sa.CheckConstraint("(status = 'proposed') = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint("status <> 'approved' OR decided_by <> proposed_by", name="two_people"),
        sa.CheckConstraint("status <> 'approved' OR person_id NOT IN (proposed_by, decided_by)", name="not_own"),
    )
    op.create_index("ix_credit_grants_status", "credit_grants", ["status", "proposed_at"])
    op.create_table(
        "gift_cards",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("grant_id", sa.String(40), sa.ForeignKey("credit_grants.id"), unique=True, nullable=True),
        sa.Column("code_hash", sa.String(64), unique=True, nullable=False),
        _text("currency", 3),
        sa.Column("status", sa.String(40), server_default="open", nullable=False),
        _person("redeemed_by", nullable=True),
        _at("redeemed_at", nullable=True),
        _at("created_at", now=True),
        sa.CheckConstraint("status IN ('open', 'redeemed', 'blocked')", name="status"),
        sa.CheckConstraint("(status = 'redeemed') = (redeemed_by IS NOT NULL)", name="redeemed"),
    )
    op.create_index("ix_gift_cards_redeemed_by", "gift_cards", ["redeemed_by"])


def downgrade() -> None:
    for table in ("gift_cards", "credit_grants", "credit_reservations"):
        op.drop_table(table)
    op.drop_column("refunds", "to_credit")
    for table in ("orders", "checkouts"):
        op.drop_constraint("credit", table)
        op.drop_column(table, "credit_minor")
