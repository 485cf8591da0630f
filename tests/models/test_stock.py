"""Pieces on real PostgreSQL: whatever several checkouts do, in any order, nothing is sold twice and nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from typing import TypeVar

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database, create_engine
from models.errors import OutOfStock
from models.repositories import stock
from models.tables.catalogue import Stock
from models.tables.selling import Reservation
from tests.support.buying import add_checkouts
from tests.support.keys import key_ring
from tests.support.marketplace import Piece, add_listing, add_shop

T = TypeVar("T")
SOON = timedelta(minutes=15)
LISTINGS = 3
QUANTITIES = st.dictionaries(st.integers(0, LISTINGS - 1), st.integers(1, 4), min_size=1)


class Crash(Exception):
    """The process ends in the middle of a transaction."""


class StockMachine(RuleBasedStateMachine):
    """Checkouts that come and go, and beside them a few lines of arithmetic that say what must be in the rows."""

    portal: BlockingPortal
    database: Database

    def work(self, do: Callable[[AsyncSession], Awaitable[T]], *, crash: bool = False) -> T | None:
        async def in_transaction() -> T | None:
            try:
                async with self.database.transaction() as session:
                    result = await do(session)
                    if crash:
                        raise Crash
            except Crash:
                return None
            return result

        return self.portal.call(in_transaction)

    @initialize(on_hand=st.lists(st.integers(0, 8), min_size=LISTINGS, max_size=LISTINGS))
    def open_shop(self, on_hand: list[int]) -> None:
        async def prepare(session: AsyncSession) -> tuple[list[str], list[str]]:
            shop = await add_shop(session)
            listings = [await add_listing(session, shop, Piece(on_hand=pieces)) for pieces in on_hand]
            return listings, await add_checkouts(session, 5)

        prepared = self.work(prepare)
        assert prepared is not None
        self.listings, self.free_checkouts = prepared
        self.on_hand = dict(zip(self.listings, on_hand, strict=True))
        self.held: dict[str, dict[str, int]] = {}
        self.ended: list[str] = []

    def left(self, listing_id: str) -> int:
        return self.on_hand[listing_id] - sum(held.get(listing_id, 0) for held in self.held.values())

    @rule(wanted=QUANTITIES, crash=st.booleans())
    def reserve(self, wanted: Mapping[int, int], crash: bool) -> None:
        if not self.free_checkouts:
            return
        checkout_id = self.free_checkouts[0]
        quantities = {self.listings[index]: quantity for index, quantity in wanted.items()}
        short = {one: self.left(one) for one, quantity in quantities.items() if self.left(one) < quantity}
        if short:
            with pytest.raises(OutOfStock) as refused:
                self.work(lambda s: stock.reserve(s, checkout_id, quantities, clock.now() + SOON))
            assert refused.value.details == {"left": short}
            return
        self.work(lambda s: stock.reserve(s, checkout_id, quantities, clock.now() + SOON), crash=crash)
        if not crash:
            self.held[self.free_checkouts.pop(0)] = quantities

    @rule(pick=st.integers(0, 9), crash=st.booleans())
    def release(self, pick: int, crash: bool) -> None:
        checkout_id = self.any_checkout(pick)
        if checkout_id is None:
            return
        self.work(lambda s: stock.release(s, checkout_id), crash=crash)
        if not crash:
            self.end(checkout_id)

    @rule(pick=st.integers(0, 9), crash=st.booleans())
    def sell(self, pick: int, crash: bool) -> None:
        checkout_id = self.any_checkout(pick)
        if checkout_id is None:
            return
        sold_out = self.work(lambda s: stock.sell(s, checkout_id), crash=crash)
        if crash:
            return
        sold = self.end(checkout_id)
        for listing_id, quantity in sold.items():
            self.on_hand[listing_id] -= quantity
        assert sold_out == {listing_id for listing_id in sold if self.on_hand[listing_id] == 0}

    @rule(pick=st.integers(0, 9))
    def extend(self, pick: int) -> None:
        checkout_id = self.any_checkout(pick)
        if checkout_id is not None:
            self.work(lambda s: stock.extend(s, checkout_id, clock.now() + 2 * SOON))

    @rule(returned=QUANTITIES, crash=st.booleans())
    def restock(self, returned: Mapping[int, int], crash: bool) -> None:
        quantities = {self.listings[index]: quantity for index, quantity in returned.items()}
        self.work(lambda s: stock.restock(s, quantities), crash=crash)
        for listing_id, quantity in quantities.items() if not crash else ():
            self.on_hand[listing_id] += quantity

    @invariant()
    def the_rows_hold_what_the_arithmetic_says(self) -> None:
        if not hasattr(self, "listings"):
            return

        async def look(session: AsyncSession) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
            rows = await session.execute(
                select(Stock.listing_id, Stock.on_hand, Stock.reserved).where(Stock.listing_id.in_(self.listings))
            )
            held = await session.execute(
                select(Reservation.listing_id, func.sum(Reservation.quantity))
                .where(Reservation.state == "held", Reservation.listing_id.in_(self.listings))
                .group_by(Reservation.listing_id)
            )
            return {one: (on_hand, reserved) for one, on_hand, reserved in rows}, {one: int(n) for one, n in held}

        seen = self.work(look)
        assert seen is not None
        rows, reservations = seen
        expected = sum((Counter(held) for held in self.held.values()), Counter[str]())
        assert {one: on_hand for one, (on_hand, _) in rows.items()} == self.on_hand
        assert {one: reserved for one, (_, reserved) in rows.items() if reserved} == dict(expected) == reservations
        assert all(on_hand >= reserved >= 0 for on_hand, reserved in rows.values())

    def any_checkout(self, pick: int) -> str | None:
        """One that holds pieces, or one that has ended: what is done to it again must change nothing."""
        known = [*self.held, *self.ended]
        return known[pick % len(known)] if known else None

    def end(self, checkout_id: str) -> dict[str, int]:
        held = self.held.pop(checkout_id, {})
        if held:
            self.ended.append(checkout_id)
        return held


@pytest.fixture
def machine(postgres_url: str) -> Iterator[type[StockMachine]]:
    """The machine on the test's database; its connections live on a loop of their own thread."""
    with start_blocking_portal() as portal:
        database = portal.call(_open, postgres_url)
        yield type("Machine", (StockMachine,), {"portal": portal, "database": database})
        portal.call(database.close)


