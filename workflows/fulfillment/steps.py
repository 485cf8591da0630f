"""How the fulfilment calls its activities: which queue, which policy, in which order, and what a refusal looks like.

Owns nothing of the order's state; the workflow decides what happens, this says only how it is carried out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory

from workflows import policies
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.fulfillment import FulfillmentActivities
    from activities.logistics import BoughtLabel, BuyParcelLabel, Delivery, DeliveryStep, LogisticsActivities
    from activities.notifications import NotificationActivities, Notify
    from activities.refunds import RefundActivities, SendRefund, SentRefund
    from models.errors import DomainError, Unavailable
    from models.repositories.processes import Progress

LOGISTICS_QUEUE = "logistics"
NOTIFICATIONS_QUEUE = "notifications"
PAYMENTS_QUEUE = "payments"

R = TypeVar("R")


class CarriesProgress(Protocol):
    @property
    def progress(self) -> Progress: ...


S = TypeVar("S", bound=CarriesProgress)


class Steps:
    """The calls of one order's fulfilment."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._id = workflow.info().workflow_id
        self._one_at_a_time = asyncio.Lock()
        self._mails: list[asyncio.Task[None]] = []

    async def write(self, method: Callable[[FulfillmentActivities, S], Awaitable[R]], step: S) -> R:
        """A step in our own database. One after the other, in the order in which they were told."""
        async with self._one_at_a_time:
            result = await workflow.execute_local_activity_method(
                method, step, start_to_close_timeout=policies.DATABASE_STEP, retry_policy=policies.DATABASE
            )
            self._story.written(step.progress)
        return result

    async def record(self, progress: Progress) -> None:
        """A line of the story without any other effect."""
        async with self._one_at_a_time:
            await workflow.execute_local_activity_method(
                FulfillmentActivities.record,
                progress,
                start_to_close_timeout=policies.DATABASE_STEP,
                retry_policy=policies.DATABASE,
            )
            self._story.written(progress)

    async def buy_label(self, step: BuyParcelLabel, until: datetime) -> BoughtLabel:
        return await workflow.execute_activity_method(
            LogisticsActivities.buy_label,
            step,
            task_queue=LOGISTICS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            schedule_to_close_timeout=at_least_one_call(until - workflow.now()),
            retry_policy=policies.VENDOR,
        )

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

    async def send_refund(self, step: SendRefund) -> SentRefund:
        return await workflow.execute_activity_method(
            RefundActivities.send_refund,
            step,
            task_queue=PAYMENTS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            retry_policy=policies.VENDOR,
        )

    def mail(self, kind: str, subject_id: str, again: int = 0) -> None:
        """Sends beside the process, which never waits for mail before its very end. `again` tells a second mail of the
        kind from a repeated first one."""
        key = f"{self._id}/{kind}/{subject_id}" + (f"/{again}" if again else "")
        notify = Notify(kind=kind, subject_id=subject_id, key=key)
        self._mails.append(asyncio.create_task(self._send(notify)))

    async def mails_handed_over(self) -> None:
        """An activity that has not begun dies with its workflow, so the workflow outlives its mails."""
        await asyncio.gather(*self._mails)

    async def _send(self, notify: Notify) -> None:
        try:
            await workflow.execute_activity_method(
                NotificationActivities.notify,
                notify,
                task_queue=NOTIFICATIONS_QUEUE,
                start_to_close_timeout=policies.VENDOR_CALL,
                schedule_to_close_timeout=policies.MAIL_GIVES_UP,
                retry_policy=policies.VENDOR,
            )
        except ActivityError:
            workflow.logger.warning("mail was not sent", extra={"kind": notify.kind})


def at_least_one_call(wait: timedelta) -> timedelta:
    return max(wait, policies.VENDOR_CALL)


def refusal(kind: type[DomainError], message: str, **details: Any) -> ApplicationError:
    """What a validator or an update raises: expected, final, in words for the person who asked."""
    return ApplicationError(
        message, details, type=kind.code, non_retryable=True, category=ApplicationErrorCategory.BENIGN
    )


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
