"""How the fulfilment calls its activities: which queue, which policy, in which order, and what a refusal looks like.

Owns nothing of the order's state; the workflow decides what happens, this says only how it is carried out.
"""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory

from workflows import policies
from workflows.failures import refusal
from workflows.steps import SharedSteps

with workflow.unsafe.imports_passed_through():
    from activities.fulfillment import FulfillmentActivities
    from activities.logistics import BoughtLabel, BuyParcelLabel, Delivery, DeliveryStep, LogisticsActivities
    from models.errors import Unavailable
    from models.repositories.processes import Progress

LOGISTICS_QUEUE = "logistics"


class Steps(SharedSteps):
    """The calls of one order's fulfilment."""

    async def record(self, progress: Progress) -> None:
        await self.record_with(FulfillmentActivities.record, progress)

    async def buy_label(self, step: BuyParcelLabel, until: datetime) -> BoughtLabel:
        return await workflow.execute_activity_method(
            LogisticsActivities.buy_label,
            step,
            task_queue=LOGISTICS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            schedule_to_close_timeout=at_least_one_call(until - workflow.now()),
            retry_policy=policies.VENDOR,
        )

    def label_key(self, parcel_id: str) -> str:
        """Under this a label is bought once, and its address remembered."""
        return f"{self._id}/label-{parcel_id}"

    async def dispatch(self, step: DeliveryStep, until: datetime) -> None:
        await workflow.execute_activity_method(
            LogisticsActivities.dispatch,
            step,
            task_queue=LOGISTICS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            schedule_to_close_timeout=at_least_one_call(until - workflow.now()),
            retry_policy=policies.VENDOR,
        )

    def open_delivery(
        self, step: DeliveryStep, activity_id: str, within: timedelta
    ) -> workflow.ActivityHandle[Delivery]:
        """The activity that the courier's callback completes. Without heartbeats: nobody runs while it is open. Its own
        timeout lies beyond the parcel's deadlines, which are timers of the workflow."""
        return workflow.start_activity_method(
            LogisticsActivities.deliver,
            step,
            activity_id=activity_id,
            task_queue=LOGISTICS_QUEUE,
            start_to_close_timeout=within + policies.DAY,
            retry_policy=policies.VENDOR,
        )


def at_least_one_call(wait: timedelta) -> timedelta:
    return max(wait, policies.VENDOR_CALL)


def refused_by_step(error: ActivityError) -> ApplicationError:
    """A step's own refusal, handed on to whoever waits for the update; or that nobody has answered for too long."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.non_retryable:
        return ApplicationError(
            cause.message,
            *cause.details,
            type=cause.type,
            non_retryable=True,
            category=ApplicationErrorCategory.BENIGN,
        )
    return refusal(Unavailable, "The courier has not answered in time. Try again, or choose another courier.")
