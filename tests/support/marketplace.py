"""Rows for tests: people, shops, listings. Each function writes what a test does not care about by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from activities.gateways.postgres_search import PostgresSearch
from api.auth.passwords import hash_password
from core import clock
from models.repositories import people
from models.tables.catalogue import Category, Listing, Picture, ShippingProfile, Shop, Stock
from models.types import Role, new_id

PASSWORD = "correct horse battery"
_PASSWORD_HASH = hash_password(PASSWORD)
_numbers = count(1)


@dataclass(frozen=True)
class TestShop:
    """A shop and the account that keeps it."""

    __test__ = False

    id: str
    slug: str
    owner_id: str
    owner_email: str
    currency: str


@dataclass(frozen=True)
class Piece:
    """What a test wants to say about a listing."""

    title: str = "Speckled mug"
    description: str = "Thrown on the wheel, glazed in oatmeal white, holds a generous coffee."
    category: str = "ceramics"
    materials: Sequence[str] = ("stoneware",)
    price_minor: int = 4_800
    on_hand: int = 5
    reserved: int = 0
    status: str = "published"
    lead_time_days: int = 0
    published_at: datetime = field(default_factory=clock.now)


async def add_person(session: AsyncSession, role: Role = Role.CUSTOMER, *, name: str = "Ada Byron") -> tuple[str, str]:
    """Id and e-mail address; the password is `PASSWORD`."""
    email = f"person{next(_numbers)}@example.com"
    person_id = await people.add_person(
        session, name, email, role=role, password_hash=_PASSWORD_HASH, email_verified_at=clock.now()
    )
    assert person_id is not None
    return person_id, email


async def add_shop(
    session: AsyncSession, *, name: str = "Saltmarsh", currency: str = "USD", status: str = "approved"
) -> TestShop:
    owner_id, email = await add_person(session, Role.ARTISAN, name=f"{name}'s keeper")
    shop = TestShop(new_id("shp"), f"{name.lower().replace(' ', '-')}-{next(_numbers)}", owner_id, email, currency)
    await session.execute(
        insert(Shop).values(
            id=shop.id,
            owner_id=owner_id,
            slug=shop.slug,
            name=name,
            owner_name="Wren Alder",
            tagline="Pots for every day",
            story="It began in a shed.",
            city="Machias",
            region="ME",
            postal_code="04654",
            country="US",
            currency=currency,
            status=status,
        )
    )
    await session.execute(
        insert(ShippingProfile).values(
            shop_id=shop.id,
            home_first_minor=600,
            home_more_minor=200,
            abroad_first_minor=1_800,
            abroad_more_minor=700,
            ships_abroad=True,
            handling_days=2,
        )
    )
    return shop


async def add_listing(session: AsyncSession, shop: TestShop, piece: Piece | None = None) -> str:
    """Id of the listing; it has a picture (without bytes) and stands in the search index."""
    piece = piece or Piece()
    listing_id = new_id("lst")
    await session.execute(
        upsert(Category)
        .values(slug=piece.category, name=piece.category.title(), blurb=f"All {piece.category}.", position=1)
        .on_conflict_do_nothing()
    )
    await session.execute(
        insert(Listing).values(
            id=listing_id,
            shop_id=shop.id,
            category=piece.category,
            slug=piece.title.lower().replace(" ", "-"),
            title=piece.title,
            description=piece.description,
            materials=list(piece.materials),
            price_minor=piece.price_minor,
            currency=shop.currency,
            weight_grams=400,
            lead_time_days=piece.lead_time_days,
            status=piece.status,
            published_at=piece.published_at,
        )
    )
    await session.execute(insert(Stock).values(listing_id=listing_id, on_hand=piece.on_hand, reserved=piece.reserved))
    await session.execute(
        insert(Picture).values(
            id=new_id("pic"),
            listing_id=listing_id,
            position=0,
            alt=f"{piece.title} on a table",
            content_id="c0ffee",
            width=1_200,
            height=900,
        )
    )
    await PostgresSearch(session).index([listing_id])
    return listing_id


def ago(**length: float) -> datetime:
    return clock.now() - timedelta(**length)
