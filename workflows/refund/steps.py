"""How the refund process calls its activities. Owns nothing of its state."""

from temporalio import workflow

from workflows import policies
from workflows.steps import PAYMENTS_QUEUE, SharedSteps

with workflow.unsafe.imports_passed_through():
    from activities.refunds import LookUpRefund, RefundActivities, SentRefund


class Steps(SharedSteps):
    """The calls of one request."""

    async def look_up(self, step: LookUpRefund) -> SentRefund:
        return await workflow.execute_activity_method(
            RefundActivities.look_up_refund,
            step,
            task_queue=PAYMENTS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            retry_policy=policies.VENDOR,
        )
