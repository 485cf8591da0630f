"""What open commissions cost while nothing happens: CPU and memory of the stack before and with them; and opening one,
which is asking for it, and looking at it, as JSON and as the page of either side, in any order.

    artisan bench commissions --json [--open 1000] [--seconds 60]

Half of them have an offer, so that they wait in two stages. Every one is opened through the API, one at a time. The
idle stack without them is measured first, in the same run: what they cost is the difference. Start the stack with
`ARTISAN_WRITES_PER_MINUTE=50000`: one customer opens them all.
"""

import argparse
import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

from api.auth.sessions import COOKIE
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
LOOKS = 200
"""At each of the three ways to look."""


def wish(address_id: str, shop: str, number: int) -> dict[str, object]:
    """Each another one: the same wish twice in a moment is one commission."""
    return {
        "shop": shop,
        "title": f"A set of bowls, {number}",
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


@dataclass
class Sides:
    """The customer of them all and their shop, by how each proves who they are."""

    customer: dict[str, str]
    artisan: dict[str, str]
    opened: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)


async def open_all(api: Connection, count: int) -> Sides:
    crowd = Crowd()
    sides = Sides(await crowd.buyer(0), await crowd.sign_in(api, f"{SHOP}@demo.example", PASSWORD))
    address = await crowd.expect(api, "POST", "/api/v1/addresses", ADDRESS, sides.customer)
    for number in range(count):
        began = time.perf_counter()
        made = await crowd.expect(api, "POST", "/api/v1/commissions", wish(address["id"], SHOP, number), sides.customer)
        sides.took.append(time.perf_counter() - began)
        sides.opened.append(made["id"])
        if number % 2:
            await crowd.expect(api, "POST", f"/api/v1/commissions/{made['id']}/offers", offer(), sides.artisan)
    return sides


async def look_at(api: Connection, sides: Sides) -> dict[str, list[float]]:
    """By what was looked at: the seconds that each look took."""
    ways = {
        "json": ("/api/v1/commissions/", sides.customer),
        "customer_page": ("/commissions/", cookie(sides.customer)),
        "artisan_page": ("/studio/commissions/", cookie(sides.artisan)),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    dice = random.Random(1)
    for _ in range(LOOKS):
        for name, (path, who) in ways.items():
            one = dice.choice(sides.opened)
            began = time.perf_counter()
            answer = await api.request("GET", f"{path}{one}", headers=who)
            took[name].append(time.perf_counter() - began)
            if answer.status != 200:
                raise RuntimeError(f"{path}{one} answered {answer.status}")
    return took


def cookie(bearer: dict[str, str]) -> dict[str, str]:
    """The same session, as a browser carries it."""
    return {"Cookie": f"{COOKIE}={bearer['Authorization'].removeprefix('Bearer ')}"}


async def run(count: int, seconds: float) -> dict[str, object]:
    figures: dict[str, object] = {"bench": "commissions", "machine": machine(), "open": count, "idle_s": seconds}
    figures["without"] = await idle(seconds)
    async with Connection(get_settings().public_url) as api:
        sides = await open_all(api, count)
        figures["opening"] = percentiles(sides.took)
        figures["with"] = await idle(seconds)
        figures["looking"] = {name: percentiles(took) for name, took in (await look_at(api, sides)).items()}
    opened = sides.opened
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
