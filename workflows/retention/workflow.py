"""Ends what has been kept long enough, table by table, a batch at a time.

    due ──> sweeping ──> done

A run that came late, or twice, changes nothing: what is over is over. After years of silence there may be much to end,
so it continues as new with the rule that it was at.
"""

from temporalio import workflow

from workflows import policies
from workflows.retention.messages import WORKFLOW, RetentionInput, RetentionResult

with workflow.unsafe.imports_passed_through():
    from activities.retention import RetentionActivities, SweepTable
    from models.rules.retention import SWEEPS


@workflow.defn(name=WORKFLOW)
class RetentionWorkflow:
    @workflow.run
    async def run(self, start: RetentionInput) -> RetentionResult:
        ended = start.ended
        for rule in range(start.rule, len(SWEEPS)):
            left = True
            while left:
                if workflow.info().is_continue_as_new_suggested():
                    workflow.continue_as_new(RetentionInput(rule=rule, ended=ended))
                swept = await workflow.execute_activity_method(
                    RetentionActivities.sweep,
                    SweepTable(workflow.info().workflow_id, SWEEPS[rule]),
                    start_to_close_timeout=policies.SWEEP,
                    retry_policy=policies.DATABASE,
                )
                ended, left = ended + swept.ended, swept.left
        return RetentionResult(ended)
