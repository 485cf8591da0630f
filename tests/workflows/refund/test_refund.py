"""Who answers, what silence means, and that money counts as back only when the provider says so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from models.errors import PartnerRefused
from models.types import RefundState, RefundStatus
from tests.workflows.refund.conftest import ARTISAN, REQUEST, UNSETTLED, WAITS, Play, ask, workers
from tests.workflows.refund.fakes import World
from workflows.refund.messages import ParcelCameBack, RefundResult, RequestState
from workflows.refund.workflow import RefundWorkflow

DAY = timedelta(days=1)
PAID_BACK = RefundResult(RefundStatus.PAID_BACK, 6_050)
CLOSED = RefundResult(RefundStatus.CLOSED, 0)


def code(error: WorkflowUpdateFailedError) -> str:
    assert isinstance(error.cause, ApplicationError)
    assert error.cause.type is not None
    return error.cause.type


async def test_an_accepted_offer_is_sent_and_told_when_the_provider_has_confirmed_it(play: Play, world: World) -> None:
    assert await play.answer(4_000) == RequestState("rfd_1", RefundStatus.OFFERED)
    await play.accept()
    assert await play.handle.result() == RefundResult(RefundStatus.PAID_BACK, 4_000)
    assert await play.story() == [
        *("problem_reported", "refund_offered", "offer_accepted", "refund_taken", "refund_confirmed"),
    ]
    assert [step.amount_minor for step in world.reserved] == [4_000]
    assert [step.state for step in world.taken] == [RefundState.SUCCEEDED, RefundState.SUCCEEDED]
    assert world.mails == ["refund_asked", "refund_offered", "refund_agreed_shop", "order_refunded"]
    assert world.recorded[-1].agreed_minor == 4_000


async def test_a_silent_artisan_puts_it_before_an_administrator_and_their_silence_grants_it(
    play: Play, world: World
) -> None:
    await play.pass_time(WAITS.answer_within + DAY)
    assert await play.status() == "in_review"
    assert await play.handle.result() == PAID_BACK
    assert (await play.story())[1:3] == ["answer_lapsed", "decision_lapsed"]
    assert "refund_in_review" in world.mails


async def test_what_was_reported_before_goes_to_an_administrator_and_nobodys_silence_grants_it(
    time_skipping_env: WorkflowEnvironment, world: World
) -> None:
    env = time_skipping_env
    async with workers(env, world):
        play = Play(env, world, await ask(env, replace(REQUEST, request_id="rfd_again", repeated=True)))
        assert await play.status() == "in_review"
        with pytest.raises(WorkflowUpdateFailedError):
            await play.answer(6_050)
        await play.pass_time(16 * WAITS.decide_within)
        assert (await play.story())[1:] == ["reported_again", *["decision_overdue"] * 4]
        assert (await play.status(), world.sent) == ("in_review", [])
        assert "refund_in_review_again" in world.mails and "refund_asked" not in world.mails
        assert (await play.decide(0)).status is RefundStatus.CLOSED
        assert await play.handle.result() == CLOSED


async def test_a_silent_buyer_gets_what_was_offered(play: Play) -> None:
    await play.answer(1_000)
    assert await play.handle.result() == RefundResult(RefundStatus.PAID_BACK, 1_000)
    assert "offer_stands" in await play.story()


async def test_a_silent_buyer_leaves_it_at_a_refusal(play: Play, world: World) -> None:
    await play.answer(0)
    assert await play.handle.result() == CLOSED
    assert (await play.story())[-1] == "request_lapsed"
    assert world.sent == []
    assert world.recorded[-1].outcome == "request_lapsed"


async def test_an_administrator_may_deny_what_the_artisan_refused(play: Play, world: World) -> None:
    await play.answer(0)
    await play.ask_finance()
    await play.decide(0)
    assert await play.handle.result() == CLOSED
    assert world.sent == []
    assert sorted(world.mails[-2:]) == ["refund_closed", "refund_closed_shop"]


async def test_one_word_each_and_only_by_whom_it_concerns(play: Play) -> None:
    with pytest.raises(WorkflowUpdateFailedError) as stranger:
        await play.answer(100, by="usr_stranger")
    with pytest.raises(WorkflowUpdateFailedError) as early:
        await play.accept()
    with pytest.raises(WorkflowUpdateFailedError) as too_much:
        await play.answer(6_051)
    with pytest.raises(WorkflowUpdateFailedError) as negative:
        await play.answer(-1)
    assert [code(e.value) for e in (stranger, early, too_much, negative)] == [
        *("forbidden", "not_now", "invalid_input", "invalid_input"),
    ]
    await play.answer(100)
    with pytest.raises(WorkflowUpdateFailedError) as again:
        await play.answer(200)
    with pytest.raises(WorkflowUpdateFailedError) as decided:
        await play.decide(100)
    with pytest.raises(WorkflowUpdateFailedError) as artisan:
        await play.accept(by=ARTISAN)
    assert [code(e.value) for e in (again, decided, artisan)] == ["not_now", "not_now", "forbidden"]


async def test_two_choices_at_once_have_one_outcome(play: Play) -> None:
    await play.answer(500)
    both = await asyncio.gather(play.accept(), play.ask_finance(), return_exceptions=True)
    assert sum(isinstance(answer, RequestState) for answer in both) == 1
    assert sum(isinstance(answer, WorkflowUpdateFailedError) for answer in both) == 1


async def test_with_a_return_money_waits_for_the_pieces(play: Play, world: World) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()
    assert await play.status() == "awaiting_return"
    assert world.sent == []
    assert (await play.send_back()).status is RefundStatus.RETURNING
    await play.confirm_return()
    assert await play.handle.result() == PAID_BACK
    assert (await play.story())[2:5] == ["offer_accepted", "return_sent", "return_received"]


async def test_nothing_sent_back_means_nothing_refunded(play: Play, world: World) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()
    assert await play.handle.result() == CLOSED
    assert (await play.story())[-1] == "return_lapsed"
    assert world.reserved == []


async def test_an_artisan_who_keeps_silent_about_a_return_has_received_it(play: Play) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()
    await play.send_back()
    assert await play.handle.result() == PAID_BACK
    assert "return_counted" in await play.story()


async def test_a_courier_who_brings_it_back_needs_nobodys_word(play: Play) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()
    await play.handle.signal(RefundWorkflow.parcel_returned, ParcelCameBack("evt_9"))
    assert await play.handle.result() == PAID_BACK
    assert "return_delivered" in await play.story()


async def test_a_disputed_return_is_decided_by_an_administrator(play: Play) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()
    await play.send_back()
    assert (await play.confirm_return(as_agreed=False)).status is RefundStatus.IN_REVIEW
    await play.decide(3_000, with_return=True)
    assert await play.handle.result() == RefundResult(RefundStatus.PAID_BACK, 3_000)


async def test_what_is_pending_is_asked_about_until_it_is_confirmed(play: Play, world: World) -> None:
    world.answers, world.becomes = [RefundState.PENDING], [*[RefundState.PENDING] * 3, RefundState.SUCCEEDED]
    await play.answer(6_050)
    await play.accept()
    assert await play.handle.result() == PAID_BACK
    assert world.looked == 4
    assert (await play.story())[-2:] == ["refund_taken", "refund_confirmed"]
    assert world.mails[-2:] == ["refund_pending", "order_refunded"]
    assert [step.closes for step in world.taken] == [False, True]


async def test_what_stays_pending_is_looked_into(play: Play, world: World) -> None:
    world.answers, world.becomes = [RefundState.PENDING], [RefundState.PENDING]
    await play.answer(6_050)
    await play.accept()
    await play.pass_time(WAITS.confirm_within + 2 * DAY)
    assert (await play.story())[-1] == "refund_overdue"
    assert world.written[-1].waiting_on == "administrator"
    looked = world.looked
    assert looked < 30
    world.becomes = [RefundState.SUCCEEDED]
    await play.hint()
    assert await play.handle.result() == PAID_BACK
    assert world.looked == looked + 1


async def test_one_that_comes_back_is_booked_back_and_sent_again_under_another_key(play: Play, world: World) -> None:
    world.answers = [RefundState.PENDING, RefundState.SUCCEEDED]
    world.becomes = [RefundState.FAILED]
    await play.answer(6_050)
    await play.accept()
    await play.pass_time(2 * WAITS.ask_provider_after)
    assert await play.status() == "refund_failed"
    assert [step.provider_id for step in world.failed] == ["re_1"]
    assert (await play.retry()).status is RefundStatus.SENDING
    assert await play.handle.result() == PAID_BACK
    assert len({step.key for step in world.sent}) == 2
    assert len({step.operation for step in world.sent}) == 1
    assert world.mails[-2:] == ["refund_failed", "order_refunded"]


async def test_a_refused_refund_waits_for_an_administrator_or_is_tried_again(play: Play, world: World) -> None:
    world.answers = [PartnerRefused("no balance"), PartnerRefused("no balance")]
    await play.answer(6_050)
    await play.accept()
    await play.told("refund_refused")
    with pytest.raises(WorkflowUpdateFailedError):
        await play.decide(0)
    await play.retry()
    assert await play.handle.result() == PAID_BACK
    assert (await play.story())[3:7] == ["refund_refused", "refund_retried", "refund_refused", "refund_retried"]
    assert len({step.key for step in world.sent}) == 3


async def test_what_has_gone_back_meanwhile_is_not_refunded_twice(play: Play, world: World) -> None:
    world.left_minor = 0
    await play.answer(6_050)
    await play.accept()
    assert await play.handle.result() == CLOSED
    assert (await play.story())[-1] == "nothing_left"
    assert world.sent == []


@pytest.fixture
async def unsettled(time_skipping_env: WorkflowEnvironment, world: World) -> AsyncIterator[Play]:
    async with workers(time_skipping_env, world):
        yield Play(time_skipping_env, world, await ask(time_skipping_env, UNSETTLED))


async def test_a_pending_refund_of_an_order_is_followed_to_its_confirmation(unsettled: Play, world: World) -> None:
    world.becomes = [RefundState.PENDING, RefundState.SUCCEEDED]
    assert await unsettled.handle.result() == PAID_BACK
    assert await unsettled.story() == ["refund_followed", "refund_confirmed"]
    assert world.mails == ["order_refunded"]
    assert world.sent == []


async def test_a_refund_of_an_order_that_came_back_late_is_mended(unsettled: Play, world: World) -> None:
    world.becomes = [RefundState.FAILED]
    await unsettled.told("refund_came_back")
    with pytest.raises(WorkflowUpdateFailedError):
        await unsettled.decide(0)
    await unsettled.retry()
    assert await unsettled.handle.result() == PAID_BACK
    assert [step.operation for step in world.sent] == [UNSETTLED.operation]
    assert world.mails == ["refund_failed", "order_refunded"]


async def test_pages_and_the_running_process_tell_the_same(play: Play, world: World) -> None:
    await play.answer(0)
    await play.ask_finance()
    told = (await play.timeline()).entries
    assert [entry for progress in world.written for entry in progress.entries] == list(told)
    assert world.written[-1].status == "in_review"
