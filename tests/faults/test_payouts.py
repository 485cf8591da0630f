"""Five hundred payouts, by the calendar and by hand, while the provider hangs up after it has paid, forgets what it was
asked, and every server dies; some banks refuse and some send back: nobody is paid twice, and nobody is forgotten.

The night's reconciliation, whose own worker is killed too, then finds orders, ledger and provider at one.
"""

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from activities.gateways.partners import open_gateways
from core.database import Database
from core.settings import Settings, get_settings
from core.temporal import connect
from models.repositories.payout_accounts import BankAccount
from tests.faults.conftest import database_of, own_stack
from tests.faults.crashes import Crashes
from tests.faults.people import World
from tests.faults.town import Resident
from tests.support.payees import Payee, Provider, Wish, add_payees
from tests.support.payouts import BANK
from tests.support.whole_stack import ROOT, WholeStack, clean_environment
from workflows.payout_run import messages as payout_run
from workflows.reconciliation import messages as reconciliation

pytestmark = pytest.mark.faults

STEADY, REFUSED, STUBBORN, RETURNED, NEW = 194, 20, 8, 18, 10
"""Keepers whose bank takes everything; whose bank account is closed, and who give another; who give none; whose bank
sends the money back days later; and whom the provider does not know yet."""
SCALE, STUBBORN_SCALE = 60_000, 100_000
"""A business day in a second and a half; for those who never correct anything, in less than one."""
CLOSED = BankAccount(holder="Wren Alder", routing_number="110000000", account_number="000111111113")
IN_EUROS = BankAccount(holder="Wren Alder", iban="DE89370400440532013000")
FAULTS = {
    "rates": {"timeout_after_success": 0.15, "webhook_lost": 0.10, "webhook_doubled": 0.10},
    "timeout_seconds": 1,
}
PACE = {"available_seconds": 1, "payout_seconds": 3}
WITHDRAWN_WITHIN = 30.0
DIE = ("worker", "sandbox", "temporal", "api", "worker", "sandbox", "api", "temporal", "worker")
DIE_EVERY = 4.0
BOUND = 420.0
"""Seconds from the first payout to the last; on two idle cores it takes some 100."""
TIMEOUT = httpx.Timeout(45, connect=5, pool=120)
LIMITS = httpx.Limits(max_connections=40, max_keepalive_connections=20)
NIGHT = "reconciliation-tomorrow"


@dataclass
class Keeper:
    """One artisan: what they own, and what they have done about it."""

    payee: Payee
    kind: str
    part_minor: int
    """What they withdraw by hand; the calendar pays the rest."""
    corrected: bool = False
    answers: list[str] = field(default_factory=list)
    """Of the withdrawals: `201`, or the reason of the refusal."""

    @property
    def who(self) -> Resident:
        return Resident(self.payee.shop.owner_id, self.payee.token)

    @property
    def is_stubborn(self) -> bool:
        return self.kind == "stubborn"


@dataclass
class Town:
    stack: WholeStack
    database: Database
    world: World
    provider: Provider
    client: Client
    keepers: list[Keeper]
    open: int = 0
    """Payouts and withdrawals under way, when last counted."""
    sent_back: set[str] = field(default_factory=set)
    """Payouts that the bank returned after they had arrived."""
    forgotten: int = 0
    """Answers that the provider kept for a key, and was made to forget."""


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
        async with _town(stack, settings_of(stack), random.Random(seed)) as town:
            began = time.monotonic()
            crashes = await _live_through(town)
            took = time.monotonic() - began
            figures = await _figures(town)
            _judge(town, crashes, figures)
            night = await _night(town, 1, kills=2)
            quiet = await _night(town, 2, kills=0)
            cases = await _count(town, "SELECT count(*) FROM reconciliation_cases")
            looked_at = await _count(
                town, "SELECT (SELECT count(*) FROM payouts) + (SELECT count(*) FROM checkouts WHERE paid)"
            )
            lines = await _count(town, "SELECT count(*) FROM provider_transactions")
            nights = time.monotonic() - began - took
            verified = await asyncio.to_thread(stack.artisan, "verify")
        with capsys.disabled():
            sys.stdout.write(_summary(town, crashes, figures, night, seed))
            sys.stdout.write(f"all over after {took:.0f} s, two nights in {nights:.0f} s\n")
    assert (night["opened"], night["young"], cases) == (0, 0, 0)
    assert (night["looked_at"], night["transactions"]) == (looked_at, lines), "as if nobody had died"
    assert (quiet["opened"], quiet["looked_at"], quiet["transactions"]) == (0, looked_at, 0)
    assert verified.returncode == 0, verified.stdout + verified.stderr


