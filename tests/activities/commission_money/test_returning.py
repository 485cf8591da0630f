"""A bank undoes a refund after the commission has ended: it is sent again, once, whoever else is at it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.commission_return import CommissionReturnActivities, SendAgain
from core import clock
from models.repositories import refund_sending
from models.rules.commission.contract import Stage
from models.rules.commission.endings import Ending, settle
from models.tables.commissions import CommissionRefund
from tests.activities.commission_money.conftest import Contract
from tests.activities.commission_money.test_giving import REFUNDS_COME_BACK, settling
from tests.models.commission.contracts import stages_of
from tests.support.sandbox import eventually


@pytest.fixture
async def undone(contract: Contract) -> Contract:
    """Everything went back, and came back."""
    await contract.deposited(card=REFUNDS_COME_BACK)
    stages = stages_of(contract.terms, 0, Stage.WORKING)
    settlement = settle(contract.terms, stages, contract.held(1), Ending.ARTISAN_LEAVES)
    await contract.steps.settle(settling(contract, settlement))

    async def came_back() -> bool:
        return await contract.at_the_provider() == 32_400

    await eventually(came_back)
    return contract


def again(contract: Contract) -> tuple[CommissionReturnActivities, SendAgain]:
    steps = CommissionReturnActivities(contract.database, contract.provider.gateway)
    return steps, SendAgain(contract.id, f"commission-{contract.id}/settle")


async def test_it_is_sent_again_and_booked_as_often_as_it_went(undone: Contract) -> None:
    (first,) = await undone.refunds()
    steps, step = again(undone)
    await steps.send_again(step)
    (now,) = await undone.refunds()
    assert now.provider_id != first.provider_id
    assert "order_held" not in await undone.books()


async def test_what_stands_is_left_alone(contract: Contract) -> None:
    await contract.deposited()
    stages = stages_of(contract.terms, 0, Stage.WORKING)
    await contract.steps.settle(
        settling(contract, settle(contract.terms, stages, contract.held(1), Ending.ARTISAN_LEAVES))
    )
    (first,) = await contract.refunds()
    steps, step = again(contract)
    for _ in range(2):
        await steps.send_again(step)
    (now,) = await contract.refunds()
    assert (now.provider_id, await contract.at_the_provider()) == (first.provider_id, 0)


async def test_while_another_process_is_at_it_nothing_is_sent(undone: Contract) -> None:
    (refund,) = await undone.refunds()
    now = clock.now()
    async with undone.database.transaction() as session:
        claimed = await refund_sending.claim(
            session, refund.id, "commission-other", until=now + timedelta(minutes=1), now=now, of=CommissionRefund
        )
    assert claimed
    steps, step = again(undone)
    with pytest.raises(ApplicationError) as refused:
        await steps.send_again(step)
    assert (refused.value.type, refused.value.non_retryable) == ("partner_unavailable", False)
    assert await undone.at_the_provider() == 32_400
    async with undone.database.transaction() as session:
        await refund_sending.let_go(session, refund.id, "commission-other", of=CommissionRefund)
    await asyncio.gather(steps.send_again(step))
    assert (await undone.refunds())[0].provider_id != refund.provider_id
