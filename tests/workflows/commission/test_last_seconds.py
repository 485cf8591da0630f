"""Every wait against the message that it waits for: some seconds before its end, and just after it. The outcome of
each is stated here; `test_races` has what meets the bank."""

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from models.rules.commission.endings import Ending
from models.rules.commission.record import Status
from models.rules.commission.results import Outcome
from tests.workflows.commission.conftest import ARTISAN, CUSTOMER, DAY, WAITS, Play, desk
from tests.workflows.commission.fakes import World
from workflows.commission import messages

MOMENT = timedelta(seconds=5)
OVER = (WorkflowUpdateFailedError, RPCError)
"""Refused in words, or its run has closed."""
ADMIN = "usr_admin"


async def pause(play: Play, what: str = "pause") -> None:
    await play.handle.execute_update(what, messages.Pause(ADMIN))


async def test_a_wish_is_answered_in_its_last_seconds(play: Play) -> None:
    await play.pass_time(WAITS.quote_within - MOMENT)
    await play.offer()
    await play.pass_time(2 * MOMENT)
    assert await play.status() == "offered"


async def test_a_wish_that_has_lapsed_takes_no_offer(play: Play, world: World) -> None:
    await play.pass_time(WAITS.quote_within + MOMENT)
    with pytest.raises(OVER):
        await play.offer()
    assert (await play.handle.result()).status is Status.LAPSED
    assert "quoted" not in world.story


async def test_a_counter_offer_in_the_last_seconds_gives_the_other_side_all_of_its_time(play: Play) -> None:
    await play.offer()
    await play.pass_time(WAITS.offer_stands - MOMENT)
    await play.offer(by=CUSTOMER)
    await play.pass_time(WAITS.offer_stands - 2 * MOMENT)
    assert await play.status() == "offered"
    await play.accept(by=ARTISAN)
    assert (await play.record()).version == 2


@pytest.mark.parametrize(("early", "told"), [(MOMENT, False), (-MOMENT, True)])
async def test_work_is_shown_around_its_due_moment(play: Play, world: World, early: timedelta, told: bool) -> None:
    """Late or not, it is shown, and awaits its answer."""
    await play.agree()
    due = (await play.record()).milestones[1].due_at
    assert due is not None
    await play.pass_time(due - await play.today() - early)
    await play.prove(1)
    await play.pass_time(2 * MOMENT)
    assert await play.status() == "in_review"
    assert ("milestone_late" in world.story) is told


async def test_what_is_approved_before_the_reminder_is_not_reminded_of(play: Play, world: World) -> None:
    await play.agree()
    await play.prove(1)
    await play.pass_time(WAITS.remind_after[0] - MOMENT)
    await play.answer(1)
    await play.pass_time(DAY)
    assert "approval_reminded" not in world.story


async def test_a_revision_in_the_last_seconds_is_no_silence(play: Play, world: World) -> None:
    await play.agree()
    await play.prove(1)
    await play.pass_time(WAITS.approve_within - MOMENT)
    await play.answer(1, approve=False)
    await play.pass_time(DAY)
    assert await play.status() == "working"
    assert "silence_approved" not in world.story
    assert "release" not in world.asked


async def test_paused_in_the_last_seconds_silence_waits_until_it_goes_on(play: Play, world: World) -> None:
    await play.agree()
    await play.prove(1)
    await play.pass_time(WAITS.approve_within - MOMENT)
    await pause(play)
    await play.pass_time(30 * DAY)
    assert "silence_approved" not in world.story
    await pause(play, "resume")
    await play.pass_time(2 * MOMENT)
    assert "silence_approved" in world.story
    assert world.asked.count("release") == 1


async def test_what_silence_has_approved_is_not_paused_over_any_more(play: Play, world: World) -> None:
    await play.agree()
    await play.prove(1)
    await play.pass_time(WAITS.approve_within + MOMENT)
    await play.until("working")
    await pause(play)
    assert world.asked.count("release") == 1, "the pause is of the milestone that follows"


