"""Two hundred checkouts in flight, every server killed twice, providers that hang up and webhooks that get lost: in the
end each checkout is paid and becomes orders, or is not and frees its pieces, and nobody paid for nothing."""

import asyncio
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from core.database import Database
from tests.faults.conftest import database_of, own_stack
from tests.faults.crashes import EVERY_SERVER, Crashes
from tests.faults.people import ASKS_THE_CUSTOMER, DECLINED, GOOD, RISKY, Desk, Plan, Story, Workshop, World, buy
from tests.faults.town import Town, build_town
from tests.support.whole_stack import WholeStack

pytestmark = pytest.mark.faults

BUYERS, IN_FLIGHT = 240, 200
"""Some find a scarce piece gone; the others are all there at once while every server dies."""
PAY_WITHIN = 210
PLACED_BY, PAYING_TAKES = 20.0, 80.0
FAULTS = {
    "rates": {"timeout_after_success": 0.10, "webhook_lost": 0.10, "webhook_doubled": 0.10},
    "timeout_seconds": 2,
}
TIMEOUT = httpx.Timeout(45, connect=5, pool=300)
LIMITS = httpx.Limits(max_connections=80, max_keepalive_connections=40)
BOUND = 450.0
"""Seconds; on two idle cores it takes some 280."""
SCALE = 4_320
"""A business day in twenty seconds, for every sixth buyer: their orders lapse, or are over, before the test is."""


async def test_every_server_dies_twice(stack_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {
        "ARTISAN_CHECKOUT_PAY_WITHIN_SECONDS": str(PAY_WITHIN),
        "SANDBOX_COURIER_AUTOPILOT_SECONDS": "5",
    }
    with own_stack(stack_home, settings) as stack:
        async with database_of(stack) as database:
            seed = random.SystemRandom().randrange(10**6)
            async with httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, trust_env=False) as http:
                world = World(stack.url, stack.sandbox_url, random.Random(seed), http)
                run = await _live_through(stack, database, world)
                stats = (await http.get(f"{stack.sandbox_url}/_control/stats")).json()
            verified = await asyncio.to_thread(stack.artisan, "verify")
            figures = await _figures(database)
        with capsys.disabled():
            sys.stdout.write(run.summary(figures | {"callbacks": stats["callbacks"]}, seed))
        assert verified.returncode == 0, verified.stdout + verified.stderr + stack.output()[-4000:]
        _judge(run, figures, stats)


