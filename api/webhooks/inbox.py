"""Hands stored events to the processes they concern, as often as it takes.

An event is processed right after it is stored, and again by the sweeper until a process has it. Rows are leased, so
several replicas never work on one; a replica that dies in between costs a delay and never an event.
"""

import asyncio
import contextlib
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from api.process_client import ProcessClient
from api.webhooks.accounts import ACCOUNTS, tell_payouts
from core.database import Database
from models.errors import DomainError
from models.repositories import commission_money, inbox, parcels, refund_requests, refunds
from models.repositories.inbox import LeasedEvent
from models.types import DeliveryOutcome, RefundState
from workflows.checkout.messages import PaymentEvent
from workflows.commission import messages as commission
from workflows.commission_return.messages import CommissionReturnInput
from workflows.fulfillment.messages import DeliveryResult
from workflows.refund.messages import ParcelCameBack, ProviderTold, RefundInput, RefundKind, workflow_id

log = structlog.get_logger("api.webhooks")

STRIPE = "stripe"
COURIER = "courier:"
SIGNALS = {
    "checkout.session.completed": "payment_authorised",
    "payment_intent.amount_capturable_updated": "payment_authorised",
    "payment_intent.payment_failed": "payment_declined",
    "checkout.session.expired": "payment_closed",
    "payment_intent.canceled": "payment_closed",
}
"""Stripe's event types that a checkout, or the purchase of a gift card, listens to; all others are kept and concern
nobody."""
CHARGES = frozenset({*SIGNALS, "payment_intent.succeeded"})
"""The same of a commission, whose later charges have no page. Found by our operation id of the charge."""
REFUNDS = frozenset({"refund.updated", "refund.failed", "charge.refund.updated"})
"""What may mean that a refund has arrived, or has come back. Found by our operation id in the refund's metadata."""

SWEEP_EVERY = 2.0
BATCH = 50
AT_ONCE = 16
"""Events under way at the same time; each holds a call to Temporal and, for moments, a connection."""
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=1)


