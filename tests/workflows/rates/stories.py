"""The stories of a refresh of exchange rates that are recorded for replay, and the source that they are told of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.rates import FetchedRates, FetchRates
from workers.sandbox import RUNNER
from workflows.rates import messages
from workflows.rates.workflow import RatesWorkflow


@dataclass
class Source:
    """Where rates come from, and how often it says nothing first."""

    silent: int = 0
    fails: int = 0
    """How often the database is away."""
    asked: list[FetchRates] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)

    @activity.defn(name="rates.fetch")
    async def fetch(self, step: FetchRates) -> FetchedRates:
        self.asked.append(step)
        self.at.append(activity.info().scheduled_time)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        if self.silent:
            self.silent -= 1
            return FetchedRates("2026-11-19", 42, answered=False)
        return FetchedRates("2026-11-20", 42, answered=True)


async def refresh(environment: WorkflowEnvironment, source: Source, run: str = "now") -> messages.RatesResult:
    """One run, as the schedule would start it."""
    return await (await _begun(environment, source, run)).result()


async def _begun(
    environment: WorkflowEnvironment, source: Source, run: str
) -> WorkflowHandle[RatesWorkflow, messages.RatesResult]:
    async with Worker(
        environment.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[RatesWorkflow],
        activities=[source.fetch],
        workflow_runner=RUNNER,
    ):
        handle = await environment.client.start_workflow(
            RatesWorkflow.run,
            messages.RatesInput(),
            id=f"{messages.SCHEDULE}-{run}",
            task_queue=messages.TASK_QUEUE,
        )
        await handle.result()
        return handle


STORIES: Mapping[str, Source] = {
    "a-day": Source(),
    "the-database-was-away": Source(fails=2),
}


async def play(environment: WorkflowEnvironment, name: str) -> WorkflowHandle[RatesWorkflow, messages.RatesResult]:
    """Plays one story to its end."""
    return await _begun(environment, STORIES[name], name)
