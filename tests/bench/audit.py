"""What the audit log's chain costs: entries a second with one writer and with eight, with the chain and without.

    artisan bench audit --json [--seconds 5]

Needs no running stack: it starts a PostgreSQL of its own, with fsync on, as in production. Each entry is a transaction
of its own, which is the worst case: whoever writes also does something worth writing down. Without the chain means that
its trigger is switched off. Last, the chain is verified, link by link, as `artisan verify` does.
"""

import argparse
import asyncio
import signal
import time
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from core import clock
from deploy.embedded.postgres import DATABASE, PostgresCluster
from deploy.embedded.spawn import spawn_options
from deploy.verify import audit
from models import migrations
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


async def verified(url: str) -> dict[str, object]:
    engine = create_async_engine(url)
    began = time.monotonic()
    async with engine.connect() as connection:
        chain, _ = await audit.examine(connection, key_ring(), clock.now())
    await engine.dispose()
    if chain.violations:
        raise RuntimeError(chain.violations[0].sentence)
    return {"links": chain.count, "links_a_second": round(chain.count / (time.monotonic() - began))}


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
            figures |= {name: _middle(found) for name, found in rounds.items()}
            figures["verify"] = asyncio.run(verified(cluster.url()))
            return figures


def _name(writers: int, *, chained: bool) -> str:
    return f"{'chained' if chained else 'unchained'}_{writers}"


def _middle(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The round with the median throughput."""
    return sorted(found, key=lambda figures: figures["entries_a_second"])[len(found) // 2]


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--json", action="store_true")
    options.add_argument("--seconds", type=float, default=10.0, help="of writing for each of the four figures")
    report(run(options.parse_args().seconds))
