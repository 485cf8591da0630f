"""All SQL of an artisan's own listings: every statement is bound to their shop, so another's is simply not found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, exists, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories.catalogue import COVER
from models.tables.catalogue import Category, Listing, Picture, PictureRendition, Shop, Stock
from models.tables.currencies import ListingPrice


class OwnRow(NamedTuple):
    id: str
    slug: str
    title: str
    category: str
    status: str
    price_minor: int
    currency: str
    lead_time_days: int
    on_hand: int
    reserved: int
    updated_at: datetime
    content_id: str | None
    alt: str | None
    width: int | None
    height: int | None


class OwnPictureRow(NamedTuple):
    id: str
    content_id: str
    alt: str
    width: int
    height: int


async def shop_currency(session: AsyncSession, shop_id: str) -> str:
    return (await session.scalars(select(Shop.currency).where(Shop.id == shop_id))).one()


async def category_exists(session: AsyncSession, slug: str) -> bool:
    return bool(await session.scalar(select(exists().where(Category.slug == slug))))


async def own(session: AsyncSession, shop_id: str, *, limit: int, offset: int) -> tuple[list[OwnRow], int]:
    """A page of a shop's listings, last changed first, and how many there are."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Listing.id,
            Listing.slug,
            Listing.title,
            Listing.category,
            Listing.status,
            Listing.price_minor,
            Listing.currency,
            Listing.lead_time_days,
            Stock.on_hand,
            Stock.reserved,
            Listing.updated_at,
            COVER.c.content_id,
            COVER.c.alt,
            COVER.c.width,
            COVER.c.height,
        )
        .join(Stock, Stock.listing_id == Listing.id)
        .outerjoin(COVER, true())
        .where(Listing.shop_id == shop_id)
        .order_by(Listing.updated_at.desc(), Listing.id)
        .limit(limit)
        .offset(offset)
    )
    rows = await session.execute(query)
    total = await session.scalar(select(func.count()).select_from(Listing).where(Listing.shop_id == shop_id))
    return [OwnRow(*row) for row in rows], total or 0


async def find(session: AsyncSession, shop_id: str, listing_id: str, *, lock: bool = False) -> Listing | None:
    query = select(Listing).where(Listing.id == listing_id, Listing.shop_id == shop_id)
    query = query.execution_options(populate_existing=True)
    return await session.scalar(query.with_for_update() if lock else query)


async def stock_of(session: AsyncSession, listing_id: str) -> tuple[int, int]:
    """On hand and reserved."""
    row = (await session.execute(select(Stock.on_hand, Stock.reserved).where(Stock.listing_id == listing_id))).one()
    return row[0], row[1]


async def add(session: AsyncSession, values: Mapping[str, Any], on_hand: int) -> None:
    await session.execute(insert(Listing).values(**values))
    await session.execute(insert(Stock).values(listing_id=values["id"], on_hand=on_hand))


async def own_prices(session: AsyncSession, listing_id: str) -> dict[str, int]:
    """Minor units by currency: what the artisan asks in others than the shop's."""
    rows = await session.execute(
        select(ListingPrice.currency, ListingPrice.price_minor).where(ListingPrice.listing_id == listing_id)
    )
    return {currency: minor for currency, minor in rows}  # noqa: C416 - rows are no pairs to mypy


async def set_prices(session: AsyncSession, listing_id: str, prices: Mapping[str, int]) -> None:
    """These and no others."""
    await session.execute(
        delete(ListingPrice).where(ListingPrice.listing_id == listing_id, ListingPrice.currency.not_in(prices))
    )
    for currency, minor in prices.items():
        statement = insert(ListingPrice).values(listing_id=listing_id, currency=currency, price_minor=minor)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[ListingPrice.listing_id, ListingPrice.currency],
                set_={"price_minor": minor, "updated_at": func.now()},
                where=ListingPrice.price_minor != minor,
            )
        )


async def change(session: AsyncSession, listing_id: str, values: Mapping[str, Any]) -> None:
    await session.execute(update(Listing).where(Listing.id == listing_id).values(**values, updated_at=func.now()))


async def pictures(session: AsyncSession, listing_id: str) -> list[OwnPictureRow]:
    """In the order they are shown."""
    rows = await session.execute(
        select(Picture.id, Picture.content_id, Picture.alt, Picture.width, Picture.height)
        .where(Picture.listing_id == listing_id)
        .order_by(Picture.position, Picture.id)
    )
    return [OwnPictureRow(*row) for row in rows]


async def add_renditions(
    session: AsyncSession, content_id: str, media_type: str, renditions: Mapping[int, bytes]
) -> None:
    """The same picture may be there already, from another listing."""
    await session.execute(
        insert(PictureRendition)
        .values(
            [
                {"content_id": content_id, "width": width, "media_type": media_type, "body": body}
                for width, body in renditions.items()
            ]
        )
        .on_conflict_do_nothing()
    )


async def add_picture(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(Picture).values(**values))


async def describe_picture(session: AsyncSession, listing_id: str, picture_id: str, alt: str) -> bool:
    """False when the listing has no such picture."""
    changed = await session.scalar(
        update(Picture)
        .where(Picture.id == picture_id, Picture.listing_id == listing_id)
        .values(alt=alt)
        .returning(Picture.id)
    )
    return changed is not None


async def place_pictures(session: AsyncSession, listing_id: str, order: Sequence[str]) -> None:
    for position, picture_id in enumerate(order):
        await session.execute(
            update(Picture).where(Picture.id == picture_id, Picture.listing_id == listing_id).values(position=position)
        )


async def remove_picture(session: AsyncSession, listing_id: str, picture_id: str) -> bool:
    """With its bytes, when nothing else shows them. False when the listing has no such picture."""
    content_id = await session.scalar(
        delete(Picture).where(Picture.id == picture_id, Picture.listing_id == listing_id).returning(Picture.content_id)
    )
    if content_id is None:
        return False
    await session.execute(
        delete(PictureRendition).where(
            PictureRendition.content_id == content_id,
            ~exists().where(Picture.content_id == content_id),
            ~exists().where(or_(Shop.avatar_content == content_id, Shop.banner_content == content_id)),
        )
    )
    return True
