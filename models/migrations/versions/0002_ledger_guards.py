"""Ledger guards: postings balance per currency, and nothing that is written is ever changed

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_accounts", "ledger_postings", "ledger_entries", "timeline_entries")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    # Checked when the transaction commits, so that a posting may be written entry by entry.
    op.execute(
        """
        CREATE FUNCTION ledger_posting_balances() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            checked bigint := NEW.id;
            entries integer;
            off_by text;
        BEGIN
            SELECT count(*) INTO entries FROM ledger_entries WHERE posting_id = checked;
            IF entries < 2 THEN
                RAISE EXCEPTION 'posting % has % entries, a posting has two or more', checked, entries
                    USING ERRCODE = 'check_violation';
            END IF;
            SELECT string_agg(currency || ' ' || total, ', ') INTO off_by FROM (
                SELECT currency, sum(amount_minor) AS total FROM ledger_entries
                WHERE posting_id = checked GROUP BY currency HAVING sum(amount_minor) <> 0
            ) AS sums;
            IF off_by IS NOT NULL THEN
                RAISE EXCEPTION 'posting % does not sum to zero: %', checked, off_by USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE CONSTRAINT TRIGGER ledger_posting_balances AFTER INSERT ON ledger_postings
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_posting_balances()
        """
    )
    # An entry may only join a posting of its own transaction: later ones would unbalance what was checked.
    op.execute(
        """
        CREATE FUNCTION ledger_entry_joins_new_posting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM ledger_postings
                           WHERE id = NEW.posting_id AND xmin = pg_current_xact_id()::xid) THEN
                RAISE EXCEPTION 'posting % is closed, write a new one', NEW.posting_id
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER ledger_entry_joins_new_posting BEFORE INSERT ON ledger_entries
        FOR EACH ROW EXECUTE FUNCTION ledger_entry_joins_new_posting()
        """
    )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: book a correction instead of changing the past', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change")
    op.execute("DROP TRIGGER ledger_entry_joins_new_posting ON ledger_entries")
    op.execute("DROP FUNCTION ledger_entry_joins_new_posting")
    op.execute("DROP TRIGGER ledger_posting_balances ON ledger_postings")
    op.execute("DROP FUNCTION ledger_posting_balances")
