"""Fills an empty marketplace: categories, shops, listings, demo accounts, then the drawn pictures shop by shop.

Words first, so that the shop can be looked at while the pictures are still being drawn. Running it twice adds nothing.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context

import structlog
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from activities.gateways.postgres_search import PostgresSearch
from api.auth.factors import new_secret
from api.auth.passwords import hash_password
from core.clock import now
from core.database import Database, create_engine
from core.keys import open_key_ring
from core.logging import configure_logging
from core.settings import get_settings
from deploy.seed.accounts import ADMINISTRATOR, COMMISSIONER, CUSTOMER, PAID_SHOPS, PAYER, TOUR, DemoAccount, artisan
from deploy.seed.content import CATEGORIES, LISTINGS, SHOPS, Listing, Shop
from deploy.seed.content.scale import synthetic_listings
from deploy.seed.drawing import PICTURE_SIZE, DrawnPicture, draw_everything_of
from deploy.seed.payees import connect_shops
from models.repositories import factors, people
from models.tables.catalogue import Category, Picture, PictureRendition, ShippingProfile, Stock
from models.tables.catalogue import Listing as ListingTable
from models.tables.catalogue import Shop as ShopTable
from models.types import new_id

log = structlog.get_logger(__name__)
BATCH = 2_000


async def seed(
    database: Database, artisans: int, listings: int, pay_to: Callable[[Sequence[str]], Awaitable[None]]
) -> None:
    """Writes up to `artisans` shops and `listings` listings; beyond the written ones, listings are put together.

    `pay_to` gives the shops of these ids what they need to be paid."""
    shops = SHOPS[:artisans]
    async with database.transaction() as session:
        await _categories(session)
        shop_ids = await _shops(session, shops)
    written = [listing for listing in LISTINGS if listing.shop in shop_ids][:listings]
    async with database.transaction() as session:
        ids = await _listings(session, shop_ids, {shop.slug: shop for shop in shops}, written)
        await PostgresSearch(session).index(list(ids.values()))
        undrawn = await _undrawn(session, written)
    log.info("listings written", count=len(ids))
    await pay_to(list(shop_ids.values()))
    await _draw(database, shops, [listing for listing in written if listing.slug in undrawn], undrawn)
    await _scale_up(database, shop_ids, shops, listings - len(written))


async def is_wanting(database: Database) -> bool:
    """Nothing is there yet, or an earlier seeding was broken off while it drew."""
    async with database.transaction() as session:
        if not await session.scalar(select(func.count()).select_from(ShopTable)):
            return True
        return bool(await _undrawn(session, LISTINGS))


async def _undrawn(session: AsyncSession, listings: Sequence[Listing]) -> dict[str, str]:
    """Slug → id of the written listings that have no picture."""
    rows = await session.execute(
        select(ListingTable.slug, ListingTable.id)
        .where(ListingTable.slug.in_([listing.slug for listing in listings]))
        .where(~select(Picture.id).where(Picture.listing_id == ListingTable.id).exists())
    )
    return dict(row._tuple() for row in rows)


async def _categories(session: AsyncSession) -> None:
    rows = [
        {"slug": category.slug, "name": category.name, "blurb": category.blurb, "position": position}
        for position, category in enumerate(CATEGORIES)
    ]
    await session.execute(upsert(Category).values(rows).on_conflict_do_nothing())


async def _account(session: AsyncSession, account: DemoAccount, password_hash: str) -> str:
    added = await people.add_person(
        session,
        account.name,
        account.email,
        role=account.role,
        password_hash=password_hash,
        email_verified_at=now(),
        time_scale=account.time_scale,
    )
    if added is not None:
        return added
    known = await people.credentials(session, account.email)
    assert known is not None  # noqa: S101 - that is why it could not be added
    return known[0]


async def _second_factor(session: AsyncSession, person_id: str) -> None:
    """One-time codes with a secret that nobody has seen; `artisan code` tells what they are now."""
    if not (await factors.of_person(session, person_id)).any:
        await factors.activate_secret(session, person_id, new_secret(), now())


async def _shops(session: AsyncSession, shops: Sequence[Shop]) -> dict[str, str]:
    """Shop slug → id. All demo accounts share one password, so it is hashed once."""
    password_hash = await asyncio.to_thread(hash_password, CUSTOMER.password)
    for account in (CUSTOMER, TOUR, PAYER, COMMISSIONER):
        await _account(session, account, password_hash)
    await _second_factor(session, await _account(session, ADMINISTRATOR, password_hash))
    rows = await session.execute(select(ShopTable.slug, ShopTable.id))
    known: dict[str, str] = dict(row._tuple() for row in rows)
    for shop in shops:
        if shop.slug in known:
            continue
        owner = await _account(session, artisan(shop.slug, shop.owner_name), password_hash)
        if shop.slug in PAID_SHOPS:
            await _second_factor(session, owner)
        known[shop.slug] = new_id("shp")
        session.add(
            ShopTable(
                id=known[shop.slug],
                owner_id=owner,
                slug=shop.slug,
                name=shop.name,
                owner_name=shop.owner_name,
                tagline=shop.tagline,
                story=shop.story,
                city=shop.city,
                region=shop.region,
                postal_code=shop.postal_code,
                country=shop.country,
                currency=shop.currency,
                status="approved",
            )
        )
        await session.flush()
        session.add(
            ShippingProfile(
                shop_id=known[shop.slug],
                home_first_minor=shop.shipping_first_minor,
                home_more_minor=shop.shipping_additional_minor,
                abroad_first_minor=shop.abroad_first_minor,
                abroad_more_minor=shop.abroad_additional_minor,
                ships_abroad=True,
                handling_days=shop.handling_days,
            )
        )
    return {shop.slug: known[shop.slug] for shop in shops}


async def _listings(
    session: AsyncSession, shop_ids: dict[str, str], shops: dict[str, Shop], listings: Sequence[Listing]
) -> dict[str, str]:
    """Slug → id of the listings that were not there yet."""
    known = set(
        await session.scalars(select(ListingTable.slug).where(ListingTable.slug.in_([it.slug for it in listings])))
    )
    fresh = [listing for listing in listings if listing.slug not in known]
    ids = {listing.slug: new_id("lst") for listing in fresh}
    if not fresh:
        return ids
    # Shops put things up now and then, not one shop after the other.
    minutes_ago = random.Random(len(fresh)).sample(range(len(fresh)), len(fresh))
    newest = now()
    await session.execute(
        insert(ListingTable),
        [
            {
                "id": ids[listing.slug],
                "shop_id": shop_ids[listing.shop],
                "category": listing.category,
                "slug": listing.slug,
                "title": listing.title,
                "description": listing.description,
                "materials": list(listing.materials),
                "dimensions": listing.dimensions,
                "price_minor": listing.price_minor,
                "currency": shops[listing.shop].currency,
                "weight_grams": listing.weight_grams,
                "lead_time_days": listing.lead_time_days,
                "status": "published",
                "published_at": newest - timedelta(minutes=ago),
            }
            for listing, ago in zip(fresh, minutes_ago, strict=True)
        ],
    )
    await session.execute(
        insert(Stock),
        [{"listing_id": ids[listing.slug], "on_hand": listing.stock, "reserved": 0} for listing in fresh],
    )
    return ids


async def _draw(database: Database, shops: Sequence[Shop], listings: Sequence[Listing], ids: dict[str, str]) -> None:
    """Draws each shop's pictures in a process of its own, and writes them as they come."""
    loop = asyncio.get_running_loop()
    fresh = [(shop, [it for it in listings if it.shop == shop.slug and it.slug in ids]) for shop in shops]
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as drawers:
        drawing = [loop.run_in_executor(drawers, draw_everything_of, shop, own) for shop, own in fresh if own]
        for done in asyncio.as_completed(drawing):
            shop_slug, pictures = await done
            async with database.transaction() as session:
                await _pictures(session, shop_slug, pictures, ids)
            log.info("pictures drawn", shop=shop_slug, count=len(pictures))


