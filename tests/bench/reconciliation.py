"""What a night of reconciliation costs: wall time and memory for 100,000 of the provider's transactions.

    artisan bench reconciliation --json [--transactions 100000]

Needs no running stack: it starts a PostgreSQL of its own, loads a marketplace's mix past the triggers (of 104 of the
provider's lines 60 charges, 6 refunds, 12 payouts with 3 lines each, 2 fees of its own; two thirds of the orders
delivered and released), and takes the night's steps as the worker does. Reading the provider's pages is left
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

MIX = {"sales": 60, "delivered": 40, "refunded": 6, "payouts": 12, "fees": 2}
LINES = 60 + 6 + 3 * 12 + 2
"""Of the provider's, for each unit of the mix: a sale, a refund and a fee are one each; a payout is a transfer in our
books, and what arrived and what left in its account's."""
CHECKOUT = "'checkout-crt_' || n || '-1'"


def _lines(
    type_: str, last: str, minor: int, source: str, reference: str, *, fee: int = 0, first: str = "1", own: bool = True
) -> str:
    account = "''" if own else "'acct_' || n % 1000"
    return (
        "INSERT INTO provider_transactions"  # noqa: S608 - names and numbers of this file's own
        " (id, account_id, type, currency, amount_minor, fee_minor, net_minor, source,"
        f" reference, created_at, available_on) SELECT 'txn_{type_}_' || n, {account}, '{type_}', 'USD', {minor},"
        f" {fee}, {minor - fee}, '{source}_' || n, {reference}, now() - interval '4 hours',"
        f" now() + interval '2 days' FROM generate_series({first}, {last}) n"
    )


