"""What the ledger does: postings a second with one writer and with eight, and the balance of who has a million entries.

    artisan bench ledger --json [--seconds 5] [--entries 1000000]

Needs no running stack: it starts a PostgreSQL of its own, with fsync on, as in production. Each posting is a
transaction of its own, through the product's repository. `same` is on two accounts that all writers share, `own` on two
of each writer's own, and `sold` a sale of a new order each, which opens an account and books on the platform's.
"""

import argparse
import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from core.database import Database, create_engine
from deploy.embedded.postgres import DATABASE, SUPERUSER, PostgresCluster
from deploy.embedded.spawn import spawn_options
from models import migrations
from models.repositories import ledger, ledger_balances
from models.rules import payout_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.sale_postings import SoldOrder, sale
from models.types import Money
from tests.bench.figures import machine, percentiles, report
from tests.support.keys import key_ring
from tests.support.stack import free_port, open_folder, running

SHOP = "shp_01m820gfdcqjtetjyfr1w54kk0"
_NUMBERS = count()
Entries = Callable[[int], list[LedgerEntry]]
"""What the writer of this number books next."""


def same(writer: int) -> list[LedgerEntry]:
    return payout_postings.set_aside("shp_everybody", Money(1 + writer, "USD"))


def own(writer: int) -> list[LedgerEntry]:
    return payout_postings.set_aside(f"shp_{writer}", Money(1 + writer, "USD"))


def sold(writer: int) -> list[LedgerEntry]:
    return sale([SoldOrder(f"ord_{next(_NUMBERS)}_{writer}", 9_000, 1_000, 600)], 337, "USD")


async def write(url: str, writers: int, seconds: float, entries: Entries) -> dict[str, object]:
    """So many writers, one transaction after the other."""
    database = Database(create_engine(url, writers, check_before_use=False), key_ring())
    took: list[float] = []

    async def one(writer: int, until: float) -> None:
        while (began := time.monotonic()) < until:
            async with database.transaction() as session:
                await ledger.post(session, f"bench/{next(_NUMBERS)}", "bench", "bench", entries(writer))
            took.append(time.monotonic() - began)

    async with asyncio.TaskGroup() as together:
        for writer in range(writers):
            together.create_task(one(writer, time.monotonic() + seconds))
    await database.close()
    return {"writers": writers, "postings_a_second": round(len(took) / seconds), **percentiles(took)}


def load(cluster: PostgresCluster, entries: int) -> None:
    """A shop with so many sales, past the triggers: they are measured by the writers."""
    address = make_url(cluster.url(DATABASE)).set(
        drivername="postgresql", username=SUPERUSER, password=cluster.superuser_password
    )
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            sql.SQL(
                """
                INSERT INTO ledger_accounts (kind, owner, currency)
                VALUES ('artisan_payable', {shop}, 'USD'), ('corrections', '', 'USD')
                """
            ).format(shop=sql.Literal(SHOP))
        )
        connection.execute(
            "INSERT INTO ledger_postings (step_key, kind, reference, posted_at) "
            "SELECT 'load/' || n, 'release', 'load', now() - n * interval '30 seconds' "
            "FROM generate_series(1, %s) AS n",
            [entries],
        )
        connection.execute(
            "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) "
            "SELECT p.id, a.id, 'USD', CASE a.kind WHEN 'corrections' THEN 9415 ELSE -9415 END "
            "FROM ledger_postings p CROSS JOIN ledger_accounts a "
            "WHERE p.step_key LIKE 'load/%%' AND (a.owner = %s OR a.kind = 'corrections')",
            [SHOP],
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE ledger_entries, ledger_postings, ledger_accounts")


async def read(url: str, entries: int) -> dict[str, object]:
    """Before any sum is kept, while sums are made, and after; last with 10,000 entries behind the kept sum."""
    database = Database(create_engine(url, 1, check_before_use=False), key_ring())

    async def asked(question: Callable[[], Awaitable[object]], times: int) -> dict[str, float]:
        took = []
        for _ in range(times):
            began = time.monotonic()
            await question()
            took.append(time.monotonic() - began)
        return percentiles(took)

    async def balance() -> Money:
        async with database.transaction() as session:
            return await ledger.balance(session, AccountKind.ARTISAN_PAYABLE, SHOP, "USD")

    async def all_of_the_shop() -> object:
        async with database.transaction() as session:
            return await ledger_balances.balances_of(session, SHOP)

    async def page() -> object:
        async with database.transaction() as session:
            first = await ledger_balances.entries_of(session, AccountKind.ARTISAN_PAYABLE, SHOP, "USD")
            before = first[-1].id - entries
            return await ledger_balances.entries_of(session, AccountKind.ARTISAN_PAYABLE, SHOP, "USD", before=before)

    async def whole() -> object:
        async with database.transaction() as session:
            return await ledger_balances.totals(session)

    due = Money(-9_415 * entries, "USD")
    figures: dict[str, object] = {"entries": entries}
    if await balance() != due:
        raise RuntimeError("the balance is wrong before any sum is kept")
    figures["balance_without_kept_sums"] = await asked(balance, 10)
    began = time.monotonic()
    added = await ledger_balances.advance(database)
    figures["advance"] = {"entries": added, "entries_a_second": round(added / (time.monotonic() - began))}
    if await balance() != due:
        raise RuntimeError("the balance is wrong with kept sums")
    figures["balance"] = await asked(balance, 300)
    figures["balances_of_a_shop"] = await asked(all_of_the_shop, 300)
    figures["two_pages_of_entries_far_apart"] = await asked(page, 300)
    figures["totals_of_everything"] = await asked(whole, 100)
    for _ in range(10):
        async with database.transaction() as session:
            for _ in range(1_000):
                key = f"behind/{next(_NUMBERS)}"
                await ledger.post(session, key, "bench", "bench", payout_postings.set_aside(SHOP, Money(1, "USD")))
    if await balance() != due + Money(10_000, "USD"):
        raise RuntimeError("the balance is wrong with entries behind the kept sums")
    figures["balance_with_10000_entries_behind"] = await asked(balance, 300)
    await database.close()
    return figures


def run(seconds: float, entries: int) -> dict[str, object]:
    with open_folder() as home:
        cluster = PostgresCluster(Path(home), free_port(), "superuser", "artisan")
        cluster.prepare()
        options = {"cwd": cluster.base, **spawn_options(cluster.account, on_orphan=signal.SIGQUIT)}
        with running(cluster.argv(), home / "postgres.log", cluster.ready, stop=signal.SIGINT, **options):
            migrations.upgrade(cluster.url(DATABASE))
            figures: dict[str, object] = {"bench": "ledger", "machine": machine()}
            for writers in (1, 8):
                for booked in (same, own, sold):
                    wrote = asyncio.run(write(cluster.url(DATABASE), writers, seconds, booked))
                    figures[f"{booked.__name__}_{writers}"] = wrote
            load(cluster, entries)
            figures["reading"] = asyncio.run(read(cluster.url(DATABASE), entries))
            return figures


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--json", action="store_true")
    options.add_argument("--seconds", type=float, default=5.0, help="of writing for each of the six figures")
    options.add_argument("--entries", type=int, default=1_000_000, help="of the shop whose balance is read")
    given = options.parse_args()
    report(run(given.seconds, given.entries))
