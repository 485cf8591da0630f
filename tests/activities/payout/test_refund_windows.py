"""A refund of a released order, in every window of a payout: what the books say, and what the provider moves back.

The rows are those of `deploy/decisions/0022-refunds-and-transfers.md`.
"""

import pytest
from temporalio.exceptions import ApplicationError

from activities.payout import Book, CameBack, GiveBack, Part, PayoutActivities, Recall, Send
from activities.payout_account import EnsureAccount, PayoutAccountActivities
from core.database import Database
from models.repositories import ledger_balances
from models.rules.payouts import REFUNDED, PayoutProblem, problem_of
from tests.activities.payout.conftest import EARNED, PAUSE, part, progress, scheduled, standing, withdraw
from tests.support.marketplace import TestShop
from tests.support.payouts import FakeProvider, earn

REFUND = 3_000


async def refund(database: Database, shop: TestShop, minor: int = REFUND) -> None:
    async with database.transaction() as session:
        await earn(session, shop, -minor)


async def books(database: Database, shop: TestShop) -> dict[str, int]:
    async with database.transaction() as session:
        own = await ledger_balances.balances_of(session, shop.id)
    return {kind.value: money["USD"].minor for kind, money in own.items() if money["USD"].minor}


class Course:
    """The steps of one payout, as the process calls them."""

    def __init__(self, steps: PayoutActivities, accounts: PayoutAccountActivities, shop: TestShop) -> None:
        self.steps, self.accounts, self.shop = steps, accounts, shop
        self.account_id = self.transfer_id = ""

    async def set_aside(self, attempt: int = 1) -> int:
        minor = (await self.steps.set_aside(scheduled(self.shop, attempt=attempt))).amount_minor
        self.account_id = (await self.accounts.ensure_account(EnsureAccount(self.shop.id, PAUSE))).account_id
        return minor

    def send(self, step: str, minor: int = EARNED, attempt: int = 1) -> Send:
        one = part(self.shop, minor, attempt=attempt)
        return Send(one, self.account_id, f"{one.payout_id}/{step}-{attempt}/1", progress(one.payout_id, 2))

    async def transfer(self, minor: int = EARNED, attempt: int = 1) -> None:
        self.transfer_id = (await self.steps.transfer(self.send("transfer", minor, attempt))).transfer_id

    async def take_back(self, code: str) -> None:
        one = part(self.shop)
        now = progress(one.payout_id, 6)
        if self.transfer_id:
            await self.steps.recall(Recall(one, self.transfer_id, f"{one.payout_id}/reversal-1/1", now))
        await self.steps.give_back(GiveBack(one, code, None, now))


@pytest.fixture
def course(steps: PayoutActivities, accounts: PayoutAccountActivities, shop: TestShop) -> Course:
    return Course(steps, accounts, shop)


async def test_before_anything_is_set_aside_it_is_taken_from_what_is_payable(
    database: Database, course: Course, shop: TestShop, provider: FakeProvider
) -> None:
    await refund(database, shop)
    assert await course.set_aside() == EARNED - REFUND
    assert (provider.transfers, provider.reversals) == ([], [])


async def test_set_aside_nothing_is_transferred_and_what_is_left_is_set_aside_anew(
    database: Database, course: Course, shop: TestShop, provider: FakeProvider
) -> None:
    await course.set_aside()
    await refund(database, shop)
    with pytest.raises(ApplicationError) as refused:
        await course.transfer()
    assert refused.value.details[0]["code"] == REFUNDED
    assert problem_of(REFUNDED) is PayoutProblem.REFUNDED
    await course.take_back(REFUNDED)
    assert await course.set_aside(attempt=2) == EARNED - REFUND
    await course.transfer(EARNED - REFUND, attempt=2)
    assert [it.amount.minor for it in provider.transfers] == [EARNED - REFUND]
    assert provider.reversals == []


async def test_transferred_the_transfer_is_reversed_by_us_and_what_is_left_is_sent(
    database: Database, course: Course, shop: TestShop, provider: FakeProvider
) -> None:
    await course.set_aside()
    await course.transfer()
    await refund(database, shop)
    with pytest.raises(ApplicationError) as refused:
        await course.steps.pay_out(course.send("payout"))
    assert refused.value.details[0]["code"] == REFUNDED
    await course.take_back(REFUNDED)
    assert [it.amount.minor for it in provider.reversals] == [EARNED]
    assert await books(database, shop) == {"artisan_payable": REFUND - EARNED}
    assert await course.set_aside(attempt=2) == EARNED - REFUND
    await course.transfer(EARNED - REFUND, attempt=2)
    await course.steps.pay_out(course.send("payout", EARNED - REFUND, attempt=2))
    assert [it.amount.minor for it in provider.payouts] == [EARNED - REFUND]


async def test_on_its_way_or_paid_out_nothing_can_be_reversed_and_the_next_payout_nets_it(
    database: Database, course: Course, shop: TestShop, provider: FakeProvider
) -> None:
    await course.set_aside()
    await course.transfer()
    seen = await course.steps.pay_out(course.send("payout"))
    await refund(database, shop)
    again = await course.steps.pay_out(course.send("payout"))
    assert again == seen, "what was sent is found, whatever has been refunded since"
    await course.steps.arrived(Book(part(shop), progress(part(shop).payout_id, 5)))
    assert provider.reversals == []
    assert await books(database, shop) == {"artisan_payable": REFUND}
    async with database.transaction() as session:
        await earn(session, shop, 8_000)
    assert (await standing(database, shop)).available_minor == 8_000 - REFUND


@pytest.mark.parametrize("was_paid", [False, True], ids=["failed", "returned"])
async def test_failed_or_returned_the_whole_transfer_is_reversed_and_the_refund_comes_out_of_it(
    database: Database, course: Course, shop: TestShop, provider: FakeProvider, *, was_paid: bool
) -> None:
    await course.set_aside()
    await course.transfer()
    await course.steps.pay_out(course.send("payout"))
    one, now = part(shop), progress(part(shop).payout_id, 5)
    if was_paid:
        await course.steps.arrived(Book(one, now))
    await course.steps.came_back(CameBack(one, was_paid, now))
    await refund(database, shop)
    await course.take_back("could_not_process")
    assert [it.amount.minor for it in provider.reversals] == [EARNED]
    assert await books(database, shop) == {"artisan_payable": REFUND - EARNED}
    assert await course.set_aside(attempt=2) == EARNED - REFUND


async def test_what_stands_beside_the_payout_pays_for_the_refund_first(
    database: Database, course: Course, shop: TestShop, provider: FakeProvider
) -> None:
    """A withdrawal of a part: nothing of it is touched as long as the rest is enough."""
    assert await withdraw(database, shop, "part", 5_000) == 5_000
    account = (await course.accounts.ensure_account(EnsureAccount(shop.id, PAUSE))).account_id
    await refund(database, shop)
    one = Part("withdrawal-part", shop.id, 5_000, "USD", 1)
    sent = await course.steps.transfer(Send(one, account, "key", progress(one.payout_id, 2)))
    assert sent.transfer_id == provider.transfers[0].id
