"""Five hundred payouts, by the calendar and by hand, while the provider hangs up after it has paid, forgets what it was
asked, and every server dies; some banks refuse and some send back: nobody is paid twice, and nobody is forgotten.

The night's reconciliation, whose own worker is killed too, then finds orders, ledger and provider at one.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from core.settings import Settings, get_settings
from tests.faults.conftest import own_stack
from tests.faults.crashes import Crashes
from tests.faults.payday import (
    NEW,
    OPEN,
    REFUSED,
    RETURNED,
    STUBBORN,
    Town,
    make_today_due,
    mind,
    open_town,
    run_the_calendar,
    withdraw_a_part,
    withdraw_the_rest,
)
from tests.support.whole_stack import ROOT, WholeStack, clean_environment
from workflows.reconciliation import messages as reconciliation

pytestmark = pytest.mark.faults

FAULTS = {
    "rates": {"timeout_after_success": 0.15, "webhook_lost": 0.10, "webhook_doubled": 0.10},
    "timeout_seconds": 1,
}
DIE = ("worker", "sandbox", "temporal", "api", "worker", "sandbox", "api", "temporal", "worker")
DIE_EVERY = 4.0
BOUND = 600.0
"""Seconds from the first payout to the last; most of it is room for machines that have other things to do."""
NIGHT, NIGHT_WITHIN = "reconciliation-tomorrow", 240


@pytest.fixture
def settings_of() -> Iterator[Any]:
    """The stack's settings, as its own processes read them."""
    with pytest.MonkeyPatch.context() as patch:

        def read(stack: WholeStack) -> Settings:
            for name, value in stack.environment.items():
                patch.setenv(name, value)
            return get_settings()

        yield read


