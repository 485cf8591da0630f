"""The stories of a retention run that are recorded for replay, and the house that they sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.retention import SweepPlan, SweepTable, Swept
from models.rules.retention import SWEEPS
from workers.sandbox import RUNNER
from workflows.retention import messages
from workflows.retention.workflow import RetentionWorkflow

BATCH = 1_000


@dataclass
class House:
    """How many rows of which table are over."""

    over: dict[str, int] = field(default_factory=dict)
    fails: int = 0
    """How often the database is away first."""
    broken: str = ""
    """A table that can't be swept."""
    swept: list[str] = field(default_factory=list)

    @activity.defn(name="privacy.plan_sweeps")
    async def plan(self) -> SweepPlan:
        return SweepPlan(SWEEPS)

    @activity.defn(name="privacy.sweep")
    async def sweep(self, step: SweepTable) -> Swept:
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        if step.table == self.broken:
            raise ValueError("something still points to these rows")
        self.swept.append(step.table)
        ended = min(BATCH, self.over.get(step.table, 0))
        self.over[step.table] = self.over.get(step.table, 0) - ended
        return Swept(ended, left=ended == BATCH)


async def begun(
    environment: WorkflowEnvironment, house: House, run: str
) -> WorkflowHandle[RetentionWorkflow, messages.RetentionResult]:
    """One run, as the schedule would start it, to its end."""
    async with Worker(
        environment.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[RetentionWorkflow],
        activities=[house.plan, house.sweep],
        workflow_runner=RUNNER,
    ):
        handle = await environment.client.start_workflow(
            RetentionWorkflow.run,
            messages.RetentionInput(),
            id=f"{messages.SCHEDULE}-{run}",
            task_queue=messages.TASK_QUEUE,
        )
        await handle.result()
        return handle


STORIES: Mapping[str, House] = {
    "a-quiet-night": House(),
    "several-batches": House({"letters": 2_300, "sessions": 40}),
    "the-database-was-away": House({"letters": 10}, fails=2),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[RetentionWorkflow, messages.RetentionResult]:
    """Plays one story to its end."""
    return await begun(environment, STORIES[name], name)
