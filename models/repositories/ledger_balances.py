"""What accounts add up to: a sum that was kept, and the entries behind it.

Reads balances, pages of entries and totals, and advances the kept sums. Writes no entry. Every answer is exact at every
moment, however far the sums have been advanced; only how long it takes depends on that.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.tables.ledger import Account, Balance, Entry, Posting
from models.types import Money

BATCH = 50_000
"""Entries that one transaction of `advance` adds up: a fraction of a second."""
SHORT_LIVED = (AccountKind.ORDER_HELD.value,)
"""One account an order, with a handful of entries each: a kept sum would cost more than it saves."""


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """One line of a statement."""

    id: int
    amount: Money
    """Debit positive, credit negative."""
    kind: str
    """Of its posting, a `PostingKind`."""
    reference: str
    step_key: str
    posted_at: datetime


async def balance(session: AsyncSession, kind: AccountKind, owner: str, currency: str) -> Money:
    """Debits less credits of one account."""
    account = _accounts().where(Account.kind == kind.value, Account.owner == owner, Account.currency == currency)
    row = (await session.execute(account)).one_or_none()
    return Money(int(row.amount) if row else 0, currency)


async def locked_balance(session: AsyncSession, kind: AccountKind, owner: str, currency: str) -> Money:
    """The balance, which nobody else can ask for in this way until the transaction ends: who means to spend it asks
    here, so that two at once do not spend it twice. Postings of others go on meanwhile."""
    lock = (
        select(Account.id)
        .where(Account.kind == kind.value, Account.owner == owner, Account.currency == currency)
        .with_for_update(key_share=True)
    )
    if await session.scalar(lock) is None:
        new = insert(Account).values(kind=kind.value, owner=owner, currency=currency)
        await session.execute(new.on_conflict_do_nothing())
        await session.scalar(lock)
    return await balance(session, kind, owner, currency)


async def balances_of(session: AsyncSession, owner: str) -> Mapping[AccountKind, Mapping[str, Money]]:
    """Every account of one owner, by kind and currency, those at zero too."""
    found: dict[AccountKind, dict[str, Money]] = {}
    for row in await session.execute(
        _accounts().where(Account.owner == owner).order_by(Account.kind, Account.currency)
    ):
        found.setdefault(AccountKind(row.kind), {})[row.currency] = Money(int(row.amount), row.currency)
    return found


async def of_owners(
    session: AsyncSession, kind: AccountKind, owners: Collection[str]
) -> Mapping[str, Mapping[str, Money]]:
    """By owner and currency, in one statement; nothing of who has no such account."""
    found: dict[str, dict[str, Money]] = {}
    wanted = _accounts().add_columns(Account.owner).where(Account.kind == kind.value, Account.owner.in_(owners))
    for _, currency, amount, owner in await session.execute(wanted):
        found.setdefault(owner, {})[currency] = Money(int(amount), currency)
    return found


def _accounts() -> Select[str, str, int]:
    """Kind, currency and balance of accounts, in one statement that finds the entries behind each kept sum."""
    behind = (
        select(func.sum(Entry.amount_minor))
        .where(Entry.account_id == Account.id, Entry.id > func.coalesce(Balance.up_to_entry_id, 0))
        .correlate(Account, Balance)
        .scalar_subquery()
    )
    amount = func.coalesce(Balance.amount_minor, 0) + func.coalesce(behind, 0)
    return select(Account.kind, Account.currency, amount.label("amount")).outerjoin(
        Balance, Balance.account_id == Account.id
    )


async def entries_of(
    session: AsyncSession, kind: AccountKind, owner: str, currency: str, *, before: int | None = None, limit: int = 50
) -> list[BookedEntry]:
    """The newest first; the next page is `before` the id of the last one."""
    account = (
        select(Account.id)
        .where(Account.kind == kind.value, Account.owner == owner, Account.currency == currency)
        .scalar_subquery()
    )
    statement = (
        select(Entry.id, Entry.amount_minor, Posting.kind, Posting.reference, Posting.step_key, Posting.posted_at)
        .join(Posting, Posting.id == Entry.posting_id)
        .where(Entry.account_id == account)
        .order_by(Entry.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Entry.id < before)
    return [
        BookedEntry(entry_id, Money(minor, currency), posting, reference, step_key, posted_at)
        for entry_id, minor, posting, reference, step_key, posted_at in await session.execute(statement)
    ]


async def entries_at(session: AsyncSession, step_key: str) -> list[LedgerEntry]:
    """What one step has booked; empty when it has booked nothing."""
    rows = await session.execute(
        select(Account.kind, Account.owner, Entry.amount_minor, Entry.currency)
        .join(Entry, Entry.account_id == Account.id)
        .join(Posting, Posting.id == Entry.posting_id)
        .where(Posting.step_key == step_key)
        .order_by(Entry.id)
    )
    return [LedgerEntry(AccountKind(kind), owner, Money(minor, currency)) for kind, owner, minor, currency in rows]


@dataclass(frozen=True, slots=True)
class Moved:
    """What all accounts of a kind moved by on one day (UTC), in minor units: a sum of many may be beyond `Money`."""

    day: date
    kind: AccountKind
    currency: str
    minor: int


async def movements(session: AsyncSession) -> list[Moved]:
    """By day, kind and currency, from the first day on. Added up to a day they are the totals of that day's evening."""
    rows = await session.execute(text(_MOVEMENTS))
    return [Moved(row.day, AccountKind(row.kind), row.currency, int(row.amount)) for row in rows]


