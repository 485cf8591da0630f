"""All SQL of carts. Whoever changes a cart holds its row; a checkout takes the same lock."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, func, or_, select, text, true, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.reads import Query, Reads
from models.repositories.catalogue import COVER, FOR_SALE, listed_in
from models.tables.catalogue import Listing, ShippingProfile, Shop, Stock
from models.tables.currencies import ListingPrice
from models.tables.selling import Cart, CartLine
from models.types import new_id


@dataclass(frozen=True, slots=True)
class CartRow:
    id: str
    user_id: str | None
    status: str
    attempt: int
    currency: str | None
    """What its owner has chosen to pay in."""
    code: str | None = None
    """A shop's code that they have entered."""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What a listing offers a buyer right now."""

    listing_id: str
    price_minor: int
    currency: str
    available: int
    owner_id: str


@dataclass(frozen=True, slots=True)
class CartLineRow:
    listing_id: str
    quantity: int
    shown_minor: int
    """The price the buyer last saw, as its artisan asked it."""
    shown_currency: str | None
    """Of that price, where it was the artisan's own in another currency than their shop's."""
    slug: str
    title: str
    category: str
    price_minor: int
    currency: str
    available: int
    """0 as well when the listing is withdrawn, or its shop is."""
    shop_id: str
    shop_slug: str
    shop_name: str
    shop_country: str
    home_first_minor: int
    home_more_minor: int
    content_id: str | None
    alt: str | None
    width: int | None
    height: int | None
    listed_minor: int | None
    """The artisan's own price in the cart's currency."""


_ACTIVE = text("status <> 'ordered'")
_available = case((FOR_SALE, Stock.on_hand - Stock.reserved), else_=0)


def _active() -> Select[str, str | None, str, int, str | None, str | None]:
    columns = select(Cart.id, Cart.user_id, Cart.status, Cart.attempt, Cart.currency, Cart.code)
    return columns.where(Cart.status != "ordered").order_by(Cart.id)


async def find_by_session(session: AsyncSession, session_hash: str, *, lock: bool) -> CartRow | None:
    query = _active().where(Cart.session_hash == session_hash)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return CartRow(*row) if row else None


async def find_for_person(
    session: AsyncSession, person_id: str, session_hash: str | None, *, lock: bool
) -> tuple[CartRow | None, CartRow | None]:
    """The person's own cart, and the one that their browser filled before they signed in. Locked in order of id."""
    owned = Cart.user_id == person_id
    if session_hash is not None:
        owned = or_(owned, and_(Cart.session_hash == session_hash, Cart.user_id.is_(None)))
    query = _active().where(owned)
    rows = [CartRow(*row) for row in await session.execute(query.with_for_update() if lock else query)]
    own = next((row for row in rows if row.user_id is not None), None)
    return own, next((row for row in rows if row.user_id is None), None)


async def create(session: AsyncSession, person_id: str | None, session_hash: str | None, currency: str | None) -> None:
    """Does nothing when another request was faster: an owner has one active cart."""
    owner: dict[str, Any] = {"user_id": person_id} if person_id else {"session_hash": session_hash}
    await session.execute(
        insert(Cart)
        .values(id=new_id("crt"), currency=currency, **owner)
        .on_conflict_do_nothing(index_elements=list(owner), index_where=_ACTIVE)
    )


async def rekey(session: AsyncSession, from_session: str, to_session: str) -> None:
    await session.execute(
        update(Cart).where(Cart.session_hash == from_session, Cart.status != "ordered").values(session_hash=to_session)
    )


async def give_to_person(session: AsyncSession, cart_id: str, person_id: str) -> None:
    await session.execute(update(Cart).where(Cart.id == cart_id).values(user_id=person_id, session_hash=None))


async def remove_own_work(session: AsyncSession, cart_id: str, person_id: str) -> None:
    """What the person makes themselves, and collected before they said who they are."""
    own = select(Listing.id).join(Shop, Shop.id == Listing.shop_id).where(Shop.owner_id == person_id)
    await session.execute(delete_rows(CartLine).where(CartLine.cart_id == cart_id, CartLine.listing_id.in_(own)))


async def delete(session: AsyncSession, cart_id: str) -> None:
    """With its lines."""
    await session.execute(delete_rows(Cart).where(Cart.id == cart_id))


async def touch(session: AsyncSession, cart_id: str) -> None:
    await session.execute(update(Cart).where(Cart.id == cart_id).values(updated_at=func.now()))


def _count(owner: ColumnElement[bool]) -> Query:
    return Query(
        select(func.coalesce(func.sum(CartLine.quantity), 0))
        .join(Cart, Cart.id == CartLine.cart_id)
        .where(owner, Cart.status != "ordered")
    )


