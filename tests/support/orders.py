"""Rows of somebody's paid order, as the sale leaves them: checkout, payment, order, lines, and the sale's posting."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.repositories import ledger
from models.rules.sale_postings import SoldOrder, sale
from models.tables.catalogue import Listing
from models.tables.orders import Order, OrderLine
from models.tables.selling import Checkout, Payment
from models.types import new_id
from tests.support.buying import add_address, add_cart
from tests.support.marketplace import TestShop, add_person

SHIPPING, TAX_BP, FEE_BP, PROVIDER_FEE = 800, 400, 650, 300
_numbers = count(1)


@dataclass(frozen=True)
class PaidOrder:
    id: str
    checkout_id: str
    buyer_id: str
    buyer_email: str
    shop: TestShop
    intent_id: str
    total_minor: int
    fee_minor: int
    pieces: Mapping[str, int]


async def add_paid_order(session: AsyncSession, shop: TestShop, pieces: Mapping[str, int]) -> PaidOrder:
    """An order of these listings at today's prices: shipping 8.00, tax 4 % on both, fee 6.5 % of the goods."""
    buyer_id, email = await add_person(session)
    address_id = await add_address(session, buyer_id)
    cart_id = await add_cart(session, buyer_id, {})
    checkout_id, order_id, number = f"checkout-{cart_id}-1", new_id("ord"), next(_numbers)
    listings = {
        row.id: row for row in await session.scalars(select(Listing).where(Listing.id.in_(pieces)).order_by(Listing.id))
    }
    taxes = {key: listings[key].price_minor * pieces[key] * TAX_BP // 10_000 for key in pieces}
    items = sum(listings[key].price_minor * pieces[key] for key in pieces)
    tax = sum(taxes.values()) + SHIPPING * TAX_BP // 10_000
    sums = {"currency": shop.currency, "items_minor": items, "shipping_minor": SHIPPING, "tax_minor": tax}
    total = items + SHIPPING + tax
    fee = items * FEE_BP // 10_000
    await session.execute(
        insert(Checkout).values(
            id=checkout_id,
            cart_id=cart_id,
            attempt=1,
            buyer_id=buyer_id,
            address_id=address_id,
            total_minor=total,
            paid=True,
            **sums,
        )
    )
    intent_id = f"pi_{order_id}"
    await session.execute(
        insert(Payment).values(
            checkout_id=checkout_id,
            provider_id=f"cs_{order_id}",
            intent_id=intent_id,
            state="captured",
            currency=shop.currency,
            amount_minor=total,
        )
    )
    await session.execute(
        insert(Order).values(
            id=order_id,
            number=f"AC-T{number:07}",
            checkout_id=checkout_id,
            shop_id=shop.id,
            buyer_id=buyer_id,
            address_id=address_id,
            total_minor=total,
            fee_minor=fee,
            ship_by=clock.now(),
            **sums,
        )
    )
    for key, quantity in pieces.items():
        await session.execute(
            insert(OrderLine).values(
                order_id=order_id,
                listing_id=key,
                title=listings[key].title,
                quantity=quantity,
                unit_price_minor=listings[key].price_minor,
                tax_minor=taxes[key],
                weight_grams=400,
            )
        )
    sold = SoldOrder(order_id, items, SHIPPING, tax)
    await ledger.post(session, f"{checkout_id}/capture", "sale", checkout_id, sale([sold], PROVIDER_FEE, shop.currency))
    return PaidOrder(order_id, checkout_id, buyer_id, email, shop, intent_id, total, fee, dict(pieces))
