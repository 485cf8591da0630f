"""A shop's orders as a partner may read them: no buyer, no address, nothing that anybody typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, func, select
from sqlalchemy.types import DateTime, Integer

from core.reads import Query, Reads
from models.tables.orders import Order
from models.tables.processes import Process
from models.types import OrderStatus


@dataclass(frozen=True, slots=True)
class PartnerOrder:
    id: str
    number: str
    status: str
    placed_at: datetime
    ship_by: datetime
    currency: str
    items_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    refunded_minor: int


_ORDERS = Query(
    select(
        Order.id,
        Order.number,
        func.coalesce(Process.status, OrderStatus.AWAITING_ACCEPTANCE.value),
        Order.created_at,
        Order.ship_by,
        Order.currency,
        Order.items_minor,
        Order.shipping_minor,
        Order.tax_minor,
        Order.total_minor,
        Order.refunded_minor,
    )
    .outerjoin(Process, Process.workflow_id == func.concat("fulfillment-", Order.id))
    .where(
        Order.shop_id == bindparam("shop_id", type_=String),
        Order.id > bindparam("after", type_=String),
        Order.created_at >= bindparam("since", type_=DateTime(timezone=True)),
    )
    .order_by(Order.id)
    .limit(bindparam("number", type_=Integer))
)


async def orders_of(reads: Reads, shop_id: str, *, after: str, since: datetime, number: int) -> Sequence[PartnerOrder]:
    """In the order in which they were placed; ids sort by that."""
    return [
        PartnerOrder(*row)
        for row in await reads.fetch(_ORDERS, shop_id=shop_id, after=after, since=since, number=number)
    ]