async def test_a_change_agreed_in_the_last_seconds_holds(play: Play, world: World) -> None:
    await play.agree()
    contract = (await play.record()).contract
    await play.change(replace(contract, shipping_minor=0))
    await play.pass_time(WAITS.change_stands - MOMENT)
    await play.answer_change()
    await play.pass_time(2 * MOMENT)
    assert (await play.record()).version == 2
    assert "change_lapsed" not in world.story


async def test_parting_is_agreed_in_the_last_seconds_and_not_after_them(play: Play, world: World) -> None:
    await play.agree(milestones=desk(await play.today()).milestones[:1], deposit_minor=20_000)
    await play.handle.execute_update("offer_end", messages.OfferEnd(CUSTOMER, 2_000))
    await play.pass_time(WAITS.change_stands + MOMENT)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.handle.execute_update("answer_end", messages.AnswerEnd(ARTISAN, 2_000, True))
    assert "end_offer_lapsed" in world.story
    await play.handle.execute_update("offer_end", messages.OfferEnd(CUSTOMER, 3_000))
    await play.pass_time(WAITS.change_stands - MOMENT)
    await play.handle.execute_update("answer_end", messages.AnswerEnd(ARTISAN, 3_000, True))
    assert (await play.handle.result()).status is Status.ENDED
    assert "ended_agreed" in world.story


async def test_a_card_mended_in_the_last_seconds_goes_on(play: Play, world: World) -> None:
    await play.agree()
    world.answers = [Outcome.DECLINED] * 2
    await play.finish(1)
    await play.until("awaiting_funds")
    await play.pass_time(WAITS.fund_within - 6 * MOMENT)
    await play.retry()
    await play.until("working")
    await play.pass_time(DAY)
    assert "ended_customer_silent" not in world.story
    assert world.asked.count("charge") == 3


@pytest.mark.parametrize(("early", "back_minor"), [(MOMENT, 28_000), (-MOMENT, 20_000)])
async def test_leaving_around_the_day_on_which_work_begins(
    play: Play, world: World, early: timedelta, back_minor: int
) -> None:
    """Of the 20,000 that the drawing holds a tenth is the artisan's while it is reserved, half once it is begun; the
    10,000 beyond it go back in each case."""
    today = await play.today()
    await play.offer(starts_on=today.date() + 5 * DAY)
    await play.accept()
    accepted = (await play.record()).accepted_at
    await play.pay()
    await play.until("working")
    assert accepted is not None
    await play.pass_time(accepted + 5 * DAY - await play.today() - early)
    await play.leave(CUSTOMER)
    assert (await play.handle.result()).back_minor == world.back_minor == back_minor


async def test_a_click_from_before_work_began_is_shown_the_new_figure(play: Play, world: World) -> None:
    await play.offer(starts_on=(await play.today()).date() + 5 * DAY)
    await play.accept()
    await play.pay()
    await play.until("working")
    await play.pass_time(6 * DAY)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.leave(CUSTOMER, shown=28_000)
    assert world.back_minor == 0


async def test_who_leaves_in_the_last_seconds_of_the_artisans_silence_ends_it_once(play: Play, world: World) -> None:
    await play.agree()
    await play.pass_time(10 * DAY + WAITS.late_grace + WAITS.silent_grace - MOMENT)
    await play.leave(CUSTOMER, shown=30_000)
    await play.pass_time(2 * MOMENT)
    assert (await play.handle.result()).back_minor == world.back_minor == 30_000
    assert world.story.count("ended_artisan_late") == 1


async def test_a_deposit_of_which_nobody_told_is_found_when_its_page_is_closed(play: Play, world: World) -> None:
    """Paid on the third day, and the provider's message is lost: the time is over, the page is closed, and it turns out
    to be paid. The commission goes on, as it was paid in time."""
    await play.offer()
    await play.accept()
    while not world.pages:
        await play.pass_time(timedelta(seconds=1))
    await play.pass_time(timedelta(hours=50))
    world.customer_pays()
    await play.pass_time(WAITS.deposit_within)
    await play.until("working")
    assert world.story[-3:] == ["paid_in_time", "charge_paid", "work_began"]
    assert (world.in_minor, world.back_minor) == (30_000, 0)


