"""An erasure on the time-skipping server, with the world played by the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from models.types import TimelineEntry
from tests.workflows.erasure.fakes import World
from workers.sandbox import RUNNER
from workflows.erasure import messages
from workflows.erasure.workflow import ErasureWorkflow
from workflows.policies import ErasureDeadlines

WAITS = ErasureDeadlines()
PERSON = "usr_1"


@dataclass
class Play:
    """One erasure in one world."""

    env: WorkflowEnvironment
    world: World
    handle: WorkflowHandle[ErasureWorkflow, messages.ErasureResult]

    async def cancel(self, *, by_link: bool = False) -> messages.ErasureState:
        return await self.handle.execute_update(ErasureWorkflow.cancel, messages.CancelErasure(by_link))

    async def check_again(self) -> messages.ErasureState:
        return await self.handle.execute_update(ErasureWorkflow.check_again, messages.CheckAgain())

    async def pass_time(self, duration: timedelta) -> None:
        await self.env.sleep(duration)

    async def status(self) -> str:
        return (await self.handle.query(ErasureWorkflow.timeline)).status

    async def story(self) -> list[str]:
        return [entry.what for entry in (await self.handle.query(ErasureWorkflow.timeline)).entries]

    def written(self) -> list[TimelineEntry]:
        """What SQL would hold, in order."""
        by_sequence = {entry.sequence: entry for progress in self.world.written for entry in progress.entries}
        return [by_sequence[sequence] for sequence in sorted(by_sequence)]


@asynccontextmanager
async def workers(env: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    async with Worker(
        env.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[ErasureWorkflow],
        activities=world.all(),
        workflow_runner=RUNNER,
    ):
        yield


async def begin(
    env: WorkflowEnvironment, person_id: str = PERSON, deadlines: ErasureDeadlines = WAITS
) -> WorkflowHandle[ErasureWorkflow, messages.ErasureResult]:
    return await env.client.start_workflow(
        ErasureWorkflow.run,
        messages.ErasureInput(person_id, 1, deadlines),
        id=messages.workflow_id(person_id, 1),
        task_queue=messages.TASK_QUEUE,
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def play(time_skipping_env: WorkflowEnvironment, world: World) -> AsyncIterator[Play]:
    async with workers(time_skipping_env, world):
        yield Play(time_skipping_env, world, await begin(time_skipping_env))
