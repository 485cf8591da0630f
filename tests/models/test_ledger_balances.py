"""Balances are exact at every moment: however far the kept sums go, whoever still writes, and whatever was restored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from models.repositories import ledger, ledger_balances
from models.rules import payout_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.tables.ledger import Balance, Day, Entry, Horizon
from models.types import Money

PAYABLE, PENDING, HELD = AccountKind.ARTISAN_PAYABLE, AccountKind.PROVIDER_PENDING, AccountKind.ORDER_HELD
SHOP = "shp_1"


def entries(minor: int, shop: str = SHOP, currency: str = "USD") -> list[LedgerEntry]:
    return [
        LedgerEntry(PENDING, "", Money(minor, currency)),
        LedgerEntry(PAYABLE, shop, Money(-minor, currency)),
    ]


async def post(session: AsyncSession, key: str, minor: int, shop: str = SHOP, currency: str = "USD") -> None:
    assert await ledger.post(session, key, "test", key, entries(minor, shop, currency))


async def booked(database: Database, *amounts: int, prefix: str = "step") -> None:
    for number, minor in enumerate(amounts):
        async with database.transaction() as session:
            await post(session, f"{prefix}-{number}", minor)


async def payable(database: Database) -> int:
    async with database.transaction() as session:
        return (await ledger.balance(session, PAYABLE, SHOP, "USD")).minor


async def kept(database: Database) -> int:
    """What stands in the kept sum, without the entries behind it."""
    async with database.transaction() as session:
        return await session.scalar(select(func.sum(Balance.amount_minor)).where(Balance.amount_minor < 0)) or 0


@asynccontextmanager
async def a_transaction_that_stays_open(database: Database) -> AsyncIterator[AsyncSession]:
    """Of a connection of its own; commits at the end of the block."""
    async with database.session() as session:
        yield session
        await session.commit()


async def test_a_balance_is_the_kept_sum_and_what_came_behind_it(database: Database) -> None:
    await booked(database, 100, 20)
    assert await ledger_balances.advance(database) == 4
    assert (await kept(database), await payable(database)) == (-120, -120)
    await booked(database, 3, prefix="later")
    assert (await kept(database), await payable(database)) == (-120, -123)
    assert await ledger_balances.advance(database) == 2
    assert (await kept(database), await payable(database)) == (-123, -123)
    assert await ledger_balances.advance(database) == 0


async def test_nothing_booked_is_nothing_to_add(database: Database) -> None:
    assert await ledger_balances.advance(database) == 0
    await booked(database, 7)
    assert await ledger_balances.advance(database) == 2, "the first entry ever was not passed over"
    assert await kept(database) == -7


async def test_an_entry_that_commits_late_with_a_lower_id_is_not_passed_over(database: Database) -> None:
    await booked(database, 5, prefix="opens the accounts")
    await ledger_balances.advance(database)
    async with a_transaction_that_stays_open(database) as slow:
        await post(slow, "slow", 1_000)
        await booked(database, 1)
        async with database.transaction() as session:
            seen = (await session.scalars(select(Entry.id).order_by(Entry.id))).all()
        assert list(seen) == [1, 2, 5, 6], "the open transaction has the lower ids"
        for _ in range(3):
            assert await ledger_balances.advance(database) == 0
        assert (await kept(database), await payable(database)) == (-5, -6)
    assert await payable(database) == -1_006
    assert await ledger_balances.advance(database) == 4
    assert (await kept(database), await payable(database)) == (-1_006, -1_006)


async def test_transactions_that_overlap_for_ever_do_not_put_it_off_for_ever(database: Database) -> None:
    await booked(database, 1)
    async with a_transaction_that_stays_open(database) as first:
        await post(first, "first", 10)
        assert await ledger_balances.advance(database) == 0
        second = database.session()
        await post(second, "second", 100)
        assert await ledger_balances.advance(database) == 0
    assert await ledger_balances.advance(database) == 4, "as far as the mark from before the second one"
    assert (await kept(database), await payable(database)) == (-11, -11)
    await second.commit()
    await second.close()
    assert await ledger_balances.advance(database) == 2
    assert (await kept(database), await payable(database)) == (-111, -111)


async def test_an_entry_of_a_transaction_that_failed_is_nobodys(database: Database) -> None:
    await booked(database, 5, prefix="opens the accounts")
    async with database.session() as lost:
        await post(lost, "lost", 500)
        await booked(database, 1)
        await lost.rollback()
    assert await ledger_balances.advance(database) == 4
    assert (await kept(database), await payable(database)) == (-6, -6)


@pytest.mark.parametrize("batch", [1, 3, 1_000])
async def test_batches_of_any_size_add_up_to_the_same(database: Database, batch: int) -> None:
    await booked(database, 5, 7, 11, -3)
    assert await ledger_balances.advance(database, batch=batch) == 8
    assert (await kept(database), await payable(database)) == (-20, -20)


async def test_writers_and_advancers_at_once_lose_nothing(database: Database) -> None:
    async def write(writer: int) -> None:
        for number in range(10):
            async with database.transaction() as session:
                await post(session, f"{writer}-{number}", writer + 1)
                await asyncio.sleep(0)

    async def advance() -> int:
        return sum([await ledger_balances.advance(database, batch=7) for _ in range(10)])

    async with asyncio.TaskGroup() as together:
        for writer in range(4):
            together.create_task(write(writer))
        advancing = [together.create_task(advance()) for _ in range(2)]
    rest = await ledger_balances.advance(database)
    assert sum(task.result() for task in advancing) + rest == 80
    assert await payable(database) == await kept(database) == -100


async def test_after_a_restore_into_another_server_the_mark_is_made_anew(database: Database) -> None:
    """Whose transaction ids begin again: a mark from the future would never come true."""
    await booked(database, 5)
    async with database.transaction() as session:
        await session.execute(text("UPDATE ledger_horizon SET mark_entry_id = 2, mark_xid = 4000000000000"))
    assert await ledger_balances.advance(database) == 2
    await booked(database, 6, prefix="later")
    assert await ledger_balances.advance(database) == 2
    assert (await kept(database), await payable(database)) == (-11, -11)


async def test_sums_that_were_thrown_away_are_made_anew(database: Database) -> None:
    await booked(database, 5, 6)
    await ledger_balances.advance(database)
    async with database.transaction() as session:
        await session.execute(text("TRUNCATE ledger_balances, ledger_days"))
        await session.execute(text("UPDATE ledger_horizon SET up_to_entry_id = 0, mark_entry_id = 0"))
    assert await payable(database) == -11
    assert await ledger_balances.advance(database) == 4
    assert (await kept(database), await payable(database)) == (-11, -11)


async def test_an_owner_has_every_kind_and_currency_in_one_answer(database: Database) -> None:
    async with database.transaction() as session:
        await post(session, "usd", 500)
        await post(session, "jpy", 4_800, currency="JPY")
        await post(session, "another", 9, shop="shp_2")
        aside = payout_postings.set_aside(SHOP, Money(200, "USD"))
        await ledger.post(session, "aside", "payout_set_aside", "payout-1", aside)
    await ledger_balances.advance(database)
    async with database.transaction() as session:
        await post(session, "more", 1)
        found = await ledger_balances.balances_of(session, SHOP)
        assert await ledger_balances.balances_of(session, "shp_none") == {}
    assert found == {
        PAYABLE: {"USD": Money(-301, "USD"), "JPY": Money(-4_800, "JPY")},
        AccountKind.ARTISAN_IN_TRANSIT: {"USD": Money(-200, "USD")},
    }


async def test_entries_come_in_pages_the_newest_first(database: Database) -> None:
    await booked(database, 1, 2, 3, 4, 5)
    async with database.transaction() as session:
        await post(session, "other", 99, shop="shp_2")
        first = await ledger_balances.entries_of(session, PAYABLE, SHOP, "USD", limit=2)
        second = await ledger_balances.entries_of(session, PAYABLE, SHOP, "USD", before=first[-1].id, limit=2)
        last = await ledger_balances.entries_of(session, PAYABLE, SHOP, "USD", before=second[-1].id, limit=2)
        assert await ledger_balances.entries_of(session, PAYABLE, "shp_none", "USD") == []
        assert await ledger_balances.entries_at(session, "step-4") == entries(5)
        assert await ledger_balances.entries_at(session, "never") == []
    assert [[entry.amount.minor for entry in page] for page in (first, second, last)] == [[-5, -4], [-3, -2], [-1]]
    assert (first[0].kind, first[0].reference, first[0].step_key) == ("test", "step-4", "step-4")


async def test_totals_and_days_are_the_same_however_far_the_sums_go(database: Database) -> None:
    async def answers() -> tuple[object, object]:
        async with database.transaction() as session:
            return await ledger_balances.totals(session), await ledger_balances.movements(session)

    await booked(database, 100)
    async with database.transaction() as session:
        await post(session, "another", 9, shop="shp_2")
        await session.execute(
            text("INSERT INTO ledger_postings (step_key, kind, reference, posted_at) VALUES ('old', 'x', 'x', :at)"),
            {"at": datetime(2026, 1, 31, 23, 59, tzinfo=UTC)},
        )
        await session.execute(
            text(
                "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) "
                "SELECT p.id, a.id, 'USD', CASE a.kind WHEN 'provider_pending' THEN 1 ELSE -1 END "
                "FROM ledger_postings p, ledger_accounts a WHERE p.step_key = 'old' AND a.owner <> 'shp_2'"
            )
        )
    before = await answers()
    assert before[0] == {PENDING: {"USD": 110}, PAYABLE: {"USD": -110}}
    assert isinstance(before[1], list)
    assert before[1][:2] == [
        ledger_balances.Moved(date(2026, 1, 31), PAYABLE, "USD", -1),
        ledger_balances.Moved(date(2026, 1, 31), PENDING, "USD", 1),
    ]
    await ledger_balances.advance(database, batch=3)
    assert await answers() == before
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Day)) == 4
        assert await session.scalar(select(Horizon.up_to_entry_id)) == 6


async def test_no_sum_is_kept_of_what_lives_for_one_order(database: Database) -> None:
    async with database.transaction() as session:
        held = [LedgerEntry(PENDING, "", Money(5, "USD")), LedgerEntry(HELD, "ord_1", Money(-5, "USD"))]
        await ledger.post(session, "sale", "sale", "checkout-1", held)
    await ledger_balances.advance(database)
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Balance)) == 1
        assert (await ledger.balance(session, HELD, "ord_1", "USD")).minor == -5


async def test_two_who_want_to_spend_the_same_wait_for_each_other(database: Database) -> None:
    """And nobody who merely books on the account waits for either."""
    await booked(database, 100)

    async def spend(key: str, minor: int) -> bool:
        async with database.transaction() as session:
            available = -(await ledger.locked_balance(session, PAYABLE, SHOP, "USD")).minor
            await booked(database, 1, prefix=f"meanwhile-{key}")
            if available < minor:
                return False
            aside = payout_postings.set_aside(SHOP, Money(minor, "USD"))
            return await ledger.post(session, key, "payout_set_aside", key, aside)

    assert sorted(await asyncio.gather(*(spend(f"tab-{n}", 90) for n in range(4)))) == [False, False, False, True]
    assert await payable(database) == -14


async def test_an_account_that_is_new_can_be_locked(database: Database) -> None:
    async def ask() -> int:
        async with database.transaction() as session:
            return (await ledger.locked_balance(session, AccountKind.GIFT_CARDS, "gft_1", "EUR")).minor

    assert list(await asyncio.gather(ask(), ask(), ask())) == [0, 0, 0]
