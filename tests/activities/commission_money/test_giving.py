"""What becomes of a commission's money: released by approvals, given back by changes and ends, once and to the cent."""

import asyncio
from dataclasses import replace
from unittest.mock import AsyncMock

import pytest
from sqlalchemy import select
from temporalio.exceptions import ApplicationError

from activities.commission_money import GiveBack, ReleaseMilestone, SettleCommission
from models.errors import PartnerRefused
from models.ports import RefundResult
from models.rules.commission.charges import trimmed
from models.rules.commission.contract import Milestone, Stage
from models.rules.commission.endings import Ending, Settlement, settle, shipping_of
from models.tables.ledger import Posting
from models.tables.payouts import Hold
from models.types import Money
from tests.activities.commission_money.conftest import FEE_BP, TAX, Contract, add_version
from tests.models.commission.contracts import desk, stages_of
from tests.support.sandbox import eventually

REFUNDS_COME_BACK = "4000000000005126"
FEE = 1_300
"""6.5 % of the drawing's 200.00."""


@pytest.fixture
async def paid(contract: Contract) -> Contract:
    """Deposit and second charge: 800.00 of work, 64.00 of tax. The drawing is approved, the frame under way."""
    await contract.deposited()
    await contract.steps.charge(contract.payment(2))
    await contract.steps.release(contract.releases(1, charges=1))
    return contract


def settled(contract: Contract, ending: Ending, charges: int = 2) -> Settlement:
    return settle(contract.terms, stages_of(contract.terms, 1, Stage.WORKING), contract.held(charges), ending)


def settling(contract: Contract, settlement: Settlement) -> SettleCommission:
    operation = f"commission-{contract.id}/settle"
    return SettleCommission(contract.id, operation, dict(settlement.by_milestone), sorted(settlement.released))


async def owed(contract: Contract) -> int:
    """What is the artisan's, whether or not it waits."""
    books = await contract.books()
    return -books.get("artisan_payable", 0) - books.get("artisan_reserve", 0)


async def test_an_approval_releases_what_the_milestone_held_once(contract: Contract) -> None:
    await contract.deposited()
    step = contract.releases(1, charges=1)
    await asyncio.gather(*(contract.steps.release(step) for _ in range(3)))
    books = await contract.books()
    assert (books["order_held"], books["fees_earned"]) == (-10_000, -FEE)
    assert await owed(contract) == 20_000 - FEE
    assert books["artisan_reserve"] == -1_870, "a new seller's tenth, of the sum less the fee"
    async with contract.database.transaction() as session:
        holds = (await session.scalars(select(Hold))).all()
    assert [(hold.shop_id, hold.amount_minor) for hold in holds] == [(contract.shop.id, 1_870)]


async def test_what_is_held_for_shipping_is_released_by_itself(contract: Contract) -> None:
    await contract.deposited()
    await contract.steps.charge(contract.payment(2))
    await contract.steps.charge(contract.payment(3))
    for number in (1, 2, 3):
        await contract.steps.release(contract.releases(number, charges=3))
    assert (await contract.books())["order_held"] == -8_000
    rest = shipping_of(contract.held(3), "USD")
    await contract.steps.release(ReleaseMilestone(contract.id, f"commission-{contract.id}/release-0", 0, rest))
    books = await contract.books()
    assert "order_held" not in books
    assert books["tax_payable"] == -TAX
    assert await owed(contract) == 128_000 + books["fees_earned"]


@pytest.mark.parametrize(
    ("ending", "back", "kept"),
    [(Ending.CUSTOMER_LEAVES, 32_400, 50_000), (Ending.ARTISAN_LEAVES, 86_400, 0)],
)
async def test_an_end_divides_everything(paid: Contract, ending: Ending, back: int, kept: int) -> None:
    """The frame's 600.00 and 48.00 of tax, half of it the artisan's; or everything back, the approved drawing, too."""
    settlement = settled(paid, ending)
    assert settlement.back_minor == back
    for _ in range(2):
        await paid.steps.settle(settling(paid, settlement))
    books = await paid.books()
    assert "order_held" not in books
    assert books.get("fees_earned", 0) == -kept * FEE_BP // 10_000
    assert await owed(paid) == kept + books.get("fees_earned", 0)
    assert await paid.at_the_provider() == 86_400 - back
    assert books.get("tax_payable", 0) == -(86_400 - back - kept)


