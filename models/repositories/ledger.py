"""The only writer of the ledger. What is posted, and why, is decided in `models/rules/`."""

from collections.abc import Sequence

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.tables.ledger import Account, Entry, Posting
from models.types import Money


async def post(session: AsyncSession, step_key: str, kind: str, reference: str, entries: Sequence[LedgerEntry]) -> bool:
    """Books one event; entries of zero are left out. Returns False when `step_key` has been booked before.

    The database refuses at commit what does not sum to zero per currency.
    """
    entries = [entry for entry in entries if entry.amount.minor]
    connection = await session.connection()
    posting_id = await connection.scalar(
        insert(Posting)
        .values(step_key=step_key, kind=kind, reference=reference)
        .on_conflict_do_nothing(index_elements=[Posting.step_key])
        .returning(Posting.id)
    )
    if posting_id is None:
        return False
    accounts = await _accounts(connection, {(e.kind.value, e.owner, e.amount.currency) for e in entries})
    await connection.execute(
        insert(Entry),
        [
            {
                "posting_id": posting_id,
                "account_id": accounts[e.kind.value, e.owner, e.amount.currency],
                "currency": e.amount.currency,
                "amount_minor": e.amount.minor,
            }
            for e in entries
        ],
    )
    return True


async def balance(session: AsyncSession, kind: AccountKind, owner: str, currency: str) -> Money:
    """Debits less credits of one account."""
    total = await session.scalar(
        select(func.coalesce(func.sum(Entry.amount_minor), 0))
        .join(Account, Account.id == Entry.account_id)
        .where(Account.kind == kind.value, Account.owner == owner, Account.currency == currency)
    )
    return Money(int(total or 0), currency)


async def _accounts(connection: AsyncConnection, wanted: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
    """Ids of the accounts, opened where they are new. Read first: nearly all of them exist already."""
    ordered = sorted(wanted)
    found = await _find(connection, ordered)
    missing = [key for key in ordered if key not in found]
    if missing:
        await connection.execute(
            insert(Account).on_conflict_do_nothing(),
            [{"kind": kind, "owner": owner, "currency": currency} for kind, owner, currency in missing],
        )
        found |= await _find(connection, missing)
    return found


async def _find(connection: AsyncConnection, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
    rows = await connection.execute(
        select(Account.kind, Account.owner, Account.currency, Account.id).where(
            tuple_(Account.kind, Account.owner, Account.currency).in_(keys)
        )
    )
    return {(kind, owner, currency): account_id for kind, owner, currency, account_id in rows}
