"""The last pieces, and the last second: however many click at once, what is sold is what there was; and whoever pays
when the reservation runs out has the piece, or has not paid."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import httpx
import pytest
from sqlalchemy import text

from core import clock
from core.database import Database
from tests.faults.conftest import database_of, own_stack
from tests.faults.people import GOOD, Plan, Story, World, pay, place, until_over
from tests.faults.town import Resident, Shopper, add_makers, add_shopper
from tests.support.marketplace import Piece, add_listing
from tests.support.stack import open_folder
from tests.support.whole_stack import WholeStack

pytestmark = pytest.mark.faults

PIECES, CROWD = 50, 200
TRIALS = 120
PAY_WITHIN = 30
TIMEOUT = httpx.Timeout(60, connect=5, pool=120)
LIMITS = httpx.Limits(max_connections=CROWD, max_keepalive_connections=CROWD)


@pytest.fixture(scope="module")
def stack() -> Iterator[WholeStack]:
    settings = {"ARTISAN_CHECKOUT_PAY_WITHIN_SECONDS": str(PAY_WITHIN)}
    with open_folder() as folder, own_stack(folder / "home", settings) as running:
        yield running


@pytest.fixture
async def database(stack: WholeStack) -> AsyncIterator[Database]:
    async with database_of(stack) as opened:
        yield opened


@pytest.fixture
async def world(stack: WholeStack) -> AsyncIterator[World]:
    async with httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, trust_env=False) as http:
        yield World(stack.url, stack.sandbox_url, random.Random(), http)


async def sell(database: Database, pieces: int, buyers: int) -> tuple[str, Resident, list[Shopper]]:
    """A listing with so many pieces, its maker, and as many buyers with one of it in their carts."""
    async with database.transaction() as session:
        ((shop, maker),) = await add_makers(session, 1)
        listing_id = await add_listing(session, shop, Piece(title="Moon jar", price_minor=9_000, on_hand=pieces))
        crowd = [await add_shopper(session, f"Buyer {number}", {listing_id: 1}) for number in range(buyers)]
    return listing_id, maker, crowd


async def stock_of(database: Database, listing_id: str) -> tuple[int, int]:
    async with database.transaction() as session:
        sql = text("SELECT on_hand, reserved FROM stock WHERE listing_id = :id")
        row = (await session.execute(sql, {"id": listing_id})).one()
    return row[0], row[1]


async def captured(world: World) -> dict[str, int]:
    """Checkout → how often the provider took its money."""
    stats = (await world.patiently("GET", f"{world.partners}/_control/stats")).json()
    return dict(stats["captured_per_reference"])


async def test_two_hundred_buyers_on_fifty_pieces(
    stack: WholeStack, database: Database, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    listing_id, maker, crowd = await sell(database, PIECES, CROWD)
    stories = [Story(buyer, Plan(0, 0)) for buyer in crowd]
    began = asyncio.get_running_loop().time()

    async def click_and_pay(story: Story) -> None:
        placed = await place(world, story)
        if placed is not None:
            story.card_taken = await pay(world, placed["redirect_url"], (GOOD,))
            await world.api(story.buyer, "POST", f"/checkouts/{story.checkout_id}/returned")
            await until_over(world, story)

    await asyncio.gather(*(click_and_pay(story) for story in stories))
    took = asyncio.get_running_loop().time() - began

    assert Counter(story.ended or story.refused for story in stories) == {
        "paid": PIECES,
        "out_of_stock": CROWD - PIECES,
    }
    assert await stock_of(database, listing_id) == (0, 0)
    paid = {story.checkout_id for story in stories if story.ended == "paid"}
    assert {
        reference: count for reference, count in (await captured(world)).items() if reference in paid
    } == dict.fromkeys(paid, 1)
    orders = (await world.api(maker, "GET", "/shop/orders", params={"per_page": 100})).json()
    assert orders["total"] == PIECES
    late = await world.api(crowd[0], "POST", "/cart/lines", json={"listing_id": listing_id, "quantity": 1})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "out_of_stock")
    verified = await asyncio.to_thread(stack.artisan, "verify")
    assert verified.returncode == 0, verified.stdout
    with capsys.disabled():
        sys.stdout.write(f"\n{CROWD} buyers on {PIECES} pieces: {PIECES} sold in {took:.1f} s; {dict(world.retries)}\n")


async def test_paying_in_the_last_second(
    stack: WholeStack, database: Database, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The nearer to the end, the more often: half of the trials within a quarter of a second around it."""
    listing_id, _, crowd = await sell(database, TRIALS, TRIALS)
    jitter = [world.dice.uniform(-1.5, 1.0) if number % 2 else world.dice.gauss(0, 0.25) for number in range(TRIALS)]
    stories = [Story(buyer, Plan(world.dice.uniform(0, 12), None)) for buyer in crowd]

    async def pay_at_the_end(story: Story, offset: float) -> None:
        await asyncio.sleep(story.plan.places_at)
        placed = await place(world, story)
        assert placed is not None, story.refused
        seen = (await world.api(story.buyer, "GET", f"/checkouts/{story.checkout_id}")).json()
        ends = datetime.fromisoformat(seen["deadline"])
        await asyncio.sleep(max(0.0, (ends - clock.now()).total_seconds() + offset))
        story.card_taken = await pay(world, placed["redirect_url"], (GOOD,))
        await until_over(world, story)

    await asyncio.gather(*(pay_at_the_end(story, offset) for story, offset in zip(stories, jitter, strict=True)))

    ended = Counter(story.ended for story in stories)
    assert set(ended) == {"paid", "expired"}, ended
    taken = await captured(world)
    for story in stories:
        assert story.card_taken == (story.ended == "paid"), f"{story.checkout_id}: {story.card_taken}, {story.ended}"
        assert taken.get(story.checkout_id, 0) == (1 if story.ended == "paid" else 0)
    assert await stock_of(database, listing_id) == (TRIALS - ended["paid"], 0)
    verified = await asyncio.to_thread(stack.artisan, "verify")
    assert verified.returncode == 0, verified.stdout
    with capsys.disabled():
        sys.stdout.write(f"\n{TRIALS} buyers paid around the last second: {dict(ended)}; {dict(world.retries)}\n")