async def _live_through(stack: WholeStack, database: Database, world: World) -> "Run":
    dice = world.dice
    town = await build_town(database, dice, buyers=BUYERS, fast=BUYERS // 6, scale=SCALE, scarce=(12, 3))
    await _set_faults(world, FAULTS)
    closing = asyncio.Event()
    loop = asyncio.get_running_loop()
    began = loop.time()
    stories = [Story(buyer, _plan(dice, number)) for number, buyer in enumerate(town.buyers)]
    crashes = Crashes(stack, lambda: sum(story.in_flight for story in stories))
    try:
        async with asyncio.timeout(BOUND):
            async with asyncio.TaskGroup() as everybody:
                for worker in _workers(world, town, closing):
                    everybody.create_task(worker)
                killing = everybody.create_task(_kill(crashes, stories, world))
                buying = [everybody.create_task(buy(world, story, began)) for story in stories]
                await asyncio.gather(killing, *buying)
                closing.set()
            await _set_faults(world, {})
            await _until_quiet(stack, world, database)
    except TimeoutError:
        waiting = [story for story in stories if not story.ended and not story.refused]
        pytest.fail(
            f"not over after {BOUND:g} s: {len(waiting)} buyers still wait, such as {waiting[:3]}; {crashes.suffered}; "
            f"{await _figures(database)}; {await _left(database)}\n{stack.output()[-6000:]}"
        )
    return Run(stories, world, crashes, loop.time() - began)


async def _kill(crashes: Crashes, stories: list[Story], world: World) -> None:
    """Two servers while orders are placed, all of them while everything is in flight, all of them while people pay."""
    await crashes.inflict(("worker", "api"), every=6)
    await asyncio.gather(*(story.clicked.wait() for story in stories))
    await crashes.inflict(EVERY_SERVER, every=4)
    world.paying.set()
    await crashes.inflict(EVERY_SERVER, every=PAYING_TAKES / 6)


def _workers(world: World, town: Town, closing: asyncio.Event) -> list[Any]:
    return [
        *(Workshop(world, maker, closing).work() for maker in town.makers),
        Desk(world, town.administrator, closing).work(),
    ]


def _plan(dice: random.Random, number: int) -> Plan:
    """Most pay; some are declined first, some never pay, some change their mind, some never come back from paying."""
    places, pays = dice.uniform(0, PLACED_BY), dice.uniform(0, PAYING_TAKES)
    plan = Plan(places, pays, comes_back=dice.random() < 0.8, clicks=2 if number % 10 == 3 else 1)
    match number % 20:
        case 0 | 1:
            plan.pays_after = None
        case 2:
            plan.pays_after, plan.abandons_after = None, pays
        case 3 | 4:
            plan.cards = (DECLINED, GOOD)
        case 5:
            plan.cards = (DECLINED,)
        case 6:
            plan.cards = (ASKS_THE_CUSTOMER,)
        case 7:
            plan.cards = (RISKY,)
        case _:
            pass
    return plan


async def _set_faults(world: World, faults: dict[str, Any]) -> None:
    answer = await world.patiently("PUT", f"{world.partners}/_control/faults", json=faults, quiet=True)
    assert answer.is_success, answer.text


async def _until_quiet(stack: WholeStack, world: World, database: Database) -> None:
    """Every callback was taken, every parcel is where it goes, and the fast accounts' orders are over."""
    while True:
        stats = (await world.patiently("GET", f"{stack.sandbox_url}/_control/stats", quiet=True)).json()
        if not stats["callbacks"].get("pending") and not any((await _left(database)).values()):
            return
        await asyncio.sleep(2)


async def _left(database: Database) -> dict[str, int]:
    """What has still to happen, by name."""
    async with database.transaction() as session:
        return dict((await session.execute(text(_LEFT))).mappings().one())


_LEFT = """
    SELECT (SELECT count(*) FROM inbox_events WHERE processed_at IS NULL) AS events,
           (SELECT count(*) FROM parcels WHERE status IN ('labelled', 'handed_over')) AS parcels,
           (SELECT count(*) FROM processes p JOIN orders o ON p.workflow_id = 'fulfillment-' || o.id
            JOIN users u ON u.id = o.buyer_id WHERE u.time_scale > 1 AND NOT p.is_final) AS fast_orders,
           (SELECT count(*) FROM processes WHERE process = 'checkout' AND NOT is_final) AS checkouts
"""


async def _figures(database: Database) -> dict[str, Any]:
    questions = {
        "checkouts": "SELECT status, count(*) FROM processes WHERE process = 'checkout' GROUP BY 1 ORDER BY 1",
        "orders": "SELECT status, count(*) FROM processes WHERE process = 'fulfillment' GROUP BY 1 ORDER BY 1",
        "parcels": "SELECT status, count(*) FROM parcels GROUP BY 1 ORDER BY 1",
        "reservations": "SELECT state, count(*) FROM reservations GROUP BY 1 ORDER BY 1",
        "paid": "SELECT id, total_minor FROM checkouts WHERE paid",
        "deliveries": "SELECT outcome, count(*) FROM delivery_attempts GROUP BY 1 ORDER BY 1",
    }
    async with database.transaction() as session:
        return {name: {row[0]: row[1] for row in await session.execute(text(sql))} for name, sql in questions.items()}


def _judge(run: "Run", figures: dict[str, Any], stats: dict[str, Any]) -> None:
    placed = [story for story in run.stories if story.checkout_id]
    assert {story.refused for story in run.stories} <= {"", "out_of_stock"}
    for server in EVERY_SERVER:
        present = [crash.in_flight for crash in run.crashes.suffered if crash.server == server]
        assert max(present) >= IN_FLIGHT, f"{server} died while {present} checkouts were in flight"
    # Each ended, and in one of the two ways.
    assert set(figures["checkouts"]) <= {"paid", "refused", "expired", "abandoned", "voided"}
    assert "held" not in figures["reservations"]
    # Whose card was taken has their orders, unless our own people refused the payment; nobody else was charged.
    paid = figures["paid"]
    for story in placed:
        if story.card_taken and RISKY not in story.plan.cards:
            assert story.checkout_id in paid, f"{story.checkout_id}: paid at the provider, {story.ended} here"
        if story.plan.pays_after is None or story.plan.cards == (DECLINED,):
            assert story.checkout_id not in paid, f"{story.checkout_id}: never paid, and yet {story.ended}"
    assert stats["captured_more_than_once"] == []
    assert set(stats["captured_per_reference"]) == set(paid)
    assert stats["captured"]["usd"]["amount"] == sum(paid.values())
    assert stats["by_status"]["payment_intent"].get("requires_capture", 0) == 0
    # Every callback arrived: what the couriers believe is what our parcels say.
    assert stats["by_status"]["shipment"] == {"delivered": figures["parcels"]["delivered"]}, figures["parcels"]


@dataclass(frozen=True)
class Run:
    """What happened, for the record."""

    stories: list[Story]
    world: World
    crashes: Crashes
    took: float

    def summary(self, figures: dict[str, Any], seed: int) -> str:
        suffered = self.crashes.suffered
        slowest = ", ".join(
            f"{name} {max(crash.back_after for crash in suffered if crash.server == name):.0f} s"
            for name in sorted({crash.server for crash in suffered})
        )
        placed = sum(bool(story.checkout_id) for story in self.stories)
        retries = self.world.retries
        return "\n".join(
            (
                f"\n{len(self.stories)} buyers placed {placed} checkouts; all over after {self.took:.0f} s",
                f"seed {seed}",
                f"{len(suffered)} kills, back at the latest after: {slowest}",
                f"in flight when they died: {[(crash.server, crash.in_flight) for crash in suffered]}",
                f"people tried again {sum(retries.values())} times: {dict(retries.most_common())}",
                *(f"{name}: {found}" for name, found in figures.items() if name != "paid"),
                "",
            )
        )
