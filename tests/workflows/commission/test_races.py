"""Each pair of events that can meet: one outcome, stated in advance, and no double charge."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.errors import PartnerRefused
from models.rules.commission.record import Status
from models.rules.commission.results import Outcome
from tests.workflows.commission.conftest import ARTISAN, CUSTOMER, DAY, WAITS, Play, desk
from tests.workflows.commission.fakes import World
from workflows.commission_return import messages as returning

JUST = timedelta(seconds=1)
TICK = timedelta(milliseconds=100)


async def test_quote_expiry_against_acceptance_in_time(play: Play, world: World) -> None:
    """In its last second the acceptance holds; the deposit is due, and nothing lapses."""
    await play.offer()
    await play.pass_time(WAITS.offer_stands - 5 * JUST)
    await play.accept()
    await play.pass_time(10 * JUST)
    assert await play.status() == "awaiting_deposit"


async def test_quote_expiry_against_acceptance_too_late(play: Play, world: World) -> None:
    await play.offer()
    await play.pass_time(WAITS.offer_stands + JUST)
    with pytest.raises(Exception):  # noqa: B017 - refused, or the run has closed: either way not accepted
        await play.accept()
    assert world.asked == []


async def test_approval_against_silence_releases_once(play: Play, world: World) -> None:
    await play.agree()
    await play.prove(1)
    await play.pass_time(WAITS.approve_within - 5 * JUST)
    await play.answer(1)
    await play.pass_time(10 * JUST)
    assert world.story.count("milestone_approved") == 1
    assert "silence_approved" not in world.story
    assert world.asked.count("release") == 1


async def test_approval_after_silence_is_told_that_it_is_approved(play: Play, world: World) -> None:
    await play.agree()
    await play.prove(1)
    await play.pass_time(WAITS.approve_within + JUST)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.answer(1)
    assert world.asked.count("release") == 1


async def test_who_cancels_while_the_bank_is_asked_gets_back_what_it_takes(play: Play, world: World) -> None:
    """The charge is settled first: it goes through, and comes back whole, as its work has not begun."""
    await play.agree()
    world.slow = asyncio.Event()
    await play.prove(1)
    await play.answer(1)
    while "charge" not in world.asked:
        await play.pass_time(TICK)
    leaving = asyncio.create_task(play.leave(ARTISAN))
    await asyncio.sleep(0.2)
    world.slow.set()
    await leaving
    result = await play.handle.result()
    assert result.status is Status.ENDED
    assert world.back_minor == world.in_minor == 80_000


async def test_who_cancels_while_the_bank_declines_ends_without_another_try(play: Play, world: World) -> None:
    await play.agree()
    world.slow, world.answers = asyncio.Event(), [Outcome.DECLINED]
    await play.prove(1)
    await play.answer(1)
    while "charge" not in world.asked:
        await play.pass_time(TICK)
    leaving = asyncio.create_task(play.leave(ARTISAN))
    await asyncio.sleep(0.2)
    world.slow.set()
    await leaving
    assert (await play.handle.result()).status is Status.ENDED
    assert world.asked.count("charge") == 1
    assert (world.intents, world.back_minor) == ({}, 30_000)


async def test_a_deposit_paid_in_the_second_in_which_it_is_given_up_counts(play: Play, world: World) -> None:
    """The page is closed first; the provider says that it was paid: everything of it goes back, as nothing has begun
    and the customer has left."""
    await play.offer()
    await play.accept()
    while not world.pages:
        await play.pass_time(TICK)
    world.customer_pays()
    await play.leave(CUSTOMER, shown=0)
    result = await play.handle.result()
    assert result.status is Status.ENDED
    assert world.in_minor == 30_000
    assert world.back_minor > 0
    assert "work_began" not in world.story


async def test_a_declined_card_is_tried_once_more_by_itself_and_the_commission_waits(play: Play, world: World) -> None:
    await play.agree()
    world.answers = [Outcome.DECLINED]
    await play.prove(1)
    await play.answer(1)
    await play.until("awaiting_funds")
    await play.pass_time(WAITS.charge_again_after + JUST)
    await play.until("working")
    assert world.asked.count("charge") == 2
    assert "cancel_charge" in world.asked  # of two tries only one may move money
    assert world.in_minor == 80_000


async def test_a_card_that_needs_the_customer_goes_on_with_the_same_payment(play: Play, world: World) -> None:
    await play.agree()
    world.answers = [Outcome.NEEDS_CUSTOMER]
    await play.prove(1)
    await play.answer(1)
    await play.until("awaiting_funds")
    world.customer_authenticates()
    await play.hint()
    await play.until("working")
    assert world.asked.count("charge") == 1
    assert "commission_customer_card_needs_you" in world.mails


async def test_authenticated_while_it_is_tried_again_is_charged_once(play: Play, world: World) -> None:
    """The earlier try is closed before the next, and the provider says that it went through."""
    await play.agree()
    world.answers = [Outcome.NEEDS_CUSTOMER]
    await play.prove(1)
    await play.answer(1)
    await play.until("awaiting_funds")
    world.customer_authenticates()
    await play.retry()
    await play.until("working")
    assert world.asked.count("charge") == 1
    assert world.in_minor == 80_000


async def test_a_card_that_is_never_mended_ends_it_at_the_contracts_terms(play: Play, world: World) -> None:
    await play.agree()
    world.answers = [Outcome.DECLINED] * 9
    await play.prove(1)
    await play.answer(1)
    result = await play.handle.result()
    assert result.status is Status.ENDED
    assert "ended_customer_silent" in world.story
    assert world.in_minor == 30_000
    assert world.back_minor == result.back_minor == 10_000  # paid towards the frame, which was not begun


async def test_what_the_button_showed_is_what_happens(play: Play, world: World) -> None:
    await play.agree()
    with pytest.raises(WorkflowUpdateFailedError):
        await play.leave(CUSTOMER, shown=30_000)
    state = await play.leave(CUSTOMER)
    assert state.status in {Status.ENDING, Status.ENDED}
    assert (await play.handle.result()).back_minor == world.back_minor == 20_000  # half of the drawing, and the rest


async def test_a_change_answered_as_it_lapses_does_not_hold(play: Play, world: World) -> None:
    await play.agree()
    terms = desk(await play.today(), shipping_minor=0, starts_on=(await play.record()).contract.starts_on)
    await play.change(terms)
    await play.pass_time(WAITS.change_stands + JUST)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.answer_change()
    assert "change_lapsed" in world.story


async def test_a_change_against_a_charge_waits_for_it(play: Play, world: World) -> None:
    await play.agree()
    terms = desk(await play.today(), shipping_minor=9_000, starts_on=(await play.record()).contract.starts_on)
    await play.prove(1)
    await play.change(terms)
    world.slow = asyncio.Event()
    await play.answer(1)
    while "charge" not in world.asked:
        await play.pass_time(TICK)
    agreeing = asyncio.create_task(play.answer_change())
    await asyncio.sleep(0.2)
    assert (await play.record()).version == 1
    world.slow.set()
    await agreeing
    await play.until("working")
    while (await play.record()).version == 1:
        await play.pass_time(TICK)
    assert world.story.index("charge_paid", 8) < world.story.index("change_holds")


async def test_a_partner_that_will_not_carry_out_is_shown_and_asked_again(play: Play, world: World) -> None:
    await play.agree()
    world.refusals = [PartnerRefused("no balance")] * 3
    await play.leave(ARTISAN)
    result = await play.handle.result()
    assert (result.status, world.back_minor) == (Status.ENDED, 30_000)
    assert world.story.count("provider_refused") == 1


async def test_a_proof_on_the_last_day_of_grace_is_no_silence(play: Play, world: World) -> None:
    await play.agree()
    await play.pass_time(10 * DAY + WAITS.late_grace + WAITS.silent_grace - timedelta(minutes=1))
    await play.prove(1)
    await play.pass_time(timedelta(minutes=5))
    assert await play.status() == "in_review"


async def test_an_expired_card_is_replaced_by_another_one_which_pays_once(play: Play, world: World) -> None:
    """The card that was declined is closed first, then the customer pays on the page; the next charge needs nobody."""
    await play.agree()
    world.answers = [Outcome.DECLINED]
    await play.finish(1)
    await play.until("awaiting_funds")
    await play.retry(another_card=True)
    await play.pay()
    await play.until("working")
    money = [what for what in world.asked if what in {"charge", "close_deposit", "open_deposit"}]
    assert money == ["open_deposit", "charge", "close_deposit", "open_deposit"]
    await play.finish(2)
    await play.until("working")
    assert (world.asked.count("charge"), world.in_minor) == (2, 128_000)


async def test_a_bank_confirmed_while_another_card_is_fetched_is_charged_once(play: Play, world: World) -> None:
    """The earlier try is closed before the page opens, and the provider says that it went through: no page."""
    await play.agree()
    world.answers = [Outcome.NEEDS_CUSTOMER]
    await play.finish(1)
    await play.until("awaiting_funds")
    world.customer_authenticates()
    await play.retry(another_card=True)
    await play.until("working")
    assert (world.asked.count("open_deposit"), world.pages, world.in_minor) == (1, {}, 80_000)


async def test_who_fetches_another_card_and_never_pays_has_no_more_time_than_before(play: Play, world: World) -> None:
    await play.agree()
    world.answers = [Outcome.DECLINED] * 2
    await play.finish(1)
    await play.until("awaiting_funds")
    asked_at = (await play.record()).funds_asked_at
    await play.pass_time(6 * DAY)
    await play.retry(another_card=True)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.retry()
    assert (await play.record()).funds_asked_at == asked_at
    assert (await play.handle.result()).status is Status.ENDED
    assert "ended_customer_silent" in world.story
    assert (world.pages, world.in_minor) == ({}, 30_000)


async def test_a_surplus_that_the_bank_will_not_take_does_not_stop_the_work(play: Play, world: World) -> None:
    """It is handed over to the process that sends undone refunds again; the next milestone is shown and released."""
    await play.agree(deposit_minor=120_000)
    world.surplus_refusals = [PartnerRefused("charge disputed")]
    await play.change(replace((await play.record()).contract, milestones=desk(await play.today()).milestones[:2]))
    await play.answer_change()
    await play.finish(1)
    await play.until("working")
    await play.finish(2)
    assert (await play.handle.result()).status is Status.COMPLETED
    assert (world.asked.count("give_back"), world.asked.count("release")) == (1, 2)
    assert world.story.count("provider_refused") == 1
    handed = play.env.client.get_workflow_handle(returning.workflow_id(f"{play.handle.id}/back-2"))
    assert (await handed.describe()).workflow_type == returning.WORKFLOW
