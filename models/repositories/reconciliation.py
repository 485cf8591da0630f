"""All SQL of the nights: what the provider has booked, what became available, and what a night looks at.

What is compared is read by `reconciliation_facts`; what is found is kept by `reconciliation_cases`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.ports import BookedTransaction
from models.repositories import ledger
from models.rules import provider_postings
from models.rules.bookkeeping import PostingKind
from models.tables.reconciliation import ProviderTransaction, ReconciliationRun, ReconciliationUnit
from models.types import Money

LATE = timedelta(days=3)
"""The provider may show a transaction so long after it happened, so each night reads again from so far back."""
FIRST = timedelta(days=3650)
"""The first night reads everything."""


@dataclass(frozen=True)
class Night:
    """What one run reads and compares."""

    id: str
    since: datetime
    until: datetime
    booked_before: datetime
    """Money that was to be available by then should have been booked by the night before."""


@dataclass(frozen=True)
class Done:
    """What one run came to, in numbers."""

    transactions: int = 0
    available: int = 0
    looked_at: int = 0
    young: int = 0
    opened: int = 0
    gone: int = 0


async def begin(session: AsyncSession, run_id: str, until: datetime, now: datetime) -> Night:
    """The same answer however often it is begun."""
    known = await session.get(ReconciliationRun, run_id)
    last = await session.scalar(
        select(func.max(ReconciliationRun.until)).where(
            ReconciliationRun.ended_at.is_not(None), ReconciliationRun.id != run_id
        )
    )
    since = (last or until - FIRST) - LATE
    if known is None:
        await session.execute(
            insert(ReconciliationRun)
            .values(id=run_id, since=since, until=until, started_at=now)
            .on_conflict_do_nothing()
        )
    else:
        since, until = known.since, known.until
    return Night(run_id, since, until, last - timedelta(days=1) if last else since)


async def end(session: AsyncSession, night: Night, done: Done, now: datetime) -> None:
    """The first end counts."""
    await session.execute(
        update(ReconciliationRun)
        .where(ReconciliationRun.id == night.id, ReconciliationRun.ended_at.is_(None))
        .values(ended_at=now, **asdict(done))
    )
    await session.execute(delete(ReconciliationUnit).where(ReconciliationUnit.run_id == night.id))


async def newest(session: AsyncSession, limit: int) -> Sequence[ReconciliationRun]:
    return (
        await session.scalars(select(ReconciliationRun).order_by(ReconciliationRun.started_at.desc()).limit(limit))
    ).all()


async def store(session: AsyncSession, account_id: str, lines: Sequence[BookedTransaction]) -> int:
    """What is new of a page; how many that was."""
    if not lines:
        return 0
    stored = await session.execute(
        insert(ProviderTransaction)
        .values(
            [
                {
                    "id": line.id,
                    "account_id": account_id,
                    "type": line.type[:40],
                    "currency": line.amount.currency,
                    "amount_minor": line.amount.minor,
                    "fee_minor": line.fee.minor,
                    "net_minor": line.net.minor,
                    "source": line.source[:100],
                    "reference": line.reference[:160],
                    "created_at": line.created_at,
                    "available_on": line.available_on,
                }
                for line in lines
            ]
        )
        .on_conflict_do_nothing(index_elements=[ProviderTransaction.id])
        .returning(ProviderTransaction.id)
    )
    return len(stored.all())


async def accounts_that_moved(session: AsyncSession, since: datetime) -> Sequence[str]:
    """Connected accounts that anything was sent to, or may come back to."""
    return (await session.execute(text(_ACCOUNTS), {"since": since})).scalars().all()


async def book_available(session: AsyncSession, night: Night, now: datetime, limit: int) -> int:
    """Moves on what the provider has let go of; how many transactions that were. What an earlier night should have
    booked is left alone: that it did not is a difference, and somebody has to look."""
    due = (await session.execute(text(_DUE), {"after": night.booked_before, "now": now, "limit": limit})).all()
    for row in due:
        entries = provider_postings.became_available(Money(row.net_minor, row.currency))
        await ledger.post(session, f"provider/{row.id}/available", PostingKind.AVAILABLE, row.id, entries)
    return len(due)


async def gather(session: AsyncSession, night: Night) -> int:
    """Notes every checkout and payout that anything has moved since the window began, or that a case is open about."""
    await session.execute(text(_GATHER), {"run": night.id, "since": night.since})
    return int(
        await session.scalar(
            select(func.count()).select_from(ReconciliationUnit).where(ReconciliationUnit.run_id == night.id)
        )
        or 0
    )


async def units(session: AsyncSession, run_id: str, after: str, limit: int) -> Sequence[str]:
    return (
        await session.scalars(
            select(ReconciliationUnit.unit)
            .where(ReconciliationUnit.run_id == run_id, ReconciliationUnit.unit > after)
            .order_by(ReconciliationUnit.unit)
            .limit(limit)
        )
    ).all()


_ACCOUNTS = """
SELECT DISTINCT c.provider_id FROM connected_accounts c JOIN payouts p ON p.shop_id = c.shop_id
WHERE p.ended_at IS NULL OR greatest(p.ended_at, p.created_at, p.paid_at, p.failed_at) >= :since ORDER BY 1
"""
_DUE = """
SELECT t.id, t.net_minor, t.currency FROM provider_transactions t
WHERE t.account_id = '' AND t.type NOT IN ('transfer', 'transfer_reversal') AND t.net_minor <> 0
  AND t.available_on >= :after AND t.available_on <= :now
  AND NOT EXISTS (SELECT 1 FROM ledger_postings l WHERE l.step_key = 'provider/' || t.id || '/available')
  AND NOT EXISTS (SELECT 1 FROM reconciliation_cases c JOIN ledger_postings l ON l.step_key = 'case/' || c.id
                  WHERE c.subject = t.id AND l.kind = 'available')
ORDER BY t.available_on, t.id LIMIT :limit
"""
_GATHER = """
INSERT INTO reconciliation_units (run_id, unit)
SELECT :run, moved.unit FROM (
    SELECT id AS unit FROM checkouts WHERE created_at >= :since
    UNION SELECT checkout_id FROM payments WHERE updated_at >= :since
    UNION SELECT checkout_id FROM orders WHERE created_at >= :since OR released_at >= :since
    UNION SELECT o.checkout_id FROM refunds r JOIN orders o ON o.id = r.order_id
          WHERE r.created_at >= :since OR r.settled_at >= :since
    UNION SELECT coalesce(o.checkout_id, l.reference) FROM ledger_postings l LEFT JOIN orders o ON o.id = l.reference
          WHERE l.posted_at >= :since AND l.kind NOT IN ('available', 'fee_tax')
    UNION SELECT coalesce(o.checkout_id, t.process) FROM provider_transactions t
          LEFT JOIN refunds r ON r.id = t.reference LEFT JOIN orders o ON o.id = r.order_id
          WHERE t.stored_at >= :since
    UNION SELECT id FROM payouts
          WHERE ended_at IS NULL OR greatest(created_at, paid_at, failed_at, ended_at) >= :since
    UNION SELECT unit FROM reconciliation_cases WHERE closed_at IS NULL
) AS moved
WHERE EXISTS (SELECT 1 FROM checkouts c WHERE c.id = moved.unit)
   OR EXISTS (SELECT 1 FROM payouts p WHERE p.id = moved.unit)
ON CONFLICT DO NOTHING
"""
