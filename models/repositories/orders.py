"""All SQL of an order after it is paid: what fulfilment needs of it, and what its buyer and its artisan see.

Opening an order belongs to the sale (`checkouts`), parcels and refunds have modules of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.database import keys_of
from models.errors import NotFound
from models.ports import PostalAddress
from models.repositories import addresses, commission_orders, exchanges, fee_rules, promotions, refunds
from models.repositories.fee_rules import FrozenFee
from models.repositories.people import email_of, name_of
from models.repositories.person_keys import PersonErased
from models.rules.owed import Owed
from models.tables.catalogue import Picture, Shop
from models.tables.orders import Order, OrderLine
from models.tables.people import Address, PersonKey, User
from models.tables.processes import Process
from models.tables.refunds import Refund
from models.tables.selling import Checkout, Payment
from models.types import Money

UNKNOWN = "This order does not exist. Look at your list of orders."


async def get_order(session: AsyncSession, order_id: str, *, lock: bool = False) -> Order:
    order = await session.get(Order, order_id, with_for_update=lock)
    if order is None:
        raise NotFound(UNKNOWN)
    return order


async def ordered_lines(session: AsyncSession, order_id: str) -> Sequence[OrderLine]:
    rows = await session.scalars(select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.listing_id))
    return rows.all()


async def promise_ship_by(session: AsyncSession, order_id: str, ship_by: datetime) -> None:
    """The promise runs from acceptance, so it becomes a date only then."""
    await session.execute(update(Order).where(Order.id == order_id).values(ship_by=ship_by))


async def cancel_pieces(session: AsyncSession, order_id: str, pieces: Mapping[str, int]) -> None:
    """Counts pieces as cancelled. Not idempotent by itself: call it inside `effects.once`."""
    for listing_id, quantity in pieces.items():
        await session.execute(
            update(OrderLine)
            .where(OrderLine.order_id == order_id, OrderLine.listing_id == listing_id)
            .values(cancelled=OrderLine.cancelled + quantity)
        )


async def payment_intent(session: AsyncSession, order_id: str, operation: str = "") -> str:
    """The captured payment that a refund goes back to. Raises `NotFound` when the order was never paid. `operation`
    names the refund where a commission has several charges that it could go back to."""
    commission_id = await session.scalar(select(Order.commission_id).where(Order.id == order_id))
    if commission_id is not None:
        charge = await commission_orders.charge_of(session, commission_id, operation)
        return charge.intent_id or ""
    intent_id = await session.scalar(
        select(Payment.intent_id).join(Order, Order.checkout_id == Payment.checkout_id).where(Order.id == order_id)
    )
    if intent_id is None:
        raise NotFound("No captured payment belongs to this order.")
    return intent_id


@dataclass(frozen=True)
class Journey:
    """From where to where a parcel of the order goes, and what it weighs without its box."""

    origin: PostalAddress
    to: PostalAddress
    currency: str
    weight_grams: int


async def journey(session: AsyncSession, order_id: str) -> Journey:
    """Raises `NotFound`, and `PersonErased` when nobody knows any more where the parcel should go."""
    row = (
        await session.execute(
            select(Shop, Address, PersonKey.wrapped_key, Order.currency)
            .select_from(Order)
            .join(Shop, Shop.id == Order.shop_id)
            .join(Address, Address.id == Order.address_id)
            .join(PersonKey, PersonKey.person_id == Address.user_id)
            .where(Order.id == order_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    shop, address, wrapped, currency = row
    to = addresses.opened(keys_of(session), address, wrapped)
    if to is None:
        raise PersonErased("The buyer's data has been erased, so this order can't be sent any more.")
    weight = await session.scalar(
        select(func.sum(OrderLine.weight_grams * OrderLine.quantity)).where(OrderLine.order_id == order_id)
    )
    return Journey(
        origin=PostalAddress(
            name=shop.owner_name,
            line1=shop.name,
            city=shop.city,
            region=shop.region,
            postal_code=shop.postal_code,
            country=shop.country,
        ),
        to=to,
        currency=currency,
        weight_grams=int(weight or 0),
    )


@dataclass(frozen=True)
class Contacts:
    """Whom mails about an order go to, and what they call it. An erased person's address is empty."""

    order: Order
    buyer_name: str
    buyer_email: str
    artisan_id: str
    artisan_name: str
    artisan_email: str
    shop_name: str


