"""Repairs are found by the step key of their posting: each batch that is compared asks for them."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_reconciliation_cases_step ON reconciliation_cases (('case/' || id))")


def downgrade() -> None:
    op.drop_index("ix_reconciliation_cases_step", "reconciliation_cases")
