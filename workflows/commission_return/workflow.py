"""A bank undoes a refund of a commission, perhaps months after its end: it is looked up, and sent again.

    sending ──> sent
      ▲  └─────> held_up (the provider won't carry it: asked for again, ever more seldom)
      └─────────────┘

The event is a hint: the provider is asked about every refund of the step, and only what has failed goes out again. The
commission's own process may be at the same refund; one of the two sends at a time.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import policies
from workflows import search_attributes as sa
from workflows.commission_return.messages import WORKFLOW, CommissionReturnInput, CommissionReturnResult
from workflows.failures import refusal_type
from workflows.steps import PAYMENTS_QUEUE

with workflow.unsafe.imports_passed_through():
    from activities.commission_return import CommissionReturnActivities, SendAgain


@workflow.defn(name=WORKFLOW)
class CommissionReturnWorkflow:
    @workflow.run
    async def run(self, start: CommissionReturnInput) -> CommissionReturnResult:
        tries, wait = 1, policies.CONFIRM_AGAIN_AFTER
        while not await self._sent(start):
            workflow.upsert_search_attributes([sa.STATUS.value_set("held_up")])
            await workflow.sleep(wait, summary="provider")
            tries, wait = tries + 1, min(wait * 2, policies.CONFIRM_AGAIN_AT_MOST)
            self._begin_anew(start)
        return CommissionReturnResult(tries)

    async def _sent(self, start: CommissionReturnInput) -> bool:
        """False: the provider will not deliver it now."""
        try:
            await workflow.execute_activity_method(
                CommissionReturnActivities.send_again,
                SendAgain(start.commission_id, start.operation),
                task_queue=PAYMENTS_QUEUE,
                start_to_close_timeout=policies.VENDOR_CALL,
                retry_policy=policies.VENDOR,
            )
        except ActivityError as error:
            if refusal_type(error) is None:
                raise
            return False
        return True

    @staticmethod
    def _begin_anew(start: CommissionReturnInput) -> None:
        if workflow.info().get_current_history_length() > policies.COMMISSION_HISTORY:
            workflow.continue_as_new(start)