async def test_the_newest_charge_goes_back_first_and_none_gives_more_than_it_has(paid: Contract) -> None:
    await paid.steps.settle(settling(paid, settled(paid, Ending.ARTISAN_LEAVES)))
    refunds = await paid.refunds()
    assert [(refund.id.rpartition("/")[2], refund.amount_minor) for refund in refunds] == [
        ("1-1", 32_400),
        ("2-1", 54_000),
    ]
    assert {refund.state for refund in refunds} == {"succeeded"}
    for number in (1, 2):
        row = await paid.charge(paid.payment(number))
        assert row.refunded_minor == row.amount_minor + row.tax_minor


@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500_after_success"])
async def test_a_refund_whose_answer_got_lost_is_sent_once(paid: Contract, fault: str) -> None:
    step = settling(paid, settled(paid, Ending.CUSTOMER_LEAVES))
    await paid.provider.once(fault, "POST /v1/refunds")
    with pytest.raises(ApplicationError):
        await paid.steps.settle(step)
    assert await paid.at_the_provider() == 86_400 - 32_400
    await paid.steps.settle(step)
    assert await paid.at_the_provider() == 86_400 - 32_400
    assert "order_held" not in await paid.books()


async def test_two_settlements_at_once_are_one(paid: Contract) -> None:
    step = settling(paid, settled(paid, Ending.ARTISAN_LEAVES))
    await asyncio.gather(*(paid.steps.settle(step) for _ in range(3)), return_exceptions=True)
    await paid.steps.settle(step)
    assert await paid.at_the_provider() == 0
    assert await owed(paid) == 0
    assert not {"order_held", "fees_earned", "tax_payable"} & set(await paid.books())


async def test_an_end_that_costs_nobody_anything_sends_nothing(contract: Contract) -> None:
    await contract.deposited()
    stages = stages_of(contract.terms, 0, Stage.SUBMITTED)
    settlement = settle(desk(deposit_minor=20_000), stages, contract.held(1), Ending.CUSTOMER_LEAVES)
    only = replace(settlement, by_milestone={1: settlement.by_milestone[1]})
    await contract.steps.settle(settling(contract, only))
    assert await contract.refunds() == []
    assert await owed(contract) == 20_000 - FEE


async def test_a_cheaper_contract_gives_its_surplus_back(contract: Contract) -> None:
    """The frame becomes 10.00, there is no finish and nothing to send: 210.00 and 16.80 of tax of 300.00 and 24.00."""
    await contract.deposited()
    cheaper = desk(
        milestones=(Milestone(1, 20_000, 10), Milestone(2, 1_000, 5)), shipping_minor=0, deposit_minor=20_000
    )
    async with contract.database.transaction() as session:
        await add_version(session, contract.id, 2, cheaper)
    kept, back = trimmed(cheaper, 1_680, contract.plan[:1])
    assert back == 9_720
    step = GiveBack(contract.id, f"commission-{contract.id}/back-2", back, 2)
    for _ in range(2):
        await contract.steps.give_back(step)
    books = await contract.books()
    assert books["order_held"] == -sum(charge.amount_minor for charge in kept)
    assert books["tax_payable"] == -sum(charge.tax_minor for charge in kept)
    assert await contract.at_the_provider() == 22_680
    assert [refund.amount_minor for refund in await contract.refunds()] == [back]