async def _pictures(
    session: AsyncSession, shop_slug: str, pictures: Sequence[DrawnPicture], ids: dict[str, str]
) -> None:
    for drawn in pictures:
        content_id = hashlib.sha256(b"".join(body for _, _, body in drawn.renditions)).hexdigest()
        await session.execute(
            upsert(PictureRendition)
            .values(
                [
                    {"content_id": content_id, "width": width, "media_type": media_type, "body": body}
                    for width, media_type, body in drawn.renditions
                ]
            )
            .on_conflict_do_nothing()
        )
        if drawn.use == "listing":
            session.add(
                Picture(
                    id=new_id("pic"),
                    listing_id=ids[drawn.listing_slug],
                    position=drawn.position,
                    alt=drawn.alt,
                    content_id=content_id,
                    width=PICTURE_SIZE,
                    height=PICTURE_SIZE,
                )
            )
        else:
            column = {"avatar_content" if drawn.use == "avatar" else "banner_content": content_id}
            await session.execute(update(ShopTable).where(ShopTable.slug == shop_slug).values(column))


async def _scale_up(database: Database, shop_ids: dict[str, str], shops: Sequence[Shop], wanted: int) -> None:
    """Puts together as many more listings as are wanted; they show the drawn ones' pictures."""
    by_slug = {shop.slug: shop for shop in shops}
    rows = (listing for listing in synthetic_listings(max(0, wanted) * 2, seed=1) if listing.shop in shop_ids)
    for batch in _batches(islice(rows, max(0, wanted))):
        async with database.transaction() as session:
            ids = await _listings(session, shop_ids, by_slug, batch)
            await _share_pictures(session, batch, ids)
            await PostgresSearch(session).index(list(ids.values()))
        log.info("more listings", count=len(ids))
    if wanted > 0:
        # The planner must know of thousands of new rows at once, not when it happens to look.
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))


