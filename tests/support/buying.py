"""Rows of somebody who buys: addresses, carts, and checkouts that were frozen by hand. Shops and listings are
`marketplace`'s."""

from collections.abc import Mapping
from itertools import count

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from models.ports import PostalAddress
from models.repositories import addresses
from models.tables import Base
from models.tables.catalogue import Listing
from models.tables.selling import Cart, CartLine, Checkout
from models.types import new_id
from tests.support.marketplace import add_person, ago

_seconds = count(1)


async def add_address(session: AsyncSession, user_id: str, country: str = "US", region: str = "NY") -> str:
    """Id of an address; New York taxes goods and shipping at 4 %."""
    given = PostalAddress("Ada Byron", "1 Mill Lane", "Albany", region, "12207", country)
    return await addresses.add(session, user_id, given)


async def add_cart(session: AsyncSession, user_id: str, quantities: Mapping[str, int], *, attempt: int = 1) -> str:
    """Id of an open cart with these listings at today's prices, put in one after the other."""
    cart_id = new_id("crt")
    await session.execute(insert(Cart).values(id=cart_id, user_id=user_id, attempt=attempt))
    for listing_id, quantity in quantities.items():
        await session.execute(
            insert(CartLine).values(
                cart_id=cart_id,
                listing_id=listing_id,
                quantity=quantity,
                unit_price_minor=select(Listing.price_minor).where(Listing.id == listing_id).scalar_subquery(),
                added_at=ago(hours=1, seconds=-next(_seconds)),
            )
        )
    return cart_id


async def add_checkouts(session: AsyncSession, number: int) -> list[str]:
    """Ids of checkouts of as many buyers, for what hangs on a checkout and does not look into it."""
    ids = []
    for _ in range(number):
        buyer_id, _ = await add_person(session)
        cart_id, address_id = await add_cart(session, buyer_id, {}), await add_address(session, buyer_id)
        ids.append(f"checkout-{cart_id}-1")
        await session.execute(
            insert(Checkout).values(
                id=ids[-1],
                cart_id=cart_id,
                attempt=1,
                buyer_id=buyer_id,
                address_id=address_id,
                currency="USD",
                items_minor=100,
                shipping_minor=0,
                tax_minor=0,
                total_minor=100,
            )
        )
    return ids


async def fingerprint(database: Database) -> dict[str, tuple[int, int]]:
    """Rows and their content for every table, but for the hour of the last touch: equal before and after what must
    leave no trace."""
    hashed = "hashtextextended((to_jsonb(row) - 'updated_at')::text, 0)"
    async with database.transaction() as session:
        seen = {}
        for table in Base.metadata.tables:
            question = f"select count(*), coalesce(sum({hashed}), 0) from {table} row"  # noqa: S608 - our own names
            number, content = (await session.execute(text(question))).one()
            seen[table] = (int(number), int(content))
        return seen
