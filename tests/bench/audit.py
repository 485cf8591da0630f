"""What the audit log's chain costs: entries a second with one writer and with eight, with the chain and without; and
payments a second, each with its entry, while strangers fail to sign in and a commit takes ten milliseconds.

    artisan bench audit --json [--seconds 5]

Needs no running stack: it starts a PostgreSQL of its own, with fsync on, as in production. Each entry is a transaction
of its own, which is the worst case: whoever writes also does something worth writing down. Without the chain means that
its trigger is switched off. Failed sign-ins arrive on schedule: none, each an entry of the log (as it was once), or
counted beside it (as it is), limits included. Last, the chain is verified, link by link, as `artisan verify` does.
"""

import argparse
import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from api.auth.counters import PER_ACCOUNT, PER_NETWORK
from core import clock
from core.database import Database, create_engine
from deploy.embedded.postgres import DATABASE, PostgresCluster
from deploy.embedded.spawn import spawn_options
from deploy.verify import audit
from models import migrations
from models.audited import Audited
from models.repositories import audit as log
from models.repositories import rate_limits, refusals
from tests.bench.figures import machine, percentiles, report
from tests.support.keys import key_ring
from tests.support.stack import free_port, open_folder, running

ROUNDS = 5
"""Turn about, so that what else runs on the machine befalls both alike."""
INSERT = (
    "INSERT INTO audit_entries (actor, role, action, subject, details) VALUES "
    "('usr_01m820gfdcqjtetjyfr1w54kk0', 'customer', 'session.signed_in', '', "
    '\'{"methods": ["password"], "second_factor": false}\')'
)


Fails = Callable[[AsyncSession], Awaitable[None]]
FAILURES = 50
"""Sign-ins that fail, a second."""


def address_of(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def write(url: str, writers: int, seconds: float) -> dict[str, Any]:
    """So many writers, each on a connection of its own, one transaction after the other."""
    took: list[float] = []
    until = time.monotonic() + seconds

    async def one() -> None:
        async with await psycopg.AsyncConnection.connect(address_of(url), autocommit=True) as connection:
            while (began := time.monotonic()) < until:
                await connection.execute(INSERT)
                took.append(time.monotonic() - began)

    await asyncio.gather(*(one() for _ in range(writers)))
    return {"writers": writers, "entries_a_second": round(len(took) / seconds), **percentiles(took)}


async def each_an_entry(session: AsyncSession) -> None:
    await log.append(session, Audited.SIGN_IN_FAILED, actor=log.SYSTEM, role="visitor", details={"wrong": "password"})


async def counted_beside(session: AsyncSession) -> None:
    """What a refused sign-in writes, at its dearest: every guess from one network, at one account."""
    for key, limit in (("here", PER_ACCOUNT), ("network", PER_NETWORK), ("account", PER_ACCOUNT)):
        await rate_limits.take(session, key, limit, clock.now())
    await refusals.note(session, "usr_01m820gfdcqjtetjyfr1w54kk0", "password", "198.51.100.7", clock.now())


async def hammer(database: Database, fails: Fails, seconds: float) -> int:
    """Failed sign-ins that arrive on schedule, whether or not those before are done; how many were."""
    done = 0

    async def one() -> None:
        nonlocal done
        async with database.transaction() as session:
            await fails(session)
        done += 1

    began, under_way = time.monotonic(), set[asyncio.Task[None]]()
    for number in range(int(seconds * FAILURES)):
        await asyncio.sleep(max(0.0, began + number / FAILURES - time.monotonic()))
        task = asyncio.create_task(one())
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    return done


async def beside(url: str, fails: Fails | None, seconds: float) -> dict[str, Any]:
    """Eight writers of audited payments, and strangers at the door."""
    database = Database(create_engine(url, pool_size=8), key_ring())
    strangers = asyncio.create_task(hammer(database, fails, seconds)) if fails else None
    figures = await write(url, 8, seconds)
    failed = await strangers if strangers else 0
    await database.close()
    return {**figures, "failed_a_second": round(failed / seconds)}


async def verified(url: str) -> dict[str, object]:
    engine = create_async_engine(url)
    began = time.monotonic()
    async with engine.connect() as connection:
        chain, _ = await audit.examine(connection, key_ring(), clock.now())
    await engine.dispose()
    if chain.violations:
        raise RuntimeError(chain.violations[0].sentence)
    return {"links": chain.count, "links_a_second": round(chain.count / (time.monotonic() - began))}


WAYS: Mapping[str, Fails | None] = {
    "payments_alone": None,
    "payments_beside_entries": each_an_entry,
    "payments_beside_counts": counted_beside,
}


def _switch(cluster: PostgresCluster, *, on: bool) -> None:
    word = sql.SQL("ENABLE" if on else "DISABLE")
    with psycopg.connect(address_of(cluster.url()), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER TABLE audit_entries {} TRIGGER audit_link_entry").format(word))


def run(seconds: float) -> dict[str, object]:
    with open_folder() as home:
        cluster = PostgresCluster(Path(home), free_port(), "superuser", "artisan")
        cluster.prepare()
        options = {"cwd": cluster.base, **spawn_options(cluster.account, on_orphan=signal.SIGQUIT)}
        with running(cluster.argv(), home / "postgres.log", cluster.ready, stop=signal.SIGINT, **options):
            migrations.upgrade(cluster.url(DATABASE))
            figures: dict[str, object] = {"bench": "audit", "machine": machine()}
            rounds: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for _ in range(ROUNDS):
                for writers, chained in product((1, 8), (True, False)):
                    _switch(cluster, on=chained)
                    rounds[_name(writers, chained=chained)].append(
                        asyncio.run(write(cluster.url(), writers, seconds / ROUNDS))
                    )
            _switch(cluster, on=True)
            _slow_down(cluster)
            for _ in range(ROUNDS):
                for name, fails in WAYS.items():
                    rounds[name].append(asyncio.run(beside(cluster.url(), fails, seconds / ROUNDS)))
            figures |= {name: _middle(found) for name, found in rounds.items()}
            figures["verify"] = asyncio.run(verified(cluster.url()))
            return figures


def _slow_down(cluster: PostgresCluster) -> None:
    """As on a disk, or with a synchronous standby, that confirms a commit in ten milliseconds: what is measured is who
    waits for whose commit, and not how fast this machine's disk is."""
    for name, value in (("commit_delay", 10_000), ("commit_siblings", 0)):
        cluster.execute(
            sql.SQL("ALTER DATABASE {} SET {} = {}").format(sql.Identifier(DATABASE), sql.Identifier(name), value)
        )


def _name(writers: int, *, chained: bool) -> str:
    return f"{'chained' if chained else 'unchained'}_{writers}"


def _middle(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The round with the median throughput."""
    return sorted(found, key=lambda figures: figures["entries_a_second"])[len(found) // 2]


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--json", action="store_true")
    options.add_argument("--seconds", type=float, default=10.0, help="of writing for each figure")
    report(run(options.parse_args().seconds))
