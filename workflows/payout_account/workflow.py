"""Brings a shop's account at the provider up to date: opens it, teaches it the bank details, mirrors what it wants.

    due ──> done

A payout does the same before it sends anything, so a run that nobody started costs an artisan time and no money.
"""

from temporalio import workflow

from workflows import policies
from workflows import search_attributes as sa
from workflows.failures import STEP_FAILURES, refusal_type
from workflows.payout_account.messages import WORKFLOW, PayoutAccountInput, PayoutAccountResult

with workflow.unsafe.imports_passed_through():
    from activities.payout_account import EnsureAccount, PayoutAccountActivities


@workflow.defn(name=WORKFLOW)
class PayoutAccountWorkflow:
    @workflow.run
    async def run(self, start: PayoutAccountInput) -> PayoutAccountResult:
        try:
            seen = await workflow.execute_activity_method(
                PayoutAccountActivities.ensure_account,
                EnsureAccount(start.shop_id),
                start_to_close_timeout=policies.VENDOR_CALL,
                retry_policy=policies.VENDOR,
            )
        except STEP_FAILURES as error:
            problem = refusal_type(error)
            if problem is None:
                raise
        else:
            problem = seen.problem
        workflow.upsert_search_attributes([sa.STATUS.value_set(problem or "up_to_date")])
        return PayoutAccountResult(problem)
