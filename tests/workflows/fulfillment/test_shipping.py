"""Making, packing, splitting and sending: the promise, its grace, labels, and what is never packed twice."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.errors import PartnerRefused
from models.types import DeliveryOutcome, OrderStatus
from tests.workflows.fulfillment.conftest import (
    MUGS,
    ONE_MUG,
    SCARF,
    WAITS,
    Play,
)
from tests.workflows.fulfillment.fakes import ORDERED, Told, World
from tests.workflows.fulfillment.test_acceptance import code
from workflows.fulfillment import messages

MINUTE = timedelta(minutes=1)
DELIVERED = Told(DeliveryOutcome.DELIVERED, timedelta(days=1))


async def test_the_whole_way_to_the_artisans_money(play: Play, world: World) -> None:
    world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    assert (await play.finish_making()).status is OrderStatus.READY_TO_SHIP
    assert await play.pack("par_1") == messages.LabelBought("par_1", "TRK-par_1")
    assert (await play.hand_over("par_1")).status is OrderStatus.IN_TRANSIT
    result = await play.handle.result()
    assert result == messages.FulfillmentResult(OrderStatus.COMPLETED, 0)
    assert [(step.tracking_number, step.attempt) for step in world.dispatched] == [("TRK-par_1", 1)]
    assert world.refunds_sent == []
    assert [release.refunded for release in world.released] == [{}]
    assert world.mails == ["order_received", "order_accepted", "order_shipped", "order_delivered", "funds_released"]
    told = await play.timeline()
    assert [entry.what for entry in told.entries] == [
        "order_received",
        "order_accepted",
        "making_finished",
        "label_bought",
        "parcel_handed_over",
        "parcel_delivered",
        "funds_released",
    ]
    delivered, released = told.entries[-2:]
    assert delivered.until == delivered.at + WAITS.release_after
    assert abs(released.at - delivered.until) < timedelta(seconds=5)
    # what the process answers, and what SQL holds, are one story
    assert list(told.entries) == play.written()
    assert told.status == world.written[-1].status == "completed"
    assert [progress.is_final for progress in world.written].count(True) == 1
    assert world.written[-1].is_final


async def test_an_order_in_two_parcels_stays_open_for_the_unpacked_rest(play: Play, world: World) -> None:
    world.callbacks |= {("par_1", 1): DELIVERED, ("par_2", 1): DELIVERED}
    await play.accept()
    assert (await play.send("par_1", ONE_MUG)).status is OrderStatus.MAKING
    await play.pass_time(2 * timedelta(days=1))
    assert world.attempts[0].parcel_id == "par_1"
    assert await play.status() == "making"
    assert world.released == []
    second = (messages.ParcelLine("lst_mug", 1), messages.ParcelLine("lst_scarf", 1))
    assert (await play.send("par_2", second)).status is OrderStatus.IN_TRANSIT
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.COMPLETED, 0)
    assert len(world.released) == 1


@pytest.mark.parametrize(
    "lines",
    [
        (messages.ParcelLine("lst_mug", 3),),
        (messages.ParcelLine("lst_mug", 0),),
        (messages.ParcelLine("lst_mug", -1),),
        (messages.ParcelLine("lst_vase", 1),),
        (messages.ParcelLine("lst_mug", 1), messages.ParcelLine("lst_mug", 1)),
        (),
    ],
)
async def test_a_parcel_never_holds_what_was_not_ordered(
    play: Play, world: World, lines: tuple[messages.ParcelLine, ...]
) -> None:
    await play.accept()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.pack("par_1", lines)
    assert code(refused.value) == "invalid_input"
    assert "buy_label" not in world.calls


async def test_a_piece_is_packed_once_even_while_its_label_is_being_bought(play: Play, world: World) -> None:
    world.label_takes = timedelta(hours=1)
    await play.accept()
    first = await play.start_packing("par_1", MUGS)
    with pytest.raises(WorkflowUpdateFailedError) as twice:
        await play.pack("par_2", ONE_MUG)
    assert code(twice.value) == "invalid_input"
    with pytest.raises(WorkflowUpdateFailedError) as early:
        await play.hand_over("par_1")
    assert code(early.value) == "not_found"
    await play.pass_time(timedelta(hours=2))
    assert (await first.result()).tracking_number == "TRK-par_1"
    with pytest.raises(WorkflowUpdateFailedError) as again:
        await play.pack("par_1", SCARF)
    assert code(again.value) == "invalid_input"
    assert [step.parcel_id for step in world.labels] == ["par_1"]


async def test_a_label_that_the_courier_refuses_leaves_the_pieces_free(play: Play, world: World) -> None:
    await play.accept()
    world.label_refused = PartnerRefused("The courier does not go there.")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.pack("par_1")
    assert code(refused.value) == "partner_refused"
    assert "label_bought" not in await play.story()
    world.label_refused = None
    assert (await play.pack("par_2")).parcel_id == "par_2"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [({"actor_id": "usr_stranger"}, "forbidden"), ({"weight_grams": 0}, "invalid_input")],
)
async def test_what_a_label_needs(play: Play, changes: dict[str, Any], wanted: str) -> None:
    await play.accept()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.pack("par_1", **changes)
    assert code(refused.value) == wanted


async def test_nothing_is_packed_or_finished_before_acceptance(play: Play) -> None:
    for attempt in (play.pack("par_1"), play.finish_making(), play.hand_over("par_1"), play.confirm_receipt()):
        with pytest.raises(WorkflowUpdateFailedError) as early:
            await attempt
        assert code(early.value) == "not_now"


async def test_making_and_handing_over_happen_once(play: Play) -> None:
    await play.accept()
    await play.finish_making()
    with pytest.raises(WorkflowUpdateFailedError) as made:
        await play.finish_making()
    assert code(made.value) == "not_now"
    await play.send("par_1", MUGS)
    with pytest.raises(WorkflowUpdateFailedError) as sent:
        await play.hand_over("par_1")
    assert code(sent.value) == "not_now"


async def test_a_missed_promise_is_told_to_both_and_kept_in_the_grace(play: Play, world: World) -> None:
    world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    await play.pass_time(WAITS.ship_within + MINUTE)
    assert {"ship_by_missed", "ship_by_missed_shop"} <= set(world.mails)
    missed = (await play.timeline()).entries[-1]
    assert (missed.what, missed.then) == ("ship_by_missed", "order_is_cancelled")
    assert await play.status() == "making"
    await play.send("par_1")
    assert (await play.handle.result()).status is OrderStatus.COMPLETED


async def test_what_is_not_sent_in_the_grace_is_refunded_whole(play: Play, world: World) -> None:
    await play.accept()
    await play.pack("par_1", MUGS)  # a label is no parcel
    result = await play.handle.result()
    assert result == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert world.refunded() == [("not_shipped", ORDERED)]
    assert "cancel_unsent" in world.calls
    assert world.released == []
    assert list((await play.timeline()).entries) == play.written()


async def test_what_was_sent_goes_on_when_the_rest_is_cancelled(play: Play, world: World) -> None:
    world.callbacks["par_1", 1] = Told(DeliveryOutcome.DELIVERED, timedelta(days=12))
    await play.accept()
    await play.send("par_1", MUGS)
    await play.pass_time(WAITS.ship_within + WAITS.ship_grace + MINUTE)
    assert world.refunded() == [("not_shipped", {"lst_scarf": 1})]
    assert await play.status() == "in_transit"
    with pytest.raises(WorkflowUpdateFailedError) as late:
        await play.pack("par_2", SCARF)
    assert code(late.value) == "not_now"
    result = await play.handle.result()
    assert result == messages.FulfillmentResult(OrderStatus.COMPLETED, 8_000)
    assert [release.refunded for release in world.released] == [{"lst_scarf": 1}]


async def test_a_label_that_comes_after_the_end_is_kept_but_never_used(play: Play, world: World) -> None:
    """The courier answers in the last second of the grace; the order is cancelled meanwhile."""
    world.label_takes = timedelta(hours=2)
    await play.accept()
    await play.pass_time(WAITS.ship_within + WAITS.ship_grace - timedelta(hours=1))
    asked = await play.start_packing("par_1")
    result = await play.handle.result()
    with pytest.raises(WorkflowUpdateFailedError) as late:
        await asked.result()
    assert code(late.value) == "unavailable"
    assert result == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert all(not recorded.usable for recorded in world.labels)