class Inbox:
    """Dependencies: the database, the way to the processes."""

    def __init__(self, database: Database, processes: ProcessClient) -> None:
        self._database = database
        self._processes = processes
        self._at_work: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._closing = asyncio.Event()

    def process_soon(self, event: LeasedEvent) -> None:
        """In the background, so that the partner has its answer; what fails here is the sweeper's."""
        task = asyncio.create_task(self.process(event))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def process(self, event: LeasedEvent) -> None:
        """One try at one leased event. Never raises: the row is finished, or comes back when its time has come."""
        async with self._room:
            try:
                why_not_yet = await self._try(event)
                async with self._database.transaction() as session:
                    if why_not_yet is None:
                        await inbox.finish(session, event.id)
                    else:
                        await inbox.postpone(session, event.id, _wait(event.tries), why_not_yet)
            except (SQLAlchemyError, OSError) as error:
                log.warning("the database is away; the sweeper comes back", row=event.id, error=type(error).__name__)

    async def sweep_for_ever(self) -> None:
        """Until `close`. An outage of the database or of Temporal ends no sweeper."""
        while not self._closing.is_set():
            try:
                taken = await self.sweep()
            except (SQLAlchemyError, OSError) as error:
                log.warning("the database is away; sweeping goes on", error=type(error).__name__)
                taken = 0
            if taken < BATCH:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), SWEEP_EVERY)

    async def sweep(self) -> int:
        """Tries everything that is due; how many that were."""
        async with self._database.transaction() as session:
            events = await inbox.take_due(session, BATCH)
        await asyncio.gather(*(self.process(event) for event in events))
        return len(events)

    async def replay(self, row_id: int) -> bool:
        """Hands a stored event over once more, whether or not it was. False for an unknown id."""
        async with self._database.transaction() as session:
            return await inbox.reopen(session, row_id)

    async def close(self) -> None:
        """Lets what was begun come to an end. Nothing is cancelled: a connection given up half-way, while it is being
        opened, would linger at the server."""
        self._closing.set()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _try(self, event: LeasedEvent) -> str | None:
        """None when nothing is left to be done; otherwise a code that says why it has to be tried again."""
        try:
            if event.source == STRIPE:
                return await self._tell_checkout(event)
            return await self._complete_delivery(event)
        except DomainError as error:
            return error.code
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:
            # A defect of ours must not cost the event, and not the events beside it.
            log.exception("an event could not be processed", row=event.id)
            return type(error).__name__

    async def _tell_checkout(self, event: LeasedEvent) -> str | None:
        """A process that has ended has asked the provider itself: nobody needs to know any more."""
        if event.type in REFUNDS:
            return await self._tell_refund(event)
        if event.type in ACCOUNTS:
            await tell_payouts(self._database, self._processes, event)
            return None
        if is_of_commission(event.subject):
            told = commission.ProviderTold(event.event_id)
            await self._processes.signal(event.subject.partition("/")[0], "payment_updated", told)
            return None
        signal = SIGNALS.get(event.type)
        if signal is not None and event.subject:
            to = event.subject.replace("gift-card/", "gift-card-", 1)  # whose charges have a name of their own
            await self._processes.signal(to, signal, PaymentEvent(event.event_id))
        return None

    async def _tell_refund(self, event: LeasedEvent) -> str | None:
        """To the process that waits for it. Where none does, a refund that has failed gets one that mends it."""
        async with self._database.transaction() as session:
            refund = await refunds.find(session, event.subject)
            if refund is None:
                return await self._tell_commission_refund(session, event)
            listening = await refund_requests.following(session, refund.id)
            mend = await refund_requests.mending(session, refund)
        for request_id in listening:
            told = ProviderTold(event.event_id)
            if await self._processes.signal(workflow_id(request_id), "refund_updated", told):
                return None
        if not RefundState(refund.state).is_booked:
            return "refund_not_recorded"
        if event.type == "refund.failed":
            await self._processes.start_refund(
                RefundInput(
                    request_id=mend.request_id,
                    order_id=refund.order_id,
                    buyer_id=mend.buyer_id,
                    artisan_id=mend.artisan_id,
                    kind=RefundKind.UNSETTLED,
                    currency=refund.currency,
                    asked_minor=refund.amount_minor,
                    reason=refund.reason,
                    operation=refund.id,
                    tries=refund.tries,
                )
            )
        return None

    async def _tell_commission_refund(self, session: AsyncSession, event: LeasedEvent) -> str | None:
        """One that a bank has undone is sent again, also where its commission has long ended."""
        refund = await commission_money.refund(session, event.subject)
        if refund is None:
            return None
        if not RefundState(refund.state).is_booked:
            return "refund_not_recorded"
        if event.type == "refund.failed":
            start = CommissionReturnInput(refund.commission_id, refund.id.rpartition("/")[0])
            await self._processes.start_commission_return(refund.id, start)
        return None

    async def _tell_return(self, order_id: str, event_id: str) -> None:
        """A parcel that had arrived comes back: perhaps a buyer has sent it."""
        async with self._database.transaction() as session:
            waiting = await refund_requests.awaiting_return(session, order_id)
        for request_id in waiting:
            await self._processes.signal(workflow_id(request_id), "parcel_returned", ParcelCameBack(event_id))

    async def _complete_delivery(self, event: LeasedEvent) -> str | None:
        """Done is only what the process has recorded: an activity that is not open may be done, or not yet open."""
        if event.type not in set(DeliveryOutcome):
            return None
        courier = event.source.removeprefix(COURIER)
        async with self._database.transaction() as session:
            known = [it for it in await parcels.find_tracked(session, event.subject) if it.courier == courier]
            recorded = bool(known) and await parcels.is_recorded(session, known[0].parcel_id, event.attempt)
        if not known:
            return None
        parcel = known[0]
        if recorded:
            if event.type == DeliveryOutcome.RETURNED.value:
                await self._tell_return(parcel.order_id, event.event_id)
            return None
        result = DeliveryResult(DeliveryOutcome(event.type), event.event_id)
        done = await self._processes.complete_delivery(parcel.order_id, parcel.parcel_id, event.attempt, result)
        return "waits_for_its_record" if done else "delivery_not_open"


def is_of_commission(subject: str) -> bool:
    """Whether this names a charge of a commission: `<workflow id>/charge-<number>-<attempt>`."""
    return subject.startswith(f"{commission.PROCESS}-")


def _wait(tries: int) -> timedelta:
    """1, 2, 4 seconds and so on, up to a minute."""
    doublings = min(max(tries - 1, 0), 10)
    return min(FIRST_WAIT * float(1 << doublings), LONGEST_WAIT)
