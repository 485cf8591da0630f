"""The stories of an export that are recorded for replay, and the world that they happen in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.boundary import application_error
from activities.data_export import Gathered, GatherExport, OpenExport
from core import clock
from models.errors import DomainError, TooLarge
from models.repositories.person_keys import PersonErased
from models.repositories.processes import Progress
from models.types import LetterStatus
from workers.sandbox import RUNNER
from workflows.data_export import messages
from workflows.data_export.workflow import DataExportWorkflow
from workflows.letter import messages as letter

LETTER = "let_1"


@workflow.defn(name=letter.WORKFLOW)
class Letter:
    """The real one sends a mail; here it is only known to have been started."""

    @workflow.run
    async def run(self, start: letter.LetterInput) -> letter.LetterResult:
        return letter.LetterResult(LetterStatus.SENT)


@dataclass
class World:
    refused: DomainError | None = None
    fails: int = 0
    """How often the database is away first."""
    written: list[Progress] = field(default_factory=list)
    gathered: list[GatherExport] = field(default_factory=list)

    @activity.defn(name="privacy.open_export")
    async def open_export(self, step: OpenExport) -> None:
        self.written.append(step.progress)

    @activity.defn(name="privacy.record_export")
    async def record_export(self, progress: Progress) -> None:
        self.written.append(progress)

    @activity.defn(name="privacy.gather")
    async def gather(self, step: GatherExport) -> Gathered:
        self.gathered.append(step)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        if self.refused is not None:
            raise application_error(self.refused)
        return Gathered(clock.now() + step.fetch_within, LETTER)


@asynccontextmanager
async def workers(environment: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    async with (
        Worker(
            environment.client,
            task_queue=messages.TASK_QUEUE,
            workflows=[DataExportWorkflow],
            activities=[world.open_export, world.record_export, world.gather],
            workflow_runner=RUNNER,
        ),
        Worker(environment.client, task_queue=letter.TASK_QUEUE, workflows=[Letter], workflow_runner=RUNNER),
    ):
        yield


async def begin(
    environment: WorkflowEnvironment, export_id: str
) -> WorkflowHandle[DataExportWorkflow, messages.ExportResult]:
    return await environment.client.start_workflow(
        DataExportWorkflow.run,
        messages.ExportInput(export_id, "usr_1"),
        id=messages.workflow_id(export_id),
        task_queue=messages.TASK_QUEUE,
    )


STORIES: Mapping[str, World] = {
    "ready": World(),
    "erased-meanwhile": World(refused=PersonErased("There is nothing left.")),
    "too-large": World(refused=TooLarge("Larger than an archive can be.")),
    "the-database-was-away": World(fails=2),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[DataExportWorkflow, messages.ExportResult]:
    """Plays one story to its end, and until the letter that it started has been sent."""
    async with workers(environment, STORIES[name]):
        handle = await begin(environment, name)
        result = await handle.result()
        if result.expires_at is not None:
            await environment.client.get_workflow_handle(letter.workflow_id(LETTER)).result()
        return handle


WEEK = timedelta(days=7)
