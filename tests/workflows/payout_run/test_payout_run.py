"""A payout run starts each due shop's payout once, page by page, at a bounded rate."""

from temporalio.testing import WorkflowEnvironment

from models.types import PayoutStatus
from tests.workflows.payout_run.stories import STORIES, World, begin, workers
from tests.workflows.replay.replaying import recorded
from workflows import policies
from workflows.payout import messages as payout
from workflows.payout_account import messages as payout_account
from workflows.payout_run.messages import PayoutRunResult


async def test_it_lets_go_of_what_waited_then_starts_each_payout(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(pages=[2], holds=[100, 3])
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "1")
        assert await handle.result() == PayoutRunResult(payouts=2, holds=103)
        for number in range(2):
            started = payout.workflow_id(f"shp_1_{number}", "2026-11-23", "USD")
            result = await time_skipping_env.client.get_workflow_handle(
                started, result_type=payout.PayoutResult
            ).result()
            assert result.status is PayoutStatus.NOT_PAID
    assert [step.payouts for step in world.ended] == [2]


async def test_it_goes_on_page_by_page_as_a_new_run(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(pages=[2, 0, 1])
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "1")
        assert (await handle.result()).payouts == 3
    assert [step.cursor for step in world.looked] == ["", "shp_1/USD", "shp_2/USD"]
    assert len({(step.after, step.until) for step in world.looked}) == 1, "also when midnight comes in between"
    assert len(world.begun) == len(world.ended) == 1


async def test_a_second_run_over_the_same_shops_starts_nothing_twice(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(pages=[2])
    async with workers(time_skipping_env, world):
        assert (await (await begin(time_skipping_env, "1")).result()).payouts == 2
        world.looked.clear()
        world.holds = [0]
        assert (await (await begin(time_skipping_env, "2")).result()).payouts == 0


async def test_it_starts_ten_and_breathes(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(pages=[3 * policies.PAYOUTS_STARTED_AT_ONCE])
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "1")
        assert (await handle.result()).payouts == 30
        events = [event async for event in handle.fetch_history_events()]
    assert sum(event.HasField("timer_started_event_attributes") for event in events) == 2


async def test_accounts_that_could_not_be_paid_are_asked_about_once_a_day(
    time_skipping_env: WorkflowEnvironment,
) -> None:
    world = World(pages=[0], unable=11)
    async with workers(time_skipping_env, world):
        for name in ("1", "2"):
            assert await (await begin(time_skipping_env, name)).result() == PayoutRunResult(payouts=0, holds=0)
            world.looked.clear()
            world.holds = [0]
        day = world.begun[0].today.isoformat()
        asked = payout_account.workflow_id("shp_1_10", f"looked-{day}")
        result = await time_skipping_env.client.get_workflow_handle(
            asked, result_type=payout_account.PayoutAccountResult
        ).result()
    assert result.problem == ""


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("payout_run")} >= set(STORIES)