async def test_a_bank_confirmed_of_which_nobody_told_goes_on_with_what_was_agreed_meanwhile(
    play: Play, world: World
) -> None:
    """What is proposed while the payment waits is not forgotten by a silence that was none."""
    await play.agree()
    world.answers = [Outcome.NEEDS_CUSTOMER] * 2
    await play.finish(1)
    await play.until("awaiting_funds")
    await play.change(replace((await play.record()).contract, shipping_minor=0))
    await play.answer_change()
    await play.pass_time(5 * DAY)
    world.customer_authenticates()
    await play.pass_time(3 * DAY)
    await play.until("working")
    assert "commission_ended" not in world.story
    assert "paid_in_time" in world.story
    assert (await play.record()).version == 2
    assert (world.asked.count("charge"), world.in_minor, world.back_minor) == (2, 80_000, 0)


@pytest.mark.parametrize(("asked", "by"), [(True, CUSTOMER), (True, ARTISAN), (False, CUSTOMER), (False, ARTISAN)])
async def test_who_declines_in_the_last_seconds_has_declined(play: Play, world: World, asked: bool, by: str) -> None:
    """A wish, or an offer: it does not lapse any more."""
    if not asked:
        await play.offer()
    await play.pass_time((WAITS.quote_within if asked else WAITS.offer_stands) - MOMENT)
    await play.decline(by)
    assert (await play.handle.result()).status is Status.DECLINED
    assert not {"request_lapsed", "offer_lapsed"} & set(world.story)


async def test_who_leaves_in_the_last_seconds_of_the_deposit_closes_its_page_once(play: Play, world: World) -> None:
    await play.offer()
    await play.accept()
    await play.pass_time(WAITS.deposit_within - MOMENT)
    await play.leave(CUSTOMER)
    assert (await play.handle.result()).status is Status.ENDED
    assert "ended_customer_silent" not in world.story
    assert world.asked.count("close_deposit") == 1
    assert (world.pages, world.in_minor) == ({}, 0)


@pytest.mark.parametrize(("early", "tries"), [(MOMENT, 2), (-MOMENT, 3)])
async def test_a_card_tried_by_hand_around_its_own_second_try(
    play: Play, world: World, early: timedelta, tries: int
) -> None:
    """By hand before it, there is no other one by itself; after it, both have been made, one after the other."""
    await play.agree()
    world.answers = [Outcome.DECLINED] * 9
    await play.finish(1)
    await play.until("awaiting_funds")
    await play.pass_time(WAITS.charge_again_after - early)
    await play.until("awaiting_funds")
    await play.retry()
    await play.pass_time(2 * DAY)
    await play.until("awaiting_funds")
    assert world.asked.count("charge") == tries


async def test_a_bank_confirmed_just_before_the_second_try_is_charged_once(play: Play, world: World) -> None:
    """Nobody told of it: the first try is closed before the second, and turns out to be paid."""
    await play.agree()
    world.answers = [Outcome.NEEDS_CUSTOMER]
    await play.finish(1)
    await play.until("awaiting_funds")
    await play.pass_time(WAITS.charge_again_after - MOMENT)
    world.customer_authenticates()
    await play.pass_time(2 * MOMENT)
    await play.until("working")
    assert (world.asked.count("charge"), world.in_minor) == (1, 80_000)


async def test_another_card_just_before_the_second_try_leaves_it_to_the_page(play: Play, world: World) -> None:
    await play.agree()
    world.answers = [Outcome.DECLINED]
    await play.finish(1)
    await play.until("awaiting_funds")
    await play.pass_time(WAITS.charge_again_after - MOMENT)
    await play.retry(another_card=True)
    await play.pass_time(DAY)
    assert world.asked.count("charge") == 1
    await play.pay()
    await play.until("working")
    assert world.in_minor == 80_000


async def test_an_artisan_who_leaves_in_the_last_seconds_of_a_payment_ends_it_as_theirs(
    play: Play, world: World
) -> None:
    """Everything goes back, and not what the customer's silence would have left to them."""
    await play.agree()
    world.answers = [Outcome.DECLINED] * 9
    await play.finish(1)
    await play.until("awaiting_funds")
    await play.pass_time(WAITS.fund_within - 6 * MOMENT)
    await play.leave(ARTISAN)
    assert (await play.handle.result()).back_minor == world.back_minor == 30_000
    assert "ended_customer_silent" not in world.story
    assert world.asked.count("settle") == 1


