"""A payout on the time-skipping server, with provider and bank played by the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from models.types import TimelineEntry
from tests.workflows.payout.fakes import World
from workers.sandbox import RUNNER
from workflows.payout import messages
from workflows.payout.workflow import PayoutWorkflow
from workflows.payout_return.workflow import PayoutReturnWorkflow
from workflows.policies import PayoutDeadlines
from workflows.withdrawal.workflow import WithdrawalWorkflow

WAITS = PayoutDeadlines()
SHOP = "shp_1"


@dataclass
class Play:
    """One payout in one world."""

    env: WorkflowEnvironment
    world: World
    handle: WorkflowHandle[PayoutWorkflow, messages.PayoutResult]

    async def tell(self, event_id: str) -> None:
        await self.handle.signal(PayoutWorkflow.provider_told, messages.PayoutEvent(event_id))

    async def change_account(self, event_id: str = "evt_account") -> None:
        await self.handle.signal(PayoutWorkflow.account_changed, messages.PayoutEvent(event_id))

    async def pass_time(self, duration: timedelta) -> None:
        await self.env.sleep(duration)

    async def status(self) -> str:
        return (await self.handle.query(PayoutWorkflow.timeline)).status

    async def story(self) -> list[str]:
        return [entry.what for entry in (await self.handle.query(PayoutWorkflow.timeline)).entries]

    def written(self) -> list[TimelineEntry]:
        """What SQL would hold, in order."""
        by_sequence = {entry.sequence: entry for progress in self.world.written for entry in progress.entries}
        return [by_sequence[sequence] for sequence in sorted(by_sequence)]


@asynccontextmanager
async def workers(env: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    async with Worker(
        env.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[PayoutWorkflow, WithdrawalWorkflow, PayoutReturnWorkflow],
        activities=world.all(),
        workflow_runner=RUNNER,
    ):
        yield


async def begin(
    env: WorkflowEnvironment, shop_id: str = SHOP, deadlines: PayoutDeadlines = WAITS
) -> WorkflowHandle[PayoutWorkflow, messages.PayoutResult]:
    return await env.client.start_workflow(
        PayoutWorkflow.run,
        messages.PayoutInput(shop_id, "usr_1", "USD", "2026-11-23", deadlines),
        id=messages.workflow_id(shop_id, "2026-11-23", "USD"),
        task_queue=messages.TASK_QUEUE,
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def play(time_skipping_env: WorkflowEnvironment, world: World) -> AsyncIterator[Play]:
    async with workers(time_skipping_env, world):
        yield Play(time_skipping_env, world, await begin(time_skipping_env))
