"""All SQL of orders that cross currencies: what their shops are owed in their own, released and taken back, and what
the provider settles in another one. An order without any of this answers None, and is booked as in one currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import commission_orders, rates
from models.rules import fx_postings, order_postings, refund_postings
from models.rules.bookkeeping import LedgerEntry
from models.rules.credit_postings import credit_given_back
from models.rules.fx import FxQuote
from models.rules.owed import Owed, net_of, owed_for, taken_by
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder, sale
from models.rules.splits import split
from models.tables.currencies import CheckoutExchange
from models.tables.orders import Order
from models.tables.refunds import Refund
from models.tables.selling import Checkout, Payment
from models.types import Money


@dataclass(frozen=True, slots=True)
class Settled:
    """Where the provider books a payment in another currency than it was made in."""

    charged: Money
    gross: Money
    worth: Money | None
    """At our rates of the day on which the checkout was placed; None where we knew none."""


async def find(session: AsyncSession, order: Order) -> CheckoutExchange | None:
    """None for an order that was paid in its shop's currency, and for a commission's: its contract has one currency,
    and what is earned with it is owed in that."""
    if order.checkout_id is None:
        return None
    return await session.get(CheckoutExchange, (order.checkout_id, order.shop_id))


async def owed(session: AsyncSession, order: Order) -> Owed | None:
    found = await find(session, order)
    return None if found is None else _owed(found)


async def worth_when_placed(session: AsyncSession, checkout_id: str, charged: Money, currency: str) -> Money | None:
    """What a charge would have been worth in another currency, by the rates known on the day of its checkout."""
    placed = (await session.execute(select(Checkout.created_at).where(Checkout.id == checkout_id))).scalar_one()
    rate = await rates.mid_rate(session, charged.currency, currency, placed.date())
    if rate is None:
        return None
    return FxQuote("", charged.currency, currency, rate, placed).charged(charged)


async def keep_settlement(session: AsyncSession, checkout_id: str, charged: Money, gross: Money) -> None:
    """The provider has booked a charge in another currency; remembers with it what we would have given for it."""
    worth = await worth_when_placed(session, checkout_id, charged, gross.currency)
    await session.execute(
        update(Payment)
        .where(Payment.checkout_id == checkout_id)
        .values(
            settled_currency=gross.currency,
            settled_minor=gross.minor,
            worth_minor=None if worth is None else worth.minor,
        )
    )


async def keep_refunds_settlement(session: AsyncSession, operation: str, gross: Money) -> None:
    """The same of a refund, of which the provider's gross is negative. Before it is booked."""
    await session.execute(update(Refund).where(Refund.id == operation).values(settled_minor=abs(gross.minor)))


async def settled(session: AsyncSession, checkout_id: str) -> Settled | None:
    """None where the provider settled in the currency of the charge."""
    row = (
        await (await session.connection()).execute(
            select(
                Payment.currency,
                Payment.amount_minor,
                Payment.settled_currency,
                Payment.settled_minor,
                Payment.worth_minor,
            ).where(Payment.checkout_id == checkout_id)
        )
    ).one_or_none()
    if row is None or row.settled_currency is None or row.settled_minor is None:
        return None
    worth = None if row.worth_minor is None else Money(row.worth_minor, row.settled_currency)
    return Settled(Money(row.amount_minor, row.currency), Money(row.settled_minor, row.settled_currency), worth)


async def settled_for(session: AsyncSession, order: Order, operation: str) -> Settled | None:
    """The same of the payment that a refund of the order goes back to."""
    if order.checkout_id is not None:
        return await settled(session, order.checkout_id)
    charge = await commission_orders.charge_of(session, order.commission_id or "", operation)
    if charge.settled_currency is None or charge.settled_minor is None:
        return None
    charged = Money(charge.amount_minor + charge.tax_minor, charge.currency)
    return Settled(charged, Money(charge.settled_minor, charge.settled_currency), None)


async def sale_entries(
    session: AsyncSession,
    checkout_id: str,
    sold: Sequence[SoldOrder],
    provider_fee_minor: int,
    currency: str,
    *,
    paid_by: Sequence[LedgerEntry] = (),
) -> list[LedgerEntry]:
    """`paid_by` is what was paid otherwise than at the provider."""
    found = await settled(session, checkout_id)
    if found is None:
        return sale(sold, provider_fee_minor, currency, paid_by)
    fee = Money(provider_fee_minor, found.gross.currency)
    return fx_postings.sale(sold, currency, settled=found.gross, fee=fee, at_frozen=found.worth, paid_by=paid_by)


async def release_entries(session: AsyncSession, order: Order, share: Share) -> list[LedgerEntry]:
    """Of a share of the order, and remembers how much that was."""
    found = await find(session, order)
    if found is None:
        return order_postings.release(order.id, order.shop_id, share, order.currency)
    found.released_minor = net_of(share)
    await session.flush()
    part = owed_for(_owed(found).total, whole_of(order), net_of(share))
    return fx_postings.release(order.id, order.shop_id, share, order.currency, part)


async def taken_back(session: AsyncSession, order: Order, before: Sequence[Share], share: Share) -> Money | None:
    """What a refund of `share` behind the release takes from the shop, in its own currency, once those `before` have
    taken theirs. None where that is the order's. `order` is locked."""
    found = await find(session, order)
    if found is None:
        return None
    left = (found.released_minor or 0) - sum(net_of(one) for one in before)
    return taken_by(_owed(found).total, whole_of(order), left, net_of(share))


async def refund_entries(session: AsyncSession, order: Order, refund: Refund) -> list[LedgerEntry]:
    share = Share(refund.items_minor, refund.shipping_minor, refund.tax_minor, refund.fee_minor)
    found = await find(session, order) if refund.after_release else None
    taken = None if found is None or refund.taken_minor is None else Money(refund.taken_minor, found.currency)
    back = None if refund.settled_minor is None else await settled_for(session, order, refund.id)
    whole = Money(refund.amount_minor, order.currency)
    paid_to = [credit_given_back(order.buyer_id, whole)] if refund.to_credit else []
    if taken is None and back is None:
        if refund.after_release:
            return refund_postings.after_release(order.shop_id, share, order.currency, paid_to)
        return order_postings.refund(order.id, share, order.currency, paid_to)
    went, worth = _of_the_settlement(refund, back)
    if refund.to_credit:
        went = Money(0, order.currency)
    if refund.after_release:
        own = taken or Money(net_of(share), order.currency)
        return fx_postings.after_release(
            order.shop_id, share, order.currency, taken=own, settled=went, at_frozen=worth, paid_to=paid_to
        )
    return fx_postings.refund(order.id, share, order.currency, settled=went, at_frozen=worth, paid_to=paid_to)


def _of_the_settlement(refund: Refund, back: Settled | None) -> tuple[Money, Money | None]:
    """What the provider took for it, and what that part of the charge was worth when it was placed."""
    if back is None:
        return Money(refund.amount_minor, refund.currency), None
    went = Money(refund.settled_minor or 0, back.gross.currency)
    if back.worth is None:
        return went, None
    share = split(back.worth.minor, [refund.amount_minor, back.charged.minor - refund.amount_minor])[0]
    return went, Money(share, went.currency)


def whole_of(order: Order) -> Share:
    return Share(order.items_minor, order.shipping_minor, order.tax_minor, order.fee_minor)


def _owed(found: CheckoutExchange) -> Owed:
    return Owed(found.currency, found.items_minor, found.shipping_minor, found.fee_minor, found.discount_minor)
