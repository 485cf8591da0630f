"""One shop whose rows can't be read is passed over by the run, seen by finance, and tried again; the rest is paid."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import insert, select, text, update

from activities.payout_run import BeginRun, DuePage, EndRun, LookForDue, PayoutRunActivities, ReleaseHolds
from core import clock
from core.database import Database
from models.repositories import payouts_plans, payouts_skips, payouts_standing
from models.repositories.payouts_plans import Plan
from models.rules.payouts import SkippedAt
from models.tables.payouts import Hold, PayoutPlan, PayoutSkip
from models.types import new_id
from tests.support.marketplace import TestShop, add_shop
from tests.support.payouts import earn, give_bank

MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest.fixture
def run(database: Database) -> PayoutRunActivities:
    return PayoutRunActivities(database, allow_time_scale=False)


@pytest.fixture
async def other(database: Database) -> TestShop:
    async with database.transaction() as session:
        other = await add_shop(session)
        await give_bank(session, other)
        await earn(session, other, 5_000)
        return other


async def look(run: PayoutRunActivities, run_id: str = "payout-run-1", day: date = MONDAY) -> DuePage:
    return await run.look_for_due(LookForDue(day - DAY, day, "", 100, run_id))


async def open_skips(database: Database) -> list[PayoutSkip]:
    async with database.transaction() as session:
        return [found.skip for found in await payouts_skips.listed(session, limit=10)]


async def spoil_plan(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        await payouts_plans.save(session, shop.id, Plan(), clock.now())
        await session.execute(update(PayoutPlan).where(PayoutPlan.shop_id == shop.id).values(minimums={"USD": "a lot"}))


async def test_a_plan_that_can_not_be_read_is_passed_over_and_made_up_for_by_the_next_run(
    database: Database, run: PayoutRunActivities, shop: TestShop, other: TestShop
) -> None:
    await spoil_plan(database, shop)
    assert [due.shop_id for due in (await look(run)).due] == [other.id]
    await look(run)  # the step is repeated: the run counts once
    (skip,) = await open_skips(database)
    assert (skip.shop_id, skip.currency, skip.step, skip.error) == (shop.id, "USD", "plan", "ValueError")
    assert (skip.times, skip.after, skip.run_id) == (1, MONDAY - DAY, "payout-run-1")

    with time_machine.travel(clock.now() + DAY):
        await look(run, "payout-run-2", MONDAY + DAY)
        (again,) = await open_skips(database)
        assert (again.id, again.times, again.after) == (skip.id, 2, MONDAY - DAY)
        assert again.last_at > again.first_at

    async with database.transaction() as session:
        await payouts_plans.save(session, shop.id, Plan(), clock.now())
    page = await look(run, "payout-run-3", MONDAY + 2 * DAY)
    assert [(due.shop_id, due.period) for due in page.due] == [(shop.id, MONDAY.isoformat())], "its Monday is made up"
    assert await open_skips(database) == []


async def test_a_hold_that_can_not_be_let_go_keeps_nobody_else_and_no_payout_tries_it(
    database: Database, run: PayoutRunActivities, shop: TestShop, other: TestShop
) -> None:
    """Its amount is more than the ledger can hold beside what is there."""
    async with database.transaction() as session:
        for one, minor in ((shop, 9_223_372_036_854_775_807), (other, 100)):
            await session.execute(
                insert(Hold).values(
                    id=new_id("hld"),
                    shop_id=one.id,
                    currency="USD",
                    amount_minor=minor,
                    rule="new_seller_reserve",
                    reason="first_sales",
                    booked=True,
                    created_at=clock.now() - 30 * DAY,
                    release_at=clock.now() - DAY,
                )
            )
    released, cursor, left = 0, "", True
    while left:  # one at a time: what can't be let go must not come round for ever
        done = await run.release_holds(ReleaseHolds(1, "payout-run-1", MONDAY - DAY, cursor))
        released, cursor, left = released + done.released, done.cursor, done.left
    assert released == 1
    assert [due.shop_id for due in (await look(run)).due] == [other.id]
    (skip,) = await open_skips(database)
    assert (skip.shop_id, skip.step, skip.times) == (shop.id, SkippedAt.HOLDS.value, 1)


async def test_a_balance_or_an_account_that_raises_is_passed_over(
    database: Database,
    run: PayoutRunActivities,
    shop: TestShop,
    other: TestShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, step in (("standing", "balance"), ("payee", "account")):
        real = getattr(payouts_standing, name)

        async def poisoned(session: object, shop_id: str, *rest: object, real: object = real) -> object:
            if shop_id == shop.id:
                await session.execute(text("SELECT 1 / 0"))  # type: ignore[attr-defined] # aborts the transaction
            return await real(session, shop_id, *rest)  # type: ignore[operator] # the function that it stands for

        with monkeypatch.context() as patched:
            patched.setattr(payouts_standing, name, poisoned)
            assert [due.shop_id for due in (await look(run)).due] == [other.id]
        (skip,) = await open_skips(database)
        assert (skip.step, skip.error) == (step, "DataError")


async def test_a_database_that_is_away_is_nobodys_fault(
    database: Database, run: PayoutRunActivities, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise ConnectionResetError("the server has gone")

    monkeypatch.setattr(payouts_standing, "standing", away)
    with pytest.raises(ConnectionResetError):
        await look(run)
    assert await open_skips(database) == []


async def test_a_run_that_ends_without_it_clears_what_needs_no_look_any_more(
    database: Database, run: PayoutRunActivities, shop: TestShop
) -> None:
    """The shop is no candidate any more: it has been suspended, say."""
    await spoil_plan(database, shop)
    await run.begin_run(BeginRun("payout-run-1", MONDAY))
    await look(run)
    await run.end_run(EndRun("payout-run-1", payouts=0, holds=0))
    assert len(await open_skips(database)) == 1
    await run.begin_run(BeginRun("payout-run-2", MONDAY + DAY))
    await run.end_run(EndRun("payout-run-2", payouts=0, holds=0))
    assert await open_skips(database) == []
    async with database.transaction() as session:
        kept = (await session.scalars(select(PayoutSkip))).one()
    assert kept.cleared_at is not None
