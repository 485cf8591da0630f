"""A commission that lasts: it continues as new, and loses no handler, no line, no release and no message.

On a real server: the test server loses what reaches a run in the moment of its end.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from models.errors import PartnerRefused, Unavailable
from models.rules.commission.contract import Milestone
from models.rules.commission.record import Status
from tests.support.stack import eventually
from tests.workflows.commission.conftest import ARTISAN, CUSTOMER, STEPS, Play, ask, workers
from tests.workflows.commission.fakes import World
from workflows import policies
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


async def test_many_who_never_let_it_come_to_rest_are_asked_to_come_back(
    temporal_client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a moment in which nobody is being answered there is none for the next run: so the run makes one."""
    monkeypatch.setattr(policies, "COMMISSION_HISTORY", 100)
    monkeypatch.setattr(policies, "COMMISSION_HISTORY_AT_MOST", 200)
    env = WorkflowEnvironment.from_client(temporal_client)
    busy = 0

    async def speaks(play: Play, who: int) -> None:
        for turn in range(25):
            while not await heard(play, f"end-{who}-{turn}", who * 100 + turn):
                pass

    async def heard(play: Play, update_id: str, share: int) -> bool:
        """False: asked to come back, by the run or, in the moment of its end, by the server."""
        nonlocal busy
        try:
            await _offers_end(play, update_id, share)
        except WorkflowUpdateFailedError as error:
            assert isinstance(error.cause, ApplicationError)
            assert error.cause.type == Unavailable.code
            busy += 1
            return False
        except RPCError as error:
            assert error.status is RPCStatusCode.FAILED_PRECONDITION
            return False
        return True

    async with workers(env, world):
        handle = await ask(env)
        play = Play(env, world, handle)
        await play.agree()
        await asyncio.gather(*(speaks(play, who) for who in range(8)))
        assert world.story.count("end_offered") == 200, "each was heard, and once"
        runs = await _runs(env, handle.id, str(handle.first_execution_run_id))
        assert len(runs) > 2
        assert max(runs.values()) < 300, f"{runs}, {busy} asked to come back"
        await handle.terminate()


async def test_a_step_that_is_refused_for_weeks_goes_on_in_the_next_run(
    time_skipping_env: WorkflowEnvironment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try is a few events; nobody knows how many there will be."""
    monkeypatch.setattr(policies, "COMMISSION_HISTORY", 120)
    async with workers(time_skipping_env, world):
        play = Play(time_skipping_env, world, await ask(time_skipping_env))
        await play.agree()
        world.refusals = [PartnerRefused("no balance")] * 60
        await play.leave(ARTISAN)
        result = await play.handle.result()
    assert (result.status, world.back_minor) == (Status.ENDED, 30_000)
    assert world.asked.count("settle") == 61
    runs = await _runs(time_skipping_env, play.handle.id, str(play.handle.first_execution_run_id))
    assert len(runs) > 1
    assert max(runs.values()) < 160, runs
    assert world.story.count("provider_refused") == len(runs)
    assert world.story.count("commission_ended") == 1
