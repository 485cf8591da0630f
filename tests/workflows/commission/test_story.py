"""From the wish to the finished piece, and what each silence on the way means."""

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.rules.commission.contract import Milestone
from models.rules.commission.record import Status
from models.types import Party
from tests.workflows.commission.conftest import ARTISAN, CUSTOMER, DAY, STRANGER, WAITS, Play, desk
from tests.workflows.commission.fakes import World
from workflows.commission import messages

TOTAL = 128_000
"""Of the desk: its milestones, and shipping."""


def code(error: WorkflowUpdateFailedError) -> str:
    assert isinstance(error.cause, ApplicationError)
    assert error.cause.type is not None
    return error.cause.type


async def test_a_counter_offer_and_three_milestones_make_a_desk(play: Play, world: World) -> None:
    await play.offer()
    await play.offer(by=CUSTOMER, shipping_minor=5_000)
    assert (await play.accept(by=ARTISAN)).status is Status.ACCEPTED
    await play.pay()
    for number in (1, 2, 3):
        await play.finish(number)
    assert await play.handle.result() == messages.CommissionResult(Status.COMPLETED, 0)
    assert (world.in_minor, world.back_minor) == (TOTAL - 3_000, 0)
    assert sorted(world.released.values()) == [20_000, 40_000, 60_000]
    assert world.story[:4] == ["commission_requested", "quoted", "counter_offered", "offer_accepted"]
    assert world.story[-2:] == ["everything_approved", "commission_completed"]
    assert {"commission_artisan_requested", "commission_customer_quoted", "commission_artisan_offered"} <= set(
        world.mails
    )


async def test_nobody_answers_a_wish(play: Play, world: World) -> None:
    assert (await play.handle.result()).status is Status.LAPSED
    assert world.story == ["commission_requested", "request_lapsed"]


async def test_nobody_answers_an_offer(play: Play, world: World) -> None:
    await play.offer()
    assert (await play.handle.result()).status is Status.LAPSED
    assert world.story[-1] == "offer_lapsed"


async def test_either_side_declines(play: Play, world: World) -> None:
    await play.offer()
    assert (await play.decline(CUSTOMER, "too_dear")).status is Status.DECLINED
    assert (await play.handle.result()).status is Status.DECLINED
    assert world.asked == []


async def test_a_deposit_that_nobody_pays_closes_its_page_and_ends_it(play: Play, world: World) -> None:
    await play.offer()
    await play.accept()
    result = await play.handle.result()
    assert (result.status, world.pages, world.paid) == (Status.ENDED, {}, {})
    assert world.story[-2:] == ["ended_customer_silent", "commission_ended"]


async def test_a_page_that_the_provider_closes_is_opened_anew(play: Play, world: World) -> None:
    await play.offer()
    await play.accept()
    while not world.pages:
        await play.pass_time(timedelta(milliseconds=100))
    world.page_lapses()
    await play.hint()
    await play.pay()
    await play.until("working")
    assert len(world.paid) == 1
    assert world.asked.count("open_deposit") == 2


async def test_a_lost_webhook_loses_no_deposit(play: Play, world: World) -> None:
    await play.offer()
    await play.accept()
    while not world.pages:
        await play.pass_time(timedelta(milliseconds=100))
    world.customer_pays()
    await play.pass_time(WAITS.ask_provider_after + timedelta(minutes=1))
    await play.until("working")


async def test_silence_approves_after_two_reminders(play: Play, world: World) -> None:
    await play.agree()
    await play.prove(1)
    await play.pass_time(WAITS.approve_within + DAY)
    await play.until("working")
    assert world.story.count("approval_reminded") == 2
    assert "silence_approved" in world.story
    assert list(world.released.values()) == [20_000]
    assert "commission_customer_silence_approved" in world.mails


async def test_a_revision_gives_the_artisan_more_days_and_its_number_is_agreed(play: Play, world: World) -> None:
    await play.agree(revisions=1)
    await play.prove(1)
    await play.answer(1, approve=False)
    await play.prove(1)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.answer(1, approve=False)
    assert code(refused.value) == "not_now"
    await play.answer(1)
    assert world.story.count("revision_asked") == 1