@contextlib.asynccontextmanager
async def _town(stack: WholeStack, settings: Settings, dice: random.Random) -> AsyncIterator[Town]:
    async with (
        database_of(stack) as database,
        httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, trust_env=False) as http,
        httpx.AsyncClient(base_url=stack.sandbox_url, timeout=30, trust_env=False) as control,
    ):
        gateways = open_gateways(settings)
        try:
            provider = Provider(gateways, control)
            await provider.do("PUT", "stripe/pace", PACE)
            kinds = [
                *(["steady"] * STEADY + ["refused"] * REFUSED + ["stubborn"] * STUBBORN),
                *(["returned"] * RETURNED + ["new"] * NEW),
            ]
            dice.shuffle(kinds)
            payees = await add_payees(database, provider, [_wish(kind, dice) for kind in kinds])
            keepers = [
                Keeper(payee, kind, dice.randrange(1_000, 5_000)) for kind, payee in zip(kinds, payees, strict=True)
            ]
            client = await connect(settings, lazy=True)
            yield Town(stack, database, World(stack.url, stack.sandbox_url, dice, http), provider, client, keepers)
        finally:
            await gateways.close()


def _wish(kind: str, dice: random.Random) -> Wish:
    in_euros = kind == "steady" and dice.random() < 0.2
    bank = IN_EUROS if in_euros else CLOSED if kind in {"refused", "stubborn"} else BANK
    return Wish(
        price_minor=dice.randrange(12_000, 30_000),
        currency="EUR" if in_euros else "USD",
        bank=bank,
        time_scale=STUBBORN_SCALE if kind == "stubborn" else SCALE,
        connected=kind != "new",
    )


# What happens


async def _live_through(town: Town) -> Crashes:
    await _make_today_due(town)
    await town.provider.do("PUT", "faults", FAULTS)
    crashes = Crashes(town.stack, lambda: town.open)
    over = asyncio.Event()
    try:
        async with asyncio.timeout(BOUND), asyncio.TaskGroup() as everybody:
            everybody.create_task(_count_open(town, over))
            everybody.create_task(_mind(town, over))
            await _run_the_calendar(town)
            withdrawing = [everybody.create_task(_withdraw_a_part(town, keeper)) for keeper in town.keepers]
            await _kill(town, crashes)
            await _run_the_calendar(town)
            await asyncio.gather(*withdrawing)
            await _withdraw_the_rest(town)
            over.set()
    except TimeoutError:
        pytest.fail(
            f"not over after {BOUND:g} s: {await _left(town)}; {await _statuses(town)}; {crashes.suffered}; "
            f"{await _rows(town, _STILL_OPEN)}; owed {await _payable(town)}\n"
            f"{town.stack.output()[-6000:]}"
        )
    await town.provider.do("PUT", "faults", {})
    return crashes


async def _make_today_due(town: Town) -> None:
    """The stack begins with a run of its own, before there was anybody to pay: that was yesterday's."""
    for _ in range(100):
        if await _count(town, "SELECT count(*) FROM payout_runs WHERE ended_at IS NOT NULL"):
            break
        await asyncio.sleep(0.2)
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE payout_runs SET day = day - 1"))


async def _run_the_calendar(town: Town) -> None:
    """As its schedule does. A run that comes again while the one before is at work is skipped or finds nothing due."""
    while True:
        with contextlib.suppress(RPCError):
            return await town.client.get_schedule_handle(payout_run.SCHEDULE).trigger()
        await asyncio.sleep(1)


async def _kill(town: Town, crashes: Crashes) -> None:
    """One server after the other; each time the provider has just forgotten every key that it knew."""
    for server in DIE:
        await crashes.inflict((server,), every=DIE_EVERY)
        answer = await town.world.patiently(
            "POST", f"{town.world.partners}/_control/stripe/forget-keys", json={}, quiet=True
        )
        town.forgotten += answer.json()["forgotten"]


async def _withdraw_a_part(town: Town, keeper: Keeper) -> None:
    await asyncio.sleep(town.world.dice.uniform(0, WITHDRAWN_WITHIN))
    await _withdraw(town, keeper, keeper.part_minor)


async def _withdraw(town: Town, keeper: Keeper, amount_minor: int | None) -> None:
    body = {"currency": keeper.payee.shop.currency, "amount_minor": amount_minor}
    answer = await town.world.api(keeper.who, "POST", "/shop/withdrawals", key=uuid4().hex, json=body)
    told = answer.json()
    keeper.answers.append("201" if answer.status_code == 201 else told["error"]["details"].get("reason", answer.text))


async def _withdraw_the_rest(town: Town) -> None:
    """What a payout gave back after the calendar had come by is its keeper's to ask for, once nothing else is open."""
    while True:
        left, owed = await _left(town), await _payable(town)
        busy = set(await _column(town, "SELECT shop_id FROM payouts WHERE ended_at IS NULL"))
        asking = [one for one in town.keepers if not one.is_stubborn and owed.get(one.payee.shop.id, 0)]
        if not asking and not any(left.values()):
            return
        if not left["runs"]:
            free = [one for one in asking if one.payee.shop.id not in busy]
            await asyncio.gather(*(_withdraw(town, keeper, None) for keeper in free))
        await asyncio.sleep(1)