async def test_days_agreed_in_the_last_seconds_before_it_is_due_are_given(play: Play, world: World) -> None:
    await play.agree()
    before = (await play.record()).milestones[1].due_at
    first, *later = (await play.record()).contract.milestones
    longer = replace((await play.record()).contract, milestones=(replace(first, days=first.days + 5), *later))
    assert before is not None
    await play.pass_time(before - await play.today() - MOMENT)
    await play.change(longer)
    await play.answer_change()
    await play.pass_time(2 * MOMENT)
    assert (await play.record()).milestones[1].due_at == before + 5 * DAY
    assert "milestone_late" not in world.story


@pytest.mark.parametrize(("early", "back_minor"), [(MOMENT, 20_000), (-MOMENT, 30_000)])
async def test_leaving_around_the_end_of_the_grace(play: Play, world: World, early: timedelta, back_minor: int) -> None:
    """Until its end the customer leaves at the contract's terms; from then on with everything, and a click on the
    figure of before is refused."""
    await play.agree()
    due = (await play.record()).milestones[1].due_at
    assert due is not None
    await play.pass_time(due + WAITS.late_grace - await play.today() - early)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.leave(CUSTOMER, shown=50_000 - back_minor)
    await play.leave(CUSTOMER, shown=back_minor)
    assert (await play.handle.result()).back_minor == world.back_minor == back_minor


async def test_paused_in_the_last_seconds_of_an_artisans_silence_it_ends_when_it_goes_on(
    play: Play, world: World
) -> None:
    await play.agree()
    await play.pass_time(10 * DAY + WAITS.late_grace + WAITS.silent_grace - 2 * MOMENT)
    await pause(play)
    await play.pass_time(30 * DAY)
    assert "ended_artisan_late" not in world.story
    await pause(play, "resume")
    await play.pass_time(4 * MOMENT)
    assert (await play.handle.result()).back_minor == world.back_minor == 30_000
    assert world.story.count("ended_artisan_late") == 1


async def test_who_leaves_in_the_last_seconds_before_silence_approves_pays_for_what_was_shown(
    play: Play, world: World
) -> None:
    """What was submitted is the artisan's in both cases, and is given to them once."""
    await play.agree()
    await play.prove(1)
    await play.pass_time(WAITS.approve_within - MOMENT)
    await play.leave(CUSTOMER)
    assert (await play.handle.result()).back_minor == world.back_minor == 10_000
    assert "silence_approved" not in world.story
    assert "release" not in world.asked


async def test_paused_before_work_begins_it_begins_when_it_goes_on(play: Play, world: World) -> None:
    await play.offer(starts_on=(await play.today()).date() + 5 * DAY)
    await play.accept()
    await play.pay()
    await play.until("working")
    accepted = (await play.record()).accepted_at
    assert accepted is not None
    await play.pass_time(accepted + 5 * DAY - await play.today() - MOMENT)
    await pause(play)
    await play.pass_time(3 * DAY)
    assert "work_began" not in world.story
    await pause(play, "resume")
    await play.pass_time(2 * MOMENT)
    assert world.story.count("work_began") == 1


async def test_who_agrees_to_part_as_silence_approves_is_shown_the_new_figure(play: Play, world: World) -> None:
    """A fifth of what is not approved for the artisan: 6,000 of the deposit; once the drawing is approved and the frame
    paid, all of the drawing and 12,000 of the frame."""
    await play.agree()
    await play.handle.execute_update("offer_end", messages.OfferEnd(ARTISAN, 2_000))
    await play.prove(1)
    await play.pass_time(WAITS.approve_within - MOMENT)
    await play.handle.execute_update("offer_end", messages.OfferEnd(ARTISAN, 2_000))
    before = (await play.record()).settlement(Ending.AGREED, 2_000).back_minor
    await play.pass_time(2 * MOMENT)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.handle.execute_update("answer_end", messages.AnswerEnd(CUSTOMER, 2_000, True, before))
    await play.until("working")
    after = (await play.record()).settlement(Ending.AGREED, 2_000).back_minor
    assert (before, after) == (24_000, 48_000)
    assert "ended_agreed" not in world.story
