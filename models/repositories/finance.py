"""What the pages about money ask that no process asks: how old what waits is, which payouts did not arrive, which
orders entries are about.

Reads only. Balances and what moved them by day are `ledger_balances`'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.rules.bookkeeping import AccountKind
from models.rules.payouts import PayoutMoney
from models.tables.catalogue import Shop
from models.tables.orders import Order
from models.tables.payouts import Payout

BOUNDS = (timedelta(days=8), timedelta(days=31), timedelta(days=61))
"""Where an age begins that is no longer 0-7, 8-30 or 31-60 days."""


@dataclass(frozen=True, slots=True)
class Ages:
    """Minor units by age: 0 to 7 days, 8 to 30, 31 to 60, more."""

    week: int
    month: int
    two_months: int
    older: int

    @property
    def total(self) -> int:
        return self.week + self.month + self.two_months + self.older


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A payout that the bank did not take, or sent back, with nothing paid since; or of which nobody tells where it
    is."""

    payout: Payout
    shop_name: str


async def held_by_age(session: AsyncSession, totals: Mapping[str, int], now: datetime) -> dict[str, Ages]:
    """What buyers have paid and nobody owns yet, by currency and by how long ago they ordered.

    `totals` is what is held altogether: what the orders of the last two months don't explain is older.
    """
    rows = await session.execute(text(_HELD), {**_starts(now), "kind": AccountKind.ORDER_HELD.value})
    young = {row.currency: (int(row.week), int(row.month), int(row.two_months)) for row in rows}
    return {
        currency: Ages(*found, older=total - sum(found))
        for currency, total in totals.items()
        for found in [young.get(currency, (0, 0, 0))]
    }


async def payable_by_age(session: AsyncSession, now: datetime) -> dict[str, Ages]:
    """What is payable to artisans, by currency and by when it became payable. What is paid out is the oldest first, so
    what is left is what came in last; what a failed payout gave back is as old as it was before. What shops owe us is
    no part of it."""
    rows = await session.execute(
        text(_PAYABLE),
        {**_starts(now), "kind": AccountKind.ARTISAN_PAYABLE.value, "given_back": "payout_given_back"},
    )
    return {
        row.currency: Ages(
            int(row.up_to_week),
            int(row.up_to_month - row.up_to_week),
            int(row.up_to_two - row.up_to_month),
            int(row.owed - row.up_to_two),
        )
        for row in rows
    }


async def undelivered(session: AsyncSession, *, limit: int) -> Sequence[Undelivered]:
    """The latest first."""
    later = aliased(Payout)
    arrived_since = exists(
        select(literal(1)).where(
            later.shop_id == Payout.shop_id,
            later.currency == Payout.currency,
            later.id != Payout.id,
            later.paid_at > Payout.failed_at,
        )
    )
    on_the_way_back = Payout.status.in_([PayoutMoney.RETURNED.value, PayoutMoney.RECALLED.value])
    failed_last = Payout.failed_at.is_not(None) & or_(Payout.paid_at.is_(None), Payout.failed_at > Payout.paid_at)
    rows = await session.execute(
        select(Payout, Shop.name)
        .join(Shop, Shop.id == Payout.shop_id)
        .where(on_the_way_back | Payout.unanswered_since.is_not(None) | (failed_last & ~arrived_since))
        .order_by(Payout.failed_at.desc().nulls_first(), Payout.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [Undelivered(payout, name) for payout, name in rows]


async def order_numbers(session: AsyncSession, shop_id: str, references: Sequence[str]) -> dict[str, str]:
    """Which of these that postings refer to are orders of this shop, and what people call them."""
    theirs = select(Order.id, Order.number).where(Order.shop_id == shop_id, Order.id.in_(references))
    return {row.id: row.number for row in await session.execute(theirs)}


def _starts(now: datetime) -> dict[str, datetime]:
    return dict(zip(("week", "month", "two_months"), (now - bound for bound in BOUNDS), strict=True))


_HELD = """
SELECT e.currency,
       -coalesce(sum(e.amount_minor) FILTER (WHERE o.created_at > :week), 0) AS week,
       -coalesce(sum(e.amount_minor) FILTER (WHERE o.created_at <= :week AND o.created_at > :month), 0) AS month,
       -coalesce(sum(e.amount_minor) FILTER (WHERE o.created_at <= :month), 0) AS two_months
FROM orders o
JOIN ledger_accounts a ON a.kind = :kind AND a.owner = o.id
JOIN ledger_entries e ON e.account_id = a.id
WHERE o.created_at > :two_months
GROUP BY e.currency
"""
_PAYABLE = """
WITH owed AS (
    SELECT a.id, a.currency, -(coalesce(b.amount_minor, 0) + coalesce((
        SELECT sum(e.amount_minor) FROM ledger_entries e
        WHERE e.account_id = a.id AND e.id > coalesce(b.up_to_entry_id, 0)
    ), 0)) AS amount
    FROM ledger_accounts a LEFT JOIN ledger_balances b ON b.account_id = a.id
    WHERE a.kind = :kind
), came AS (
    SELECT o.id,
           -coalesce(sum(e.amount_minor) FILTER (WHERE p.posted_at > :week), 0) AS week,
           -coalesce(sum(e.amount_minor) FILTER (WHERE p.posted_at > :month), 0) AS month,
           -sum(e.amount_minor) AS two_months
    FROM owed o
    JOIN ledger_entries e ON e.account_id = o.id AND e.amount_minor < 0
    JOIN ledger_postings p ON p.id = e.posting_id
    WHERE o.amount > 0 AND p.posted_at > :two_months AND p.kind <> :given_back
    GROUP BY o.id
)
SELECT o.currency, sum(o.amount) AS owed,
       sum(least(o.amount, coalesce(c.week, 0))) AS up_to_week,
       sum(least(o.amount, coalesce(c.month, 0))) AS up_to_month,
       sum(least(o.amount, coalesce(c.two_months, 0))) AS up_to_two
FROM owed o LEFT JOIN came c ON c.id = o.id
WHERE o.amount > 0
GROUP BY o.currency ORDER BY o.currency
"""
