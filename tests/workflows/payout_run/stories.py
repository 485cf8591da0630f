"""The stories of a payout run that are recorded for replay, and the shops that they find."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.payout_run import (
    BeginRun,
    DuePage,
    DuePayout,
    EndRun,
    HoldsReleased,
    LookForDue,
    ReleaseHolds,
    RunBegun,
)
from models.types import PayoutStatus
from workers.sandbox import RUNNER
from workflows.payout import messages as payout
from workflows.payout_account import messages as payout_account
from workflows.payout_run import messages
from workflows.payout_run.workflow import PayoutRunWorkflow


@workflow.defn(name=payout.WORKFLOW)
class Payout:
    """The real one pays; here it is only known to have been started."""

    @workflow.run
    async def run(self, start: payout.PayoutInput) -> payout.PayoutResult:
        return payout.PayoutResult(PayoutStatus.NOT_PAID)


@workflow.defn(name=payout_account.WORKFLOW)
class PayoutAccount:
    """The real one asks the provider."""

    @workflow.run
    async def run(self, start: payout_account.PayoutAccountInput) -> payout_account.PayoutAccountResult:
        return payout_account.PayoutAccountResult()


@dataclass
class World:
    pages: list[int] = field(default_factory=lambda: [2])
    """How many shops are due on each page."""
    holds: list[int] = field(default_factory=lambda: [0])
    unable: int = 0
    """How many accounts of each page could not be paid."""
    fails: int = 0
    """How often the database is away first."""
    begun: list[BeginRun] = field(default_factory=list)
    looked: list[LookForDue] = field(default_factory=list)
    ended: list[EndRun] = field(default_factory=list)

    @activity.defn(name="payout.begin_run")
    async def begin_run(self, step: BeginRun) -> RunBegun:
        self.begun.append(step)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        return RunBegun(step.today - timedelta(days=1), step.today)

    @activity.defn(name="payout.release_holds")
    async def release_holds(self, step: ReleaseHolds) -> HoldsReleased:
        return HoldsReleased(self.holds.pop(0), left=bool(self.holds))

    @activity.defn(name="payout.look_for_due")
    async def look_for_due(self, step: LookForDue) -> DuePage:
        self.looked.append(step)
        page = len(self.looked)
        due = tuple(
            DuePayout(f"shp_{page}_{number}", f"usr_{number}", "USD", "2026-11-23", 1)
            for number in range(self.pages[page - 1])
        )
        unable = tuple(f"shp_{page}_{number}" for number in range(self.unable))
        return DuePage(due, f"shp_{page}/USD" if page < len(self.pages) else "", unable)

    @activity.defn(name="payout.end_run")
    async def end_run(self, step: EndRun) -> None:
        self.ended.append(step)


@asynccontextmanager
async def workers(environment: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    async with Worker(
        environment.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[PayoutRunWorkflow, Payout, PayoutAccount],
        activities=[world.begin_run, world.release_holds, world.look_for_due, world.end_run],
        workflow_runner=RUNNER,
    ):
        yield


async def begin(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[PayoutRunWorkflow, messages.PayoutRunResult]:
    return await environment.client.start_workflow(
        PayoutRunWorkflow.run, messages.PayoutRunInput(), id=f"payout-run-{name}", task_queue=messages.TASK_QUEUE
    )


STORIES: Mapping[str, World] = {
    "nobody-is-due": World(pages=[0]),
    "a-few": World(pages=[3], holds=[2, 0]),
    "more-than-at-once": World(pages=[12]),
    "accounts-asked-about": World(pages=[1], unable=11),
    "the-database-was-away": World(fails=2),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[PayoutRunWorkflow, messages.PayoutRunResult]:
    """Plays one story to its end."""
    async with workers(environment, STORIES[name]):
        handle = await begin(environment, name)
        await handle.result()
        return handle
