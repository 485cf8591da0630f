"""What somebody watching a checkout sees of it. Reads only, and outside of any transaction: pages ask for it often."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from core.reads import Query, Reads
from models.tables.orders import Order
from models.tables.processes import Process, TimelineRow
from models.tables.selling import Checkout
from models.types import Money, Party, TimelineEntry


@dataclass(frozen=True, slots=True)
class CheckoutStanding:
    buyer_id: str
    total: Money
    status: str
    waiting_on: str
    deadline: datetime | None
    is_final: bool
    orders: list[tuple[str, str]]
    """(order id, number), oldest first."""


_ORDERS = (
    select(func.json_agg(aggregate_order_by(func.json_build_array(Order.id, Order.number), Order.id)))
    .where(Order.checkout_id == Checkout.id)
    .scalar_subquery()
)
_STANDING = Query(
    select(
        Checkout.buyer_id,
        Checkout.total_minor,
        Checkout.currency,
        Process.status,
        Process.waiting_on,
        Process.deadline,
        Process.is_final,
        _ORDERS,
    )
    .join(Process, Process.workflow_id == Checkout.id)
    .where(Checkout.id == bindparam("checkout_id", type_=String))
)
_TIMELINE = Query(
    select(
        TimelineRow.sequence,
        TimelineRow.at,
        TimelineRow.actor,
        TimelineRow.what,
        TimelineRow.why,
        TimelineRow.waiting_on,
        TimelineRow.until,
        TimelineRow.then,
        TimelineRow.subject,
    )
    .where(TimelineRow.workflow_id == bindparam("workflow_id", type_=String))
    .order_by(TimelineRow.sequence)
)


async def standing(reads: Reads, checkout_id: str) -> CheckoutStanding | None:
    """None for a checkout that does not exist."""
    rows = await reads.fetch(_STANDING, checkout_id=checkout_id)
    if not rows:
        return None
    buyer_id, total_minor, currency, status, waiting_on, deadline, is_final, orders = rows[0]
    return CheckoutStanding(
        buyer_id,
        Money(total_minor, currency),
        status,
        waiting_on,
        deadline,
        is_final,
        [(order_id, number) for order_id, number in orders or ()],
    )


async def timeline(reads: Reads, checkout_id: str) -> list[TimelineEntry]:
    """The whole story so far, oldest first."""
    return [
        TimelineEntry(
            sequence=sequence,
            at=at,
            actor=Party(actor),
            what=what,
            why=why,
            waiting_on=Party(waiting_on),
            until=until,
            then=then,
            subject=subject,
        )
        for sequence, at, actor, what, why, waiting_on, until, then, subject in await reads.fetch(
            _TIMELINE, workflow_id=checkout_id
        )
    ]
