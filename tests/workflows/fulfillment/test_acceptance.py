"""The artisan's answer: taken, refused, reminded, lapsed, and what happens when two things come at once."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from models.types import OrderStatus
from tests.workflows.fulfillment.conftest import ARTISAN, WAITS, Play, open_order, workers
from tests.workflows.fulfillment.fakes import ORDERED, World
from workflows.fulfillment import messages
from workflows.fulfillment.workflow import FulfillmentWorkflow

MINUTE = timedelta(minutes=1)


def code(error: WorkflowUpdateFailedError) -> str:
    assert isinstance(error.cause, ApplicationError)
    assert error.cause.type is not None
    return error.cause.type


async def test_an_accepted_order_is_made_and_its_promise_runs_from_acceptance(play: Play, world: World) -> None:
    await play.pass_time(timedelta(hours=5))
    state = await play.accept()
    assert state == messages.OrderState("ord_1", OrderStatus.MAKING)
    accepted = (await play.timeline()).entries[-1]
    assert accepted.what == "order_accepted"
    assert accepted.until == accepted.at + WAITS.ship_within
    assert world.written[-1].deadline == accepted.until
    assert "order_accepted" in world.mails


async def test_a_silent_artisan_is_reminded_once_and_then_the_order_lapses(play: Play, world: World) -> None:
    await play.pass_time(WAITS.accept_reminder_after + MINUTE)
    assert world.mails == ["order_received", "accept_reminder"]
    assert await play.status() == "awaiting_acceptance"
    result = await play.handle.result()
    assert result == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert world.refunded() == [("acceptance_lapsed", ORDERED)]
    assert [step.restock for step in world.closed] == [True]
    assert world.mails == ["order_received", "accept_reminder", "order_lapsed", "order_refunded"]
    assert world.released == []
    assert await play.story() == ["order_received", "acceptance_reminded", "acceptance_lapsed", "refund_sent"]


@pytest.mark.parametrize("restock", [True, False])
async def test_a_declined_order_is_refunded_whole_and_restocked_as_told(
    play: Play, world: World, restock: bool
) -> None:
    state = await play.decline("out_of_material", restock=restock)
    assert state.status in {OrderStatus.REFUNDING, OrderStatus.REFUNDED}
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert world.refunded() == [("out_of_material", ORDERED)]
    assert [step.restock for step in world.closed] == [restock]
    assert sorted(world.mails) == ["order_declined", "order_received", "order_refunded"]
    assert (await play.timeline()).entries[1].why == "out_of_material"


async def test_an_order_is_answered_once(play: Play, world: World) -> None:
    await play.accept()
    with pytest.raises(WorkflowUpdateFailedError) as again:
        await play.accept()
    assert code(again.value) == "not_now"
    with pytest.raises(WorkflowUpdateFailedError) as decline:
        await play.decline()
    assert code(decline.value) == "not_now"
    assert world.refunds_sent == []


async def test_two_answers_at_once_have_one_outcome(play: Play, world: World) -> None:
    answers = await asyncio.gather(play.accept(), play.decline(), play.accept(), return_exceptions=True)
    assert sum(isinstance(answer, messages.OrderState) for answer in answers) == 1
    assert sum(isinstance(answer, WorkflowUpdateFailedError) for answer in answers) == 2


async def test_only_the_artisan_answers_and_says_why(play: Play) -> None:
    update = play.handle.execute_update
    with pytest.raises(WorkflowUpdateFailedError) as stranger:
        await update(FulfillmentWorkflow.accept, messages.AcceptOrder("usr_stranger"))
    assert code(stranger.value) == "forbidden"
    with pytest.raises(WorkflowUpdateFailedError) as vague:
        await update(FulfillmentWorkflow.decline, messages.DeclineOrder(ARTISAN, "I am tired"))
    assert code(vague.value) == "invalid_input"
    assert await play.status() == "awaiting_acceptance"


async def test_an_answer_that_comes_with_the_start_waits_for_the_order(
    time_skipping_env: WorkflowEnvironment, world: World
) -> None:
    play = Play(time_skipping_env, world, await open_order(time_skipping_env))
    accepting = asyncio.create_task(play.accept())
    await asyncio.sleep(0.2)
    async with workers(time_skipping_env, world):
        await accepting
        assert await play.story() == ["order_received", "order_accepted"]
