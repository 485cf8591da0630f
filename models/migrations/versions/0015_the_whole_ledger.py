"""The whole ledger: sums that are kept beside the entries, and a zero-sum check that no order of statements escapes."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_index("ix_ledger_accounts_owner", "ledger_accounts", ["owner"])
    op.drop_index("ix_ledger_entries_account", table_name="ledger_entries")
    op.create_index(
        "ix_ledger_entries_account", "ledger_entries", ["account_id", "id"], postgresql_include=["amount_minor"]
    )
    op.create_table(
        "ledger_balances",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("up_to_entry_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("advanced_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_balances_account_id_ledger_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_balances")),
    )
    op.create_table(
        "ledger_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "currency", name=op.f("pk_ledger_days")),
    )
    op.create_table(
        "ledger_horizon",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("up_to_entry_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mark_entry_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mark_xid", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("advanced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_horizon_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_horizon")),
    )
    op.execute("INSERT INTO ledger_horizon (id) VALUES (1)")
    # The check of 0002 hangs on the posting's row. With SET CONSTRAINTS it can be made to run early, and an entry that
    # came after it would be checked by nobody: so the last entry of a posting checks again.
    op.execute(
        """
        CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            off_by text;
        BEGIN
            SELECT string_agg(currency || ' ' || total, ', ') INTO off_by FROM (
                SELECT currency, sum(amount_minor) AS total FROM ledger_entries
                WHERE posting_id = NEW.posting_id GROUP BY currency
                HAVING sum(amount_minor) <> 0 AND max(id) <= NEW.id
            ) AS sums;
            IF off_by IS NOT NULL THEN
                RAISE EXCEPTION 'posting % does not sum to zero: %', NEW.posting_id, off_by
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entries
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER ledger_entry_balances ON ledger_entries")
    op.execute("DROP FUNCTION ledger_entry_balances")
    for table in ("ledger_horizon", "ledger_days", "ledger_balances"):
        op.drop_table(table)
    op.drop_index("ix_ledger_entries_account", table_name="ledger_entries")
    op.create_index("ix_ledger_entries_account", "ledger_entries", ["account_id", "id"])
    op.drop_index("ix_ledger_accounts_owner", table_name="ledger_accounts")