_COUNT_OF_PERSON = _count(Cart.user_id == bindparam("owner", type_=String))
_COUNT_OF_SESSION = _count(Cart.session_hash == bindparam("owner", type_=String))


async def count_pieces(reads: Reads, person_id: str | None, session_hash: str | None) -> int:
    if person_id is None and session_hash is None:
        return 0
    rows = await reads.fetch(_COUNT_OF_PERSON if person_id else _COUNT_OF_SESSION, owner=person_id or session_hash)
    count: int = rows[0][0]
    return count


async def find_offer(session: AsyncSession, listing_id: str) -> OfferRow | None:
    row = (
        await session.execute(
            select(Listing.id, Listing.price_minor, Listing.currency, _available, Shop.owner_id)
            .join(Shop, Shop.id == Listing.shop_id)
            .join(Stock, Stock.listing_id == Listing.id)
            .where(Listing.id == listing_id, FOR_SALE)
        )
    ).one_or_none()
    return OfferRow(*row) if row else None


async def asked_price(session: AsyncSession, listing_id: str, currency: str) -> int | None:
    """The artisan's own price in a currency."""
    found: int | None = await session.scalar(
        select(ListingPrice.price_minor).where(ListingPrice.listing_id == listing_id, ListingPrice.currency == currency)
    )
    return found


async def choose_currency(session: AsyncSession, cart_id: str, currency: str | None) -> None:
    await session.execute(update(Cart).where(Cart.id == cart_id).values(currency=currency))


async def keep_code(session: AsyncSession, cart_id: str, code: str | None) -> None:
    await session.execute(update(Cart).where(Cart.id == cart_id).values(code=code))


async def lines(session: AsyncSession, cart: CartRow) -> list[CartLineRow]:
    """In the order they were added."""
    rows = await session.execute(
        select(
            CartLine.listing_id,
            CartLine.quantity,
            CartLine.unit_price_minor,
            CartLine.shown_currency,
            Listing.slug,
            Listing.title,
            Listing.category,
            Listing.price_minor,
            Listing.currency,
            _available,
            Shop.id,
            Shop.slug,
            Shop.name,
            Shop.country,
            ShippingProfile.home_first_minor,
            ShippingProfile.home_more_minor,
            COVER.c.content_id,
            COVER.c.alt,
            COVER.c.width,
            COVER.c.height,
            ListingPrice.price_minor,
        )
        .join(Listing, Listing.id == CartLine.listing_id)
        .join(Stock, Stock.listing_id == Listing.id)
        .join(Shop, Shop.id == Listing.shop_id)
        .join(ShippingProfile, ShippingProfile.shop_id == Shop.id)
        .outerjoin(COVER, true())
        .outerjoin(ListingPrice, listed_in(cart.currency))
        .where(CartLine.cart_id == cart.id)
        .order_by(CartLine.added_at, CartLine.listing_id)
    )
    return [CartLineRow(*row) for row in rows]


async def has_line(session: AsyncSession, cart_id: str, listing_id: str) -> bool:
    return (
        await session.scalar(
            select(CartLine.quantity).where(CartLine.cart_id == cart_id, CartLine.listing_id == listing_id)
        )
    ) is not None


async def put_line(
    session: AsyncSession, cart_id: str, listing_id: str, quantity: int, seen: tuple[int, str | None]
) -> None:
    """`seen` is the price as its artisan asks it, and its currency where it is one of their other prices."""
    shown = {"quantity": quantity, "unit_price_minor": seen[0], "shown_currency": seen[1]}
    statement = insert(CartLine).values(cart_id=cart_id, listing_id=listing_id, **shown)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[CartLine.cart_id, CartLine.listing_id],
            set_=shown,
        )
    )


async def set_quantity(session: AsyncSession, cart_id: str, listing_id: str, quantity: int) -> None:
    await session.execute(
        update(CartLine).where(CartLine.cart_id == cart_id, CartLine.listing_id == listing_id).values(quantity=quantity)
    )


async def remove_line(session: AsyncSession, cart_id: str, listing_id: str) -> None:
    await session.execute(delete_rows(CartLine).where(CartLine.cart_id == cart_id, CartLine.listing_id == listing_id))


async def adopt_prices(session: AsyncSession, cart_id: str, currency: str | None) -> None:
    """The lines' shown prices become today's, as they are asked of somebody who pays in `currency`."""
    asked = (
        select(
            Listing.id,
            func.coalesce(ListingPrice.price_minor, Listing.price_minor).label("minor"),
            ListingPrice.currency,
        )
        .outerjoin(ListingPrice, listed_in(currency))
        .subquery()
    )
    await session.execute(
        update(CartLine)
        .where(CartLine.cart_id == cart_id, CartLine.listing_id == asked.c.id)
        .values(unit_price_minor=asked.c.minor, shown_currency=asked.c.currency)
    )