async def contacts(session: AsyncSession, order_id: str) -> Contacts:
    owner, owner_key = aliased(User), aliased(PersonKey)
    row = (
        await session.execute(
            select(Order, User, PersonKey.wrapped_key, owner, owner_key.wrapped_key, Shop.name)
            .select_from(Order)
            .join(User, User.id == Order.buyer_id)
            .join(PersonKey, PersonKey.person_id == User.id)
            .join(Shop, Shop.id == Order.shop_id)
            .join(owner, owner.id == Shop.owner_id)
            .join(owner_key, owner_key.person_id == owner.id)
            .where(Order.id == order_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    order, buyer, buyer_wrapped, artisan, artisan_wrapped, shop_name = row
    ring = keys_of(session)
    return Contacts(
        order=order,
        buyer_name=name_of(ring, buyer.id, buyer_wrapped, buyer.name_sealed),
        buyer_email=email_of(ring, buyer.id, buyer_wrapped, buyer.email_sealed),
        artisan_id=artisan.id,
        artisan_name=name_of(ring, artisan.id, artisan_wrapped, artisan.name_sealed),
        artisan_email=email_of(ring, artisan.id, artisan_wrapped, artisan.email_sealed),
        shop_name=shop_name,
    )


@dataclass(frozen=True)
class Confirmation:
    """What the mail after a paid checkout tells."""

    buyer_id: str
    buyer_name: str
    buyer_email: str
    total: Money
    orders: Sequence[tuple[str, str, str]]
    """(order id, number, shop name)."""


async def confirmation(session: AsyncSession, checkout_id: str) -> Confirmation:
    row = (
        await session.execute(
            select(User, PersonKey.wrapped_key, Checkout.total_minor, Checkout.currency)
            .join(Checkout, Checkout.buyer_id == User.id)
            .join(PersonKey, PersonKey.person_id == User.id)
            .where(Checkout.id == checkout_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("This checkout does not exist.")
    orders = await session.execute(
        select(Order.id, Order.number, Shop.name)
        .join(Shop, Shop.id == Order.shop_id)
        .where(Order.checkout_id == checkout_id)
        .order_by(Shop.name)
    )
    buyer, wrapped, total_minor, currency = row
    ring = keys_of(session)
    return Confirmation(
        buyer_id=buyer.id,
        buyer_name=name_of(ring, buyer.id, wrapped, buyer.name_sealed),
        buyer_email=email_of(ring, buyer.id, wrapped, buyer.email_sealed),
        total=Money(total_minor, currency),
        orders=[(order_id, number, shop) for order_id, number, shop in orders],
    )


@dataclass(frozen=True)
class OrderCard:
    """One line of a list of orders."""

    order: Order
    shop_name: str
    shop_slug: str
    buyer_name: str
    process: Process | None
    """None in the moment between the sale and the first step of its fulfilment."""
    pieces: int
    title: str
    """Of its first line."""


async def list_orders(
    session: AsyncSession,
    *,
    buyer_id: str | None = None,
    shop_id: str | None = None,
    statuses: Sequence[str] = (),
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[OrderCard], int]:
    """A page of somebody's orders, newest first, and how many there are. Exactly one of buyer and shop is given."""
    owner: ColumnElement[bool] = Order.buyer_id == buyer_id if buyer_id is not None else Order.shop_id == shop_id
    workflow_id = func.concat("fulfillment-", Order.id)
    lines = (
        select(func.sum(OrderLine.quantity).label("pieces"), func.min(OrderLine.title).label("title"))
        .where(OrderLine.order_id == Order.id)
        .lateral()
    )
    statement = (
        select(
            *(Order, Shop.name, Shop.slug, User.name_sealed, PersonKey.wrapped_key),
            *(Process, lines.c.pieces, lines.c.title),
        )
        .select_from(Order)
        .join(Shop, Shop.id == Order.shop_id)
        .join(User, User.id == Order.buyer_id)
        .join(PersonKey, PersonKey.person_id == User.id)
        .outerjoin(Process, Process.workflow_id == workflow_id)
        .join(lines, lines.c.pieces.is_not(None))
        .where(owner)
    )
    count = select(func.count()).select_from(Order).where(owner)
    if statuses:
        statement = statement.where(Process.status.in_(statuses))
        count = count.join(Process, Process.workflow_id == workflow_id).where(Process.status.in_(statuses))
    rows = await session.execute(statement.order_by(Order.created_at.desc(), Order.id).limit(limit).offset(offset))
    ring = keys_of(session)
    cards = [
        OrderCard(order, name, slug, name_of(ring, order.buyer_id, wrapped, sealed), process, pieces, title)
        for order, name, slug, sealed, wrapped, process, pieces, title in rows
    ]
    return cards, await session.scalar(count) or 0


@dataclass(frozen=True)
class OrderFacts:
    """One order with what surrounds it; its timeline and parcels are read separately."""

    order: Order
    shop: Shop
    buyer_name: str
    address: PostalAddress
    lines: Sequence[OrderLine]
    pictures: dict[str, Picture]
    """Listing id → its first picture."""
    refunds: Sequence[Refund]
    owed: Owed | None = None
    """What its artisan gets in their own currency, where the buyer paid in another."""
    promotions: Mapping[str, str] = field(default_factory=dict)
    """Listing id → the name of what took something off it."""
    fees: Sequence[FrozenFee] = ()
    """What was charged under which rule."""


async def order_facts(
    session: AsyncSession, order_id: str, *, buyer_id: str | None = None, shop_id: str | None = None
) -> OrderFacts:
    """Raises `NotFound` for other people's orders too, so that ids cannot be probed."""
    row = (
        await session.execute(
            select(Order, Shop, User.name_sealed, PersonKey.wrapped_key, Address)
            .select_from(Order)
            .join(Shop, Shop.id == Order.shop_id)
            .join(User, User.id == Order.buyer_id)
            .join(PersonKey, PersonKey.person_id == User.id)
            .join(Address, Address.id == Order.address_id)
            .where(Order.id == order_id)
        )
    ).one_or_none()
    if row is None or (buyer_id, shop_id) not in {(row[0].buyer_id, None), (None, row[0].shop_id)}:
        raise NotFound(UNKNOWN)
    order, shop, sealed_name, wrapped, address = row
    ring = keys_of(session)
    lines = await ordered_lines(session, order_id)
    pictures = await session.scalars(
        select(Picture)
        .where(Picture.listing_id.in_([line.listing_id for line in lines]))
        .ext(distinct_on(Picture.listing_id))
        .order_by(Picture.listing_id, Picture.position, Picture.id)
    )
    return OrderFacts(
        order=order,
        shop=shop,
        buyer_name=name_of(ring, order.buyer_id, wrapped, sealed_name),
        address=addresses.shown(ring, address, wrapped),
        lines=lines,
        pictures={picture.listing_id: picture for picture in pictures if picture.listing_id},
        refunds=await refunds.of_order(session, order_id),
        owed=await exchanges.owed(session, order),
        promotions=await promotions.names(session, order.checkout_id, order.shop_id) if order.checkout_id else {},
        fees=await fee_rules.of_order(session, order.checkout_id, order.shop_id) if order.checkout_id else (),
    )
