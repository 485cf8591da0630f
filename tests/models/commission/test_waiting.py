"""Places and who waits for one, in the database: who gets in, whom a place is offered, and that no place goes twice."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from models.errors import InvalidInput, NotNow
from models.repositories import capacity
from models.tables.capacity import CommissionWait
from models.tables.catalogue import Shop
from models.tables.commissions import CommissionRow
from tests.support.marketplace import TestShop, add_shop
from tests.support.waiting import ask

STANDS = timedelta(days=3)


async def offer(session: AsyncSession, shop: TestShop, now: datetime) -> capacity.Looked:
    """A look, and the offers that come of it."""
    looked = await capacity.offer_places(session, shop.id, now)
    for commission_id in looked.fresh:
        await capacity.stands_until(session, commission_id, now + STANDS)
    return looked


async def states(session: AsyncSession, ids: list[str]) -> list[str]:
    found = [await capacity.wait_of(session, one) for one in ids]
    return [one.state if one is not None else "in" for one in found]


@pytest.fixture
async def shop(database: Database) -> TestShop:
    async with database.transaction() as session:
        made = await add_shop(session)
        await capacity.put(session, made.id, 2, 30)
    return made


async def test_a_shop_that_says_nothing_promises_nothing_and_keeps_nobody_waiting(database: Database) -> None:
    async with database.transaction() as session:
        made = await add_shop(session)
        assert await capacity.promise_for(session, made.id, clock.now().date()) is None
        _, admission = await ask(session, made)
    assert admission == capacity.Admission(waits=False, promise=None)


async def test_no_place_at_all_closes_commissions(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        await capacity.put(session, shop.id, 0, 30)
        assert await capacity.promise_for(session, shop.id, clock.now().date()) is None
        with pytest.raises(NotNow, match="no commissions"):
            await ask(session, shop)


@pytest.mark.parametrize(("slots", "lead_days", "field"), [(-1, 30, "slots"), (51, 30, "slots"), (2, 0, "lead_days")])
async def test_numbers_that_nobody_can_work_by_are_refused(
    database: Database, shop: TestShop, slots: int, lead_days: int, field: str
) -> None:
    async with database.transaction() as session:
        with pytest.raises(InvalidInput) as refused:
            await capacity.put(session, shop.id, slots, lead_days)
    assert refused.value.details["field"] == field


async def test_a_shop_that_we_have_closed_offers_no_place_until_it_is_open_again(
    database: Database, shop: TestShop
) -> None:
    now = clock.now()
    async with database.transaction() as session:
        ids = [(await ask(session, shop))[0] for _ in range(3)]
        await capacity.put(session, shop.id, 3, 30)
        await session.execute(update(Shop).where(Shop.id == shop.id).values(status="suspended"))
        closed = await offer(session, shop, now)
        assert (closed.fresh, closed.anybody) == ((), True)
        await session.execute(update(Shop).where(Shop.id == shop.id).values(status="approved"))
        assert (await offer(session, shop, now)).fresh == (ids[2],)


async def test_the_third_of_two_places_waits_and_is_told_from_when(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        admissions = [(await ask(session, shop))[1] for _ in range(4)]
    assert [one.waits for one in admissions] == [False, False, True, True]
    third, fourth = admissions[2].promise, admissions[3].promise
    assert third is not None
    assert fourth is not None
    today = clock.now().date()
    assert (third.taken, third.ahead, third.starts_on) == (2, 0, today + timedelta(days=30))
    assert (fourth.ahead, fourth.finished_on) == (1, today + timedelta(days=60))


async def test_asking_again_keeps_the_turn(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        ids = [(await ask(session, shop))[0] for _ in range(4)]
        wait = await capacity.wait_of(session, ids[2])
        assert wait is not None
        again = await capacity.admit(session, shop.id, ids[2], wait.customer_id, clock.now().date())
        assert again.waits
        assert [one.commission_id for one in await capacity.waits(session, shop.id)] == ids[2:]


async def test_two_requests_for_the_last_place_do_not_both_get_in(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        await capacity.put(session, shop.id, 1, 30)

    async def one() -> bool:
        async with database.transaction() as session:
            return (await ask(session, shop))[1].waits

    assert sorted(await asyncio.gather(one(), one(), one())) == [False, True, True]


async def test_who_talks_for_a_week_without_agreeing_keeps_nobody_out(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        ids = [(await ask(session, shop))[0] for _ in range(3)]
        now = clock.now()
        assert (await offer(session, shop, now)).fresh == ()
        begun = update(CommissionRow).where(CommissionRow.id == ids[0])
        await session.execute(begun.values(created_at=now - capacity.BARGAINING))
        assert (await offer(session, shop, now)).fresh == (ids[2],)
        agreed = update(CommissionRow).where(CommissionRow.id == ids[1])
        await session.execute(agreed.values(agreed_at=now))
        later = now + capacity.BARGAINING * 2
        assert [one.commission_id for one in await capacity.busy(session, shop.id, later)] == [ids[1]]


async def test_an_offer_runs_out_and_moves_on(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        ids = [(await ask(session, shop))[0] for _ in range(4)]
        await session.execute(update(CommissionRow).where(CommissionRow.id == ids[0]).values(ended_at=clock.now()))
        now = clock.now()
        first = await offer(session, shop, now)
        assert first.fresh == (ids[2],)
        assert (await offer(session, shop, now + STANDS - timedelta(seconds=1))).passed == ()
        with pytest.raises(NotNow, match="over"):
            await capacity.take(session, shop.id, ids[2], now + STANDS)
        moved = await offer(session, shop, now + STANDS)
        assert (moved.passed, moved.fresh) == ((ids[2],), (ids[3],))
        with pytest.raises(NotNow, match="over"):
            await capacity.take(session, shop.id, ids[2], now)
        row = await capacity.take(session, shop.id, ids[3], now + STANDS * 2 - timedelta(microseconds=1))
        assert row.id == ids[3]
        assert await states(session, ids) == ["in", "in", "passed", "taken"]


async def test_who_leaves_is_out_and_cannot_take(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        ids = [(await ask(session, shop))[0] for _ in range(3)]
        assert await capacity.leave(session, ids[2], clock.now()) == shop.id
        await capacity.leave(session, ids[2], clock.now())
        with pytest.raises(NotNow, match="not on a waitlist"):
            await capacity.take(session, shop.id, ids[2], clock.now())
        assert (await capacity.offer_places(session, shop.id, clock.now())).anybody is False


MOVES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["ask", "look"]), st.just(0)),
        st.tuples(st.sampled_from(["take", "leave", "end"]), st.integers(0, 9)),
        st.tuples(st.just("slots"), st.integers(0, 4)),
        st.tuples(st.just("days"), st.integers(1, 5)),
    ),
    max_size=30,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
async def test_never_are_more_places_offered_than_are_free(
    database: Database, moves: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks, leaves, takes, ends, and however the artisan changes the number of places."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    async with database.transaction() as session:
        shop = await add_shop(session)
        slots, asked = 1, list[str]()
        await capacity.put(session, shop.id, slots, 10)
        for move, number in moves:
            which = asked[number % len(asked)] if asked else ""
            now += timedelta(seconds=1)
            try:
                if move == "ask":
                    asked.append((await ask(session, shop))[0])
                elif move == "slots":
                    slots = number
                    await capacity.put(session, shop.id, slots, 10)
                elif move == "days":
                    now += timedelta(days=number)
                elif move == "take" and which:
                    await capacity.take(session, shop.id, which, now)
                elif move == "leave" and which and await capacity.wait_of(session, which):
                    await capacity.leave(session, which, now)
                elif move == "end" and which and (await states(session, [which]))[0] in {"in", "taken"}:
                    await session.execute(update(CommissionRow).where(CommissionRow.id == which).values(ended_at=now))
            except NotNow:
                continue
            busy = len(await capacity.busy(session, shop.id, now))
            before = {one.commission_id for one in await capacity.waits(session, shop.id) if one.state == "offered"}
            looked = await offer(session, shop, now)
            queue = await capacity.waits(session, shop.id)
            offered = [one for one in queue if one.state == "offered"]
            fresh = [one for one in offered if one.commission_id not in before]
            assert {one.commission_id for one in fresh} == set(looked.fresh)
            assert not fresh or busy + len(offered) <= slots
            waiting = [one for one in queue if one.state == "waiting"]
            assert not waiting or not fresh or max(_turn(one) for one in fresh) < min(_turn(one) for one in waiting)
            assert not waiting or busy + len(offered) >= slots, "a free place is offered to somebody who waits"
        await session.rollback()


def _turn(one: CommissionWait) -> tuple[datetime, str]:
    return one.asked_at, one.commission_id
