"""A copy of everything we keep about a person.

    gathering ──> ready
        └───────> void   (erased meanwhile, or too large)

The archive is deleted by the retention schedule when its time is over; this process ends as soon as it is ready.
"""

from contextlib import suppress

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows import policies
from workflows import search_attributes as sa
from workflows.data_export.messages import (
    PROCESS,
    WORKFLOW,
    ExportInput,
    ExportResult,
    ExportState,
    RequestExport,
    Timeline,
)
from workflows.failures import STEP_FAILURES, refusal_type
from workflows.letter import messages as letter
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.data_export import DataExportActivities, Gathered, GatherExport, OpenExport
    from models.errors import NotFound
    from models.repositories.person_keys import PersonErased
    from models.repositories.processes import Progress
    from models.types import ExportStatus, Party


GONE = {PersonErased.code, NotFound.code}


@workflow.defn(name=WORKFLOW)
class DataExportWorkflow:
    @workflow.init
    def __init__(self, start: ExportInput) -> None:
        self._start = start
        self._story = Story(PROCESS)
        self._status = ExportStatus.GATHERING
        self._is_open = False
        self._story.tell(Party.CUSTOMER, "export_requested", waiting_on=Party.SYSTEM)

    @workflow.run
    async def run(self, start: ExportInput) -> ExportResult:
        await self._open()
        gathered = await self._gather()
        if gathered is not None:
            await self._hand_over_letter(gathered.letter_id)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return ExportResult(self._status, gathered.expires_at if gathered else None)

    async def _open(self) -> None:
        progress = self._progress()
        await workflow.execute_local_activity_method(
            DataExportActivities.open_export,
            OpenExport(self._start.export_id, self._start.person_id, progress),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self._story.written(progress)
        self._is_open = True

    async def _gather(self) -> Gathered | None:
        """None: there is nobody to gather for any more, or more than one archive holds."""
        try:
            gathered = await workflow.execute_activity_method(
                DataExportActivities.gather,
                GatherExport(self._start.export_id, self._start.person_id, self._start.deadlines.fetch_within),
                start_to_close_timeout=policies.GATHERING,
                retry_policy=policies.DATABASE,
            )
        except STEP_FAILURES as error:
            self._status = ExportStatus.VOID
            why = "person_erased" if refusal_type(error) in GONE else "too_large"
            self._story.tell(Party.SYSTEM, "export_void", why=why)
            await self._record()
            return None
        self._status = ExportStatus.READY
        self._story.tell(Party.SYSTEM, "export_ready", until=gathered.expires_at, then="export_is_deleted")
        await self._record()
        return gathered

    async def _record(self) -> None:
        progress = self._progress()
        await workflow.execute_local_activity_method(
            DataExportActivities.record_export,
            progress,
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self._story.written(progress)
        workflow.upsert_search_attributes([sa.STATUS.value_set(self._status.value)])

    async def _hand_over_letter(self, letter_id: str) -> None:
        """It outlives this process. Whoever sweeps letters that nobody took may have been faster; then it runs."""
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                letter.WORKFLOW,
                letter.LetterInput(letter_id),
                id=letter.workflow_id(letter_id),
                task_queue=letter.TASK_QUEUE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            )

    @workflow.update
    async def request(self, message: RequestExport) -> ExportState:
        """The first click starts the process; each further one of the day is told where it stands."""
        await workflow.wait_condition(lambda: self._is_open)
        return ExportState(self._start.export_id, self._status)

    @workflow.query
    def timeline(self) -> Timeline:
        return Timeline(self._status.value, tuple(self._story.entries))

    def _progress(self) -> Progress:
        return self._story.progress(self._status.value, is_final=self._status.is_final)
