"""Home, category, listing and search at a fixed rate of arrivals, as strangers ask for them.

    artisan bench pages --json [--rate 200] [--seconds 20]

Open loop: a request is due when it is due, however slow the one before was, and its latency counts from then.
"""

import argparse
import asyncio
import random
import time
from collections import defaultdict
from itertools import cycle

from core.settings import get_settings
from tests.bench.figures import cpu_between, cpu_seconds, machine, percentiles, report
from tests.bench.http import Connection

WORDS = ("mug", "oak", "linen", "blue vase", "silver ring", "leather", "walnut bowl", "candle", "wool blanket", "glas")
CONNECTIONS = 64


async def addresses(base: str) -> dict[str, list[str]]:
    """Every kind of page, with enough different ones that no single row stays hot."""
    async with Connection(base) as api:
        categories = [row["slug"] for row in (await api.request("GET", "/api/v1/categories")).json()]
        listings = []
        for page in range(1, 4):
            answer = await api.request("GET", f"/api/v1/listings?per_page=100&page={page}")
            listings += answer.json()["items"]
    return {
        "home": ["/"],
        "category": [f"/c/{slug}" for slug in categories],
        "listing": [f"/l/{row['id']}/{row['slug']}" for row in listings],
        "search": [f"/search?q={word.replace(' ', '+')}" for word in WORDS],
    }


async def run(rate: int, seconds: int) -> dict[str, object]:
    base = get_settings().public_url
    pages = await addresses(base)
    async with Connection(base) as api:
        total = (await api.request("GET", "/api/v1/listings?per_page=1")).json()["total"]
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(Connection(base))
    latencies: dict[str, list[float]] = defaultdict(list)
    bytes_sent: dict[str, int] = defaultdict(int)
    failures = 0

    async def ask(kind: str, path: str, due: float, *, counted: bool) -> None:
        nonlocal failures
        connection = await idle.get()
        try:
            answer = await connection.request("GET", path, headers={"Accept": "text/html"})
        except (OSError, TimeoutError):
            failures += 1
            return
        finally:
            idle.put_nowait(connection)
        if answer.status != 200:
            failures += 1
        elif counted:
            latencies[kind].append(time.perf_counter() - due)
            bytes_sent[kind] = max(bytes_sent[kind], len(answer.body))

    async def crowd(duration: float, *, counted: bool) -> None:
        rng = random.Random(7)
        kinds = cycle(pages)
        start = time.perf_counter()
        asked: list[asyncio.Task[None]] = []
        for number in range(int(duration * rate)):
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            kind = next(kinds)
            asked.append(asyncio.create_task(ask(kind, rng.choice(pages[kind]), due, counted=counted)))
        await asyncio.gather(*asked)

    await crowd(3, counted=False)
    before, begun = cpu_seconds(), time.perf_counter()
    await crowd(seconds, counted=True)
    wall = time.perf_counter() - begun
    answered = sum(len(times) for times in latencies.values())
    return {
        "bench": "pages",
        "machine": machine(),
        "listings": total,
        "rate_per_s": rate,
        "answered_per_s": round(answered / wall, 1),
        "failures": failures,
        "pages": {kind: percentiles(times) | {"largest_bytes": bytes_sent[kind]} for kind, times in latencies.items()},
        "cpu_s_per_page": cpu_between(before, cpu_seconds(), answered),
    }


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--rate", type=int, default=200)
    options.add_argument("--seconds", type=int, default=20)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    report(asyncio.run(run(min(given.rate, 2_000), min(given.seconds, 120))))
