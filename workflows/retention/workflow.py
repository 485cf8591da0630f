"""Ends what has been kept long enough, table by table, a batch at a time.

    due ──> sweeping ──> done

A run that came late, or twice, changes nothing: what is over is over. After years of silence there may be much to end,
so it continues as new with the tables that are left. A table that can't be swept for an hour holds up no other; the run
fails in the end, so that somebody looks, and the next night tries again.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from workflows import policies
from workflows.retention.messages import WORKFLOW, RetentionInput, RetentionResult

with workflow.unsafe.imports_passed_through():
    from activities.retention import RetentionActivities, SweepTable, Swept

NOT_SWEPT = "tables_not_swept"


@workflow.defn(name=WORKFLOW)
class RetentionWorkflow:
    @workflow.run
    async def run(self, start: RetentionInput) -> RetentionResult:
        ended, given_up = start.ended, start.given_up
        waiting = list(start.tables or await self._tables())
        while waiting:
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(RetentionInput(tuple(waiting), ended, given_up))
            try:
                swept = await self._sweep(waiting[0])
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                given_up += (waiting.pop(0),)
                continue
            ended += swept.ended
            if not swept.left:
                waiting.pop(0)
        if given_up:
            raise ApplicationError(f"could not be swept: {', '.join(given_up)}", type=NOT_SWEPT, non_retryable=True)
        return RetentionResult(ended)

    async def _tables(self) -> tuple[str, ...]:
        """Asked for, so that it stands in the history: a build that keeps one table more replays an older run."""
        plan = await workflow.execute_activity_method(
            RetentionActivities.plan, start_to_close_timeout=policies.DATABASE_STEP, retry_policy=policies.DATABASE
        )
        return plan.tables

    async def _sweep(self, table: str) -> Swept:
        return await workflow.execute_activity_method(
            RetentionActivities.sweep,
            SweepTable(workflow.info().workflow_id, table),
            start_to_close_timeout=policies.SWEEP,
            schedule_to_close_timeout=policies.SWEEP_GIVES_UP,
            retry_policy=policies.DATABASE,
        )
