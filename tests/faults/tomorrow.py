"""The reconciliation's worker on a day to come: its own process, so that it can be killed in the middle of a night.

    python -m tests.faults.tomorrow DAYS TASK_QUEUE

Everything is as the worker has it, but for two things: the clock of its steps is so many days ahead, because what moved
within the last hours is left to the next night, and a step that died with it is given up after seconds instead of
minutes.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from activities.gateways.partners import open_gateways
from core import clock
from core.database import Database, create_engine
from core.keys import open_key_ring
from core.settings import get_settings
from core.temporal import connect
from workers.pools import POOLS
from workers.run import build_worker
from workers.wiring import wire
from workflows import policies
from workflows.reconciliation import messages

STEP = timedelta(seconds=8)


async def work(task_queue: str) -> None:
    settings = get_settings()
    database = Database(create_engine(settings.database_url, 2), open_key_ring(settings.keys_path))
    client = await connect(settings)
    activities = wire(settings, database, open_gateways(settings))
    await build_worker(client, replace(POOLS[messages.TASK_QUEUE], name=task_queue), activities).run()


def main(days: int, task_queue: str) -> None:
    clock.now = lambda: datetime.now(UTC) + timedelta(days=days)
    policies.RECONCILIATION_STEP = STEP
    asyncio.run(work(task_queue))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
