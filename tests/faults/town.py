"""A town of buyers and makers for fault tests, written into a running stack's database: nobody registers 200 times.

Owns the rows and who means to buy what. What the people then do goes over HTTP, in `people`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from models.tables.people import User
from models.types import Role
from tests.support.buying import add_address, add_cart
from tests.support.marketplace import Piece, TestShop, add_listing, add_person, add_shop
from tests.support.signing_in import session_of


@dataclass(frozen=True)
class Resident:
    """Somebody who is signed in already."""

    id: str
    token: str


@dataclass(frozen=True)
class Shopper(Resident):
    """A buyer with a filled cart and an address."""

    address_id: str
    cart_id: str


@dataclass(frozen=True)
class Town:
    buyers: tuple[Shopper, ...]
    makers: tuple[Resident, ...]
    administrator: Resident


async def add_shopper(session: AsyncSession, name: str, wanted: dict[str, int], time_scale: int = 1) -> Shopper:
    person_id, _ = await add_person(session, name=name)
    if time_scale != 1:
        await session.execute(update(User).where(User.id == person_id).values(time_scale=time_scale))
    return Shopper(
        id=person_id,
        token=await session_of(session, person_id),
        address_id=await add_address(session, person_id),
        cart_id=await add_cart(session, person_id, wanted),
    )


async def add_makers(session: AsyncSession, number: int) -> list[tuple[TestShop, Resident]]:
    shops = [await add_shop(session, name=f"Workshop {index}") for index in range(1, number + 1)]
    return [(shop, Resident(shop.owner_id, await session_of(session, shop.owner_id))) for shop in shops]


async def build_town(
    database: Database, dice: random.Random, *, buyers: int, fast: int, scale: int, scarce: tuple[int, int]
) -> Town:
    """Eight shops with two plentiful listings each. Every buyer wants something of one or two of them; every fourth
    one wants a piece of three scarce listings, of which there are fewer than they want.

    `fast` of the buyers have accounts whose business days are `scale` times shorter; `scarce` is (pieces of each
    scarce listing, listings).
    """
    pieces, listings = scarce
    async with database.transaction() as session:
        shops = await add_makers(session, 8)
        plenty = [
            await add_listing(
                session, shop, Piece(title=f"Bowl {index} of {shop.slug}", price_minor=price, on_hand=400)
            )
            for shop, _ in shops
            for index, price in enumerate((2_400, 6_100))
        ]
        few = [
            await add_listing(session, shop, Piece(title=f"Rare vase {shop.slug}", price_minor=12_000, on_hand=pieces))
            for shop, _ in shops[:listings]
        ]
        administrator, _ = await add_person(session, Role.ADMINISTRATOR, name="Sam Okafor")
        desk = Resident(administrator, await session_of(session, administrator, two_factors=True))
        shoppers = []
        for number in range(buyers):
            wanted = _wishes(dice, plenty, few if number % 4 == 0 else [])
            shoppers.append(
                await add_shopper(session, f"Buyer {number}", wanted, scale if number % (buyers // fast) == 1 else 1)
            )
    return Town(tuple(shoppers), tuple(maker for _, maker in shops), desk)


def _wishes(dice: random.Random, plenty: Sequence[str], few: Sequence[str]) -> dict[str, int]:
    wanted = {listing_id: dice.choice((1, 1, 2)) for listing_id in dice.sample(plenty, dice.choice((1, 1, 2)))}
    return wanted | ({dice.choice(few): 1} if few else {})
