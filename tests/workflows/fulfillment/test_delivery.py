"""A parcel's way: attempts, callbacks early and late, the buyer's word, lost and returned parcels, and the money."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.errors import PartnerRefused
from models.types import DeliveryOutcome, OrderStatus, ParcelStatus
from tests.workflows.fulfillment.conftest import BUYER, MUGS, SCARF, WAITS, Play
from tests.workflows.fulfillment.fakes import ORDERED, Told, World
from tests.workflows.fulfillment.test_acceptance import code
from workflows.fulfillment import messages

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
COMPLETED = messages.FulfillmentResult(OrderStatus.COMPLETED, 0)


async def on_its_way(play: Play, parcel_id: str = "par_1") -> None:
    await play.accept()
    await play.send(parcel_id)


async def test_a_failed_attempt_is_followed_by_the_next(play: Play, world: World) -> None:
    world.callbacks |= {("par_1", 1): Told(DeliveryOutcome.FAILED), ("par_1", 2): Told(DeliveryOutcome.DELIVERED)}
    await on_its_way(play)
    assert await play.handle.result() == COMPLETED
    assert [step.attempt for step in world.dispatched] == [1, 2]
    assert len({step.key for step in world.dispatched}) == 2
    assert [(a.attempt, a.outcome, a.next_attempt) for a in world.attempts] == [
        (1, "failed", 2),
        (2, "delivered", None),
    ]
    assert world.mails.count("order_delivered") == 1


async def test_an_undeliverable_parcel_counts_as_returned_and_is_refunded(play: Play, world: World) -> None:
    world.callbacks = {("par_1", attempt): Told(DeliveryOutcome.FAILED, DAY) for attempt in (1, 2, 3)}
    await on_its_way(play)
    result = await play.handle.result()
    assert result == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert [step.attempt for step in world.dispatched] == [1, 2, 3]
    assert world.attempts[-1].status is ParcelStatus.RETURNED
    assert world.refunded() == [("returned", ORDERED)]
    assert (await play.timeline()).entries[-2].why == "attempts_used_up"


async def test_a_returned_parcel_is_refunded_for_its_part_and_the_rest_released(play: Play, world: World) -> None:
    world.callbacks |= {
        ("par_1", 1): Told(DeliveryOutcome.RETURNED, DAY),
        ("par_2", 1): Told(DeliveryOutcome.DELIVERED, 2 * DAY),
    }
    await play.accept()
    await play.send("par_1", SCARF)
    await play.send("par_2", MUGS)
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.COMPLETED, 8_000)
    assert world.refunded() == [("returned", {"lst_scarf": 1})]
    assert [release.refunded for release in world.released] == [{"lst_scarf": 1}]


async def test_two_lost_parts_are_refunded_one_after_the_other(play: Play, world: World) -> None:
    await play.accept()
    await play.send("par_1", SCARF)
    await play.send("par_2", MUGS)
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    shares = [(sent.already, sent.pieces) for sent in world.refunds_sent]
    assert shares == [({}, {"lst_scarf": 1}), ({"lst_scarf": 1}, {"lst_mug": 2})]
    assert world.released == []


async def test_a_silent_courier_makes_us_ask_the_buyer_and_then_refund(play: Play, world: World) -> None:
    await on_its_way(play)
    await play.pass_time(WAITS.deliver_within + MINUTE)
    assert await play.status() == "delivery_overdue"
    overdue = (await play.timeline()).entries[-1]
    assert (overdue.what, overdue.waiting_on, overdue.then) == (
        "delivery_overdue",
        "customer",
        "parcel_counts_as_lost",
    )
    assert "order_overdue" in world.mails
    result = await play.handle.result()
    assert result == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert world.attempts[-1].outcome == "lost"
    assert world.refunded() == [("lost", ORDERED)]
    lost = (await play.timeline()).entries[-2]
    assert lost.what == "parcel_lost"
    assert abs(lost.at - overdue.at - WAITS.lost_after) < timedelta(seconds=5)


async def test_a_callback_after_overdue_still_counts(play: Play, world: World) -> None:
    world.callbacks["par_1", 1] = Told(DeliveryOutcome.DELIVERED, WAITS.deliver_within + DAY)
    await on_its_way(play)
    assert await play.handle.result() == COMPLETED
    assert "delivery_overdue" in await play.story()
    assert world.refunds_sent == []


async def test_an_attempt_that_fails_after_overdue_leaves_the_deadline_where_it_was(play: Play, world: World) -> None:
    world.callbacks["par_1", 1] = Told(DeliveryOutcome.FAILED, WAITS.deliver_within + DAY)
    await on_its_way(play)
    handed_over = (await play.timeline()).entries[-1]
    result = await play.handle.result()
    assert result.status is OrderStatus.REFUNDED
    entries = (await play.timeline()).entries
    assert [entry.what for entry in entries].count("delivery_overdue") == 1
    lost = next(entry for entry in entries if entry.what == "parcel_lost")
    late = lost.at - handed_over.at - WAITS.deliver_within - WAITS.lost_after
    assert abs(late) < timedelta(seconds=5)


@pytest.mark.parametrize("waited", [DAY, WAITS.deliver_within + DAY])
async def test_the_buyers_word_ends_a_delivery(play: Play, world: World, waited: timedelta) -> None:
    await on_its_way(play)
    await play.pass_time(waited)
    assert (await play.confirm_receipt()).status is OrderStatus.DELIVERED
    assert world.attempts[-1].outcome == "delivered"
    assert await play.handle.result() == COMPLETED
    assert world.refunds_sent == []


async def test_only_the_buyer_confirms_and_only_what_is_on_its_way(play: Play) -> None:
    await play.accept()
    with pytest.raises(WorkflowUpdateFailedError) as early:
        await play.confirm_receipt()
    assert code(early.value) == "not_now"
    await play.send("par_1", MUGS)
    with pytest.raises(WorkflowUpdateFailedError) as stranger:
        await play.confirm_receipt("usr_artisan")
    assert code(stranger.value) == "forbidden"
    assert (await play.confirm_receipt(BUYER)).status is OrderStatus.MAKING
    with pytest.raises(WorkflowUpdateFailedError) as again:
        await play.confirm_receipt()
    assert code(again.value) == "not_now"


async def test_a_courier_that_refuses_the_instruction_may_still_deliver(play: Play, world: World) -> None:
    world.dispatch_refused = PartnerRefused("We do not know this parcel.")
    world.callbacks["par_1", 1] = Told(DeliveryOutcome.DELIVERED, 2 * DAY)
    await on_its_way(play)
    assert await play.handle.result() == COMPLETED
    refused = next(e for e in (await play.timeline()).entries if e.what == "dispatch_refused")
    assert refused.why == "partner_refused"


async def test_a_refused_refund_waits_for_an_administrator_and_is_sent_again(play: Play, world: World) -> None:
    world.refund_fails = [PartnerRefused("The balance does not suffice."), PartnerRefused("Still not.")]
    await play.decline()
    await play.pass_time(MINUTE)
    assert await play.status() == "refunding"
    refused = (await play.timeline()).entries[-1]
    assert (refused.what, refused.waiting_on, refused.then) == (
        "refund_refused",
        "administrator",
        "refund_is_retried",
    )
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, 12_800)
    assert len({sent.operation for sent in world.refunds_sent}) == 1
    assert len({sent.key for sent in world.refunds_sent}) == 3
    assert len(world.refunds) == 1


async def test_a_refund_that_hangs_does_not_keep_the_artisans_part(play: Play, world: World) -> None:
    world.refund_fails = [PartnerRefused("no")] * 30
    world.callbacks |= {
        ("par_1", 1): Told(DeliveryOutcome.RETURNED, DAY),
        ("par_2", 1): Told(DeliveryOutcome.DELIVERED, DAY),
    }
    await play.accept()
    await play.send("par_1", SCARF)
    await play.send("par_2", MUGS)
    await play.pass_time(10 * DAY)
    assert len(world.released) == 1
    assert world.refunds == []
    assert await play.status() == "refunding"
    assert not world.written[-1].is_final
    assert await play.handle.result() == messages.FulfillmentResult(OrderStatus.COMPLETED, 8_000)
    assert world.written[-1].is_final


async def test_a_dead_mail_service_stops_no_money(play: Play, world: World) -> None:
    world.mail_is_down = True
    world.callbacks["par_1", 1] = Told(DeliveryOutcome.DELIVERED)
    await on_its_way(play)
    await play.pass_time(WAITS.release_after + MINUTE)
    assert len(world.released) == 1
    assert await play.handle.result() == COMPLETED
    assert world.mails == []
