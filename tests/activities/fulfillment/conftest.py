"""A paid order of two mugs and a scarf in a real database."""

import pytest

from activities.fulfillment import FulfillmentActivities
from core import clock
from core.database import Database
from models.repositories.processes import Progress
from models.types import Party, TimelineEntry
from tests.support.marketplace import Piece, TestShop, add_listing, add_shop
from tests.support.orders import PaidOrder, add_paid_order


@pytest.fixture
async def shop(database: Database) -> TestShop:
    async with database.transaction() as session:
        return await add_shop(session)


@pytest.fixture
async def order(database: Database, shop: TestShop) -> PaidOrder:
    async with database.transaction() as session:
        mug = await add_listing(session, shop, Piece(price_minor=2_400, on_hand=3))
        scarf = await add_listing(session, shop, Piece(title="Scarf", price_minor=8_000, on_hand=0))
        return await add_paid_order(session, shop, {mug: 2, scarf: 1})


@pytest.fixture
def steps(database: Database) -> FulfillmentActivities:
    return FulfillmentActivities(database)


def progress(order: PaidOrder, sequence: int, status: str, what: str, *, is_final: bool = False) -> Progress:
    """What the workflow would hand to its next step."""
    return Progress(
        workflow_id=f"fulfillment-{order.id}",
        process="fulfillment",
        status=status,
        sequence=sequence,
        is_final=is_final,
        entries=(TimelineEntry(sequence=sequence, at=clock.now(), actor=Party.SYSTEM, what=what),),
    )
