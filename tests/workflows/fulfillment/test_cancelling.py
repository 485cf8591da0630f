"""What a buyer no longer wants: before acceptance, while it is made, once it is late, and in the moment of sending."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.types import DeliveryOutcome, OrderStatus, RefundState
from tests.workflows.fulfillment.conftest import ALL, MUGS, ONE_MUG, SCARF, WAITS, Play
from tests.workflows.fulfillment.fakes import ORDERED, Told, World
from tests.workflows.fulfillment.test_acceptance import code
from workflows.fulfillment import messages

HOUR = timedelta(hours=1)
DELIVERED = Told(DeliveryOutcome.DELIVERED)


async def test_before_acceptance_the_whole_order_is_cancelled_at_once(play: Play, world: World) -> None:
    await play.cancel()
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert world.refunded() == [("cancelled_by_buyer", ORDERED)]
    assert [(step.pieces, step.restock) for step in world.cancelled] == [(ORDERED, True)]
    assert world.closed == []
    assert await play.story() == ["order_received", "order_cancelled", "refund_sent"]
    assert sorted(world.mails) == ["order_cancelled_shop", "order_received", "order_refunded"]


async def test_before_acceptance_a_line_is_cancelled_and_the_rest_goes_on(play: Play, world: World) -> None:
    world.callbacks["par_1", 1] = DELIVERED
    assert (await play.cancel(ONE_MUG)).status is OrderStatus.AWAITING_ACCEPTANCE
    await play.accept()
    await play.pack("par_1", (*ONE_MUG, *SCARF))
    await play.hand_over("par_1")
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.COMPLETED, 2_400)
    assert [step.refunded for step in world.released] == [{"lst_mug": 1}]


async def test_what_is_left_of_a_declined_order_is_refunded_once(play: Play, world: World) -> None:
    await play.cancel(SCARF)
    await play.decline(restock=True)
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert world.refunded() == [("cancelled_by_buyer", {"lst_scarf": 1}), ("cannot_make", {"lst_mug": 2})]
    assert world.closed[0].pieces == {"lst_mug": 2}


async def test_while_it_is_made_the_artisan_is_asked_and_agrees(play: Play, world: World) -> None:
    await play.accept()
    assert (await play.cancel()).status is OrderStatus.MAKING
    asked = (await play.timeline()).entries[-1]
    assert (asked.what, asked.waiting_on, asked.then) == ("cancellation_asked", "artisan", "cancellation_counts")
    assert asked.until == asked.at + WAITS.answer_cancellation_within
    await play.answer_cancellation(agree=True, restock=True)
    assert world.cancelled[0].restock
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)


async def test_a_refusal_leaves_the_order_as_it_is_until_its_promise_is_broken(play: Play, world: World) -> None:
    await play.accept()
    await play.cancel(MUGS)
    await play.answer_cancellation(agree=False)
    with pytest.raises(WorkflowUpdateFailedError) as again:
        await play.cancel(MUGS)
    assert code(again.value) == "not_now"
    assert world.cancelled == []
    await play.pass_time(WAITS.ship_within + HOUR)
    await play.cancel()
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert not world.cancelled[0].restock


async def test_an_artisan_who_keeps_silent_has_not_begun(play: Play, world: World) -> None:
    await play.accept()
    await play.cancel()
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert "cancellation_lapsed" in await play.story()
    assert [step.restock for step in world.cancelled] == [False]


async def test_what_is_handed_over_while_the_artisan_is_asked_is_sent(play: Play, world: World) -> None:
    world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    await play.cancel()
    await play.send("par_1")
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.COMPLETED, 0)
    assert "cancellation_void" in await play.story()
    assert world.refunds_sent == []


async def test_half_handed_over_only_the_other_half_is_cancelled(play: Play, world: World) -> None:
    world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    await play.cancel()
    await play.send("par_1", MUGS)
    await play.answer_cancellation(agree=True)
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.COMPLETED, 8_000)
    assert world.refunded() == [("cancelled_by_buyer", {"lst_scarf": 1})]


@pytest.mark.parametrize("first", ["cancel", "hand_over"])
async def test_cancelling_and_handing_over_at_once_have_one_outcome(play: Play, world: World, first: str) -> None:
    world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    await play.pass_time(WAITS.ship_within + HOUR)
    await play.pack("par_1")
    moves = [play.cancel(), play.hand_over("par_1")]
    answers = await asyncio.gather(*(moves if first == "cancel" else moves[::-1]), return_exceptions=True)
    assert sum(isinstance(answer, messages.OrderState) for answer in answers) == 1
    assert sum(isinstance(answer, WorkflowUpdateFailedError) for answer in answers) == 1
    result = await play.handle.result()
    assert (result.refunded_minor == 12_800) == bool(world.cancelled) == (not world.released)


async def test_a_labelled_parcel_is_unpacked_and_its_other_pieces_may_be_packed_again(play: Play, world: World) -> None:
    world.callbacks["par_2", 1] = DELIVERED
    await play.accept()
    await play.pack("par_1")
    await play.cancel(SCARF)
    await play.answer_cancellation(agree=True)
    assert world.cancelled[0].parcels == ("par_1",)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.hand_over("par_1")
    with pytest.raises(WorkflowUpdateFailedError):
        await play.pack("par_3", ALL)
    await play.send("par_2", MUGS)
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.COMPLETED, 8_000)


async def test_only_the_buyer_cancels_what_there_is_once(play: Play) -> None:
    refused = []
    for lines, by in (
        ((), "usr_stranger"),
        ((messages.ParcelLine("lst_other", 1),), None),
        ((messages.ParcelLine("lst_mug", 3),), None),
        ((messages.ParcelLine("lst_mug", 0),), None),
        ((*ONE_MUG, *ONE_MUG), None),
    ):
        with pytest.raises(WorkflowUpdateFailedError) as error:
            await (play.cancel(lines, by) if by else play.cancel(lines))
        refused.append(code(error.value))
    assert refused == ["forbidden", *["invalid_input"] * 4]
    with pytest.raises(WorkflowUpdateFailedError) as unasked:
        await play.answer_cancellation(agree=True)
    assert code(unasked.value) == "not_now"
    await play.cancel()
    with pytest.raises(WorkflowUpdateFailedError):
        await play.accept()
    await play.handle.result()


async def test_a_pending_refund_is_handed_to_a_process_of_its_own(play: Play, world: World) -> None:
    world.refund_state = RefundState.PENDING
    await play.decline()
    assert (await play.handle.result()).refunded_minor == 12_800
    assert world.refunds[0].state is RefundState.PENDING
    assert "refund_taken" in await play.story()
    assert "refund_pending" in world.mails
    assert "order_refunded" not in world.mails


async def test_what_has_gone_back_already_is_not_sent_again(play: Play, world: World) -> None:
    world.refund_minor = 0
    await play.decline()
    assert (await play.handle.result()).refunded_minor == 0
    assert (await play.story())[-1] == "refund_not_needed"
    assert world.refunds == []
