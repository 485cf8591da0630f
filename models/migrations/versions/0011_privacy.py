"""Consents, data exports, erasures and their receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _at(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now() if now else None, nullable=nullable)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("person_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        _at("at", now=True),
    )
    op.create_index("ix_consents_person", "consents", ["person_id", "purpose", "id"])
    # Deleting is retention's, years later; changing what somebody said is nobody's.
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is never changed: write what is new beside it', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER never_changed BEFORE UPDATE OR TRUNCATE ON consents "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
    op.create_table(
        "data_exports",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("person_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False),
        _at("requested_at"),
        _at("ready_at", nullable=True),
        _at("expires_at", nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("size_bytes", sa.Integer(), server_default="0", nullable=False),
    )
    op.create_index("ix_data_exports_person_id", "data_exports", ["person_id"])
    op.create_index(
        "ix_data_exports_expires_at", "data_exports", ["expires_at"], postgresql_where=sa.text("sealed IS NOT NULL")
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("person_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("code_key", sa.String(40), nullable=False),
        _at("requested_at"),
        _at("erase_at"),
        _at("cancelled_at", nullable=True),
        _at("erased_at", nullable=True),
        _at("completed_at", nullable=True),
        sa.CheckConstraint("cancelled_at IS NULL OR erased_at IS NULL", name="ended_once"),
        sa.UniqueConstraint("code_hash", name="uq_erasures_code_hash"),
    )
    op.create_index("uq_erasures_person_number", "erasures", ["person_id", "number"], unique=True)
    op.create_index(
        "uq_erasures_open",
        "erasures",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("cancelled_at IS NULL AND completed_at IS NULL"),
    )
    op.create_table(
        "erasure_receipts",
        sa.Column("erasure_id", sa.String(80), sa.ForeignKey("erasures.id"), primary_key=True),
        sa.Column("target", sa.String(60), primary_key=True),
        _at("at"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(100), server_default="", nullable=False),
    )
    op.create_table(
        "retention_sweeps",
        sa.Column("run", sa.String(80), primary_key=True),
        sa.Column("rule", sa.String(40), primary_key=True),
        _at("at"),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_index("ix_retention_sweeps_at", "retention_sweeps", ["at"])


def downgrade() -> None:
    for table in ("retention_sweeps", "erasure_receipts", "erasures", "data_exports", "consents"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_rewriting")
