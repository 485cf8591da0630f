"""Reconciliation and its cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _at(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now() if now else None, nullable=nullable)


def _text(name: str, length: int, *, default: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length), server_default="" if default else None, nullable=False)


def _minor(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _count(name: str, first: int = 0) -> sa.Column:
    return sa.Column(name, sa.Integer(), server_default=str(first), nullable=False)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "provider_transactions",
        sa.Column("id", sa.String(100), primary_key=True),
        _text("account_id", 100, default=True),
        _text("type", 40),
        _text("currency", 3),
        _minor("amount_minor"),
        _minor("fee_minor"),
        _minor("net_minor"),
        _text("source", 100, default=True),
        _text("reference", 160, default=True),
        sa.Column(
            "process", sa.String(160), sa.Computed("split_part(reference, '/', 1)", persisted=True), nullable=False
        ),
        _at("created_at"),
        _at("available_on"),
        _at("stored_at", now=True),
        sa.CheckConstraint("net_minor = amount_minor - fee_minor", name="net"),
    )
    for column in ("reference", "process", "source"):
        op.create_index(f"ix_provider_transactions_{column}", "provider_transactions", [column])
    op.create_index("ix_provider_transactions_stored", "provider_transactions", ["stored_at"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provider_transactions "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "reconciliation_runs",
        sa.Column("id", sa.String(80), primary_key=True),
        _at("since"),
        _at("until"),
        _at("started_at"),
        _at("ended_at", nullable=True),
        *(_count(name) for name in ("transactions", "available", "looked_at", "young", "opened", "gone")),
    )
    op.create_index("ix_reconciliation_runs_ended", "reconciliation_runs", ["ended_at"])
    op.create_table(
        "reconciliation_units",
        sa.Column("run_id", sa.String(80), sa.ForeignKey("reconciliation_runs.id"), primary_key=True),
        sa.Column("unit", sa.String(80), primary_key=True),
    )
    op.create_table(
        "reconciliation_cases",
        sa.Column("id", sa.String(40), primary_key=True),
        _text("kind", 40),
        _text("subject", 160),
        _text("unit", 80, default=True),
        _text("currency", 3),
        _minor("expected_minor"),
        _minor("found_minor"),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("repair", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.String(40), server_default="open", nullable=False),
        _at("opened_at"),
        _at("seen_at"),
        _count("nights", 1),
        sa.Column("proposed_by", sa.String(40), sa.ForeignKey("users.id"), nullable=True),
        _at("proposed_at", nullable=True),
        _text("reason", 40, default=True),
        sa.Column("approved_by", sa.String(40), sa.ForeignKey("users.id"), nullable=True),
        _at("approved_at", nullable=True),
        _at("closed_at", nullable=True),
        _text("outcome", 40, default=True),
        sa.CheckConstraint("status IN ('open', 'proposed', 'approved', 'closed')", name="status"),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        sa.CheckConstraint("outcome IN ('', 'repaired', 'gone', 'settled_by_hand')", name="outcome"),
        sa.CheckConstraint("approved_by <> proposed_by", name="two_people"),
        sa.CheckConstraint("approved_by IS NULL OR proposed_by IS NOT NULL", name="proposed_first"),
        sa.CheckConstraint("status NOT IN ('proposed', 'approved') OR proposed_by IS NOT NULL", name="proposed"),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name="approved"),
        sa.CheckConstraint(
            "outcome NOT IN ('repaired', 'settled_by_hand') OR approved_by IS NOT NULL", name="repaired_by_two"
        ),
    )
    op.create_index(
        "uq_reconciliation_cases_open",
        "reconciliation_cases",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_reconciliation_cases_subject", "reconciliation_cases", ["subject"])
    op.create_index("ix_reconciliation_cases_opened", "reconciliation_cases", ["opened_at"])


def downgrade() -> None:
    for table in ("reconciliation_cases", "reconciliation_units", "reconciliation_runs", "provider_transactions"):
        op.drop_table(table)
