"""What an artisan's month looks like in the ledger. Every figure is a sum of entries, so a statement says what the
books say, whenever it is asked for.

A shop's balance is what we owe it: payable, kept in reserve and on its way to the bank, less what it owes us under a
plan. Moves between those are no movements of a statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.bookkeeping import AccountKind, PostingKind
from models.tables.commissions import CommissionRow
from models.tables.ledger import Account, Entry, Posting
from models.tables.orders import Order

OWED = tuple(
    kind.value
    for kind in (
        AccountKind.ARTISAN_PAYABLE,
        AccountKind.ARTISAN_RESERVE,
        AccountKind.ARTISAN_IN_TRANSIT,
        AccountKind.ARTISAN_DEBT,
    )
)
EARNED = AccountKind.FEES_EARNED.value


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting as the artisan sees it: `gross_minor` less `fee_minor` is what the balance moved by."""

    at: datetime
    kind: str
    """A `PostingKind`."""
    reference: str
    order_number: str
    """Empty where it is about no order."""
    gross_minor: int
    fee_minor: int
    """The commission in this posting: taken positive, given back negative. 0 where it was taken in another currency."""

    @property
    def moved_minor(self) -> int:
        return self.gross_minor - self.fee_minor


def month_of(name: str) -> tuple[datetime, datetime]:
    """`2026-11` as its first instant and that of the next month, in UTC. Raises `ValueError`."""
    year, _, month = name.partition("-")
    if len(year) != 4 or len(month) != 2 or not (name.isascii() and (year + month).isdecimal()):
        raise ValueError(f"{name!r} is no month")
    start = datetime(int(year), int(month), 1, tzinfo=UTC)
    return start, datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)


def name_of(day: date | datetime) -> str:
    return f"{day.year:04d}-{day.month:02d}"


async def months_of(session: AsyncSession, shop_id: str) -> list[tuple[str, str]]:
    """(month, currency) with any movement, newest first."""
    month = func.to_char(func.timezone("UTC", Posting.posted_at), "YYYY-MM")
    rows = await session.execute(
        select(month.label("month"), Entry.currency)
        .join(Posting, Posting.id == Entry.posting_id)
        .join(Account, Account.id == Entry.account_id)
        .where(_own(shop_id))
        .group_by("month", Entry.currency)
        .order_by(month.desc(), Entry.currency)
    )
    return [(name, currency) for name, currency in rows]


async def balance_before(session: AsyncSession, shop_id: str, currency: str, instant: datetime) -> int:
    """What we owed the shop just before."""
    total = await session.scalar(
        select(-func.coalesce(func.sum(Entry.amount_minor), 0))
        .join(Posting, Posting.id == Entry.posting_id)
        .join(Account, Account.id == Entry.account_id)
        .where(_own(shop_id), Entry.currency == currency, Posting.posted_at < instant)
    )
    return int(total or 0)


async def movements(
    session: AsyncSession, shop_id: str, currency: str, start: datetime, end: datetime
) -> list[Movement]:
    """Postings that changed what we owe the shop, in their order."""
    touched = (
        select(Posting.id)
        .join(Entry, Entry.posting_id == Posting.id)
        .join(Account, Account.id == Entry.account_id)
        .where(_own(shop_id), Entry.currency == currency, Posting.posted_at >= start, Posting.posted_at < end)
    )
    moved = -func.sum(case((_own(shop_id), Entry.amount_minor), else_=0))
    fee = -func.sum(case((Account.kind == EARNED, Entry.amount_minor), else_=0))
    rows = await session.execute(
        select(
            Posting.posted_at,
            Posting.kind,
            Posting.reference,
            func.coalesce(Order.number, literal("")),
            moved + fee,
            fee,
        )
        .join(Entry, Entry.posting_id == Posting.id)
        .join(Account, Account.id == Entry.account_id)
        .outerjoin(Order, Order.id == Posting.reference)
        .where(Posting.id.in_(touched), Entry.currency == currency)
        .group_by(Posting.id, Order.number)
        .having(moved != 0)
        .order_by(Posting.id)
    )
    return [
        Movement(at, kind, reference, number, int(gross), int(fee)) for at, kind, reference, number, gross, fee in rows
    ]


async def commissions(
    session: AsyncSession, start: datetime, end: datetime, shop_id: str | None = None
) -> dict[tuple[str, str], dict[str, int]]:
    """(shop, currency) → posting kind → what it took of orders and commissions (positive) or gave back, in a month."""
    sold_by = func.coalesce(Order.shop_id, CommissionRow.shop_id)
    rows = await session.execute(
        select(sold_by, Entry.currency, Posting.kind, -func.sum(Entry.amount_minor))
        .join(Entry, Entry.posting_id == Posting.id)
        .join(Account, Account.id == Entry.account_id)
        .outerjoin(Order, Order.id == Posting.reference)
        .outerjoin(CommissionRow, CommissionRow.id == Posting.reference)
        .where(Account.kind == EARNED, Posting.posted_at >= start, Posting.posted_at < end)
        .where(Posting.kind.in_(COMMISSION), sold_by.is_not(None))
        .where(*([sold_by == shop_id] if shop_id else []))
        .group_by(sold_by, Entry.currency, Posting.kind)
        .order_by(sold_by, Entry.currency, Posting.kind)
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for shop, currency, kind, minor in rows:
        found.setdefault((shop, currency), {})[kind] = int(minor)
    return found


COMMISSION: Sequence[str] = (
    PostingKind.RELEASE.value,
    PostingKind.REFUND.value,
    PostingKind.REFUND_FAILED.value,
)
"""Postings about an order or a commission that take a fee or give it back."""


async def first_posting(session: AsyncSession) -> datetime | None:
    return await session.scalar(select(func.min(Posting.posted_at)))


def _own(shop_id: str) -> ColumnElement[bool]:
    return (Account.owner == shop_id) & Account.kind.in_(OWED)
