"""Reads what customers have paid a shop for and what is not the shop's yet: orders on their way, and milestones of
commissions that nobody has approved. The figures are the ledger's; what the rules keep back afterwards is
`payouts_holds`'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, false, func, literal, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.bookkeeping import AccountKind
from models.tables.commissions import CommissionRow
from models.tables.ledger import Account, Entry
from models.tables.orders import Order
from models.tables.processes import Process
from models.types import Money


@dataclass(frozen=True, slots=True)
class Coming:
    """One sale's money, before our fee and without tax."""

    id: str
    """Of the order or the commission."""
    is_commission: bool
    number: str
    amount: Money
    status: str
    deadline: datetime | None
    then: str
    """What happens at the deadline; a key of the wording table."""


async def totals(session: AsyncSession, shop_id: str) -> Mapping[str, int]:
    """Minor units by currency."""
    held = _held(shop_id).subquery()
    rows = await session.execute(select(held.c.currency, func.sum(held.c.minor)).group_by(held.c.currency))
    return {currency: int(minor) for currency, minor in rows}


async def newest(session: AsyncSession, shop_id: str, *, limit: int) -> Sequence[Coming]:
    """The newest sales first."""
    held = _held(shop_id).subquery()
    rows = await session.execute(
        select(held, Process.status, Process.deadline, Process.then)
        .outerjoin(Process, Process.workflow_id == held.c.workflow_id)
        .order_by(held.c.created_at.desc(), held.c.id)
        .limit(limit)
    )
    return [
        Coming(
            id=row.id,
            is_commission=row.is_commission,
            number=row.number,
            amount=Money(int(row.minor), row.currency),
            status=row.status or "",
            deadline=row.deadline,
            then=row.then or "",
        )
        for row in rows
    ]


def _held(shop_id: str) -> Select[str, str, bool, str, datetime, str, int]:
    orders = select(
        Order.id,
        Order.number,
        Order.created_at,
        false().label("is_commission"),
        func.concat("fulfillment-", Order.id).label("workflow_id"),
    ).where(Order.shop_id == shop_id, Order.released_at.is_(None))
    commissions = select(
        CommissionRow.id,
        CommissionRow.number,
        CommissionRow.created_at,
        true().label("is_commission"),
        func.concat("commission-", CommissionRow.id).label("workflow_id"),
    ).where(CommissionRow.shop_id == shop_id, CommissionRow.ended_at.is_(None))
    sold = union_all(orders, commissions).subquery()
    minor = -func.sum(Entry.amount_minor)
    return (
        select(
            sold.c.id,
            sold.c.number,
            sold.c.is_commission,
            sold.c.workflow_id,
            sold.c.created_at,
            Account.currency,
            minor.label("minor"),
        )
        .join(Account, Account.owner == sold.c.id)
        .join(Entry, Entry.account_id == Account.id)
        .where(Account.kind == literal(AccountKind.ORDER_HELD.value))
        .group_by(*sold.c, Account.currency)
        .having(minor > 0)
    )
