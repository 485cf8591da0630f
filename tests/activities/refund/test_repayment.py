"""A debt under a plan: proposed by finance, agreed by the artisan, repaid by each payout, to the last cent."""

import pytest

from core import clock
from core.database import Database
from models.errors import Conflict, InvalidInput, NotFound, NotNow
from models.repositories import ledger, payouts_standing, repayments
from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind
from models.tables.refunds import RepaymentPlan
from models.types import Money
from tests.activities.fulfillment.conftest import shop
from tests.support.marketplace import TestShop

__all__ = ["shop"]
USD = "USD"


async def book(database: Database, shop: TestShop, minor: int, step: str) -> None:
    """Positive: the shop earns it; negative: a refund takes it."""
    async with database.transaction() as session:
        entries = [
            LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop.id, Money(-minor, USD)),
            LedgerEntry(AccountKind.PROVIDER_PENDING, "", Money(minor, USD)),
        ]
        await ledger.post(session, step, PostingKind.RELEASE, "ord_1", entries)


async def payable(database: Database, shop: TestShop) -> int:
    async with database.transaction() as session:
        return -(await ledger.balance(session, AccountKind.ARTISAN_PAYABLE, shop.id, USD)).minor


async def propose(database: Database, shop: TestShop, debt: int) -> str:
    async with database.transaction() as session:
        return await repayments.propose(
            session,
            shop.id,
            Money(debt, USD),
            floor_minor=20_000,
            share_bp=2_500,
            by=shop.owner_id,
            reason="The refund came after the payout.",
        )


async def answer(database: Database, shop: TestShop, plan_id: str, *, agree: bool) -> RepaymentPlan:
    async with database.transaction() as session:
        return await repayments.answer(session, shop.id, plan_id, agree=agree, now=clock.now())


async def pay(database: Database, shop: TestShop, step: str) -> int:
    async with database.transaction() as session:
        standing = await payouts_standing.standing(session, shop.id, USD, clock.now())
        before = standing.available_minor + standing.instalment_minor
        paid = await repayments.repay(session, shop.id, USD, before, step)
        assert paid == standing.instalment_minor
        return paid


async def test_a_plan_repays_each_time_its_part_and_then_ends(database: Database, shop: TestShop) -> None:
    await book(database, shop, -30_000, "refund")
    plan = await propose(database, shop, 30_000)
    assert await payable(database, shop) == -30_000, "a proposal changes nothing"
    assert (await answer(database, shop, plan, agree=True)).status == "agreed"
    assert await payable(database, shop) == 0
    await book(database, shop, 50_000, "sale-1")
    assert await pay(database, shop, "payout-1") == 12_500
    assert await payable(database, shop) == 37_500
    await book(database, shop, 62_500, "sale-2")
    assert await pay(database, shop, "payout-2") == 17_500
    assert await pay(database, shop, "payout-3") == 0
    async with database.transaction() as session:
        assert (await session.get_one(RepaymentPlan, plan)).status == "repaid"
        assert (await ledger.balance(session, AccountKind.ARTISAN_DEBT, shop.id, USD)).minor == 0


async def test_what_was_earned_meanwhile_needs_no_plan(database: Database, shop: TestShop) -> None:
    await book(database, shop, -30_000, "refund")
    plan = await propose(database, shop, 30_000)
    await book(database, shop, 10_000, "sale")
    assert (await answer(database, shop, plan, agree=True)).debt_minor == 20_000
    assert await payable(database, shop) == 0


async def test_a_declined_plan_nets_as_before_and_is_answered_once(database: Database, shop: TestShop) -> None:
    await book(database, shop, -500, "refund")
    plan = await propose(database, shop, 500)
    with pytest.raises(Conflict):
        await propose(database, shop, 500)
    assert (await answer(database, shop, plan, agree=False)).status == "declined"
    assert await payable(database, shop) == -500
    with pytest.raises(NotNow):
        await answer(database, shop, plan, agree=True)
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await repayments.answer(session, "shp_other", plan, agree=True, now=clock.now())


async def test_who_owes_nothing_gets_no_plan(database: Database, shop: TestShop) -> None:
    with pytest.raises(InvalidInput):
        await propose(database, shop, 1)
