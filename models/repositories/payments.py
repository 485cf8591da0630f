"""What a person has paid, and how much of it came back. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.orders import Order
from models.tables.refunds import Refund
from models.tables.selling import Checkout, Payment
from models.types import Money, RefundState


@dataclass(frozen=True, slots=True)
class PaymentRow:
    checkout_id: str
    state: str
    total: Money
    refunded: Money
    """As the provider has confirmed it, in the currency of the charge."""
    created_at: datetime
    order_numbers: tuple[str, ...]


async def of_person(
    session: AsyncSession, person_id: str, page: int, per_page: int
) -> tuple[Sequence[PaymentRow], int]:
    """One page, newest first, and how many there are."""
    total = await session.scalar(
        select(func.count())
        .select_from(Payment)
        .join(Checkout, Checkout.id == Payment.checkout_id)
        .where(Checkout.buyer_id == person_id)
    )
    refunded = (
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .join(Order, Order.id == Refund.order_id)
        .where(Order.checkout_id == Payment.checkout_id, Refund.state == RefundState.SUCCEEDED.value)
        .scalar_subquery()
    )
    numbers = select(func.array_agg(Order.number)).where(Order.checkout_id == Payment.checkout_id).scalar_subquery()
    rows = await session.execute(
        select(Payment, refunded, numbers)
        .join(Checkout, Checkout.id == Payment.checkout_id)
        .where(Checkout.buyer_id == person_id)
        .order_by(Payment.created_at.desc(), Payment.checkout_id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    found = [
        PaymentRow(
            payment.checkout_id,
            payment.state,
            Money(payment.amount_minor, payment.currency),
            Money(int(back), payment.currency),
            payment.created_at,
            tuple(sorted(order_numbers or ())),
        )
        for payment, back, order_numbers in rows
    ]
    return found, total or 0