async def test_a_surplus_is_counted_without_an_earlier_one_that_no_bank_has_taken_yet(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40.00 and 3.20 of tax wait for the bank while 30.00 and 2.40 more go back, and go back after them."""
    await contract.deposited()
    first = desk(milestones=(Milestone(1, 20_000, 10), Milestone(2, 6_000, 5)), shipping_minor=0, deposit_minor=20_000)
    second = replace(first, milestones=(Milestone(1, 20_000, 10), Milestone(2, 3_000, 5)))
    async with contract.database.transaction() as session:
        await add_version(session, contract.id, 2, first)
        await add_version(session, contract.id, 3, second)
    refused = GiveBack(contract.id, f"commission-{contract.id}/back-2", 4_320, 2)
    with monkeypatch.context() as patched, pytest.raises(ApplicationError):
        patched.setattr(contract.provider.gateway, "refund", AsyncMock(side_effect=PartnerRefused("not now")))
        await contract.steps.give_back(refused)
    await contract.steps.give_back(GiveBack(contract.id, f"commission-{contract.id}/back-3", 3_240, 3))
    books = await contract.books()
    assert (books["order_held"], books["tax_payable"]) == (-27_000, -2_160)
    await contract.steps.give_back(refused)
    books = await contract.books()
    assert (books["order_held"], books["tax_payable"]) == (-23_000, -1_840)


async def test_a_surplus_is_counted_without_an_earlier_one_that_the_bank_has_undone(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40.00 and 3.20 of tax have gone back and returned, and the bank will not take them now. Then 30.00 and 2.40 more
    are not wanted: what is held for the customer's first surplus is no part of the second one."""
    await contract.deposited(card=REFUNDS_COME_BACK)
    first = desk(milestones=(Milestone(1, 20_000, 10), Milestone(2, 6_000, 5)), shipping_minor=0, deposit_minor=20_000)
    second = replace(first, milestones=(Milestone(1, 20_000, 10), Milestone(2, 3_000, 5)))
    async with contract.database.transaction() as session:
        await add_version(session, contract.id, 2, first)
        await add_version(session, contract.id, 3, second)
    undone = GiveBack(contract.id, f"commission-{contract.id}/back-2", 4_320, 2)
    await contract.steps.give_back(undone)

    async def came_back() -> bool:
        return await contract.at_the_provider() == 32_400

    await eventually(came_back)
    refuse = AsyncMock(side_effect=PartnerRefused("not now"))
    with monkeypatch.context() as patched, pytest.raises(ApplicationError):
        patched.setattr(contract.provider.gateway, "refund", refuse)
        await contract.steps.give_back(undone)
    assert (await contract.books())["order_held"] == -30_000
    await contract.steps.give_back(GiveBack(contract.id, f"commission-{contract.id}/back-3", 3_240, 3))
    books = await contract.books()
    assert (books["order_held"], books["tax_payable"]) == (-27_000, -2_160)


async def test_a_refund_that_is_refused_stays_visible_and_is_tried_again(
    paid: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other charge's refund goes out all the same."""
    step = settling(paid, settled(paid, Ending.ARTISAN_LEAVES))
    send = paid.provider.gateway.refund

    async def refuse_the_newest(intent_id: str, amount: Money, *, operation: str, key: str) -> RefundResult:
        if operation.endswith("/2-1"):
            raise PartnerRefused("not now")
        return await send(intent_id, amount, operation=operation, key=key)

    with monkeypatch.context() as patched:
        patched.setattr(paid.provider.gateway, "refund", refuse_the_newest)
        with pytest.raises(ApplicationError) as failure:
            await paid.steps.settle(step)
    assert failure.value.type == PartnerRefused.code
    assert [refund.state for refund in await paid.refunds()] == ["succeeded", "failed"]
    assert await paid.at_the_provider() == 54_000
    await paid.steps.settle(step)
    assert [refund.state for refund in await paid.refunds()] == ["succeeded", "succeeded"]
    assert await paid.at_the_provider() == 0
    assert "order_held" not in await paid.books()


async def test_a_refund_that_came_back_is_booked_back_and_sent_again(contract: Contract) -> None:
    """Taken, then undone by the bank: the books show both, and the same step mends it."""
    await contract.deposited(card=REFUNDS_COME_BACK)
    settlement = settle(
        contract.terms, stages_of(contract.terms, 0, Stage.WORKING), contract.held(1), Ending.ARTISAN_LEAVES
    )
    step = settling(contract, settlement)
    await contract.steps.settle(step)
    (first,) = await contract.refunds()

    async def came_back() -> bool:
        return await contract.at_the_provider() == 32_400

    await eventually(came_back)
    await contract.steps.settle(step)
    (again,) = await contract.refunds()
    assert again.provider_id != first.provider_id
    async with contract.database.transaction() as session:
        kinds = (await session.scalars(select(Posting.kind).order_by(Posting.id))).all()
    assert kinds == ["sale", "refund", "refund_failed", "refund"]
    assert "order_held" not in await contract.books()
