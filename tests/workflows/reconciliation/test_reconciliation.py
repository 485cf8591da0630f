"""A night reads all books, compares all that moved, and goes on where it was."""

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.workflows.reconciliation.stories import STORIES, World, begin, workers
from tests.workflows.replay.replaying import recorded
from workflows import policies
from workflows.reconciliation.messages import ReconciliationResult


async def test_it_reads_every_book_then_compares(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(pages={"": 3, "acct_1": 1, "acct_2": 2}, batches=3)
    async with workers(time_skipping_env, world):
        result = await (await begin(time_skipping_env, "1")).result()
    assert result == ReconciliationResult(transactions=600, looked_at=3 * 499, young=3, opened=7, gone=3)
    assert world.read == [("", ""), ("", "1"), ("", "2"), ("acct_1", ""), ("acct_2", ""), ("acct_2", "1")]
    assert world.compared == ["", "checkout-1", "checkout-2"]
    (ended,) = world.ended
    assert ended.excused == {"USD": 150, "EUR": -15}
    assert (ended.done.available, ended.done.looked_at) == (7, 3 * 499)


async def test_it_goes_on_as_a_new_run_where_it_was(
    time_skipping_env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "RECONCILIATION_STEPS", 2)
    world = World(pages={"": 3, "acct_1": 2}, batches=4)
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "1")
        assert (await handle.result()).transactions == 500
        first = time_skipping_env.client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)
        events = [event async for event in first.fetch_history_events()]
    assert events[-1].HasField("workflow_execution_continued_as_new_event_attributes")
    assert world.begun == len(world.ended) == 1
    assert world.read == [("", ""), ("", "1"), ("", "2"), ("acct_1", ""), ("acct_1", "1")], "no page is read twice"
    assert world.compared == ["", "checkout-1", "checkout-2", "checkout-3"]
    assert world.ended[0].excused == {"USD": 200, "EUR": -20}


async def test_what_was_approved_and_not_done_is_made_up_for(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(approved=("cas_1", "cas_2"))
    async with workers(time_skipping_env, world):
        await (await begin(time_skipping_env, "1")).result()
    assert world.repaired == ["cas_1", "cas_2"]


async def test_a_repair_asks_the_provider_and_reads_nothing(time_skipping_env: WorkflowEnvironment) -> None:
    world = World()
    async with workers(time_skipping_env, world):
        await (await begin(time_skipping_env, "repair-cas_1", "cas_1")).result()
    assert (world.repaired, world.begun, world.read) == (["cas_1"], 0, [])


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("reconciliation")} >= set(STORIES)
