"""Every wait, timeout, race and compensation of a checkout."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowUpdateFailedError, WorkflowUpdateStage
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.boundary import application_error
from models.errors import OutOfStock, PartnerRefused, PartnerUnavailable
from models.ports import PaymentState
from models.types import CheckoutStatus
from tests.workflows.checkout.conftest import Play
from tests.workflows.checkout.fakes import FROZEN, World
from workflows.checkout import messages
from workflows.fulfillment import messages as fulfillment

MINUTE = timedelta(minutes=1)


def refusal(error: WorkflowUpdateFailedError) -> ApplicationError:
    assert isinstance(error.cause, ApplicationError)
    return error.cause


async def pay(play: Play) -> None:
    await play.place()
    play.world.payment = PaymentState.AUTHORISED
    await play.tell("payment_authorised")


async def test_the_click_answers_with_the_frozen_totals_and_reserves_once(play: Play, world: World) -> None:
    placed = await play.place(expected_total_minor=11_300)
    assert placed.payment_id == "cs_1"
    assert (placed.items_minor, placed.shipping_minor, placed.tax_minor) == (10_000, 900, 400)
    assert placed.total_minor == FROZEN.total_minor
    assert await play.place() == placed  # a double click, a second tab, a repeated request
    assert world.count("reserve") == world.count("create_payment") == 1
    assert world.frozen_prices[0].expected_total_minor == 11_300
    assert (await play.timeline()).status == "awaiting_payment"


async def test_credit_for_all_of_it_leaves_the_provider_out(play: Play, world: World) -> None:
    placed = await play.place(credit_minor=11_300)
    assert (placed.payment_id, placed.total_minor, placed.credit_minor) == ("", 11_300, 11_300)
    assert await play.place(credit_minor=11_300) == placed
    result = await play.result()
    assert result == messages.CheckoutResult(CheckoutStatus.PAID, ("ord_a", "ord_b"))
    assert world.calls == ["reserve", "complete_sale"]
    assert world.mails == ["order_confirmed"]
    told = [entry.what for progress in world.written for entry in progress.entries]
    assert told == ["checkout_placed", "paid_with_credit", "checkout_paid"]


async def test_credit_for_a_part_captures_the_rest(play: Play, world: World) -> None:
    placed = await play.place(credit_minor=1_300)
    assert (placed.payment_id, placed.credit_minor) == ("cs_1", 1_300)
    world.payment = PaymentState.AUTHORISED
    await play.tell("payment_authorised")
    assert (await play.result()).status is CheckoutStatus.PAID
    assert world.captured == [10_000]


async def test_a_paid_checkout_is_captured_once_and_opens_one_order_an_artisan(play: Play, world: World) -> None:
    world.sold_out = ("lst_1",)
    await pay(play)
    result = await play.result()
    assert result == messages.CheckoutResult(CheckoutStatus.PAID, ("ord_a", "ord_b"))
    assert world.count("capture") == world.count("complete_sale") == world.count("update_search") == 1
    assert not world.stock_is_free
    assert world.mails == ["order_confirmed"]
    for order_id in result.order_ids:
        child = play.env.client.get_workflow_handle(fulfillment.workflow_id(order_id))
        assert await child.result() == order_id
    # shop b answers within 24 hours of its own and ships within 10 days; shop a takes the policy's 48 and 3
    assert world.ship_by["shp_b"] - world.ship_by["shp_a"] == timedelta(days=7) - timedelta(hours=24)


async def test_the_story_in_sql_equals_the_running_processs_own(play: Play, world: World) -> None:
    await pay(play)
    await play.result()
    told = await play.timeline()
    assert list(told.entries) == play.written()
    assert [entry.what for entry in told.entries] == ["checkout_placed", "payment_authorised", "checkout_paid"]
    assert world.written[-1].is_final
    assert told.status == world.written[-1].status == "paid"


async def test_the_same_webhook_twice_asks_the_provider_once(play: Play, world: World) -> None:
    await play.place()
    await play.tell("payment_authorised", "evt_same")
    await play.pass_time(timedelta(seconds=5))
    await play.tell("payment_authorised", "evt_same")
    await play.pass_time(timedelta(seconds=5))
    assert world.count("look_up") == 1


async def test_a_webhook_is_only_a_hint_the_provider_decides(play: Play, world: World) -> None:
    await play.place()
    await play.tell("payment_authorised", "evt_premature")
    await play.pass_time(timedelta(seconds=10))
    assert world.count("capture") == 0
    world.payment = PaymentState.AUTHORISED
    await play.tell("payment_authorised", "evt_true")
    assert (await play.result()).status is CheckoutStatus.PAID


async def test_a_lost_webhook_costs_a_minute_and_no_order(play: Play, world: World) -> None:
    await play.place()
    world.payment = PaymentState.AUTHORISED
    assert (await play.result()).status is CheckoutStatus.PAID
    assert world.count("look_up") == 1


async def test_the_browser_that_comes_back_makes_us_ask_at_once(play: Play, world: World) -> None:
    await play.place()
    await play.pass_time(timedelta(seconds=10))
    world.payment = PaymentState.AUTHORISED
    await play.start_update("customer_returned", messages.CustomerReturned())
    await play.pass_time(timedelta(seconds=5))
    assert world.count("capture") == 1


async def test_a_page_that_is_reloaded_without_end_fills_no_history(play: Play, world: World) -> None:
    await play.place()
    await play.pass_time(timedelta(seconds=10))
    await play.start_update("customer_returned", messages.CustomerReturned())
    for _ in range(20):
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await play.handle.execute_update("customer_returned", messages.CustomerReturned())
        assert refusal(refused.value).type == "not_now"
    assert world.count("look_up") == 1
    # The real server keeps nothing of a refused update; the test server at least records none as accepted.
    accepted = [
        event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
        for event in (await play.handle.fetch_history()).events
        if event.HasField("workflow_execution_update_accepted_event_attributes")
    ]
    assert accepted == ["place", "customer_returned"]


async def test_hints_do_not_make_our_own_questions_rarer(play: Play, world: World) -> None:
    await play.place()
    for number in range(5):
        await play.pass_time(timedelta(seconds=8))
        await play.tell("payment_authorised", f"evt_{number}")
    await play.pass_time(timedelta(seconds=25))
    assert world.count("look_up") == 6  # five hints, and our own question after a minute


async def test_the_provider_is_asked_ever_less_often_while_nothing_happens(play: Play, world: World) -> None:
    await play.place()
    await play.result()
    # after 1, 3 and 7 minutes; then the reservation ends at 15
    assert world.calls.count("look_up") == 3


async def test_a_decline_keeps_the_page_open_for_another_card(play: Play, world: World) -> None:
    await play.place()
    await play.tell("payment_declined", "evt_declined")
    await play.tell("payment_declined", "evt_declined")
    await play.pass_time(timedelta(seconds=5))
    assert [entry.what for entry in play.written()] == ["checkout_placed", "payment_declined"]
    assert not world.stock_is_free
    world.payment = PaymentState.AUTHORISED
    await play.tell("payment_authorised", "evt_second_card")
    assert (await play.result()).status is CheckoutStatus.PAID


async def test_expiry_closes_the_page_first_and_then_frees_the_stock(play: Play, world: World) -> None:
    await play.place()
    assert await play.result() == messages.CheckoutResult(CheckoutStatus.EXPIRED)
    assert world.calls.index("cancel") < world.calls.index("close_unpaid")
    assert world.payment is PaymentState.CANCELLED
    assert not world.is_sold
    assert world.mails == []


async def test_paying_in_the_last_second_buys_the_piece(play: Play, world: World) -> None:
    world.paid_while_closing = True
    await play.place()
    assert (await play.result()).status is CheckoutStatus.PAID
    assert world.count("cancel") == world.count("capture") == 1
    assert not world.stock_is_free


async def test_a_page_that_the_provider_closed_frees_the_stock_early(play: Play, world: World) -> None:
    await play.place()
    world.payment = PaymentState.CANCELLED
    await play.tell("payment_closed", "evt_closed")
    assert (await play.result()).status is CheckoutStatus.EXPIRED
    assert world.stock_is_free
    assert world.count("cancel") == 0


async def test_the_buyer_can_have_the_cart_back(play: Play, world: World) -> None:
    await play.place()
    update = await play.start_update("abandon", messages.AbandonCheckout("usr_buyer"))
    assert (await play.result()).status is CheckoutStatus.ABANDONED
    assert await update.result() == "abandoned"
    assert world.stock_is_free


async def test_abandoning_loses_against_money_that_was_faster(play: Play, world: World) -> None:
    world.paid_while_closing = True
    await play.place()
    update = await play.start_update("abandon", messages.AbandonCheckout("usr_buyer"))
    assert (await play.result()).status is CheckoutStatus.PAID
    assert await update.result() == "paid"
    assert not world.stock_is_free


async def test_somebody_else_cannot_abandon_it(play: Play, world: World) -> None:
    await play.place()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.handle.execute_update("abandon", messages.AbandonCheckout("usr_other"))
    assert refusal(refused.value).type == "not_now"
    assert world.count("cancel") == 0


async def test_sold_out_refuses_the_click_frees_nothing_twice_and_closes(play: Play, world: World) -> None:
    world.refuse_reservation = OutOfStock("Somebody was faster.", left={"lst_1": 0})
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.place()
    cause = refusal(refused.value)
    assert (cause.type, cause.details[0]) == ("out_of_stock", {"left": {"lst_1": 0}})
    assert (await play.result()).status is CheckoutStatus.REFUSED
    assert world.count("create_payment") == 0
    assert world.written[-1].status == "refused"


async def test_a_closed_checkout_is_not_started_again(play: Play, world: World) -> None:
    world.refuse_reservation = OutOfStock("Somebody was faster.")
    with pytest.raises(WorkflowUpdateFailedError):
        await play.place()
    await play.result()
    # The test server words it as an RPC error; the process client reads both as "this has ended".
    with pytest.raises((WorkflowAlreadyStartedError, RPCError)) as again:
        await play.place()
    if isinstance(again.value, RPCError):
        assert again.value.status is RPCStatusCode.ALREADY_EXISTS
    assert world.count("reserve") == 1


async def test_a_provider_that_refuses_the_payment_frees_the_stock_before_the_answer(play: Play, world: World) -> None:
    world.create_fails = [application_error(PartnerRefused("Not in this currency."))]
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.place()
    assert refusal(refused.value).type == "partner_refused"
    assert world.stock_is_free
    assert (await play.result()).status is CheckoutStatus.REFUSED


async def test_a_provider_that_stays_silent_is_tidied_up_behind_the_refusal(play: Play, world: World) -> None:
    world.create_fails = [application_error(PartnerUnavailable("No answer.")) for _ in range(12)]
    start = await play.env.client.start_update_with_start_workflow(
        "place",
        messages.PlaceCheckout("adr_1"),
        start_workflow_operation=_start(),
        id="place",
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        result_type=messages.PlacedCheckout,
    )
    assert (await play.result()).status is CheckoutStatus.REFUSED
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await start.result()
    assert refusal(refused.value).type == "unavailable"
    # it was asked again with the same key until it answered, and only a closed page freed the stock
    assert world.count("create_payment") == 13
    assert world.calls.index("cancel") < world.calls.index("close_unpaid")


async def test_a_buyer_who_pays_while_we_tidy_up_is_not_charged(play: Play, world: World) -> None:
    """The provider opened the page after all, and somebody found it: they were told to try again, so it is voided."""
    world.create_fails = [application_error(PartnerUnavailable("No answer.")) for _ in range(12)]
    world.paid_while_closing = True
    await play.env.client.start_update_with_start_workflow(
        "place",
        messages.PlaceCheckout("adr_1"),
        start_workflow_operation=_start(),
        id="place",
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        result_type=messages.PlacedCheckout,
    )
    assert (await play.result()).status is CheckoutStatus.REFUSED
    assert world.calls.index("void") < world.calls.index("close_unpaid")
    assert world.payment is PaymentState.CANCELLED
    assert world.count("capture") == 0
    assert all(progress.status != "awaiting_payment" for progress in world.written)


async def test_a_refused_close_is_asked_again_and_stock_waits_for_it(play: Play, world: World) -> None:
    world.close_refused = [application_error(PartnerRefused("Not now.")) for _ in range(3)]
    await play.place()
    assert (await play.result()).status is CheckoutStatus.EXPIRED
    assert world.count("cancel") == 4
    assert world.calls.index("close_unpaid") > 3
    assert world.payment is PaymentState.CANCELLED


async def test_money_taken_by_hand_during_a_review_becomes_the_order(play: Play, world: World) -> None:
    world.hold = world.taken_by_hand = True
    await pay(play)
    await play.pass_time(MINUTE)
    update = await play.start_update("decide_review", messages.DecideReview("dec_1", "usr_admin", approve=False))
    assert (await play.result()).status is CheckoutStatus.PAID
    assert await update.result() == "paid"
    assert "captured_elsewhere" in [entry.what for entry in play.written()]
    assert not world.stock_is_free


async def test_a_high_risk_waits_for_an_administrator_who_approves(play: Play, world: World) -> None:
    world.hold = True
    await pay(play)
    await play.pass_time(timedelta(hours=20))  # far past the reservation of 15 minutes
    assert (await play.timeline()).status == "held_for_review"
    assert not world.stock_is_free
    update = await play.start_update("decide_review", messages.DecideReview("dec_1", "usr_admin", approve=True))
    assert (await play.result()).status is CheckoutStatus.PAID
    assert await update.result() == "paid"
    assert world.count("capture") == 1


async def test_a_refused_review_voids_then_frees_then_tells(play: Play, world: World) -> None:
    world.hold = True
    await pay(play)
    await play.pass_time(MINUTE)
    await play.start_update("decide_review", messages.DecideReview("dec_1", "usr_admin", approve=False))
    assert (await play.result()).status is CheckoutStatus.VOIDED
    assert world.calls.index("void") < world.calls.index("close_unpaid")
    assert world.count("capture") == 0
    assert world.mails == ["checkout_voided"]


async def test_a_review_that_nobody_decides_is_voided_after_a_day(play: Play, world: World) -> None:
    world.hold = True
    await pay(play)
    assert (await play.result()).status is CheckoutStatus.VOIDED
    assert play.written()[-1].what == "review_lapsed"
    assert world.count("capture") == 0


async def test_a_review_ends_before_the_authorisation_lapses(play: Play, world: World) -> None:
    world.hold = True
    await play.place()
    world.payment = PaymentState.AUTHORISED
    world.capture_before = await play.env.get_current_time() + timedelta(hours=5)
    await play.tell("payment_authorised")
    await play.pass_time(timedelta(hours=4, minutes=5))
    assert (await play.result()).status is CheckoutStatus.VOIDED
    assert play.written()[-1].at < world.capture_before


async def test_only_the_first_decision_counts(play: Play, world: World) -> None:
    await play.place()
    with pytest.raises(WorkflowUpdateFailedError) as early:
        await play.handle.execute_update("decide_review", messages.DecideReview("dec_0", "usr_admin", approve=True))
    assert refusal(early.value).type == "not_now"
    assert world.count("capture") == 0


async def test_an_authorisation_that_is_gone_at_capture_charges_nothing(play: Play, world: World) -> None:
    world.capture_refused = PartnerRefused("The authorisation has lapsed.")
    await pay(play)
    assert (await play.result()).status is CheckoutStatus.VOIDED
    assert world.calls.index("void") < world.calls.index("close_unpaid")
    assert not world.is_sold


def _start() -> WithStartWorkflowOperation[Any, Any]:
    return WithStartWorkflowOperation(
        messages.WORKFLOW,
        messages.CheckoutInput("crt_1", 1, "usr_buyer"),
        id=messages.workflow_id("crt_1", 1),
        task_queue=messages.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
