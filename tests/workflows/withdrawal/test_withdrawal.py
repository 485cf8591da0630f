"""The click on "withdraw": it waits until the money is set aside, and what is refused leaves nothing behind. What comes
afterwards is shown with payouts."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from models.types import MAX_MINOR, PayoutStatus
from tests.support.time_skipping import jumping_clock
from tests.workflows.payout.conftest import workers
from tests.workflows.payout.fakes import AVAILABLE, World
from tests.workflows.payout.stories import CLOSED, CORRECTED, GOOD, PAID
from tests.workflows.replay.replaying import recorded
from tests.workflows.withdrawal.stories import STORIES, click
from workflows.payout.messages import PayoutResult
from workflows.withdrawal.workflow import WithdrawalWorkflow


@pytest.fixture
async def env(time_skipping_env: WorkflowEnvironment, world: World) -> AsyncIterator[WorkflowEnvironment]:
    async with workers(time_skipping_env, world):
        yield time_skipping_env


@pytest.fixture
def world() -> World:
    return World()


def refusal(error: WorkflowUpdateFailedError) -> tuple[str, str]:
    cause = error.cause
    assert isinstance(cause, ApplicationError)
    return cause.type or "", str(cause.details[0].get("reason", "")) if cause.details else ""


async def test_the_click_is_answered_once_the_money_is_set_aside(env: WorkflowEnvironment, world: World) -> None:
    handle, state = await click(env, "wdr_1")
    assert (state.withdrawal_id, state.amount_minor, state.currency) == ("wdr_1", 5_000, "USD")
    assert world.wanted[0].amount_minor == 5_000
    assert world.wanted[0].period == "", "a withdrawal has no due day"
    async with jumping_clock(env):
        assert await handle.result() == PayoutResult(PayoutStatus.PAID_OUT, 5_000, 1)
    story = (await handle.query(WithdrawalWorkflow.timeline)).entries
    assert story[0].what == "withdrawal_requested"
    written = [entry for progress in world.written for entry in progress.entries]
    assert written == list(story)


async def test_without_an_amount_it_is_all_that_is_available(env: WorkflowEnvironment, world: World) -> None:
    _, state = await click(env, "wdr_1", None)
    assert state.amount_minor == AVAILABLE


async def test_the_same_click_again_is_the_same_withdrawal(env: WorkflowEnvironment, world: World) -> None:
    _, first = await click(env, "wdr_1")
    _, again = await click(env, "wdr_1")
    assert (first.amount_minor, first.withdrawal_id) == (again.amount_minor, again.withdrawal_id)
    assert world.moves().count("set aside") == 1


async def test_a_refused_click_is_told_why_and_leaves_nothing(env: WorkflowEnvironment, world: World) -> None:
    world.refused = "more_than_available"
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await click(env, "wdr_1")
    assert refusal(refused.value) == ("payout_refused", "more_than_available")
    assert world.written == [], "nothing of it is kept"
    assert world.moves() == []


@pytest.mark.parametrize("amount_minor", [0, -1, MAX_MINOR + 1, 2**63])
async def test_what_is_no_amount_is_refused_before_anything_is_asked(
    env: WorkflowEnvironment, world: World, amount_minor: int
) -> None:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await click(env, "wdr_1", amount_minor)
    assert refusal(refused.value) == ("payout_refused", "wrong_amount")
    assert world.wanted == []


async def test_another_currency_and_another_person_are_refused(env: WorkflowEnvironment, world: World) -> None:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await click(env, "wdr_1", currency="EUR")
    assert refusal(refused.value) == ("payout_refused", "wrong_currency")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await click(env, "wdr_2", actor_id="usr_somebody")
    assert refusal(refused.value)[0] == "forbidden"
    assert world.wanted == []


async def test_a_failure_is_tried_once_more_for_the_same_amount(env: WorkflowEnvironment, world: World) -> None:
    world.states, world.accounts = [CLOSED, PAID], [GOOD, CORRECTED]
    handle, _ = await click(env, "wdr_1")
    async with jumping_clock(env):
        assert await handle.result() == PayoutResult(PayoutStatus.PAID_OUT, 5_000, 2)
    assert [(wanted.attempt, wanted.amount_minor) for wanted in world.wanted] == [(1, 5_000), (2, 5_000)]


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("withdrawal")} >= set(STORIES)
