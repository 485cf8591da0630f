"""A town of artisans on payday, for fault tests: what each keeper's bank does, what they withdraw, and how they put
right what is asked of them.

Owns the artisans and their moves. Who kills what meanwhile, and what must be true in the end, is the tests'.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text
from temporalio.client import Client
from temporalio.service import RPCError

from activities.gateways.partners import open_gateways
from core.database import Database
from core.settings import Settings
from core.temporal import connect
from models.repositories.payout_accounts import BankAccount
from tests.faults.conftest import database_of
from tests.faults.people import World
from tests.faults.town import Resident
from tests.support.payees import Payee, Provider, Wish, add_payees
from tests.support.payouts import BANK
from tests.support.whole_stack import WholeStack
from workflows.payout_run import messages as payout_run

STEADY, REFUSED, STUBBORN, RETURNED, NEW = 236, 20, 8, 18, 10
"""Keepers whose bank takes everything; whose bank account is closed, and who give another; who give none; whose bank
sends the money back days later; and whom the provider does not know yet."""
SCALE, STUBBORN_SCALE = 30_000, 60_000
"""A business day in three seconds; for those who never correct anything, in one and a half."""
CLOSED = BankAccount(holder="Wren Alder", routing_number="110000000", account_number="000111111113")
IN_EUROS = BankAccount(holder="Wren Alder", iban="DE89370400440532013000")
PACE = {"available_seconds": 1, "payout_seconds": 3}
WITHDRAWN_WITHIN = 30.0
TIMEOUT = httpx.Timeout(45, connect=5, pool=120)
LIMITS = httpx.Limits(max_connections=40, max_keepalive_connections=20)

OPEN = "SELECT count(*) FROM processes WHERE process IN ('payout', 'withdrawal') AND NOT is_final"
_STATUSES = "SELECT status, count(*) FROM processes WHERE process IN ('payout', 'withdrawal') GROUP BY 1 ORDER BY 1"
_WAITING = """
    SELECT DISTINCT p.shop_id FROM payouts p JOIN processes s ON s.workflow_id = p.id
    WHERE s.status = 'awaiting_details'
"""
_ARRIVED = "SELECT provider_payout_id, shop_id FROM payouts WHERE status = 'paid' AND ended_at IS NULL"
_PAYABLE = """
    SELECT a.owner, -sum(e.amount_minor)::int FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
    WHERE a.kind = 'artisan_payable' GROUP BY 1 HAVING sum(e.amount_minor) <> 0
"""


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

    async def rows(self, sql: str) -> list[Any]:
        async with self.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(sql))]

    async def column(self, sql: str) -> list[Any]:
        return [row[0] for row in await self.rows(sql)]

    async def count(self, sql: str) -> int:
        return int((await self.column(sql))[0])

    async def payable(self) -> dict[str, int]:
        """By shop."""
        return dict(await self.rows(_PAYABLE))

    async def statuses(self) -> dict[str, int]:
        return dict(await self.rows(_STATUSES))

    async def left(self) -> dict[str, int]:
        """What has still to happen, by name."""
        stats = (await self.world.patiently("GET", f"{self.world.partners}/_control/stats", quiet=True)).json()
        return {
            "payouts": await self.count(OPEN),
            "runs": await self.count("SELECT count(*) FROM payout_runs WHERE ended_at IS NULL"),
            "events": await self.count("SELECT count(*) FROM inbox_events WHERE processed_at IS NULL"),
            "callbacks": stats["callbacks"].get("pending", 0),
        }


@contextlib.asynccontextmanager
async def open_town(stack: WholeStack, settings: Settings, dice: random.Random) -> AsyncIterator[Town]:
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


async def make_today_due(town: Town) -> None:
    """The stack begins with a run of its own, before there was anybody to pay: that was yesterday's."""
    for _ in range(100):
        if await town.count("SELECT count(*) FROM payout_runs WHERE ended_at IS NOT NULL"):
            break
        await asyncio.sleep(0.2)
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE payout_runs SET day = day - 1"))


async def run_the_calendar(town: Town) -> None:
    """As its schedule does. A run that comes again while the one before is at work is skipped or finds nothing due."""
    while True:
        with contextlib.suppress(RPCError):
            return await town.client.get_schedule_handle(payout_run.SCHEDULE).trigger()
        await asyncio.sleep(1)


async def withdraw_a_part(town: Town, keeper: Keeper) -> None:
    await asyncio.sleep(town.world.dice.uniform(0, WITHDRAWN_WITHIN))
    await _withdraw(town, keeper, keeper.part_minor)


async def _withdraw(town: Town, keeper: Keeper, amount_minor: int | None) -> None:
    body = {"currency": keeper.payee.shop.currency, "amount_minor": amount_minor}
    answer = await town.world.api(keeper.who, "POST", "/shop/withdrawals", key=uuid4().hex, json=body)
    told = answer.json()
    keeper.answers.append("201" if answer.status_code == 201 else told["error"]["details"].get("reason", answer.text))


async def withdraw_the_rest(town: Town) -> None:
    """What a payout gave back after the calendar had come by is its keeper's to ask for, once nothing else is open."""
    while True:
        left, owed = await town.left(), await town.payable()
        busy = set(await town.column("SELECT shop_id FROM payouts WHERE ended_at IS NULL"))
        asking = [one for one in town.keepers if not one.is_stubborn and owed.get(one.payee.shop.id, 0)]
        if not asking and not any(left.values()):
            return
        if not left["runs"]:
            free = [one for one in asking if one.payee.shop.id not in busy]
            await asyncio.gather(*(_withdraw(town, keeper, None) for keeper in free))
        await asyncio.sleep(1)


async def mind(town: Town, over: asyncio.Event) -> None:
    """Keepers who are asked for other details give them, and a bank sends back what it had taken."""
    by_shop = {keeper.payee.shop.id: keeper for keeper in town.keepers}
    while not over.is_set():
        for shop_id in await town.column(_WAITING):
            keeper = by_shop.get(shop_id)
            if keeper is not None and not keeper.corrected and not keeper.is_stubborn:
                await _correct(town, keeper)
        for payout_id, shop_id in await town.rows(_ARRIVED):
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
