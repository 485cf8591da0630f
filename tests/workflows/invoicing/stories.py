"""The stories of an invoicing run that are recorded for replay, and the office that it issues for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.invoicing import IssuedBatch, IssueDue
from workers.sandbox import RUNNER
from workflows.invoicing import messages
from workflows.invoicing.workflow import InvoicingWorkflow

BATCH = 50


@dataclass
class Office:
    """How much of what is due."""

    due: dict[str, int] = field(default_factory=dict)
    wrong: int = 0
    """How many of the orders can't be invoiced."""
    fails: int = 0
    """How often the database is away first."""
    asked: list[tuple[str, str]] = field(default_factory=list)

    @activity.defn(name="payout.issue_due")
    async def issue_due(self, step: IssueDue) -> IssuedBatch:
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        self.asked.append((step.phase, step.after))
        looked = min(BATCH, self.due.get(step.phase, 0))
        self.due[step.phase] = self.due.get(step.phase, 0) - looked
        failed = min(looked, self.wrong) if step.phase == "orders" else 0
        self.wrong -= failed
        return IssuedBatch(looked - failed, failed, f"last-{len(self.asked)}" if looked else "", looked == BATCH)


async def begun(
    environment: WorkflowEnvironment, office: Office, run: str
) -> WorkflowHandle[InvoicingWorkflow, messages.InvoicingResult]:
    """One run, as the schedule would start it."""
    async with Worker(
        environment.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[InvoicingWorkflow],
        activities=[office.issue_due],
        workflow_runner=RUNNER,
    ):
        handle = await environment.client.start_workflow(
            InvoicingWorkflow.run,
            messages.InvoicingInput(),
            id=f"{messages.SCHEDULE}-{run}",
            task_queue=messages.TASK_QUEUE,
        )
        await handle.result()
        return handle


STORIES: Mapping[str, Office] = {
    "nothing-is-due": Office(),
    "several-batches": Office({"orders": 120, "refunds": 3, "fees": 50}),
    "the-database-was-away": Office({"orders": 2}, fails=2),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[InvoicingWorkflow, messages.InvoicingResult]:
    """Plays one story to its end."""
    return await begun(environment, STORIES[name], name)
