"""All SQL that visitors' pages read: columns instead of entities, one query for a page of cards, compiled once.

Owns no search (that is the `SearchIndex` port) and no writing (see `listings`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, String, and_, any_, bindparam, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from core.reads import Query, Reads
from models.tables.catalogue import Category, Listing, Picture, PictureRendition, ShippingProfile, Shop, Stock
from models.tables.currencies import ListingPrice


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


def listed_in(currency: str | BindParameter[Any] | None) -> ColumnElement[bool]:
    """Joins the listings of a query with their artisans' own prices in a currency; nothing with none."""
    return and_(ListingPrice.listing_id == Listing.id, ListingPrice.currency == currency)


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


APPROVED = "approved"
FOR_SALE = and_(Listing.status == "published", Shop.status == APPROVED)
"""What anybody may see of listings, in a query that joins their shops."""

_CATEGORIES = Query(select(Category.slug, Category.name, Category.blurb).order_by(Category.position))
_CARDS = Query(CARD.where(Listing.id == any_(bindparam("ids", type_=ARRAY(String))), FOR_SALE))
_ASKED = Query(
    select(ListingPrice.listing_id, ListingPrice.price_minor).where(
        ListingPrice.listing_id == any_(bindparam("ids", type_=ARRAY(String))),
        ListingPrice.currency == bindparam("currency", type_=String),
    )
)
_LISTING = Query(
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
    .where(Listing.id == bindparam("listing_id", type_=String), FOR_SALE)
)
_PICTURES = Query(
    select(Picture.content_id, Picture.alt, Picture.width, Picture.height)
    .where(Picture.listing_id == bindparam("listing_id", type_=String))
    .order_by(Picture.position, Picture.id)
)
_SHOP_STORY = Query(
    select(*_SHOP, Shop.story, Shop.owner_name, Shop.banner_content, Shop.currency, Shop.created_at).where(
        Shop.slug == bindparam("slug", type_=String), Shop.status == APPROVED
    )
)
_SHOP_ID = Query(select(Shop.id).where(Shop.slug == bindparam("slug", type_=String), Shop.status == APPROVED))
_SELLS = select(Listing.id).where(Listing.shop_id == Shop.id, Listing.status == "published").exists()
_FEATURED = Query(
    select(*_SHOP)
    .where(_SELLS, Shop.status == APPROVED)
    .order_by(Shop.created_at.desc(), Shop.id)
    .limit(bindparam("at_most", type_=Integer))
)
_CONTENT = bindparam("content_id", type_=String)
_SHOWN_BEFORE = or_(Shop.status == APPROVED, Shop.status == "suspended")
"""Old orders go on showing what their buyers saw."""
_RENDITION = Query(
    select(PictureRendition.media_type, PictureRendition.body).where(
        PictureRendition.content_id == _CONTENT,
        PictureRendition.width == bindparam("width", type_=Integer),
        or_(
            select(Picture.id)
            .join(Listing, Listing.id == Picture.listing_id)
            .join(Shop, Shop.id == Listing.shop_id)
            .where(Picture.content_id == _CONTENT, Listing.status != "draft", _SHOWN_BEFORE)
            .exists(),
            select(Shop.id)
            .where(or_(Shop.avatar_content == _CONTENT, Shop.banner_content == _CONTENT), _SHOWN_BEFORE)
            .exists(),
        ),
    )
)
_OWN_RENDITION = Query(
    select(PictureRendition.media_type, PictureRendition.body).where(
        PictureRendition.content_id == _CONTENT,
        PictureRendition.width == bindparam("width", type_=Integer),
        select(Picture.id)
        .join(Listing, Listing.id == Picture.listing_id)
        .where(Picture.content_id == _CONTENT, Listing.shop_id == bindparam("shop_id", type_=String))
        .exists(),
    )
)


async def categories(reads: Reads) -> list[CategoryRow]:
    return [CategoryRow(*row) for row in await reads.fetch(_CATEGORIES)]


async def cards(reads: Reads, listing_ids: Sequence[str]) -> list[CardRow]:
    """In the order asked for; what has been withdrawn since the search is left out."""
    if not listing_ids:
        return []
    found = {row[0]: CardRow(*row) for row in await reads.fetch(_CARDS, ids=list(listing_ids))}
    return [found[listing_id] for listing_id in listing_ids if listing_id in found]


async def asked_prices(reads: Reads, listing_ids: Sequence[str], currency: str) -> dict[str, int]:
    """The artisans' own prices in a currency, by listing; what has none is left out."""
    return {row[0]: row[1] for row in await reads.fetch(_ASKED, ids=list(listing_ids), currency=currency)}


async def find_listing(reads: Reads, listing_id: str) -> tuple[CardRow, ListingRow] | None:
    rows = await reads.fetch(_LISTING, listing_id=listing_id)
    if not rows:
        return None
    values = tuple(rows[0])
    card, words, category, shop, terms = values[:15], values[15:19], values[19:22], values[22:30], values[30:]
    description, materials, dimensions, published_at = words
    detail = ListingRow(
        description, materials, dimensions, published_at, CategoryRow(*category), ShopRow(*shop), Terms(*terms)
    )
    return CardRow(*card), detail


async def pictures(reads: Reads, listing_id: str) -> list[PictureRow]:
    return [PictureRow(*row) for row in await reads.fetch(_PICTURES, listing_id=listing_id)]


async def find_shop(reads: Reads, slug: str) -> tuple[ShopRow, ShopStoryRow] | None:
    rows = await reads.fetch(_SHOP_STORY, slug=slug)
    if not rows:
        return None
    return ShopRow(*rows[0][:8]), ShopStoryRow(*rows[0][8:])


async def find_shop_id(reads: Reads, slug: str) -> str | None:
    rows = await reads.fetch(_SHOP_ID, slug=slug)
    return rows[0][0] if rows else None


async def featured_shops(reads: Reads, at_most: int) -> list[ShopRow]:
    """Shops with something to sell, newest first."""
    return [ShopRow(*row) for row in await reads.fetch(_FEATURED, at_most=at_most)]


async def find_rendition(reads: Reads, content_id: str, width: int) -> tuple[str, bytes] | None:
    """Media type and bytes of what anybody may see."""
    rows = await reads.fetch(_RENDITION, content_id=content_id, width=width)
    return (rows[0][0], rows[0][1]) if rows else None


async def find_own_rendition(reads: Reads, shop_id: str, content_id: str, width: int) -> tuple[str, bytes] | None:
    """The same of a shop's own listings, drafts included."""
    rows = await reads.fetch(_OWN_RENDITION, shop_id=shop_id, content_id=content_id, width=width)
    return (rows[0][0], rows[0][1]) if rows else None
