"""A run's page says that it is alive before each shop, so that a dead worker's page is taken over within seconds."""

from datetime import date, timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.payout_run import LookForDue, PayoutRunActivities
from core.database import Database
from tests.support.marketplace import TestShop, add_shop
from tests.support.payouts import earn, give_bank
from workflows import policies

MONDAY = date(2026, 11, 23)


async def test_a_page_beats_before_each_shop(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        other = await add_shop(session, name="Loom Hill")
        await give_bank(session, other)
        await earn(session, other, 9_000)
    beats: list[Any] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details)
    run = PayoutRunActivities(database, allow_time_scale=False)
    step = LookForDue(MONDAY - timedelta(days=1), MONDAY, "", 100, "payout-run-1")
    page = await environment.run(run.look_for_due, step)
    assert {due.shop_id for due in page.due} == {shop.id, other.id}
    assert len(beats) == 2
    assert policies.PAYOUT_PAGE_BEAT < policies.PAYOUT_PAGE_STEP