async def _mind(town: Town, over: asyncio.Event) -> None:
    """Keepers who are asked for other details give them, and a bank sends back what it had taken."""
    by_shop = {keeper.payee.shop.id: keeper for keeper in town.keepers}
    while not over.is_set():
        for shop_id in await _column(town, _WAITING):
            keeper = by_shop.get(shop_id)
            if keeper is not None and not keeper.corrected and not keeper.is_stubborn:
                await _correct(town, keeper)
        for payout_id, shop_id in await _rows(town, _ARRIVED):
            keeper = by_shop.get(shop_id)
            if keeper is not None and keeper.kind == "returned" and not keeper.corrected:
                path = f"{town.world.partners}/_control/stripe/payouts/{payout_id}/return"
                answer = await town.world.patiently("POST", path, json={"failure_code": "account_closed"}, quiet=True)
                if answer.is_success:
                    town.sent_back.add(payout_id)
        await asyncio.sleep(1)


async def _correct(town: Town, keeper: Keeper) -> None:
    if keeper.kind == "new":
        account = await town.world.patiently(
            "GET", f"{town.world.partners}/_control/stripe/accounts?shop_id={keeper.payee.shop.id}", quiet=True
        )
        for one in account.json()["accounts"]:
            path = f"{town.world.partners}/_control/stripe/accounts/{one['id']}/complete"
            await town.world.patiently("POST", path, json={}, quiet=True)
        return
    other = {"kind": "us", "holder": "Wren Alder", "routing_number": "110000000", "account_number": "000987654321"}
    answer = await town.world.api(keeper.who, "PUT", "/shop/payout-account", json=other)
    assert answer.status_code == 200, answer.text
    keeper.corrected = True


async def _count_open(town: Town, over: asyncio.Event) -> None:
    while not over.is_set():
        town.open = await _count(town, _OPEN)
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
    shops = {
        account: shop_id
        for shop_id, account in await _rows(town, "SELECT shop_id, provider_id FROM connected_accounts")
    }
    theirs: Counter[str] = Counter()
    for payout in payouts:
        if payout["status"] not in {"failed", "canceled"}:
            theirs[shops[payout["account"]]] += payout["amount"]
    return {
        "payouts": dict(await _rows(town, "SELECT kind, count(*) FROM payouts GROUP BY 1")),
        "attempts": dict(await _rows(town, "SELECT attempt, count(*) FROM payouts GROUP BY 1 ORDER BY 1")),
        "ended": await _statuses(town),
        "theirs": dict(theirs),
        "ours": dict(
            await _rows(town, "SELECT shop_id, sum(amount_minor)::int FROM payouts WHERE status = 'paid' GROUP BY 1")
        ),
        "payable": await _payable(town),
        "earned": dict(await _rows(town, _EARNED)),
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
        async with asyncio.timeout(90):
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
    async with asyncio.timeout(60):
        while True:
            now = (await town.client.get_workflow_handle(workflow_id).describe()).history_length
            if now >= seen + 40 or now < seen:
                return
            await asyncio.sleep(0.05)


# Looking


async def _rows(town: Town, sql: str) -> list[Any]:
    async with town.database.transaction() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def _column(town: Town, sql: str) -> list[Any]:
    return [row[0] for row in await _rows(town, sql)]


async def _count(town: Town, sql: str) -> int:
    return int((await _column(town, sql))[0])


async def _payable(town: Town) -> dict[str, int]:
    return dict(await _rows(town, _PAYABLE))


async def _statuses(town: Town) -> dict[str, int]:
    sql = "SELECT status, count(*) FROM processes WHERE process IN ('payout', 'withdrawal') GROUP BY 1 ORDER BY 1"
    return dict(await _rows(town, sql))


async def _left(town: Town) -> dict[str, int]:
    """What has still to happen, by name."""
    stats = (await town.world.patiently("GET", f"{town.world.partners}/_control/stats", quiet=True)).json()
    return {
        "payouts": await _count(town, _OPEN),
        "runs": await _count(town, "SELECT count(*) FROM payout_runs WHERE ended_at IS NULL"),
        "events": await _count(town, "SELECT count(*) FROM inbox_events WHERE processed_at IS NULL"),
        "callbacks": stats["callbacks"].get("pending", 0),
    }


_OPEN = "SELECT count(*) FROM processes WHERE process IN ('payout', 'withdrawal') AND NOT is_final"
_STILL_OPEN = """
    SELECT p.id, p.kind, p.attempt, p.status, s.status, p.failure_code, p.created_at, p.paid_at, now() FROM payouts p
    JOIN processes s ON s.workflow_id = p.id WHERE NOT s.is_final ORDER BY 1 LIMIT 10
"""
_WAITING = """
    SELECT DISTINCT p.shop_id FROM payouts p JOIN processes s ON s.workflow_id = p.id
    WHERE s.status = 'awaiting_details'
"""
_ARRIVED = "SELECT provider_payout_id, shop_id FROM payouts WHERE status = 'paid' AND ended_at IS NULL"
_PAYABLE = """
    SELECT a.owner, -sum(e.amount_minor)::int FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
    WHERE a.kind = 'artisan_payable' GROUP BY 1 HAVING sum(e.amount_minor) <> 0
"""
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
