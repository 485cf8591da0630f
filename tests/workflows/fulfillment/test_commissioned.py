"""The order of a finished commission: it begins where others are packed, and ends as they do."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from models.types import DeliveryOutcome, OrderStatus, Party
from tests.workflows.fulfillment.conftest import ARTISAN, COMMISSIONED, PIECE, WAITS, Play, open_order, workers
from tests.workflows.fulfillment.fakes import Told, World
from tests.workflows.fulfillment.test_acceptance import code
from workflows.fulfillment import messages
from workflows.fulfillment.workflow import FulfillmentWorkflow


@pytest.fixture
async def play(time_skipping_env: WorkflowEnvironment) -> AsyncIterator[Play]:
    world = World(ordered={"com_1": 1})
    async with workers(time_skipping_env, world):
        play = Play(time_skipping_env, world, await open_order(time_skipping_env, COMMISSIONED))
        while not world.opened:
            await play.pass_time(timedelta(milliseconds=100))
        yield play


async def test_it_is_sent_without_being_accepted_and_its_arrival_releases_the_shipping(play: Play) -> None:
    play.world.callbacks["par_1", 1] = Told(DeliveryOutcome.DELIVERED, timedelta(days=2))
    told = await play.timeline()
    (first,) = told.entries
    assert (told.status, first.what) == ("ready_to_ship", "commission_ready")
    assert (first.actor, first.waiting_on) == (Party.SYSTEM, Party.ARTISAN)
    (opened,) = play.world.opened
    assert opened.ship_by == first.until == first.at + WAITS.ship_within
    assert (await play.send("par_1", PIECE)).status is OrderStatus.IN_TRANSIT
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.COMPLETED, 0)
    assert await play.story() == [
        "commission_ready",
        "label_bought",
        "parcel_handed_over",
        "parcel_delivered",
        "funds_released",
    ]
    assert play.world.mails == ["order_shipped", "order_delivered", "funds_released"]
    assert (play.world.closed, play.world.refunds_sent) == ([], [])


@pytest.mark.parametrize(
    ("update", "message"),
    [
        (FulfillmentWorkflow.accept, messages.AcceptOrder(ARTISAN)),
        (FulfillmentWorkflow.decline, messages.DeclineOrder(ARTISAN, "other")),
        (FulfillmentWorkflow.finish_making, messages.FinishMaking(ARTISAN)),
        (FulfillmentWorkflow.cancel, messages.CancelOrder("usr_buyer")),
        (FulfillmentWorkflow.answer_cancellation, messages.AnswerCancellation(ARTISAN, agree=True)),
    ],
)
async def test_what_was_agreed_and_made_is_not_answered_or_cancelled_again(
    play: Play, update: object, message: object
) -> None:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.handle.execute_update(update, message)  # type: ignore[call-overload] # one of five
    assert code(refused.value) == "not_now"
    assert await play.story() == ["commission_ready"]


async def test_a_lost_parcel_gives_the_shipping_back(play: Play) -> None:
    await play.send("par_1", PIECE)
    assert (await play.handle.result()).status is OrderStatus.REFUNDED
    assert play.world.refunded() == [("lost", {"com_1": 1})]
    assert play.world.released == []


async def test_a_piece_that_is_never_sent_is_late_first_and_then_the_shipping_goes_back(play: Play) -> None:
    assert (await play.handle.result()).status is OrderStatus.REFUNDED
    late, over = (entry for entry in play.written() if entry.what in {"ship_by_missed", "shipping_cancelled"})
    (opened,) = play.world.opened
    assert opened.ship_by is not None
    assert (late.then, late.until) == ("shipping_goes_back", opened.ship_by + WAITS.ship_grace)
    assert over.at >= opened.ship_by + WAITS.ship_grace
    assert play.world.refunded() == [("not_shipped", {"com_1": 1})]
    assert sorted(play.world.mails) == ["order_refunded", "piece_unsent", "piece_unsent_shop"]
