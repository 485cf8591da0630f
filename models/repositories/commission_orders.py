"""All SQL that makes an order of a finished commission, and finds the charge that a refund of it goes back to.

Owns no commission: it reads one, and writes the order that sends its piece. From there on it is an order as any other.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import NotFound
from models.repositories import commission_money, ledger
from models.rules.bookkeeping import PostingKind
from models.rules.order_postings import shipping_moved
from models.rules.refunds import Share
from models.tables.commissions import CommissionCharge, CommissionRow
from models.tables.orders import Order, OrderLine
from models.tables.refunds import Refund
from models.types import Money, new_id


@dataclass(frozen=True)
class Made:
    order_id: str
    shop_id: str
    total_minor: int


async def make(session: AsyncSession, commission_id: str, step_key: str, shipping: Share, ship_by: datetime) -> Made:
    """The order of a commission and its one line, and what is held for it. A commission has one: made before, it is
    that one. Raises `NotFound`.

    The line names the commission itself: there is no listing that it was bought from, and nothing was ever on a shelf.
    """
    row = await session.get(CommissionRow, commission_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("This commission does not exist.")
    if row.address_id is None:
        raise ValueError(f"{commission_id} is finished, and nobody said where to send it")
    known = await session.scalar(select(Order).where(Order.commission_id == commission_id))
    if known is not None:
        return Made(known.id, known.shop_id, known.total_minor)
    order_id = new_id("ord")
    order = Order(
        id=order_id,
        number=f"AC-{order_id[-8:].upper()}",
        commission_id=commission_id,
        shop_id=row.shop_id,
        buyer_id=row.customer_id,
        address_id=row.address_id,
        currency=row.currency,
        items_minor=0,
        shipping_minor=shipping.shipping_minor,
        tax_minor=shipping.tax_minor,
        total_minor=shipping.total_minor,
        fee_minor=0,
        ship_by=ship_by,
    )
    session.add(order)
    await session.flush()
    session.add(
        OrderLine(
            order_id=order_id,
            listing_id=commission_id,
            title=f"Commissioned piece {row.number}",
            quantity=1,
            unit_price_minor=0,
            tax_minor=0,
            weight_grams=0,
        )
    )
    await session.flush()
    held = Money(shipping.held_minor, row.currency)
    if held.minor:
        entries = shipping_moved(commission_id, order_id, held)
        await ledger.post(session, step_key, PostingKind.SHIPPING_MOVED, order_id, entries)
    return Made(order_id, order.shop_id, order.total_minor)


async def charge_of(session: AsyncSession, commission_id: str, operation: str) -> CommissionCharge:
    """The charge that a refund of the order goes back to: the newest one with so much left, as shipping is charged with
    the last milestone. Refunds are laid upon charges in the order in which they were written down, behind all that the
    commission itself has given back or will send again after a bank has undone it, so that each finds its own again.

    Raises `NotFound` where no single charge has so much left: that is for a person to decide.
    """
    charges = await commission_money.refundable(session, commission_id)
    written = await session.execute(
        select(Refund.id, Refund.amount_minor)
        .join(Order, Order.id == Refund.order_id)
        .where(Order.commission_id == commission_id, Refund.to_credit.is_(False))
        .order_by(Refund.created_at, Refund.id)
    )
    left = {charge.id: rest for charge, rest in charges}
    for refund_id, amount in written:
        found = next((charge for charge, _ in charges if left[charge.id] >= amount), None)
        if refund_id == operation:
            if found is not None:
                return found
            break
        if found is not None:
            left[found.id] -= amount
    raise NotFound("No payment of this commission has so much left to be given back.")


async def order_of(session: AsyncSession, commission_id: str) -> str | None:
    """The order that sends the commission's piece; None before everything is approved."""
    order_id: str | None = await session.scalar(select(Order.id).where(Order.commission_id == commission_id))
    return order_id
