"""What a bank sends back after its window is moved back and payable again, once, on the provider's own word."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from models.types import PayoutStatus
from tests.workflows.payout.conftest import workers
from tests.workflows.payout.fakes import AVAILABLE, SAVED, World
from tests.workflows.payout.stories import CLOSED, PAID
from tests.workflows.payout_return.stories import STORIES, begin
from tests.workflows.replay.replaying import recorded
from workflows.payout.messages import PayoutResult
from workflows.payout_return.messages import workflow_id
from workflows.policies import PayoutDeadlines


async def test_it_is_recalled_and_given_back_and_not_tried_again(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(states=[CLOSED])
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "1", PayoutDeadlines())
        assert await handle.result() == PayoutResult(PayoutStatus.GIVEN_BACK, AVAILABLE, 1)
    assert world.moves() == ["returned", "recall tr_1", "give back"]
    assert world.given_back == [("account_closed", SAVED)], "nothing more is sent to the same details"
    assert world.keys == ["returned-payout-1-2026-11-23-usd-1/reversal-1/1"]
    written = [entry.what for progress in world.written for entry in progress.entries]
    assert written == ["payout_returned", "transfer_recalled", "payout_given_back", "payout_given_up"]


async def test_an_event_that_the_provider_does_not_confirm_changes_nothing(
    time_skipping_env: WorkflowEnvironment,
) -> None:
    world = World(states=[PAID])
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "2")
        assert await handle.result() == PayoutResult(PayoutStatus.PAID_OUT, AVAILABLE, 1)
    assert world.moves() == []


async def test_a_recall_that_is_refused_is_tried_again_every_day(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(states=[CLOSED], refusals={"recall": ["balance_insufficient"] * 2})
    async with workers(time_skipping_env, world):
        began = await time_skipping_env.get_current_time()
        handle = await begin(time_skipping_env, "3", PayoutDeadlines())
        assert (await handle.result()).status is PayoutStatus.GIVEN_BACK
        assert await time_skipping_env.get_current_time() - began >= timedelta(days=2)
    assert len(set(world.keys)) == 3


def test_its_id_fits_its_column() -> None:
    longest = f"payout-shp_{'0' * 26}-2026-11-23-usd"
    assert len(workflow_id(longest, 2)) <= 80


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("payout_return")} >= set(STORIES)