async def test_a_late_milestone_is_told_and_a_silent_artisan_gives_everything_back(play: Play, world: World) -> None:
    await play.agree()
    await play.pass_time(10 * DAY + timedelta(hours=1))
    assert "milestone_late" in world.story
    result = await play.handle.result()
    assert (result.status, result.back_minor) == (Status.ENDED, 30_000)
    assert world.back_minor == world.in_minor == 30_000
    assert "ended_artisan_late" in world.story


async def test_a_change_retimes_what_is_under_way_and_is_paid_on_the_page(play: Play, world: World) -> None:
    await play.agree()
    before = (await play.record()).milestones[1].due_at
    terms = desk(await play.today())
    milestones = (replace(terms.milestones[0], days=14), terms.milestones[1], Milestone(3, 55_000, 20))
    await play.change(replace(terms, milestones=milestones, starts_on=(await play.record()).contract.starts_on))
    await play.answer_change()
    while (record := await play.record()).version == 1:
        await play.pass_time(timedelta(milliseconds=100))
    assert before is not None
    assert record.milestones[1].due_at == before + 4 * DAY
    await play.finish(1)
    await play.finish(2)
    await play.until("awaiting_funds")  # 15,000 more than what was agreed to at the deposit
    await play.pay()
    assert world.asked.count("open_deposit") == 2
    await play.finish(3)
    assert (await play.handle.result()).status is Status.COMPLETED
    assert world.in_minor == TOTAL + 15_000


async def test_a_cheaper_change_gives_back_what_was_paid_beyond_it(play: Play, world: World) -> None:
    await play.agree(deposit_minor=120_000)
    terms = desk(await play.today(), deposit_minor=120_000, starts_on=(await play.record()).contract.starts_on)
    await play.change(replace(terms, milestones=terms.milestones[:2]), by=CUSTOMER)
    await play.answer_change(by=ARTISAN)
    await play.finish(1)
    await play.finish(2)
    result = await play.handle.result()
    assert (result.status, world.in_minor - world.back_minor) == (Status.COMPLETED, 88_000)


async def test_parting_as_friends(play: Play, world: World) -> None:
    await play.agree()
    await play.handle.execute_update("offer_end", messages.OfferEnd(CUSTOMER, 5_000))
    await play.handle.execute_update("answer_end", messages.AnswerEnd(ARTISAN, 5_000, True))
    result = await play.handle.result()
    assert (result.status, result.back_minor) == (Status.ENDED, 15_000)


async def test_a_pause_stops_every_clock_and_moves_every_deadline(play: Play, world: World) -> None:
    await play.agree()
    before = (await play.record()).milestones[1].due_at
    await play.handle.execute_update("pause", messages.Pause("usr_admin"))
    assert (await play.record()).status is Status.PAUSED
    await play.pass_time(60 * DAY)
    with pytest.raises(WorkflowUpdateFailedError):
        await play.prove(1)
    await play.handle.execute_update("resume", messages.Pause("usr_admin"))
    after = (await play.record()).milestones[1].due_at
    assert before is not None and after is not None
    assert after - before >= 60 * DAY
    await play.prove(1)


@pytest.mark.parametrize("who", [STRANGER, CUSTOMER], ids=["stranger", "the other side"])
async def test_what_is_not_theirs_is_refused_and_changes_nothing(play: Play, who: str) -> None:
    await play.agree()
    before = await play.record()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.prove(1, by=who)
    assert code(refused.value) == "forbidden"
    assert await play.record() == before


async def test_the_same_update_sent_twice_is_one(play: Play, world: World) -> None:
    await play.agree()
    for _ in range(2):
        await play.handle.execute_update("give_proof", messages.GiveProof(ARTISAN, 1, 1), id="proof-1")
    assert world.story.count("proof_given") == 1


async def test_what_the_page_is_told_to_wait_for(play: Play, world: World) -> None:
    await play.agree()
    await play.prove(1)
    last = world.written[-1]
    assert (last.status, last.waiting_on, last.then) == ("in_review", Party.CUSTOMER, "silence_approves")
