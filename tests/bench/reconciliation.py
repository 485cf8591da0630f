"""What a night of reconciliation costs: wall time and memory for 100,000 of the provider's transactions.

    artisan bench reconciliation --json [--transactions 100000]

Needs no running stack: it starts a PostgreSQL of its own, loads paid checkouts with their orders, postings and the
provider's lines past the triggers, and takes the night's steps as the worker does. Reading the provider's pages is left
out: it is the provider's pace, a hundred lines a request.
"""

import argparse
import asyncio
import resource
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from activities.reconciliation import BeginNight, BookAvailable, Compare, EndNight, ReconciliationActivities
from core.database import Database, create_engine
from deploy.embedded.postgres import DATABASE, SUPERUSER, PostgresCluster
from deploy.embedded.spawn import spawn_options
from models import migrations
from tests.bench.figures import machine, report
from tests.support.keys import key_ring
from tests.support.stack import free_port, open_folder, running

LOAD = (
    "SET session_replication_role = replica",
    "INSERT INTO checkouts (id, cart_id, attempt, buyer_id, address_id, currency, items_minor,"
    " shipping_minor, tax_minor,"
    " total_minor, paid, created_at) SELECT 'checkout-crt_' || n || '-1', 'crt_' || n, 1, 'usr_1',"
    " 'adr_1', 'USD', 9000,"
    " 1000, 600, 10600, true, now() - interval '5 hours' FROM generate_series(1, {n}) n",
    "INSERT INTO payments (checkout_id, provider_id, intent_id, state, currency, amount_minor, fee_minor, created_at,"
    " updated_at) SELECT 'checkout-crt_' || n || '-1', 'cs_' || n, 'pi_' || n, 'captured', 'USD', 10600, 337,"
    " now() - interval '5 hours', now() - interval '5 hours' FROM generate_series(1, {n}) n",
    "INSERT INTO orders (id, number, checkout_id, shop_id, buyer_id, address_id, currency, items_minor, shipping_minor,"
    " tax_minor, total_minor, fee_minor, ship_by, created_at) SELECT 'ord_' || n, 'AC-' || n,"
    " 'checkout-crt_' || n || '-1',"
    " 'shp_1', 'usr_1', 'adr_1', 'USD', 9000, 1000, 600, 10600, 585, now(), now() - interval '5 hours'"
    " FROM generate_series(1, {n}) n",
    "INSERT INTO ledger_accounts (kind, owner, currency) SELECT k, '', 'USD' FROM"
    " unnest(ARRAY['provider_pending', 'processing_fees', 'tax_payable']) k",
    "INSERT INTO ledger_accounts (kind, owner, currency) SELECT 'order_held', 'ord_' || n, 'USD'"
    " FROM generate_series(1, {n}) n",
    "INSERT INTO ledger_postings (step_key, kind, reference, posted_at) SELECT 'checkout-crt_' || n"
    " || '-1/capture', 'sale',"
    " 'checkout-crt_' || n || '-1', now() - interval '5 hours' FROM generate_series(1, {n}) n",
    "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) SELECT p.id, a.id, 'USD', v.minor"
    " FROM ledger_postings p CROSS JOIN (VALUES ('provider_pending', 10600), ('tax_payable', -600),"
    " ('processing_fees', 337), ('provider_pending', -337)) v (kind, minor) JOIN ledger_accounts a ON a.kind = v.kind",
    "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) SELECT p.id, a.id, 'USD', -10000"
    " FROM ledger_postings p JOIN orders o ON o.checkout_id = p.reference"
    " JOIN ledger_accounts a ON a.kind = 'order_held' AND a.owner = o.id",
    "INSERT INTO provider_transactions (id, type, currency, amount_minor, fee_minor, net_minor, source, reference,"
    " created_at, available_on) SELECT 'txn_' || n, 'charge', 'USD', 10600, 337, 10263, 'ch_' || n,"
    " 'checkout-crt_' || n || '-1', now() - interval '5 hours', now() + interval '2 days' FROM"
    " generate_series(1, {n}) n",
)


def load(cluster: PostgresCluster, transactions: int) -> None:
    address = make_url(cluster.url(DATABASE)).set(
        drivername="postgresql", username=SUPERUSER, password=cluster.superuser_password
    )
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        for statement in LOAD:
            connection.execute(statement.format(n=int(transactions)).encode())
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


async def night(url: str) -> dict[str, object]:
    database = Database(create_engine(url, 1), key_ring())
    nobody: Any = None
    steps = ReconciliationActivities(database, nobody, nobody)
    began = time.monotonic()
    begun = await steps.begin_night(BeginNight("reconciliation-bench", timedelta(minutes=5)))
    window = BookAvailable("reconciliation-bench", begun.since, begun.until, begun.booked_before)
    await steps.gather(window)
    gathered = time.monotonic()
    settles, cursor, looked_at, opened, first = timedelta(hours=2), "", 0, 0, True
    while first or cursor:
        done = await steps.compare(Compare("reconciliation-bench", begun.until, settles, cursor))
        cursor, first = done.cursor, False
        looked_at, opened = looked_at + done.looked_at, opened + done.opened
    compared = time.monotonic()
    ended = await steps.end_night(EndNight(window, settles))
    over = time.monotonic()
    await database.close()
    if opened or ended.opened:
        raise RuntimeError(f"{opened + ended.opened} differences where there are none")
    return {
        "looked_at": looked_at,
        "gather_s": round(gathered - began, 1),
        "compare_s": round(compared - gathered, 1),
        "accounts_and_strangers_s": round(over - compared, 1),
        "wall_s": round(over - began, 1),
        "memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def run(transactions: int) -> dict[str, object]:
    with open_folder() as home:
        cluster = PostgresCluster(Path(home), free_port(), "superuser", "artisan")
        cluster.prepare()
        options = {"cwd": cluster.base, **spawn_options(cluster.account, on_orphan=signal.SIGQUIT)}
        with running(cluster.argv(), home / "postgres.log", cluster.ready, stop=signal.SIGINT, **options):
            migrations.upgrade(cluster.url(DATABASE))
            load(cluster, transactions)
            figures: dict[str, object] = {"bench": "reconciliation", "machine": machine(), "transactions": transactions}
            return {**figures, **asyncio.run(night(cluster.url(DATABASE)))}


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--json", action="store_true")
    options.add_argument("--transactions", type=int, default=100_000)
    report(run(options.parse_args().transactions))
