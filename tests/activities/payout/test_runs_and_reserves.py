"""Which shops a run finds due, and what a new seller's reserve keeps and lets go."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from activities.payout import PayoutActivities
from activities.payout_account import EnsureAccount, PayoutAccountActivities
from activities.payout_run import BeginRun, DuePage, EndRun, LookForDue, PayoutRunActivities, ReleaseHolds
from core import clock
from core.database import Database
from models.repositories import ledger, payouts_holds, payouts_plans
from models.repositories.payouts_plans import Plan
from models.rules import order_postings
from models.rules.payout_calendar import Calendar, PayoutDays
from models.rules.refunds import Share
from models.tables.catalogue import Shop
from models.tables.ledger import Balance
from models.tables.orders import Order
from models.tables.payouts import Hold, PayoutRun
from models.tables.people import User
from tests.activities.payout.conftest import EARNED, scheduled, standing
from tests.support.marketplace import TestShop, add_listing, add_shop
from tests.support.orders import add_paid_order
from tests.support.payouts import OTHER_BANK, FakeProvider, earn, give_bank

MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)
RUN = "payout-run-1"
SHARE = Share(items_minor=5_600, shipping_minor=0, tax_minor=0, fee_minor=312)


@pytest.fixture
def run(database: Database) -> PayoutRunActivities:
    return PayoutRunActivities(database, allow_time_scale=False)


async def look(run: PayoutRunActivities, day: date = MONDAY, *, cursor: str = "", limit: int = 100) -> DuePage:
    return await run.look_for_due(LookForDue(day - DAY, day, cursor, limit, RUN))


async def test_a_shop_is_due_on_its_day(database: Database, run: PayoutRunActivities, shop: TestShop) -> None:
    (due,) = (await look(run)).due
    assert (due.shop_id, due.artisan_id, due.currency, due.period) == (shop.id, shop.owner_id, "USD", "2026-11-23")
    assert (await look(run, MONDAY + DAY)).due == ()
    async with database.transaction() as session:
        await payouts_plans.save(session, shop.id, Plan(PayoutDays(Calendar.MONTHLY, day=31)), clock.now())
    assert (await look(run)).due == ()
    assert [due.period for due in (await look(run, date(2026, 11, 30))).due] == ["2026-11-30"]


async def test_an_account_that_could_not_be_paid_is_asked_about_again_after_a_day(
    run: PayoutRunActivities, accounts: PayoutAccountActivities, provider: FakeProvider, shop: TestShop
) -> None:
    provider.able = False
    await accounts.ensure_account(EnsureAccount(shop.id))
    assert (await look(run)).unable == (), "it has just been asked about"
    with time_machine.travel(clock.now() + DAY, tick=True):
        page = await look(run, MONDAY + DAY)
        assert (page.due, page.unable) == ((), (shop.id,))
        provider.able = True
        await accounts.ensure_account(EnsureAccount(shop.id))
    with time_machine.travel(clock.now() + 2 * DAY, tick=True):
        page = await look(run)
        assert ([due.shop_id for due in page.due], page.unable) == ([shop.id], ())


async def test_days_that_were_missed_are_one_payout(run: PayoutRunActivities, shop: TestShop) -> None:
    page = await run.look_for_due(LookForDue(MONDAY - 15 * DAY, MONDAY + DAY, "", 100, RUN))
    assert [due.period for due in page.due] == ["2026-11-23"]


async def test_only_shops_that_would_be_paid_are_started(
    database: Database, run: PayoutRunActivities, steps: PayoutActivities, shop: TestShop
) -> None:
    async with database.transaction() as session:
        poor, changed, suspended, bankless = [await add_shop(session) for _ in range(4)]
        for one in (poor, changed, suspended):
            await give_bank(session, one)
        for one in (changed, suspended, bankless):
            await earn(session, one, 5_000)
        await earn(session, poor, 2_499)
        await give_bank(session, changed, OTHER_BANK, saved=DAY)
        await session.execute(update(Shop).where(Shop.id == suspended.id).values(status="suspended"))
    assert [due.shop_id for due in (await look(run)).due] == [shop.id]
    await steps.set_aside(scheduled(shop))
    assert (await look(run)).due == ()


async def test_pages_meet_without_a_gap(database: Database, run: PayoutRunActivities) -> None:
    async with database.transaction() as session:
        shops = [await add_shop(session) for _ in range(5)]
        for one in shops:
            await give_bank(session, one)
            await earn(session, one, 5_000)
    found: list[str] = []
    page = await look(run, limit=2)
    found += [due.shop_id for due in page.due]
    while page.cursor:
        page = await look(run, cursor=page.cursor, limit=2)
        found += [due.shop_id for due in page.due]
    assert found == sorted(one.id for one in shops)


async def test_a_run_begins_where_the_last_finished_one_ended(database: Database, run: PayoutRunActivities) -> None:
    first = await run.begin_run(BeginRun("payout-run-1", MONDAY))
    assert (first.after, first.until) == (MONDAY - DAY, MONDAY)
    second = await run.begin_run(BeginRun("payout-run-2", MONDAY + DAY))
    assert second.after == MONDAY, "the first has not come to its end, so its day is looked at again"
    await run.end_run(EndRun("payout-run-1", payouts=3, holds=1))
    third = await run.begin_run(BeginRun("payout-run-3", MONDAY + 4 * DAY))
    assert (third.after, third.until) == (MONDAY, MONDAY + 4 * DAY)
    async with database.transaction() as session:
        row = await session.get_one(PayoutRun, "payout-run-1")
    assert (row.payouts, row.holds, row.ended_at is not None) == (3, 1, True)


async def test_a_run_brings_the_kept_sums_up_to_date(
    database: Database, run: PayoutRunActivities, shop: TestShop
) -> None:
    before = (await standing(database, shop)).payable_minor
    await run.begin_run(BeginRun("payout-run-1", MONDAY))
    async with database.transaction() as session:
        kept = await session.scalar(select(func.sum(Balance.amount_minor)).where(Balance.amount_minor < 0))
    assert kept, "what has been booked for the shop stands in the sums"
    assert (await standing(database, shop)).payable_minor == before > 0


async def test_a_new_sellers_reserve_is_kept_once_and_let_go_on_its_day(
    database: Database, run: PayoutRunActivities, shop: TestShop
) -> None:
    async with database.transaction() as session:
        order = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
        released = order_postings.release(order.id, shop.id, SHARE, "USD")
        await ledger.post(session, "release", "release", order.id, released)
        kept = await payouts_holds.keep_reserve(session, shop.id, order.id, released, clock.now())
        assert kept is not None
        assert await payouts_holds.keep_reserve(session, shop.id, order.id, released, clock.now()) is None
        sold_at = await session.scalar(select(func.min(Order.created_at)))
    before = await standing(database, shop)
    assert (before.reserve_minor, before.payable_minor) == (528, EARNED + 5_288 - 528)
    assert before.available_minor == before.payable_minor, "a reserve has left the payable balance already"
    (hold,) = before.holds
    assert (hold.rule, hold.reason, hold.amount.minor, hold.order_id) == (
        *("new_seller_reserve", "first_sales"),
        *(528, order.id),
    )
    assert sold_at is not None and hold.release_at == sold_at + timedelta(days=30)
    assert (await run.release_holds(ReleaseHolds(10, RUN, MONDAY - DAY))).released == 0
    with time_machine.travel(hold.release_at + timedelta(seconds=1)):
        due = await standing(database, shop)
        assert (due.held_minor, due.available_minor) == (0, EARNED + 5_288), "whoever asks then gets it"
        assert (await run.release_holds(ReleaseHolds(10, RUN, MONDAY - DAY))).released == 1
        assert (await run.release_holds(ReleaseHolds(10, RUN, MONDAY - DAY))).released == 0
        after = await standing(database, shop)
    assert (after.reserve_minor, after.available_minor, after.holds) == (0, EARNED + 5_288, ())


async def test_a_demo_shops_reserve_waits_as_its_keepers_days_pass(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        order = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
        assert await payouts_holds.time_scale_of(session, shop.id) == 1, "everybody else's days are days"
        await session.execute(update(User).where(User.id == shop.owner_id).values(time_scale=86_400))
        scale = await payouts_holds.time_scale_of(session, shop.id)
        released = order_postings.release(order.id, shop.id, SHARE, "USD")
        now = clock.now()
        await payouts_holds.keep_reserve(session, shop.id, order.id, released, now, scale=scale)
        (hold,) = await payouts_holds.unreleased(session, shop.id)
    assert timedelta(seconds=29) < hold.release_at - now <= timedelta(seconds=30)


async def test_an_established_shop_keeps_no_reserve(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        order = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
        await session.execute(update(Order).values(created_at=clock.now() - timedelta(days=31)))
        released = order_postings.release(order.id, shop.id, SHARE, "USD")
        assert await payouts_holds.keep_reserve(session, shop.id, order.id, released, clock.now()) is None
        assert await session.scalar(select(func.count()).select_from(Hold)) == 0
