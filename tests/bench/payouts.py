"""What a payout run over a thousand artisans costs: wall time, Temporal actions, CPU seconds and memory.

    artisan bench payouts --json [--artisans 1000]

Needs no running stack: it starts one of its own, in which every artisan has sold something and is paid every day. Days
are short there, so that the week in which a bank may send money back passes, too: what is counted is a payout's whole
life. The sandbox plays the provider and is named apart.
"""

import argparse
import asyncio
import os
import time
from collections import Counter
from pathlib import Path

import httpx
from sqlalchemy import text
from temporalio.client import Client

from activities.gateways.partners import open_gateways
from core.database import Database, create_engine
from core.keys import open_key_ring
from core.settings import get_settings
from core.temporal import connect
from tests.bench.actions import actions_of
from tests.bench.figures import cpu_between, cpu_seconds, machine, report
from tests.bench.start import memory
from tests.support.payees import Provider, Wish, add_payees
from tests.support.stack import open_folder
from tests.support.whole_stack import WholeStack, whole_stack
from workflows.payout_run import messages as payout_run

SCALE = 20_000
"""A business day in four seconds."""
PACE = {"available_seconds": 1, "payout_seconds": 1}
LONGEST = 1_200.0
LOOK_EVERY = 1.0
SMALL = {"ARTISAN_SEED_ARTISANS": "1", "ARTISAN_SEED_LISTINGS": "1"}
COUNTED = ("PayoutRunWorkflow", "PayoutWorkflow", "LetterWorkflow", "PayoutAccountWorkflow")

_STARTED = "SELECT count(*) FROM payouts"
_AT_THE_BANK = "SELECT count(*) FROM payouts WHERE status = 'paid'"
_OVER = "SELECT count(*) FROM payouts WHERE status = 'paid' AND ended_at IS NOT NULL"


class Bench:
    def __init__(self, stack: WholeStack, database: Database, client: Client, artisans: int) -> None:
        self.stack, self.database, self.client, self.artisans = stack, database, client, artisans
        self.most: dict[str, float] = {}
        """Megabytes by process, when there were most."""

    async def count(self, sql: str) -> int:
        async with self.database.transaction() as session:
            return int(await session.scalar(text(sql)) or 0)

    async def until(self, sql: str, began: float) -> float:
        """Seconds since then, once it counts as many as there are artisans."""
        while await self.count(sql) < self.artisans:
            if time.monotonic() - began > LONGEST:
                raise RuntimeError(f"{await self.count(sql)} of {self.artisans} after {LONGEST:g} s: {sql}")
            used = await asyncio.to_thread(memory, self.stack.home)
            self.most = {name: max(megabytes, self.most.get(name, 0.0)) for name, megabytes in used.items()}
            await asyncio.sleep(LOOK_EVERY)
        return round(time.monotonic() - began, 1)

    async def run(self) -> dict[str, object]:
        before, began = cpu_seconds(), time.monotonic()
        known = await self._runs()
        await self.client.get_schedule_handle(payout_run.SCHEDULE).trigger()
        figures: dict[str, object] = {
            "all_set_aside_s": await self.until(_STARTED, began),
            "all_at_the_bank_s": await self.until(_AT_THE_BANK, began),
            "all_over_s": await self.until(_OVER, began),
        }
        figures["cpu_s_per_artisan"] = cpu_between(before, cpu_seconds(), self.artisans)
        figures["most_memory_mb"] = self.most
        figures["actions_per_artisan"] = await self._actions(known)
        return figures

    async def _runs(self) -> set[str]:
        return {one.run_id async for one in self.client.list_workflows(_named("PayoutRunWorkflow"))}

    async def _actions(self, known: set[str]) -> dict[str, float]:
        """By kind of workflow, and in sum; of a payout also by kind of action."""
        found: Counter[str] = Counter()
        of_a_payout: Counter[str] = Counter()
        for kind in COUNTED:
            async for one in self.client.list_workflows(_named(kind), page_size=500):
                if one.run_id in known:
                    continue
                counts = await actions_of(self.client, one.id, run_id=one.run_id)
                found[kind] += sum(counts.values())
                if kind == "PayoutWorkflow":
                    of_a_payout.update(counts)
        found["all"] = sum(found.values())
        return {
            **{kind: round(number / self.artisans, 2) for kind, number in found.items()},
            **{f"payout: {kind}": round(number / self.artisans, 2) for kind, number in of_a_payout.items() if number},
        }


def _named(kind: str) -> str:
    return f"WorkflowType = '{kind}'"


async def measure(stack: WholeStack, artisans: int) -> dict[str, object]:
    settings = get_settings()
    database = Database(create_engine(settings.database_url, 2), open_key_ring(settings.keys_path))
    gateways = open_gateways(settings)
    try:
        async with httpx.AsyncClient(base_url=stack.sandbox_url, timeout=60, trust_env=False) as control:
            provider = Provider(gateways, control)
            await provider.do("PUT", "stripe/pace", PACE)
            await add_payees(database, provider, [Wish(time_scale=SCALE)] * artisans)
        async with database.transaction() as session:
            # The stack begins with a run of its own, before there was anybody to pay: that was yesterday's.
            await session.execute(text("UPDATE payout_runs SET day = day - 1"))
        return await Bench(stack, database, await connect(settings), artisans).run()
    finally:
        await gateways.close()
        await database.close()


def run(artisans: int) -> dict[str, object]:
    figures: dict[str, object] = {"bench": "payouts", "machine": machine(), "artisans": artisans}
    with open_folder() as folder, whole_stack(Path(folder) / "home", settings=SMALL) as stack:
        os.environ.update(stack.environment)
        return {**figures, **asyncio.run(measure(stack, artisans))}


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--json", action="store_true")
    options.add_argument("--artisans", type=int, default=1_000)
    report(run(min(options.parse_args().artisans, 5_000)))
