"""The way of each parcel from its hand-over on: delivery attempts, the courier's callbacks, the deadlines beside them.

How a parcel ends is decided in `_ending` alone, where the buyer's word, the courier's and the clock meet.
"""

import asyncio
from dataclasses import dataclass

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.fulfillment.messages import delivery_activity_id
from workflows.fulfillment.parcels import Parcel, Way
from workflows.fulfillment.refunds import Refunds
from workflows.fulfillment.steps import Steps
from workflows.fulfillment.telling import Tell
from workflows.policies import FulfillmentDeadlines
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.fulfillment import FulfillmentActivities, RecordAttempt, RecordHandOver
    from activities.logistics import Delivery, DeliveryStep
    from models.types import DeliveryOutcome, ParcelStatus, Party


@dataclass(frozen=True)
class Ending:
    """What has become of a parcel, and who said so."""

    status: ParcelStatus
    actor: Party
    what: str
    why: str = ""


class Deliveries:
    """Every parcel of one order that a courier has."""

    def __init__(self, steps: Steps, tell: Tell, refunds: Refunds, waits: FulfillmentDeadlines) -> None:
        self._steps = steps
        self._tell = tell
        self._refunds = refunds
        self._waits = waits
        self._id = workflow.info().workflow_id
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, parcel: Parcel) -> None:
        """The courier has it. The deadlines run from here, over all attempts."""
        now = workflow.now()
        overdue_at = now + self._waits.deliver_within
        way = parcel.way = Way(now, overdue_at, overdue_at + self._waits.lost_after)
        parcel.status = ParcelStatus.HANDED_OVER
        self._tasks.append(asyncio.create_task(self._deliver(parcel, way)))

    async def all_ended(self) -> None:
        await asyncio.gather(*self._tasks)

    async def _deliver(self, parcel: Parcel, way: Way) -> None:
        progress = self._tell(Party.ARTISAN, "parcel_handed_over", subject=parcel.id)
        await self._steps.write(
            FulfillmentActivities.record_hand_over, RecordHandOver(parcel.id, way.handed_over_at, progress)
        )
        parcel.attempt = 1
        self._steps.mail("order_shipped", parcel.id)
        while (ending := await self._attempt(parcel, way)) is None:
            await self._record_failed_attempt(parcel)
        await self._end(parcel, ending)

    async def _attempt(self, parcel: Parcel, way: Way) -> Ending | None:
        """One attempt of the courier. None: it failed, and there is another one to come."""
        activity_id = delivery_activity_id(parcel.id, parcel.attempt)
        step = DeliveryStep(parcel.courier, parcel.tracking_number, parcel.attempt, f"{self._id}/{activity_id}")
        opened = self._steps.open_delivery(step, activity_id, self._waits.deliver_within + self._waits.lost_after)
        asked = asyncio.create_task(self._ask_courier(parcel, way, step))

        def decided() -> bool:
            return opened.done() or parcel.confirmed

        if not parcel.is_overdue and not await until(decided, way.overdue_at, "delivery"):
            parcel.is_overdue = True
            await self._steps.record(self._tell(Party.SYSTEM, "delivery_overdue", subject=parcel.id))
            self._steps.mail("order_overdue", parcel.id)
        await until(decided, way.lost_at, "overdue delivery")
        ending = self._ending(parcel, opened)
        if not opened.done():
            await _let_go(opened, asked)
        return ending

    def _ending(self, parcel: Parcel, opened: workflow.ActivityHandle[Delivery]) -> Ending | None:
        """The buyer who holds it in their hands knows best; then the courier, however late; then the clock."""
        if parcel.confirmed:
            return Ending(ParcelStatus.DELIVERED, Party.CUSTOMER, "receipt_confirmed")
        if not opened.done():
            return Ending(ParcelStatus.LOST, Party.SYSTEM, "parcel_lost")
        outcome = opened.result().outcome
        if outcome is DeliveryOutcome.DELIVERED:
            return Ending(ParcelStatus.DELIVERED, Party.COURIER, "parcel_delivered")
        if outcome is DeliveryOutcome.RETURNED:
            return Ending(ParcelStatus.RETURNED, Party.COURIER, "parcel_returned")
        if parcel.attempt >= self._waits.delivery_attempts:
            return Ending(ParcelStatus.RETURNED, Party.COURIER, "parcel_returned", why="attempts_used_up")
        return None

    async def _ask_courier(self, parcel: Parcel, way: Way, step: DeliveryStep) -> None:
        """A courier that refuses may still bring it: the open activity listens on, and the deadline stands."""
        try:
            await self._steps.dispatch(step, way.lost_at)
        except ActivityError as error:
            if isinstance(error.cause, ApplicationError):
                await self._steps.record(
                    self._tell(Party.COURIER, "dispatch_refused", why=error.cause.type or "", subject=parcel.id)
                )

    async def _record_failed_attempt(self, parcel: Parcel) -> None:
        parcel.attempt += 1
        attempt = RecordAttempt(
            parcel_id=parcel.id,
            attempt=parcel.attempt - 1,
            outcome=DeliveryOutcome.FAILED.value,
            status=ParcelStatus.HANDED_OVER,
            next_attempt=parcel.attempt,
            progress=self._tell(Party.COURIER, "delivery_failed", subject=parcel.id),
        )
        await self._steps.write(FulfillmentActivities.record_attempt, attempt)

    async def _end(self, parcel: Parcel, ending: Ending) -> None:
        parcel.status = ending.status
        delivered = ending.status is ParcelStatus.DELIVERED
        if delivered:
            parcel.delivered_at = workflow.now()
        else:
            self._refunds.start(parcel.id, ending.status.value, parcel.pieces)
        progress = self._tell(ending.actor, ending.what, why=ending.why, subject=parcel.id)
        attempt = RecordAttempt(
            parcel_id=parcel.id,
            attempt=parcel.attempt,
            outcome=ending.status.value,
            status=ending.status,
            delivered_at=parcel.delivered_at,
            progress=progress,
        )
        await self._steps.write(FulfillmentActivities.record_attempt, attempt)
        parcel.is_settled = True
        if delivered:
            self._steps.mail("order_delivered", parcel.id)


async def _let_go(opened: workflow.ActivityHandle[Delivery], asked: asyncio.Task[None]) -> None:
    """Decided without the courier: nobody waits for it any more, and a late callback will find the attempt recorded."""
    for task in (opened, asked):
        if not task.done():
            task.cancel()
    await asyncio.gather(opened, asked, return_exceptions=True)
