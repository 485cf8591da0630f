"""The stories of a sealing that are recorded for replay, and the log that they are told of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.audit_seal import SealDays, SealedDays
from workers.sandbox import RUNNER
from workflows.audit_seal import messages
from workflows.audit_seal.workflow import AuditSealWorkflow


@dataclass
class Log:
    """An audit log of which only the unsealed days matter."""

    unsealed: int
    fails: int = 0
    """How often the database is away first."""
    asked: list[SealDays] = field(default_factory=list)

    @activity.defn(name="audit_seal.seal_days")
    async def seal_days(self, step: SealDays) -> SealedDays:
        self.asked.append(step)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        sealed = min(step.at_most, self.unsealed)
        self.unsealed -= sealed
        return SealedDays(sealed, self.unsealed)

    @property
    def until(self) -> set[date]:
        return {step.before for step in self.asked}


async def seal(environment: WorkflowEnvironment, log: Log, run: str = "now") -> messages.AuditSealResult:
    """One run, as the schedule would start it."""
    return await (await _begun(environment, log, run)).result()


async def _begun(
    environment: WorkflowEnvironment, log: Log, run: str
) -> WorkflowHandle[AuditSealWorkflow, messages.AuditSealResult]:
    async with Worker(
        environment.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[AuditSealWorkflow],
        activities=[log.seal_days],
        workflow_runner=RUNNER,
    ):
        handle = await environment.client.start_workflow(
            AuditSealWorkflow.run,
            messages.AuditSealInput(),
            id=f"{messages.SCHEDULE}-{run}",
            task_queue=messages.TASK_QUEUE,
        )
        await handle.result()
        return handle


STORIES: Mapping[str, Log] = {
    "one-day": Log(1),
    "nothing-to-seal": Log(0),
    "after-a-long-silence": Log(70),
    "the-database-was-away": Log(1, fails=2),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[AuditSealWorkflow, messages.AuditSealResult]:
    """Plays one story to its end."""
    return await _begun(environment, STORIES[name], name)