async def _open(url: str) -> Database:
    return Database(create_engine(url, pool_size=2), key_ring())


def test_any_order_of_events_keeps_the_books_of_the_shelf(machine: type[StockMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


async def reserve_at_once(database: Database, wanted: Mapping[str, Mapping[str, int]]) -> list[str]:
    """All checkouts at the same moment; answers those that got their pieces."""

    async def one(checkout_id: str, quantities: Mapping[str, int]) -> str | None:
        try:
            async with database.transaction() as session:
                await stock.reserve(session, checkout_id, quantities, clock.now() + SOON)
        except OutOfStock:
            return None
        return checkout_id

    answers = await asyncio.gather(*(one(checkout_id, quantities) for checkout_id, quantities in wanted.items()))
    return [answer for answer in answers if answer is not None]


async def test_forty_buyers_of_seven_pieces_get_exactly_seven(database: Database) -> None:
    async with database.transaction() as session:
        listing_id = await add_listing(session, await add_shop(session), Piece(on_hand=7))
        checkouts = await add_checkouts(session, 40)
    lucky = await reserve_at_once(database, {one: {listing_id: 1} for one in checkouts})
    assert len(lucky) == 7
    async with database.transaction() as session:
        row = await session.get_one(Stock, listing_id)
        assert (row.on_hand, row.reserved) == (7, 7)


async def test_carts_that_want_the_same_pieces_the_other_way_round_neither_deadlock_nor_oversell(
    database: Database,
) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session)
        first, second = [await add_listing(session, shop, Piece(on_hand=10)) for _ in range(2)]
        checkouts = await add_checkouts(session, 30)
    lucky = await reserve_at_once(
        database,
        {one: {first: 1, second: 2} if n % 2 else {second: 2, first: 1} for n, one in enumerate(checkouts)},
    )
    assert len(lucky) == 5, "the second listing has pieces for five carts"
    async with database.transaction() as session:
        rows = await stock.lock(session, {first, second})
        assert (rows[first].reserved, rows[second].reserved) == (5, 10)


async def test_all_lines_or_none(database: Database) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session)
        plenty, scarce = [await add_listing(session, shop, Piece(on_hand=pieces)) for pieces in (10, 1)]
        (checkout_id,) = await add_checkouts(session, 1)
    assert await reserve_at_once(database, {checkout_id: {plenty: 2, scarce: 2}}) == []
    async with database.transaction() as session:
        assert {row.reserved for row in (await stock.lock(session, {plenty, scarce})).values()} == {0}
        assert await session.scalar(select(func.count()).select_from(Reservation)) == 0


async def test_selling_and_releasing_at_once_does_one_of_the_two(database: Database) -> None:
    async with database.transaction() as session:
        listing_id = await add_listing(session, await add_shop(session), Piece(on_hand=3))
        (checkout_id,) = await add_checkouts(session, 1)
        await stock.reserve(session, checkout_id, {listing_id: 2}, clock.now() + SOON)

    async def end(how: Callable[[AsyncSession, str], Awaitable[object]]) -> None:
        async with database.transaction() as session:
            await how(session, checkout_id)

    await asyncio.gather(*(end(how) for how in (stock.sell, stock.release, stock.sell, stock.release)))
    async with database.transaction() as session:
        row = await session.get_one(Stock, listing_id)
        reservation = await session.get_one(Reservation, (checkout_id, listing_id))
    assert (row.on_hand, row.reserved, reservation.state) in {(1, 0, "sold"), (3, 0, "released")}