async def test_nobody_is_paid_twice_and_nobody_forgotten(
    stack_home: Path, settings_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    with own_stack(stack_home, {}) as stack:
        async with open_town(stack, settings_of(stack), random.Random(seed)) as town:
            began = time.monotonic()
            crashes = await _live_through(town)
            took = time.monotonic() - began
            figures = await _figures(town)
            _judge(town, crashes, figures)
            night = await _night(town, 1, kills=2)
            quiet = await _night(town, 2, kills=0)
            cases = await town.count("SELECT count(*) FROM reconciliation_cases")
            looked_at = await town.count(
                "SELECT (SELECT count(*) FROM payouts) + (SELECT count(*) FROM checkouts WHERE paid)"
            )
            lines = await town.count("SELECT count(*) FROM provider_transactions")
            nights = time.monotonic() - began - took
            verified = await asyncio.to_thread(stack.artisan, "verify")
        with capsys.disabled():
            sys.stdout.write(_summary(town, crashes, figures, night, seed))
            sys.stdout.write(f"all over after {took:.0f} s, two nights in {nights:.0f} s\n")
    assert (night["opened"], night["young"], cases) == (0, 0, 0)
    assert (night["looked_at"], night["transactions"]) == (looked_at, lines), "as if nobody had died"
    assert (quiet["opened"], quiet["looked_at"], quiet["transactions"]) == (0, looked_at, 0)
    assert verified.returncode == 0, verified.stdout + verified.stderr


# What happens


async def _live_through(town: Town) -> Crashes:
    await make_today_due(town)
    await town.provider.do("PUT", "faults", FAULTS)
    crashes = Crashes(town.stack, lambda: town.open)
    over = asyncio.Event()
    try:
        async with asyncio.timeout(BOUND), asyncio.TaskGroup() as everybody:
            everybody.create_task(_count_open(town, over))
            everybody.create_task(mind(town, over))
            await run_the_calendar(town)
            withdrawing = [everybody.create_task(withdraw_a_part(town, keeper)) for keeper in town.keepers]
            await _kill(town, crashes)
            await run_the_calendar(town)
            await asyncio.gather(*withdrawing)
            await withdraw_the_rest(town)
            over.set()
    except TimeoutError:
        pytest.fail(
            f"not over after {BOUND:g} s: {await town.left()}; {await town.statuses()}; {crashes.suffered}; "
            f"{await town.rows(_STILL_OPEN)}; owed {await town.payable()}\n"
            f"{town.stack.output()[-6000:]}"
        )
    await town.provider.do("PUT", "faults", {})
    return crashes


async def _kill(town: Town, crashes: Crashes) -> None:
    """One server after the other; each time the provider has just forgotten every key that it knew."""
    for server in DIE:
        await crashes.inflict((server,), every=DIE_EVERY)
        answer = await town.world.patiently(
            "POST", f"{town.world.partners}/_control/stripe/forget-keys", json={}, quiet=True
        )
        town.forgotten += answer.json()["forgotten"]


async def _count_open(town: Town, over: asyncio.Event) -> None:
    while not over.is_set():
        town.open = await town.count(OPEN)
        await asyncio.sleep(0.5)


# What must be true then


def _judge(town: Town, crashes: Crashes, figures: Mapping[str, Any]) -> None:
    ended, moved = figures["ended"], figures["moved"]
    assert sum(figures["payouts"].values()) >= 2 * len(town.keepers) - 3 * (REFUSED + STUBBORN + RETURNED + NEW)
    assert set(ended) <= {"paid_out", "given_back", "not_paid"}, ended
    for server in set(DIE):
        assert max(crash.in_flight for crash in crashes.suffered if crash.server == server) > 0
    assert town.forgotten > 0
    assert town.sent_back
    # Nobody was paid twice: no operation was carried out twice, and what left is what we have booked as paid.
    for step in ("transferred", "reversed", "paid_out"):
        assert moved[f"{step}_more_than_once"] == [], step
    assert figures["theirs"] == figures["ours"]
    # Nobody was forgotten: it is at the bank, or payable to whoever has given no bank account that takes it.
    for keeper in town.keepers:
        shop_id = keeper.payee.shop.id
        paid, owed = figures["ours"].get(shop_id, 0), figures["payable"].get(shop_id, 0)
        assert paid + owed == figures["earned"][shop_id], f"{shop_id} ({keeper.kind}): {keeper.answers}"
        assert (paid == 0) if keeper.is_stubborn else (owed == 0), f"{shop_id} ({keeper.kind}): {keeper.answers}"


async def _figures(town: Town) -> dict[str, Any]:
    payouts = (await town.provider.do("GET", "stripe/payouts"))["payouts"]
    assert len(payouts) < 1_000, "as many as the list shows"
    shops = dict(await town.rows("SELECT provider_id, shop_id FROM connected_accounts"))
    theirs: Counter[str] = Counter()
    for payout in payouts:
        if payout["status"] not in {"failed", "canceled"}:
            theirs[shops[payout["account"]]] += payout["amount"]
    return {
        "payouts": dict(await town.rows("SELECT kind, count(*) FROM payouts GROUP BY 1")),
        "attempts": dict(await town.rows("SELECT attempt, count(*) FROM payouts GROUP BY 1 ORDER BY 1")),
        "ended": await town.statuses(),
        "theirs": dict(theirs),
        "ours": dict(await town.rows(_PAID)),
        "payable": await town.payable(),
        "earned": dict(await town.rows(_EARNED)),
        "moved": await town.provider.do("GET", "stripe/money-out"),
    }


# The night


async def _night(town: Town, days: int, *, kills: int) -> dict[str, int]:
    """The reconciliation of a day to come; its worker dies so often on the way. What the workflow answers."""
    queue = f"{NIGHT}-{days}"
    worker = _worker(town, days, queue)
    try:
        handle: WorkflowHandle[Any, Any] = await town.client.start_workflow(
            reconciliation.WORKFLOW, reconciliation.ReconciliationInput(), id=queue, task_queue=queue
        )
        for _ in range(kills):
            await _until_in_the_middle(town, queue)
            worker.kill()
            worker.wait()
            worker = _worker(town, days, queue)
        async with asyncio.timeout(NIGHT_WITHIN):
            done: dict[str, int] = await handle.result()
        return done
    finally:
        worker.kill()
        worker.wait()


def _worker(town: Town, days: int, queue: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.tomorrow", str(days), queue],
        env={**clean_environment(), **town.stack.environment},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def _until_in_the_middle(town: Town, workflow_id: str) -> None:
    """Further on in the books than when it was last looked at."""
    seen = (await town.client.get_workflow_handle(workflow_id).describe()).history_length
    async with asyncio.timeout(NIGHT_WITHIN):
        while True:
            now = (await town.client.get_workflow_handle(workflow_id).describe()).history_length
            if now >= seen + 40 or now < seen:
                return
            await asyncio.sleep(0.05)


_STILL_OPEN = """
    SELECT p.id, p.kind, p.attempt, p.status, s.status, p.failure_code, p.created_at, p.paid_at, now() FROM payouts p
    JOIN processes s ON s.workflow_id = p.id WHERE NOT s.is_final ORDER BY 1 LIMIT 10
"""
_UNITS = "SELECT (SELECT count(*) FROM payouts) + (SELECT count(*) FROM checkouts WHERE paid)"
_PAID = "SELECT shop_id, sum(amount_minor)::int FROM payouts WHERE status = 'paid' GROUP BY 1"
_EARNED = """
    SELECT a.owner, -sum(e.amount_minor)::int FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
    JOIN ledger_postings p ON p.id = e.posting_id
    WHERE a.kind = 'artisan_payable' AND p.kind NOT LIKE 'payout%' GROUP BY 1
"""


def _summary(town: Town, crashes: Crashes, figures: Mapping[str, Any], night: Mapping[str, int], seed: int) -> str:
    told = {name: figures[name] for name in ("payouts", "attempts", "ended", "moved")}
    return "\n".join(
        (
            f"\nseed {seed}; {told}",
            f"answers to withdrawals: {dict(Counter(answer for one in town.keepers for answer in one.answers))}",
            f"{len(crashes.suffered)} kills: {[(one.server, one.in_flight) for one in crashes.suffered]}",
            f"sent back {len(town.sent_back)}, keys forgotten {town.forgotten}",
            f"tried again: {dict(town.world.retries.most_common())}",
            f"the night: {night}",
            "",
        )
    )
