"""Seals every day of the audit log that is over and has no seal yet: yesterday, and whatever was missed before it.

    due ──> sealing ──> done

A run that was skipped, or came late, changes nothing: the next one seals its days, too, and a day is sealed once. The
database may be away for as long as it likes; meanwhile further runs are skipped, because this one does their work.
"""

from temporalio import workflow

from workflows import policies
from workflows.audit_seal.messages import WORKFLOW, AuditSealInput, AuditSealResult

with workflow.unsafe.imports_passed_through():
    from activities.audit_seal import AuditSealActivities, SealDays


@workflow.defn(name=WORKFLOW)
class AuditSealWorkflow:
    @workflow.run
    async def run(self, start: AuditSealInput) -> AuditSealResult:
        sealed = 0
        while True:
            step = await workflow.execute_local_activity_method(
                AuditSealActivities.seal_days,
                SealDays(before=workflow.now().date(), at_most=start.days_at_once),
                start_to_close_timeout=policies.DATABASE_STEP,
                retry_policy=policies.DATABASE,
            )
            sealed += step.sealed
            if not step.left:
                return AuditSealResult(sealed)
