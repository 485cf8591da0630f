"""How long money has waited: the oldest is paid out first, and nothing is counted twice or left out."""

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from core import clock
from core.database import Database
from models.repositories import finance, ledger
from models.repositories.finance import Ages
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.tables.ledger import Account, Entry, Posting
from models.tables.orders import Order
from models.types import Money
from tests.support.marketplace import TestShop, add_listing
from tests.support.orders import add_paid_order


async def _post(database: Database, shop: TestShop, minor: int, *, days_ago: int, kind: str = "release") -> None:
    """Written past the repository, which books now and never then."""
    async with database.transaction() as session:
        for account, owner in ((AccountKind.PROVIDER_AVAILABLE, ""), (AccountKind.ARTISAN_PAYABLE, shop.id)):
            await ledger.locked_balance(session, account, owner, "USD")
        rows = await session.scalars(select(Account).where(Account.currency == "USD"))
        ids = {(row.kind, row.owner): row.id for row in rows}
        at = clock.now() - timedelta(days=days_ago)
        posting = await session.scalar(
            insert(Posting)
            .values(step_key=f"test/{shop.id}/{kind}/{days_ago}/{minor}", kind=kind, reference=shop.id, posted_at=at)
            .returning(Posting.id)
        )
        entries = [
            LedgerEntry(AccountKind.PROVIDER_AVAILABLE, "", Money(minor, "USD")),
            LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop.id, Money(-minor, "USD")),
        ]
        await session.execute(
            insert(Entry),
            [
                {
                    "posting_id": posting,
                    "account_id": ids[one.kind.value, one.owner],
                    "currency": "USD",
                    "amount_minor": one.amount.minor,
                }
                for one in entries
            ],
        )


async def _payable(database: Database) -> dict[str, Ages]:
    async with database.transaction() as session:
        return await finance.payable_by_age(session, clock.now())


async def test_what_is_payable_is_as_old_as_what_came_in_last(database: Database, shop: TestShop) -> None:
    for minor, days_ago in ((10_000, 90), (2_000, 40), (300, 10)):
        await _post(database, shop, minor, days_ago=days_ago)
    assert await _payable(database) == {"USD": Ages(9_415, 300, 2_000, 10_000)}
    await _post(database, shop, -11_000, days_ago=1, kind="payout_set_aside")
    assert await _payable(database) == {"USD": Ages(9_415, 300, 1_000, 0)}
    # What failed on its way to the bank is no younger for it.
    await _post(database, shop, 11_000, days_ago=0, kind="payout_given_back")
    assert await _payable(database) == {"USD": Ages(9_415, 300, 2_000, 10_000)}


async def test_what_a_shop_owes_is_taken_from_no_other_shop(
    database: Database, shop: TestShop, yen_shop: TestShop
) -> None:
    await _post(database, shop, -20_000, days_ago=0, kind="refund")
    assert await _payable(database) == {"JPY": Ages(12_000, 0, 0, 0)}


async def test_what_is_held_is_as_old_as_its_order(database: Database, shop: TestShop) -> None:
    async def ordered(at: datetime) -> int:
        async with database.transaction() as session:
            order = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
            await session.execute(update(Order).where(Order.id == order.id).values(created_at=at))
            return -(await ledger.balance(session, AccountKind.ORDER_HELD, order.id, "USD")).minor

    now = clock.now()
    held = [await ordered(now - timedelta(days=days)) for days in (0, 7, 8, 30, 31, 60, 61, 400)]
    async with database.transaction() as session:
        found = await finance.held_by_age(session, {"USD": sum(held)}, now)
    assert found == {"USD": Ages(2 * held[0], 2 * held[0], 2 * held[0], 2 * held[0])}
    assert found["USD"].total == sum(held)