async def _share_pictures(session: AsyncSession, batch: Sequence[Listing], ids: dict[str, str]) -> None:
    drawn = await session.execute(
        select(ListingTable.slug, Picture.content_id, Picture.alt)
        .join(Picture, Picture.listing_id == ListingTable.id)
        .where(ListingTable.slug.in_({listing.drawn_as for listing in batch}), Picture.position == 0)
    )
    source = {slug: (content_id, alt) for slug, content_id, alt in drawn}
    rows = [
        {
            "id": new_id("pic"),
            "listing_id": ids[listing.slug],
            "position": 0,
            "alt": source[listing.drawn_as][1],
            "content_id": source[listing.drawn_as][0],
            "width": PICTURE_SIZE,
            "height": PICTURE_SIZE,
        }
        for listing in batch
        if listing.slug in ids and listing.drawn_as in source
    ]
    if rows:
        await session.execute(insert(Picture), rows)


def _batches(listings: Iterator[Listing]) -> Iterator[list[Listing]]:
    while batch := list(islice(listings, BATCH)):
        yield batch


def main(artisans: int, listings: int, *, if_empty: bool = False) -> None:
    """Entry of `artisan seed`."""
    settings = get_settings()
    configure_logging(settings.log_level, json=settings.log_json)

    async def run() -> None:
        database = Database(create_engine(settings.database_url, 2), open_key_ring(settings.keys_path))

        async def pay_to(shop_ids: Sequence[str]) -> None:
            if settings.environment == "embedded":
                await connect_shops(database, settings, shop_ids)

        try:
            if not if_empty or await is_wanting(database):
                await seed(database, artisans, listings, pay_to)
        finally:
            await database.close()

    asyncio.run(run())
