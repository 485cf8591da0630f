"""The only writer of the ledger. What is posted, and why, is decided in `models/rules/`; what accounts add up to is in
`ledger_balances`, whose two questions that everybody asks are passed on here."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from models.repositories.ledger_balances import balance, locked_balance
from models.rules.bookkeeping import LedgerEntry
from models.tables.ledger import Account, Entry, Posting

__all__ = ["PostedDifferently", "balance", "locked_balance", "post"]


class PostedDifferently(Exception):
    """A step that has been booked is booked again with other contents. No refusal of ours but a defect: somebody has to
    find out which of the two happened, so the step fails, loudly, until then."""


async def post(session: AsyncSession, step_key: str, kind: str, reference: str, entries: Sequence[LedgerEntry]) -> bool:
    """Books one event; entries of zero are left out. Returns False when the same has been booked under `step_key`.

    Raises `PostedDifferently` when something else has. The database refuses at commit what does not sum to zero per
    currency.
    """
    entries = [entry for entry in entries if entry.amount.minor]
    connection = await session.connection()
    posting_id = await connection.scalar(
        insert(Posting)
        .values(step_key=step_key, kind=str(kind), reference=reference)
        .on_conflict_do_nothing(index_elements=[Posting.step_key])
        .returning(Posting.id)
    )
    if posting_id is None:
        await _refuse_another(connection, step_key, kind, reference, entries)
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


async def _refuse_another(
    connection: AsyncConnection, step_key: str, kind: str, reference: str, entries: Sequence[LedgerEntry]
) -> None:
    rows = await connection.execute(
        select(Posting.kind, Posting.reference, Account.kind, Account.owner, Entry.currency, Entry.amount_minor)
        .join(Entry, Entry.posting_id == Posting.id)
        .join(Account, Account.id == Entry.account_id)
        .where(Posting.step_key == step_key)
    )
    booked: Counter[tuple[object, ...]] = Counter(tuple(row) for row in rows)
    asked: Counter[tuple[object, ...]] = Counter(
        (str(kind), reference, e.kind.value, e.owner, e.amount.currency, e.amount.minor) for e in entries
    )
    if booked != asked:
        raise PostedDifferently(
            f"{step_key} has been booked with other contents: {_told(booked - asked)} stands there, "
            f"{_told(asked - booked)} was to be booked"
        )


def _told(entries: Counter[tuple[object, ...]]) -> str:
    return "; ".join(sorted(" ".join(str(part) for part in entry) for entry in entries.elements())) or "nothing"


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
