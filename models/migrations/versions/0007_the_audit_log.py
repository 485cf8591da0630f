"""The audit log: append-only, chained when a transaction commits, sealed daily

An entry is inserted by whoever acts, without waiting for anybody. Its link is made by a deferred trigger, as the last
thing that its transaction does: under one lock, so that links are gapless and in the order of commits. The lock is
asked for when every row lock is held already and no statement follows, so it can't be part of a deadlock; what rolls
back, then or earlier, leaves neither entry nor link. See deploy/decisions/0011-audit-chain.md.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("audit_entries", "audit_chain", "audit_seals")


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(100), server_default="", nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.CheckConstraint("jsonb_typeof(details) = 'object'", name="details"),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at", "id"])
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor", "at", "id"])
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject", "at", "id"])
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "at", "id"])
    op.create_table(
        "audit_chain",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.BigInteger(), sa.ForeignKey("audit_entries.id"), nullable=False, unique=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "audit_seals",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("up_to_seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(40), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    # Each statement of the function sees what was committed before it, so the link read under the lock is the newest.
    # A snapshot of the transaction's beginning would miss it, and fork the chain; so such transactions are refused.
    # `models.rules.audit_chain` is the same canonical form, in Python.
    op.execute(
        """
        CREATE FUNCTION audit_link_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            place bigint;
            before bytea;
        BEGIN
            IF current_setting('transaction_isolation') <> 'read committed' THEN
                RAISE EXCEPTION 'a transaction that writes to the audit log must be READ COMMITTED'
                    USING ERRCODE = 'invalid_transaction_state';
            END IF;
            PERFORM pg_advisory_xact_lock(7431902);
            SELECT seq, hash INTO place, before FROM audit_chain ORDER BY seq DESC LIMIT 1;
            place := coalesce(place, 0) + 1;
            before := coalesce(before, decode(repeat('00', 32), 'hex'));
            INSERT INTO audit_chain (seq, entry_id, previous_hash, hash)
            VALUES (place, NEW.id, before, sha256(convert_to(jsonb_build_array(
                place, encode(before, 'hex'), NEW.id,
                to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                NEW.actor, NEW.role, NEW.action, NEW.subject, NEW.details
            )::text, 'UTF8')));
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE CONSTRAINT TRIGGER audit_link_entry AFTER INSERT ON audit_entries
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_link_entry()
        """
    )
    op.execute(
        """
        CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: what has been recorded is never changed', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        END $$
        """
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()"
        )
    # A link is made by the trigger above (depth 2 here) and by nothing else.
    op.execute(
        """
        CREATE FUNCTION audit_refuse_own_link() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF pg_trigger_depth() < 2 THEN
                RAISE EXCEPTION 'audit_chain is written by the database: insert an audit entry instead'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER only_by_commit BEFORE INSERT ON audit_chain "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_own_link()"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_link_entry")
    op.execute("DROP FUNCTION audit_refuse_change")
    op.execute("DROP FUNCTION audit_refuse_own_link")
