"""A commission that lasts: it continues as new, and loses no handler, no line, no release and no message.

On a real server: the test server loses what reaches a run in the moment of its end.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.testing import WorkflowEnvironment

from models.rules.commission.contract import Milestone
from models.rules.commission.record import Status
from tests.support.stack import eventually
from tests.workflows.commission.conftest import ARTISAN, CUSTOMER, STEPS, Play, ask, workers
from tests.workflows.commission.fakes import World
from workflows.commission import messages

MILESTONES, CHANGES, TALKS = 40, 30, 160
MOST_EVENTS = 2_000


async def test_forty_milestones_thirty_changes_and_hundreds_of_messages(temporal_client: Client, world: World) -> None:
    env = WorkflowEnvironment.from_client(temporal_client)
    async with workers(env, world):
        handle = await ask(env)
        play, said = Play(env, world, handle), 0
        steps = tuple(Milestone(number, 1_000, 1) for number in range(1, MILESTONES + 1))
        await play.agree(milestones=steps, deposit_minor=1_000)
        for number in range(1, MILESTONES + 1):
            await play.until("working")
            await play.prove(number)
            await play.answer(number, approve=False)
            await play.prove(number)
            if number <= CHANGES:
                record = await play.record()
                await play.change(replace(record.contract, shipping_minor=8_000 - number))
                await play.answer_change()
                said += 2
            for _ in range(TALKS // MILESTONES):
                await play.handle.execute_update("offer_end", messages.OfferEnd(CUSTOMER, 5_000))
                await play.handle.execute_update("answer_end", messages.AnswerEnd(ARTISAN, 5_000, False))
                said += 2
            await play.answer(number)
            said += 4
        await eventually(lambda: world.written[-1].is_final, what="the end of the commission")
        assert said >= 500
        assert len(world.released) == MILESTONES
        assert world.in_minor == MILESTONES * 1_000 + 8_000 - CHANGES
        assert world.story.count("change_holds") == CHANGES
        assert world.story.count("end_declined") == MILESTONES * (TALKS // MILESTONES)
        runs = await _runs(env, handle.id, str(handle.first_execution_run_id))
        assert len(runs) > 1, "it never continued as new"
        assert all(events < MOST_EVENTS for events in runs.values()), runs
        last = env.client.get_workflow_handle(handle.id, run_id=[*runs][-1], result_type=messages.CommissionResult)
        assert await last.result() == messages.CommissionResult(Status.COMPLETED, 0)


async def _runs(env: WorkflowEnvironment, workflow_id: str, run_id: str) -> dict[str, int]:
    """Events of each run so far, the first one first."""
    lengths: dict[str, int] = {}
    following = run_id
    while following:
        history = await env.client.get_workflow_handle(workflow_id, run_id=following).fetch_history()
        lengths[following] = len(history.events)
        following = history.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return lengths


async def _offers_end(play: Play, update_id: str, share: int) -> Any:
    """Sent again under its id where no answer comes, as the API does."""
    message = messages.OfferEnd(CUSTOMER, share)
    for _ in range(4):
        with suppress(WorkflowUpdateRPCTimeoutOrCancelledError):
            return await play.handle.execute_update(
                "offer_end", message, id=update_id, rpc_timeout=timedelta(seconds=10)
            )
    pytest.fail(f"{update_id} was never answered")


async def test_who_speaks_while_it_continues_as_new_is_answered(temporal_client: Client, world: World) -> None:
    """Messages sent without waiting for one another meet the change of runs, and each is answered or refused once."""
    env = WorkflowEnvironment.from_client(temporal_client)
    async with workers(env, world):
        handle = await ask(env)
        play = Play(env, world, handle)
        await play.agree(milestones=STEPS)
        for batch in range(80):
            states = await asyncio.gather(*(_offers_end(play, f"end-{batch}-{share}", share) for share in range(5)))
            assert {state["status"] for state in states} == {"working"}
        assert world.story.count("end_offered") == 400
        assert len(await _runs(env, handle.id, str(handle.first_execution_run_id))) > 1
