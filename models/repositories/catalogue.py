"""All SQL that visitors' pages read: columns instead of entities, one query for a page of cards.

Owns no search (that is the `SearchIndex` port) and no writing (see `listings`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.catalogue import Category, Listing, Picture, PictureRendition, ShippingProfile, Shop, Stock


class CategoryRow(NamedTuple):
    slug: str
    name: str
    blurb: str


class CardRow(NamedTuple):
    """A listing as small as it gets; the picture's columns are None where there is none."""

    id: str
    slug: str
    title: str
    price_minor: int
    currency: str
    shop_id: str
    shop_name: str
    shop_slug: str
    on_hand: int
    reserved: int
    lead_time_days: int
    content_id: str | None
    alt: str | None
    width: int | None
    height: int | None


class ShopRow(NamedTuple):
    id: str
    slug: str
    name: str
    tagline: str
    city: str
    region: str
    country: str
    avatar_content: str | None


class ShopStoryRow(NamedTuple):
    story: str
    owner_name: str
    banner_content: str | None
    currency: str
    created_at: datetime


class Terms(NamedTuple):
    home_first_minor: int
    home_more_minor: int
    abroad_first_minor: int
    abroad_more_minor: int
    ships_abroad: bool
    handling_days: int


class ListingRow(NamedTuple):
    description: str
    materials: list[str]
    dimensions: str
    published_at: datetime
    category: CategoryRow
    shop: ShopRow
    terms: Terms


class PictureRow(NamedTuple):
    content_id: str
    alt: str
    width: int
    height: int


COVER = (
    select(Picture.content_id, Picture.alt, Picture.width, Picture.height)
    .where(Picture.listing_id == Listing.id)
    .order_by(Picture.position, Picture.id)
    .limit(1)
    .lateral("cover")
)
"""The first picture of each listing of a query, by the index on `listing_id`."""
_SHOP = (Shop.id, Shop.slug, Shop.name, Shop.tagline, Shop.city, Shop.region, Shop.country, Shop.avatar_content)
CARD: Select[*tuple[Any, ...]] = (
    select(
        Listing.id,
        Listing.slug,
        Listing.title,
        Listing.price_minor,
        Listing.currency,
        Listing.shop_id,
        Shop.name,
        Shop.slug,
        Stock.on_hand,
        Stock.reserved,
        Listing.lead_time_days,
        COVER.c.content_id,
        COVER.c.alt,
        COVER.c.width,
        COVER.c.height,
    )
    .join(Shop, Shop.id == Listing.shop_id)
    .join(Stock, Stock.listing_id == Listing.id)
    .outerjoin(COVER, true())
)


async def categories(session: AsyncSession) -> list[CategoryRow]:
    rows = await session.execute(select(Category.slug, Category.name, Category.blurb).order_by(Category.position))
    return [CategoryRow(*row) for row in rows]


async def cards(session: AsyncSession, listing_ids: Sequence[str]) -> list[CardRow]:
    """In the order asked for; what has been withdrawn since the search is left out."""
    if not listing_ids:
        return []
    rows = await session.execute(CARD.where(Listing.id.in_(listing_ids), Listing.status == "published"))
    found = {row[0]: CardRow(*row) for row in rows}
    return [found[listing_id] for listing_id in listing_ids if listing_id in found]


async def find_listing(session: AsyncSession, listing_id: str) -> tuple[CardRow, ListingRow] | None:
    row = (
        await session.execute(
            CARD.add_columns(
                Listing.description,
                Listing.materials,
                Listing.dimensions,
                Listing.published_at,
                Category.slug,
                Category.name,
                Category.blurb,
                *_SHOP,
                ShippingProfile.home_first_minor,
                ShippingProfile.home_more_minor,
                ShippingProfile.abroad_first_minor,
                ShippingProfile.abroad_more_minor,
                ShippingProfile.ships_abroad,
                ShippingProfile.handling_days,
            )
            .join(Category, Category.slug == Listing.category)
            .join(ShippingProfile, ShippingProfile.shop_id == Listing.shop_id)
            .where(Listing.id == listing_id, Listing.status == "published")
        )
    ).one_or_none()
    if row is None:
        return None
    values: tuple[Any, ...] = tuple(row)
    card, words, category, shop, terms = values[:15], values[15:19], values[19:22], values[22:30], values[30:]
    description, materials, dimensions, published_at = words
    detail = ListingRow(
        description, materials, dimensions, published_at, CategoryRow(*category), ShopRow(*shop), Terms(*terms)
    )
    return CardRow(*card), detail


async def pictures(session: AsyncSession, listing_id: str) -> list[PictureRow]:
    rows = await session.execute(
        select(Picture.content_id, Picture.alt, Picture.width, Picture.height)
        .where(Picture.listing_id == listing_id)
        .order_by(Picture.position, Picture.id)
    )
    return [PictureRow(*row) for row in rows]


async def find_shop(session: AsyncSession, slug: str) -> tuple[ShopRow, ShopStoryRow] | None:
    row = (
        await session.execute(
            select(*_SHOP, Shop.story, Shop.owner_name, Shop.banner_content, Shop.currency, Shop.created_at).where(
                Shop.slug == slug
            )
        )
    ).one_or_none()
    if row is None:
        return None
    values: tuple[Any, ...] = tuple(row)
    return ShopRow(*values[:8]), ShopStoryRow(*values[8:])


async def find_shop_id(session: AsyncSession, slug: str) -> str | None:
    return await session.scalar(select(Shop.id).where(Shop.slug == slug))


async def featured_shops(session: AsyncSession, limit: int) -> list[ShopRow]:
    """Shops with something to sell, newest first."""
    sells = select(Listing.id).where(Listing.shop_id == Shop.id, Listing.status == "published").exists()
    rows = await session.execute(select(*_SHOP).where(sells).order_by(Shop.created_at.desc(), Shop.id).limit(limit))
    return [ShopRow(*row) for row in rows]


async def find_rendition(session: AsyncSession, content_id: str, width: int) -> tuple[str, bytes] | None:
    """Media type and bytes."""
    row = (
        await session.execute(
            select(PictureRendition.media_type, PictureRendition.body).where(
                PictureRendition.content_id == content_id, PictureRendition.width == width
            )
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None
