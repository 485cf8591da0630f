"""Issues every invoice and credit note that is due, a batch at a time.

    due ──> orders ──> refunds ──> fees ──> done

Buyers and artisans who ask earlier have theirs at once; this is for all who do not ask, so that every sale has its
invoice the next morning and every month its own. A run that came late, or twice, finds nothing left to issue. What
can't be issued holds up nothing else; the run fails in the end, so that somebody looks, and the next one tries again.
"""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import policies
from workflows.invoicing.messages import PHASES, WORKFLOW, InvoicingInput, InvoicingResult

with workflow.unsafe.imports_passed_through():
    from activities.invoicing import InvoicingActivities, IssueDue

NOT_ISSUED = "invoices_not_issued"


@workflow.defn(name=WORKFLOW)
class InvoicingWorkflow:
    @workflow.run
    async def run(self, start: InvoicingInput) -> InvoicingResult:
        issued, failed, after = start.issued, start.failed, start.after
        for phase in range(start.phase, len(PHASES)):
            left = True
            while left:
                if workflow.info().is_continue_as_new_suggested():
                    workflow.continue_as_new(InvoicingInput(phase=phase, after=after, issued=issued, failed=failed))
                batch = await workflow.execute_activity_method(
                    InvoicingActivities.issue_due,
                    IssueDue(PHASES[phase], after),
                    start_to_close_timeout=policies.INVOICES_BATCH,
                    retry_policy=policies.DATABASE,
                )
                issued, failed = issued + batch.issued, failed + batch.failed
                after, left = batch.last, batch.left
            after = ""
        if failed:
            raise ApplicationError(f"{failed} could not be issued", type=NOT_ISSUED, non_retryable=True)
        return InvoicingResult(issued)
