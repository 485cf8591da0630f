"""What open commissions cost while nothing happens: CPU and memory of the stack before and with them; and opening one.

    artisan bench commissions --json [--open 1000] [--seconds 60]

Half of them have an offer, so that they wait in two stages. Every one is opened through the API, one at a time. The
idle stack without them is measured first, in the same run: what they cost is the difference. Start the stack with
`ARTISAN_WRITES_PER_MINUTE=50000`: one customer opens them all.
"""

import argparse
import asyncio
import time
from typing import Any

from core import clock
from core.settings import get_settings
from core.temporal import connect
from deploy.embedded.environment import home_folder
from deploy.seed.accounts import PASSWORD
from tests.bench.checkout import ADDRESS, Crowd
from tests.bench.figures import NOT_COUNTED, cpu_seconds, machine, percentiles, report
from tests.bench.http import Connection
from tests.bench.start import memory

SHOP = "saltmarsh-pottery"
SETTLE = 10.0
LOOKED_AT = 20
"""Histories whose events are counted."""


def wish(address_id: str, shop: str) -> dict[str, object]:
    return {
        "shop": shop,
        "title": "A set of bowls",
        "brief": "Six bowls for soup, in two greens.",
        "currency": "USD",
        "address_id": address_id,
    }


def offer() -> dict[str, object]:
    return {
        "version": 1,
        "currency": "USD",
        "price_minor": 30_000,
        "milestones": [
            {"number": 1, "title": "Thrown", "amount_minor": 20_000, "days": 10},
            {"number": 2, "title": "Glazed", "amount_minor": 10_000, "days": 10},
        ],
        "deposit_minor": 20_000,
        "starts_on": clock.now().date().isoformat(),
    }


def per_cent(before: dict[str, float], after: dict[str, float], seconds: float) -> dict[str, float]:
    """Of one core, by process; `counted` leaves out what only stands in for others."""
    shares = {name: round((after[name] - before.get(name, 0.0)) / seconds * 100, 2) for name in after}
    shares["counted"] = round(sum(share for name, share in shares.items() if name not in NOT_COUNTED), 2)
    return shares


async def idle(seconds: float) -> dict[str, Any]:
    await asyncio.sleep(SETTLE)
    before, began = cpu_seconds(), time.monotonic()
    await asyncio.sleep(seconds)
    spent = per_cent(before, cpu_seconds(), time.monotonic() - began)
    return {"cpu_per_cent_of_a_core": spent, "resident_mb": await asyncio.to_thread(memory, home_folder())}


async def open_all(crowd: Crowd, count: int) -> tuple[list[float], list[str]]:
    """How long each answer took, and their ids."""
    who = await crowd.buyer(0)
    took: list[float] = []
    opened: list[str] = []
    async with Connection(crowd.base) as api:
        desk = await crowd.sign_in(api, f"{SHOP}@demo.example", PASSWORD)
        address = await crowd.expect(api, "POST", "/api/v1/addresses", ADDRESS, who)
        for number in range(count):
            began = time.perf_counter()
            made = await crowd.expect(api, "POST", "/api/v1/commissions", wish(address["id"], SHOP), who)
            took.append(time.perf_counter() - began)
            opened.append(made["id"])
            if number % 2:
                await crowd.expect(api, "POST", f"/api/v1/commissions/{made['id']}/offers", offer(), desk)
    return took, opened


async def run(count: int, seconds: float) -> dict[str, object]:
    figures: dict[str, object] = {"bench": "commissions", "machine": machine(), "open": count, "idle_s": seconds}
    figures["without"] = await idle(seconds)
    took, opened = await open_all(Crowd(), count)
    figures["opening"] = percentiles(took)
    figures["with"] = await idle(seconds)
    client = await connect(get_settings())
    running = await client.count_workflows("WorkflowType = 'CommissionWorkflow' AND ExecutionStatus = 'Running'")
    figures["workflows_open"] = running.count
    events = [
        (await client.get_workflow_handle(f"commission-{one}").describe()).history_length for one in opened[-LOOKED_AT:]
    ]
    figures["events_each"] = {"least": min(events), "most": max(events)}
    figures["machine_after"] = machine()
    return figures


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--open", type=int, default=1_000)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    report(asyncio.run(run(max(1, min(given.open, 5_000)), max(1.0, min(given.seconds, 600.0)))))
