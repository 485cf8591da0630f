"""A debt under a plan: proposed by finance, agreed by the artisan, repaid by each payout, to the last cent."""

from datetime import timedelta

import pytest

from core import clock
from core.database import Database
from models.errors import Conflict, InvalidInput, NotFound, NotNow
from models.repositories import ledger, payouts, payouts_standing, repayments
from models.rules import payout_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind
from models.rules.payouts import PayoutKind
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
        await repayments.repay(session, shop.id, USD, standing.instalment_minor, step)
        return standing.instalment_minor


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


async def test_what_was_paid_out_within_thirty_days_fills_the_floor(database: Database, shop: TestShop) -> None:
    """Somebody who is paid every day never has a payout above it."""
    await book(database, shop, -30_000, "refund")
    await answer(database, shop, await propose(database, shop, 30_000), agree=True)
    now = clock.now()
    repaid = []
    for day in range(6):
        await book(database, shop, 5_000, f"sale-{day}")
        repaid.append(await pay(database, shop, f"withdrawal-{day}/set-aside-1"))
        async with database.transaction() as session:
            amount = Money(5_000 - repaid[-1], USD)
            new = payouts.NewPayout(f"withdrawal-{day}", shop.id, PayoutKind.WITHDRAWAL, "", 1)
            await payouts.set_aside(session, new, amount, now)
            aside = payout_postings.set_aside(shop.id, amount)
            await ledger.post(
                session, f"withdrawal-{day}/set-aside-1", PostingKind.SET_ASIDE, f"withdrawal-{day}", aside
            )
    assert repaid == [0, 0, 0, 0, 1_250, 1_250]
    async with database.transaction() as session:
        (plan,) = await repayments.of_shop(session, shop.id)
        told = (await repayments.instalments(session, [plan.id]))[plan.id]
        assert [(one.amount_minor, one.payout_id) for one in told] == [(1_250, "withdrawal-5"), (1_250, "withdrawal-4")]
        await payouts.given_back(session, "withdrawal-0", "no_account", None, now=now)
        assert await repayments.received(session, shop.id, USD, now) == 3 * 5_000 + 2 * 3_750
        assert await repayments.received(session, shop.id, USD, now + timedelta(days=31)) == 0


async def test_finance_eases_a_plan_and_ends_it(database: Database, shop: TestShop) -> None:
    await book(database, shop, -30_000, "refund")
    plan_id = await propose(database, shop, 30_000)
    async with database.transaction() as session:
        assert [one.owed.minor for one in await repayments.owing(session, 10) if one.shop_id == shop.id] == []
        changed = await repayments.change(session, plan_id, floor_minor=0, share_bp=5_000)
        assert (changed.floor_minor, changed.share_bp) == (0, 5_000), "what is only proposed may become anything"
    await answer(database, shop, plan_id, agree=True)
    async with database.transaction() as session:
        with pytest.raises(InvalidInput, match="has not agreed to repay faster"):
            await repayments.change(session, plan_id, floor_minor=0, share_bp=5_001)
        await repayments.change(session, plan_id, floor_minor=10_000, share_bp=1_000)
    await book(database, shop, 50_000, "sale")
    assert await pay(database, shop, "payout-1") == 5_000
    async with database.transaction() as session:
        assert (await repayments.end(session, plan_id)).status == "ended"
    assert await payable(database, shop) == 50_000 - 5_000 - 25_000, "what was left nets at once"
    async with database.transaction() as session:
        assert (await ledger.balance(session, AccountKind.ARTISAN_DEBT, shop.id, USD)).minor == 0
        for refused in (
            repayments.end(session, plan_id),
            repayments.change(session, plan_id, floor_minor=0, share_bp=500),
        ):
            with pytest.raises(NotNow):
                await refused


async def test_a_proposal_is_withdrawn_and_the_shop_owes_as_before(database: Database, shop: TestShop) -> None:
    await book(database, shop, -500, "refund")
    plan_id = await propose(database, shop, 500)
    async with database.transaction() as session:
        assert (await repayments.end(session, plan_id)).status == "withdrawn"
        assert [one.owed.minor for one in await repayments.owing(session, 100) if one.shop_id == shop.id] == [500]
    with pytest.raises(NotNow):
        await answer(database, shop, plan_id, agree=True)


async def test_who_owes_nothing_gets_no_plan(database: Database, shop: TestShop) -> None:
    with pytest.raises(InvalidInput):
        await propose(database, shop, 1)
