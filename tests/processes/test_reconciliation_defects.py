"""Twenty defects, put by hand into the books of a finished town: each is found and named, and nothing else is."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import insert, select

from activities.reconciliation import (
    BeginNight,
    BookAvailable,
    Compare,
    EndNight,
    NightEnded,
    ReadBooks,
    ReconciliationActivities,
    RepairAtProvider,
)
from core import clock
from core.database import Database, create_engine
from deploy.embedded.postgres import PostgresCluster
from models.errors import Forbidden
from models.ports import Reversal
from models.repositories import ledger, ledger_balances, reconciliation_cases
from models.repositories.reconciliation import Done
from models.rules import credit_postings, order_postings, reserve_postings
from models.rules.bookkeeping import PostingKind
from models.rules.reconciliation import DifferenceKind, Reason
from models.rules.refunds import Share
from models.tables.credit import GiftCard
from models.tables.reconciliation import ReconciliationCase
from models.types import Money, Role
from tests.support.finished_town import Books, Town, build, forget_posting, tampering, usd
from tests.support.keys import key_ring
from tests.support.marketplace import add_person

DAY, SETTLES = timedelta(days=1), timedelta(hours=2)
K = DifferenceKind


class Provider:
    """Takes transfers back, once each, and books that."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.reversed: dict[str, Reversal] = {}

    async def find_reversal(self, transfer_id: str, *, operation: str) -> Reversal | None:
        return self.reversed.get(operation)

    async def reverse(self, transfer_id: str, amount: Money, *, operation: str, key: str) -> Reversal:
        assert operation not in self.reversed, "nothing is taken back twice"
        line = self.town.book("transfer_reversal", amount, reference=operation, at=clock.now())
        self.reversed[operation] = Reversal(line.source, transfer_id, amount, operation)
        return self.reversed[operation]


class Nights:
    def __init__(self, database: Database, town: Town) -> None:
        self.database, self.town = database, town
        self.provider = Provider(town)
        self.books = Books(town)
        self.steps = ReconciliationActivities(database, self.books, self.provider)  # type: ignore[arg-type] # asks no more
        self.number = 0

    async def night(self) -> NightEnded:
        """Every step of one, as the workflow takes them."""
        self.number += 1
        name = f"reconciliation-{self.number}"
        begun = await self.steps.begin_night(BeginNight(name, timedelta(minutes=5)))
        for account in ("", *begun.accounts):
            cursor, first = "", True
            while first or cursor:
                read = await self.steps.read_books(ReadBooks(begun.since, begun.until, account, cursor))
                cursor, first = read.cursor, False
        night = BookAvailable(name, begun.since, begun.until, begun.booked_before)
        while (await self.steps.book_available(night)).left:
            pass
        await self.steps.gather(night)
        done = await self.steps.compare(Compare(name, begun.until, SETTLES, ""))
        assert done.cursor == ""
        ended = await self.steps.end_night(EndNight(night, SETTLES, done.excused, Done()))
        return NightEnded(done.opened + ended.opened, done.gone + ended.gone)

    async def open(self) -> list[ReconciliationCase]:
        async with self.database.transaction() as session:
            rows = await session.scalars(select(ReconciliationCase).where(ReconciliationCase.closed_at.is_(None)))
            return list(rows)

    async def told(self) -> list[tuple[str, str]]:
        return sorted((case.kind, case.subject) for case in await self.open())