async def totals(session: AsyncSession) -> Mapping[AccountKind, Mapping[str, int]]:
    """Debits less credits of all accounts together, in minor units by kind and currency."""
    found: dict[AccountKind, dict[str, int]] = {}
    for moved in await movements(session):
        by_currency = found.setdefault(moved.kind, {})
        by_currency[moved.currency] = by_currency.get(moved.currency, 0) + moved.minor
    return found


async def advance(database: Database, *, batch: int = BATCH) -> int:
    """Adds what has been booked to the kept sums, as far as nothing can appear behind it; returns how many entries.

    In short transactions of its own: postings never wait for it, and who finds somebody else at it leaves at once. To
    be called from time to time, as often as one likes.
    """
    async with database.transaction() as session:
        await _mark(session)
    added = 0
    while True:
        async with database.transaction() as session:
            swept = await _sweep(session, batch)
        if swept is None:
            return added
        added += swept


async def _mark(session: AsyncSession) -> None:
    """Notes the highest entry id given out, then a transaction id above those of whoever has one of them.

    In this order, and first thing in a transaction: a posting has its transaction id before its entries have theirs, so
    an id that is given out by now belongs to a transaction id below the one that we are given next. A mark that is not
    used up stays, or transactions that overlap would put it off for ever; one from the future was restored from another
    server's backup, and everything in that has ended.
    """
    issued = await session.scalar(text(_ISSUED))
    await session.execute(
        text(
            """
            UPDATE ledger_horizon SET mark_entry_id = :issued, mark_xid = pg_current_xact_id()::text::bigint
            WHERE up_to_entry_id < :issued
              AND (mark_entry_id <= up_to_entry_id OR mark_xid > pg_current_xact_id()::text::bigint)
            """
        ),
        {"issued": issued},
    )


async def _sweep(session: AsyncSession, batch: int) -> int | None:
    """Adds one batch up to the mark; None when there is nothing to add, or not yet, or somebody else is adding."""
    row = (
        await session.execute(
            text(
                """
                SELECT up_to_entry_id, mark_entry_id,
                       mark_xid <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS settled
                FROM ledger_horizon FOR UPDATE SKIP LOCKED
                """
            )
        )
    ).one_or_none()
    if row is None or not row.settled or row.mark_entry_id <= row.up_to_entry_id:
        return None
    until = min(row.up_to_entry_id + batch, row.mark_entry_id)
    span = {"after": row.up_to_entry_id, "until": until}
    swept = await session.scalar(text(_ADD_TO_BALANCES), {**span, "short_lived": list(SHORT_LIVED)})
    await session.execute(text(_ADD_TO_DAYS), span)
    await session.execute(text("UPDATE ledger_horizon SET up_to_entry_id = :until, advanced_at = now()"), span)
    return int(swept or 0)


_ISSUED = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledger_entries_id_seq"
_ADD_TO_BALANCES = """
WITH fresh AS (
    SELECT account_id, count(*) AS entries, sum(amount_minor) AS amount FROM ledger_entries
    WHERE id > :after AND id <= :until GROUP BY account_id
), added AS (
    INSERT INTO ledger_balances AS b (account_id, up_to_entry_id, amount_minor)
    SELECT f.account_id, :until, f.amount FROM fresh f JOIN ledger_accounts a ON a.id = f.account_id
    WHERE a.kind <> ALL (:short_lived)
    ON CONFLICT (account_id) DO UPDATE
    SET up_to_entry_id = excluded.up_to_entry_id, amount_minor = b.amount_minor + excluded.amount_minor,
        advanced_at = now()
)
SELECT sum(entries) FROM fresh
"""
_ADD_TO_DAYS = """
INSERT INTO ledger_days AS d (day, kind, currency, amount_minor)
SELECT (p.posted_at AT TIME ZONE 'UTC')::date, a.kind, e.currency, sum(e.amount_minor)
FROM ledger_entries e JOIN ledger_postings p ON p.id = e.posting_id JOIN ledger_accounts a ON a.id = e.account_id
WHERE e.id > :after AND e.id <= :until GROUP BY 1, 2, 3
ON CONFLICT (day, kind, currency) DO UPDATE SET amount_minor = d.amount_minor + excluded.amount_minor
"""
_MOVEMENTS = """
SELECT day, kind, currency, sum(amount) AS amount FROM (
    SELECT day, kind, currency, amount_minor AS amount FROM ledger_days
    UNION ALL
    SELECT (p.posted_at AT TIME ZONE 'UTC')::date, a.kind, e.currency, e.amount_minor
    FROM ledger_entries e JOIN ledger_postings p ON p.id = e.posting_id JOIN ledger_accounts a ON a.id = e.account_id
    WHERE e.id > (SELECT up_to_entry_id FROM ledger_horizon)
) AS moved GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
