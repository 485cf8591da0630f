"""A finished commission in verify's market, and the order that sent its piece."""

from core.database import Database
from models.repositories import commission_talk
from models.rules.refunds import NOTHING
from tests.support.commissioned import add_finished, add_order, tell
from tests.support.marketplace import TestShop


async def add_commission(database: Database, shop: TestShop) -> str:
    """Id of the order: of a piece that its customer has fetched, so that nothing was paid for sending it."""
    async with database.transaction() as session:
        finished = await add_finished(session, shop, "completed", charged=False)
        await commission_talk.add_message(
            session, finished.id, finished.customer_id, "Thank you!", [], leak_warned=False
        )
        made = await add_order(session, finished, NOTHING)
        await tell(session, f"fulfillment-{made.order_id}", "fulfillment", "refunded", is_final=True)
    return made.order_id