class Days:
    """The clock of activities; the database's own goes on as it does."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Iterator[Days]:
    moved = Days()
    monkeypatch.setattr(clock, "now", moved.now)
    yield moved


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """One of its own: the processes' shared one is everybody's."""
    opened = Database(create_engine(postgres_url), key_ring())
    yield opened
    await opened.close()


@pytest.fixture
async def nights(
    database: Database, postgres_server: PostgresCluster, postgres_url: str, days: Days
) -> AsyncIterator[Nights]:
    """After a first night that found nothing."""
    nights = Nights(database, await build(database, postgres_server, postgres_url))
    days.ahead = DAY
    assert await nights.night() == NightEnded(0, 0), await nights.told()
    days.ahead = 2 * DAY
    yield nights


def _move(connection: psycopg.Connection, step_key: str, kind: str, minor: int) -> None:
    """Changes one entry of a posting."""
    changed = connection.execute(
        "UPDATE ledger_entries e SET amount_minor = e.amount_minor + %s FROM ledger_postings p, ledger_accounts a "
        "WHERE p.id = e.posting_id AND a.id = e.account_id AND p.step_key = %s AND a.kind = %s AND e.id = ("
        "  SELECT min(f.id) FROM ledger_entries f JOIN ledger_accounts b ON b.id = f.account_id"
        "  WHERE f.posting_id = p.id AND b.kind = %s AND b.currency = 'USD')",
        [minor, step_key, kind, kind],
    )
    assert changed.rowcount == 1


def _capture(town: Town, number: int) -> str:
    return f"{town.orders[number].checkout_id}/capture"


def missing_posting(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    forget_posting(connection, _capture(town, 2))
    return K.MISSING_POSTING, town.orders[2].checkout_id


def doubled_transfer(_: psycopg.Connection, town: Town) -> tuple[K, str]:
    line = town.book("transfer", usd(-5_000), source="tr_again", reference=f"{town.arrived[0]}/transfer-1")
    return K.DOUBLED_TRANSFER, line.id


def wrong_currency(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    connection.execute(
        "INSERT INTO ledger_accounts (kind, owner, currency) SELECT a.kind, a.owner, 'CAD' FROM ledger_entries e "
        "JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_postings p ON p.id = e.posting_id "
        "WHERE p.step_key = %s ON CONFLICT DO NOTHING",
        [_capture(town, 3)],
    )
    connection.execute(
        "UPDATE ledger_entries e SET currency = 'CAD', account_id = c.id FROM ledger_postings p, ledger_accounts a, "
        "ledger_accounts c WHERE p.id = e.posting_id AND a.id = e.account_id AND p.step_key = %s "
        "AND c.kind = a.kind AND c.owner = a.owner AND c.currency = 'CAD'",
        [_capture(town, 3)],
    )
    return K.CURRENCY_DIFFERS, town.orders[3].checkout_id


def wrong_shop(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    order = town.orders[4]
    connection.execute(
        "UPDATE ledger_entries e SET account_id = c.id FROM ledger_postings p, ledger_accounts a, ledger_accounts c "
        "WHERE p.id = e.posting_id AND a.id = e.account_id AND p.step_key = %s AND a.kind = 'artisan_payable' "
        "AND c.kind = a.kind AND c.owner = %s AND c.currency = a.currency",
        [f"fulfillment-{order.id}/release", town.shops[1].id],
    )
    return K.WRONG_OWNER, order.id


def off_by_one(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    _move(connection, _capture(town, 5), "order_held", -1)
    _move(connection, _capture(town, 5), "provider_pending", 1)
    return K.AMOUNT_DIFFERS, town.orders[5].checkout_id


def missing_refund(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    forget_posting(connection, town.refund_behind)
    return K.MISSING_POSTING, town.refund_behind


def refund_sent_twice(_: psycopg.Connection, town: Town) -> tuple[K, str]:
    line = town.book("refund", usd(-1_000), reference=town.refund_before)
    return K.DOUBLED_REFUND, line.id


def paid_but_failed(_: psycopg.Connection, town: Town) -> tuple[K, str]:
    account, out = f"acct_{town.shops[1].slug}", f"{town.arrived[1]}/payout-1"
    town.book("payout_failure", usd(5_000), reference=out, account=account)
    return K.PAID_BUT_FAILED, f"{town.arrived[1]}/returned-1"


def returned_not_booked(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    account, out = f"acct_{town.shops[0].slug}", f"{town.arrived[2]}/payout-1"
    town.book("payout_failure", usd(5_000), reference=out, account=account)
    connection.execute("UPDATE payouts SET status = 'returned' WHERE id = %s", [town.arrived[2]])
    return K.RETURNED_NOT_BOOKED, f"{town.arrived[2]}/returned-1"


def fee_wrong(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    _move(connection, _capture(town, 6), "processing_fees", 5)
    _move(connection, _capture(town, 6), "provider_pending", -5)
    return K.FEE_DIFFERS, town.orders[6].checkout_id


def tax_wrong(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    _move(connection, _capture(town, 7), "tax_payable", 10)
    _move(connection, _capture(town, 7), "order_held", -10)
    return K.TAX_DIFFERS, town.orders[7].checkout_id


def fx_result_missing(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    assert town.abroad is not None
    step_key = f"{town.abroad.checkout_id}/capture"
    row = connection.execute(
        "DELETE FROM ledger_entries e USING ledger_postings p, ledger_accounts a WHERE p.id = e.posting_id "
        "AND a.id = e.account_id AND p.step_key = %s AND a.kind = 'fx_result' RETURNING e.amount_minor",
        [step_key],
    ).fetchone()
    assert row is not None
    _move(connection, step_key, "fx_position", row[0])
    return K.FX_RESULT_MISSING, town.abroad.checkout_id


def booked_twice(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    new = connection.execute(
        "INSERT INTO ledger_postings (step_key, kind, reference) SELECT step_key || '-again', kind, reference "
        "FROM ledger_postings WHERE step_key = %s RETURNING id",
        [_capture(town, 8)],
    ).fetchone()
    assert new is not None
    connection.execute(
        "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) SELECT %s, e.account_id, "
        "e.currency, e.amount_minor FROM ledger_entries e JOIN ledger_postings p ON p.id = e.posting_id "
        "WHERE p.step_key = %s",
        [new[0], _capture(town, 8)],
    )
    return K.BOOKED_TWICE, town.orders[8].checkout_id


def order_without_sale(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    order = town.orders[9]
    forget_posting(connection, _capture(town, 9))
    connection.execute("UPDATE checkouts SET paid = false WHERE id = %s", [order.checkout_id])
    connection.execute("DELETE FROM provider_transactions WHERE reference = %s", [order.checkout_id])
    forgotten = next(line for line in town.lines[""] if line.reference == order.checkout_id)
    town.lines[""].remove(forgotten)
    forget_posting(connection, f"provider/{forgotten.id}/available")
    return K.ORDER_WITHOUT_SALE, order.id


def transfer_nobody_asked_for(_: psycopg.Connection, town: Town) -> tuple[K, str]:
    return K.UNKNOWN_TRANSFER, town.book("transfer", usd(-250), source="tr_whose").id


def charge_nobody_knows(_: psycopg.Connection, town: Town) -> tuple[K, str]:
    return K.UNKNOWN_CHARGE, town.book("charge", usd(1_900), fee=90, wait=30 * DAY).id


def stale_pending(connection: psycopg.Connection, town: Town) -> tuple[K, str]:
    line = next(line for line in town.lines[""] if line.reference == town.orders[10].checkout_id)
    forget_posting(connection, f"provider/{line.id}/available")
    return K.STILL_PENDING, line.id


BY_HAND: tuple[Callable[[psycopg.Connection, Town], tuple[K, str]], ...] = (
    missing_posting,
    doubled_transfer,
    wrong_currency,
    wrong_shop,
    off_by_one,
    missing_refund,
    refund_sent_twice,
    paid_but_failed,
    returned_not_booked,
    fee_wrong,
    tax_wrong,
    fx_result_missing,
    booked_twice,
    order_without_sale,
    transfer_nobody_asked_for,
    charge_nobody_knows,
    stale_pending,
)


async def seed(nights: Nights, cluster: PostgresCluster, url: str) -> list[tuple[str, str]]:
    """All twenty; what has to be found."""
    town, found = nights.town, []
    with tampering(cluster, url) as connection:
        found += [defect(connection, town) for defect in BY_HAND]
    async with nights.database.transaction() as session:
        order, shop = town.undelivered, town.shops[0]
        assert order is not None
        share = Share(order.total_minor - 800 - 416, 800, 416, order.fee_minor)
        entries = order_postings.release(order.id, shop.id, share, "USD")
        await ledger.post(session, f"fulfillment-{order.id}/release", "release", order.id, entries)
        found.append((K.RELEASE_WITHOUT_DELIVERY, order.id))
        over = reserve_postings.released(shop.id, usd(900))
        await ledger.post(session, "hold-1/released", "reserve_released", "hold_1", over)
        found.append((K.NEGATIVE_RESERVE, f"artisan_reserve/{shop.id}/USD"))
    await ledger_balances.advance(nights.database)
    with tampering(cluster, url) as connection:
        connection.execute(
            "UPDATE ledger_balances b SET amount_minor = b.amount_minor + 7 FROM ledger_accounts a "
            "WHERE a.id = b.account_id AND a.kind = 'fees_earned' AND a.currency = 'USD'"
        )
    found.append((K.KEPT_SUM_WRONG, "fees_earned//USD"))
    return sorted((kind.value, subject) for kind, subject in found)


async def test_twenty_defects_are_found_and_named(
    nights: Nights, postgres_server: PostgresCluster, postgres_url: str, days: Days
) -> None:
    seeded = await seed(nights, postgres_server, postgres_url)
    assert len(seeded) == 20

    assert await nights.night() == NightEnded(opened=20, gone=0), await nights.told()
    assert await nights.told() == seeded

    days.ahead = 3 * DAY
    assert await nights.night() == NightEnded(0, 0), "the next night finds the same ones, and opens none anew"
    assert {case.nights for case in await nights.open()} == {2}


async def test_repairs_by_two_put_everything_right(
    nights: Nights, postgres_server: PostgresCluster, postgres_url: str, days: Days
) -> None:
    await seed(nights, postgres_server, postgres_url)
    await nights.night()
    database = nights.database
    async with database.transaction() as session:
        ada, _ = await add_person(session, Role.ADMINISTRATOR)
        grace, _ = await add_person(session, Role.ADMINISTRATOR)
    by_hand = []
    for case in await nights.open():
        now = clock.now()
        async with database.transaction() as session:
            await reconciliation_cases.propose(session, case.id, ada, Reason.PROVIDER_CHECKED, now)
        with pytest.raises(Forbidden):
            async with database.transaction() as session:
                await reconciliation_cases.approve(session, case.id, ada, now)
        async with database.transaction() as session:
            done = await reconciliation_cases.approve(session, case.id, grace, now)
        if done.status == "approved":
            for _ in range(2):
                await nights.steps.repair_at_provider(RepairAtProvider(case.id))
        if done.outcome == "settled_by_hand":
            by_hand.append((case.kind, case.subject))
    assert await nights.open() == []

    days.ahead = 3 * DAY
    await nights.night()
    left = await nights.told()
    stuck = sorted([(K.PAYOUT_STUCK.value, town_id) for town_id in nights.town.arrived[1:]])
    assert left == sorted([*by_hand, *stuck]), "what people said they had done by hand, and is not, is found again"
    assert {kind for kind, _ in by_hand} == {"doubled_refund", "order_without_sale"}


async def test_a_bought_gift_card_is_explained_by_its_own_charge(
    nights: Nights, postgres_server: PostgresCluster, postgres_url: str, days: Days
) -> None:
    step = "gift-card/gft_1"
    async with nights.database.transaction() as session:
        await session.execute(insert(GiftCard).values(id="gft_1", code_hash="0" * 64, currency="USD"))
        bought = credit_postings.gift_card_sold("gft_1", usd(5_000), usd(175))
        await ledger.post(session, f"{step}/sold", PostingKind.GIFT_CARD_SOLD, "gft_1", bought)
        ids = [(await add_person(session, Role.ADMINISTRATOR))[0] for _ in range(2)]
    nights.town.book("charge", usd(5_000), fee=175, reference=step)
    assert await nights.night() == NightEnded(0, 0), await nights.told()

    with tampering(postgres_server, postgres_url) as connection:
        forget_posting(connection, f"{step}/sold")
    days.ahead = 3 * DAY
    await nights.night()
    assert await nights.told() == [(K.MISSING_POSTING.value, step)]
    (case,) = await nights.open()
    async with nights.database.transaction() as session:
        await reconciliation_cases.propose(session, case.id, ids[0], Reason.PROVIDER_CHECKED, clock.now())
        await reconciliation_cases.approve(session, case.id, ids[1], clock.now())
    days.ahead = 4 * DAY
    assert await nights.night() == NightEnded(0, 0), await nights.told()

    nights.town.book("charge", usd(2_000), reference="gift-card/gft_nobody")
    days.ahead = 5 * DAY
    await nights.night()
    assert [kind for kind, _ in await nights.told()] == [K.UNKNOWN_CHARGE.value]
