"""How processes call the activities that several of them share: the one of writing, mails, refunds.

Owns queues and policies. What a process does besides stands in its own `steps`, and nothing here decides anything.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import policies
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.notifications import NotificationActivities, Notify
    from activities.refunds import RefundActivities, SendRefund, SentRefund
    from models.repositories.processes import Progress

NOTIFICATIONS_QUEUE = "notifications"
PAYMENTS_QUEUE = "payments"


class CarriesProgress(Protocol):
    @property
    def progress(self) -> Progress: ...


Owner = TypeVar("Owner")
Step = TypeVar("Step", bound=CarriesProgress)
Result = TypeVar("Result")


class SharedSteps:
    """The calls of one process."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._id = workflow.info().workflow_id
        self._one_at_a_time = asyncio.Lock()
        self._mails: list[asyncio.Task[None]] = []

    async def write(self, method: Callable[[Owner, Step], Awaitable[Result]], step: Step) -> Result:
        """A step in our own database. One after the other, in the order in which they were told."""
        async with self._one_at_a_time:
            result = await workflow.execute_local_activity_method(
                method, step, start_to_close_timeout=policies.DATABASE_STEP, retry_policy=policies.DATABASE
            )
            self._story.written(step.progress)
        return result

    async def record_with(self, method: Callable[[Owner, Progress], Awaitable[None]], progress: Progress) -> None:
        """Lines of the story without any other effect, by the process's own activity for it."""
        async with self._one_at_a_time:
            await workflow.execute_local_activity_method(
                method, progress, start_to_close_timeout=policies.DATABASE_STEP, retry_policy=policies.DATABASE
            )
            self._story.written(progress)

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
        self._mails.append(asyncio.create_task(self._hand_over(notify)))

    async def mails_handed_over(self) -> None:
        """An activity that has not begun dies with its workflow, so the workflow outlives its mails."""
        await asyncio.gather(*self._mails)

    async def _hand_over(self, notify: Notify) -> None:
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