LOAD = (
    "SET session_replication_role = replica",
    "CREATE TEMP TABLE bench_entries (step_key text, posting text, reference text, kind text, owner text, minor int)",
    "INSERT INTO checkouts (id, cart_id, attempt, buyer_id, address_id, currency, items_minor, shipping_minor,"
    " tax_minor, total_minor, paid, created_at) SELECT {checkout}, 'crt_' || n, 1, 'usr_1', 'adr_1', 'USD', 9000,"
    " 1000, 600, 10600, true, now() - interval '5 hours' FROM generate_series(1, {sales}) n",
    "INSERT INTO payments (checkout_id, provider_id, intent_id, state, currency, amount_minor, fee_minor, created_at,"
    " updated_at) SELECT {checkout}, 'cs_' || n, 'pi_' || n, 'captured', 'USD', 10600, 337,"
    " now() - interval '5 hours', now() - interval '5 hours' FROM generate_series(1, {sales}) n",
    "INSERT INTO orders (id, number, checkout_id, shop_id, buyer_id, address_id, currency, items_minor, shipping_minor,"
    " tax_minor, total_minor, fee_minor, ship_by, created_at, released_at) SELECT 'ord_' || n, 'AC-' || n,"
    " {checkout}, 'shp_' || n % 1000, 'usr_1', 'adr_1', 'USD', 9000, 1000, 600, 10600, 585, now(),"
    " now() - interval '5 hours', CASE WHEN n <= {delivered} THEN now() - interval '4 hours' END"
    " FROM generate_series(1, {sales}) n",
    "INSERT INTO parcels (id, order_id, courier, service, tracking_number, label_url, label_price_minor, currency,"
    " status, delivered_at) SELECT 'prc_' || n, 'ord_' || n, 'swift', 'standard', 'T' || n, '', 700, 'USD',"
    " 'delivered', now() - interval '4 hours' FROM generate_series(1, {delivered}) n",
    "INSERT INTO processes (workflow_id, process, status, waiting_on, sequence, is_final) SELECT 'fulfillment-ord_' ||"
    " n, 'fulfillment', 'completed', 'nobody', 1, true FROM generate_series(1, {delivered}) n",
    # the newest orders, which are not delivered, are the refunded ones
    "INSERT INTO refunds (id, order_id, provider_id, currency, amount_minor, items_minor, shipping_minor, tax_minor,"
    " fee_minor, state, reason, created_at, settled_at) SELECT 'fulfillment-ord_' || n || '/refund', 'ord_' || n,"
    " 're_' || n, 'USD', 10600, 9000, 1000, 600, 585, 'succeeded', 'declined', now() - interval '4 hours',"
    " now() - interval '4 hours' FROM generate_series({sales} - {refunded} + 1, {sales}) n",
    "INSERT INTO payouts (id, shop_id, kind, period, currency, amount_minor, status, attempt, provider_account_id,"
    " transfer_id, provider_payout_id, created_at, paid_at, ended_at) SELECT 'withdrawal-' || n, 'shp_' || n % 1000,"
    " 'withdrawal', '', 'USD', 1000, 'paid', 1, 'acct_' || n % 1000, 'tr_' || n, 'po_' || n,"
    " now() - interval '4 hours', now() - interval '3 hours', now() - interval '3 hours'"
    " FROM generate_series(1, {payouts}) n",
    "INSERT INTO ledger_accounts (kind, owner, currency) SELECT k, '', 'USD' FROM unnest(ARRAY['provider_pending',"
    " 'provider_available', 'processing_fees', 'tax_payable', 'fees_earned']) k",
    "INSERT INTO ledger_accounts (kind, owner, currency) SELECT 'order_held', 'ord_' || n, 'USD'"
    " FROM generate_series(1, {sales}) n",
    "INSERT INTO ledger_accounts (kind, owner, currency) SELECT k, 'shp_' || n, 'USD' FROM generate_series(0, 999) n,"
    " unnest(ARRAY['artisan_payable', 'artisan_in_transit', 'connected_balance']) k",
    "INSERT INTO bench_entries SELECT {checkout} || '/capture', 'sale', {checkout}, v.kind, v.owner, v.minor FROM"
    " generate_series(1, {sales}) n CROSS JOIN LATERAL (VALUES ('provider_pending', '', 10600), ('order_held',"
    " 'ord_' || n, -10000), ('tax_payable', '', -600), ('processing_fees', '', 337), ('provider_pending', '', -337))"
    " v (kind, owner, minor)",
    "INSERT INTO bench_entries SELECT 'fulfillment-ord_' || n || '/release', 'release', 'ord_' || n, v.kind, v.owner,"
    " v.minor FROM generate_series(1, {delivered}) n CROSS JOIN LATERAL (VALUES ('order_held', 'ord_' || n, 10000),"
    " ('artisan_payable', 'shp_' || n % 1000, -9415), ('fees_earned', '', -585)) v (kind, owner, minor)",
    "INSERT INTO bench_entries SELECT 'fulfillment-ord_' || n || '/refund', 'refund', 'ord_' || n, v.kind, v.owner,"
    " v.minor FROM generate_series({sales} - {refunded} + 1, {sales}) n CROSS JOIN LATERAL (VALUES ('order_held',"
    " 'ord_' || n, 10000), ('tax_payable', '', 600), ('provider_pending', '', -10600)) v (kind, owner, minor)",
    "INSERT INTO bench_entries SELECT 'withdrawal-' || n || '/' || v.step || '-1', v.posting, 'withdrawal-' || n,"
    " v.kind, CASE WHEN v.kind LIKE 'provider%' THEN '' ELSE 'shp_' || n % 1000 END, v.minor"
    " FROM generate_series(1, {payouts}) n CROSS JOIN (VALUES"
    " ('set-aside', 'payout_set_aside', 'artisan_payable', 1000),"
    " ('set-aside', 'payout_set_aside', 'artisan_in_transit', -1000),"
    " ('transfer', 'payout_transferred', 'connected_balance', 1000),"
    " ('transfer', 'payout_transferred', 'provider_available', -1000),"
    " ('payout', 'payout_paid', 'artisan_in_transit', 1000),"
    " ('payout', 'payout_paid', 'connected_balance', -1000)) v (step, posting, kind, minor)",
    "INSERT INTO bench_entries SELECT 'case/cas_' || n, 'provider_fee', 'txn_fee_' || n, v.kind, '', v.minor FROM"
    " generate_series(1, {fees}) n CROSS JOIN (VALUES ('processing_fees', 25), ('provider_pending', -25))"
    " v (kind, minor)",
    "INSERT INTO ledger_postings (step_key, kind, reference, posted_at) SELECT DISTINCT step_key, posting, reference,"
    " now() - interval '4 hours' FROM bench_entries",
    "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) SELECT p.id, a.id, 'USD', b.minor"
    " FROM bench_entries b JOIN ledger_postings p ON p.step_key = b.step_key"
    " JOIN ledger_accounts a ON a.kind = b.kind AND a.owner = b.owner",
    "INSERT INTO reconciliation_cases (id, kind, subject, currency, expected_minor, found_minor, facts, repair, status,"
    " opened_at, seen_at, closed_at, outcome, proposed_by, approved_by) SELECT 'cas_' || n, 'unknown_at_provider',"
    " 'txn_fee_' || n, 'USD', 0, -25, '{{}}', '{{}}', 'closed', now(), now(), now(), 'repaired', 'usr_1', 'usr_2'"
    " FROM generate_series(1, {fees}) n",
    "INSERT INTO connected_accounts (shop_id, provider_id, country, transfers_enabled, payouts_enabled, checked_at)"
    " SELECT 'shp_' || n, 'acct_' || n, 'US', true, true, now() FROM generate_series(0, 999) n",
    _lines("charge", "{sales}", 10_600, "ch", "{checkout}", fee=337),
    _lines(
        "refund",
        "{sales}",
        -10_600,
        "re",
        "'fulfillment-ord_' || n || '/refund'",
        first="{sales} - {refunded} + 1",
    ),
    _lines("transfer", "{payouts}", -1_000, "tr", "'withdrawal-' || n || '/transfer-1'"),
    _lines("payment", "{payouts}", 1_000, "tr", "''", own=False),
    _lines("payout", "{payouts}", -1_000, "po", "'withdrawal-' || n || '/payout-1'", own=False),
    _lines("fee", "{fees}", -25, "fee", "''"),
)


def sizes(transactions: int) -> dict[str, int]:
    """How many of each make so many of the provider's lines, in the mix."""
    return {name: transactions * share // LINES for name, share in MIX.items()}


def load(cluster: PostgresCluster, transactions: int) -> None:
    address = make_url(cluster.url(DATABASE)).set(
        drivername="postgresql", username=SUPERUSER, password=cluster.superuser_password
    )
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        for statement in LOAD:
            connection.execute(statement.format(**sizes(transactions), checkout=CHECKOUT).encode())
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
            figures: dict[str, object] = {
                "bench": "reconciliation",
                "machine": machine(),
                "transactions": transactions,
                **sizes(transactions),
            }
            return {**figures, **asyncio.run(night(cluster.url(DATABASE)))}


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--json", action="store_true")
    options.add_argument("--transactions", type=int, default=100_000)
    report(run(options.parse_args().transactions))
