"""A free place is offered in turn, stands for three days, moves on, and goes to nobody twice."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from tests.support.time_skipping import jumping_clock
from tests.workflows.replay.replaying import recorded
from tests.workflows.waitlist.stories import STANDS, STORIES, List, Wait, listing, looked, take
from workflows import policies
from workflows.waitlist.workflow import WaitlistWorkflow

SECOND = timedelta(seconds=1)


def three(free: int = 1) -> List:
    return List([Wait("a"), Wait("b"), Wait("c")], free)


def code(error: WorkflowUpdateFailedError) -> str:
    assert isinstance(error.cause, ApplicationError)
    return error.cause.type or ""


async def test_an_offer_that_nobody_takes_moves_on_until_nobody_is_left(time_skipping_env: WorkflowEnvironment) -> None:
    waits = three()
    began = await time_skipping_env.get_current_time()
    async with listing(time_skipping_env, waits) as handle:
        result = await handle.result()
    assert (waits.states(), result.taken, waits.begun) == (["passed"] * 3, 0, [])
    assert await time_skipping_env.get_current_time() - began >= 3 * STANDS


async def test_two_free_places_are_offered_to_two(time_skipping_env: WorkflowEnvironment) -> None:
    waits = three(2)
    async with listing(time_skipping_env, waits) as handle:
        await looked(waits)
        assert waits.states() == ["offered", "offered", "waiting"]
        await take(handle, "b")
        await take(handle, "a")
        await handle.signal(WaitlistWorkflow.look)
        await looked(waits, 2)
        assert waits.states() == ["taken", "taken", "waiting"]
        assert waits.begun == ["b", "a"]
        await handle.terminate()


async def test_it_is_taken_at_the_last_second_and_not_after_it(time_skipping_env: WorkflowEnvironment) -> None:
    waits = three()
    async with listing(time_skipping_env, waits) as handle:
        await looked(waits)
        until = waits.waits[0].until
        assert until is not None
        left = until - await time_skipping_env.get_current_time()
        await time_skipping_env.sleep(left - SECOND)
        await take(handle, "a")
        assert waits.states()[0] == "taken"
        await time_skipping_env.sleep(2 * SECOND)
        assert waits.states() == ["taken", "waiting", "waiting"], "the end of an offer that was taken moves nothing"
        waits.free = 1
        await handle.signal(WaitlistWorkflow.look)
        while waits.states()[1] != "offered":  # noqa: ASYNC110 - the worker of this test changes it
            await asyncio.sleep(0.01)
        await time_skipping_env.sleep(STANDS + SECOND)
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await take(handle, "b")
        assert code(refused.value) == "not_now"
        assert waits.begun == ["a"]
        await handle.terminate()


async def test_only_who_is_offered_a_place_can_take_it(time_skipping_env: WorkflowEnvironment) -> None:
    waits = three()
    async with listing(time_skipping_env, waits) as handle:
        await looked(waits)
        for one, actor, expected in (("a", "usr_b", "forbidden"), ("b", "usr_b", "not_now"), ("z", "", "not_now")):
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await take(handle, one, actor)
            assert code(refused.value) == expected
        assert waits.begun == []
        await take(handle, "a")
        await take(handle, "a")
        assert waits.begun == ["a"], "the same click again is the same place"
        await handle.terminate()


async def test_with_fewer_places_an_open_offer_stands_and_no_new_one_is_made(
    time_skipping_env: WorkflowEnvironment,
) -> None:
    waits = three(2)
    async with listing(time_skipping_env, waits) as handle:
        await looked(waits)
        waits.free = 1
        await handle.signal(WaitlistWorkflow.look)
        await looked(waits, 2)
        assert waits.states() == ["offered", "offered", "waiting"]
        await time_skipping_env.sleep(STANDS + SECOND)
        assert waits.states() == ["passed", "passed", "offered"]
        await handle.terminate()


async def test_without_a_word_it_looks_once_a_day(time_skipping_env: WorkflowEnvironment) -> None:
    waits = three(0)
    async with listing(time_skipping_env, waits) as handle:
        await looked(waits)
        waits.free = 1
        await time_skipping_env.sleep(policies.WAITLIST_LOOKED_AT_EVERY + SECOND)
        assert waits.states() == ["offered", "waiting", "waiting"]
        await handle.terminate()


async def test_a_long_list_goes_on_in_a_new_run_with_its_offers(
    time_skipping_env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "WAITLIST_HISTORY", 5)
    waits = three()
    async with listing(time_skipping_env, waits) as handle:
        first = handle.first_execution_run_id
        for times in range(1, 6):
            await looked(waits, times)
            await handle.signal(WaitlistWorkflow.look)
        await looked(waits, 6)
        current = time_skipping_env.client.get_workflow_handle(handle.id)
        assert (await current.describe()).run_id != first
        await take(current, "a")
        assert waits.begun == ["a"]
        async with jumping_clock(time_skipping_env):
            waits.free = 1
            await current.signal(WaitlistWorkflow.look)
            await current.result()
    assert waits.states() == ["taken", "passed", "passed"]


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("waitlist")} >= set(STORIES)
