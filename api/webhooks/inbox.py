"""Hands stored events to the processes they concern, as often as it takes.

An event is processed right after it is stored, and again by the sweeper until a process has it. Rows are leased, so
several replicas never work on one; a replica that dies in between costs a delay and never an event.
"""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.process_client import ProcessClient
from core.database import Database
from models.errors import DomainError
from models.repositories import inbox, parcels
from models.tables.processes import InboxEvent
from models.types import DeliveryOutcome
from workflows.checkout.messages import PaymentEvent
from workflows.fulfillment.messages import DeliveryResult

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
"""Stripe's event types that a checkout listens to; all others are kept and concern nobody."""

SWEEP_EVERY = 2.0
BATCH = 50
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=1)


class Inbox:
    """Dependencies: the database, the way to the processes."""

    def __init__(self, database: Database, processes: ProcessClient) -> None:
        self._database = database
        self._processes = processes
        self._at_work: set[asyncio.Task[None]] = set()

    def process_soon(self, row_id: int) -> None:
        """In the background, so that the partner has its answer; what fails here is the sweeper's."""
        task = asyncio.create_task(self.process(row_id))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def process(self, row_id: int) -> None:
        """One try at one stored event that the caller has leased."""
        try:
            async with self._database.transaction() as session:
                row = await inbox.get(session, row_id)
            if row is not None and row.processed_at is None:
                await self._try(row)
        except SQLAlchemyError as error:
            log.warning("the database is away; the sweeper comes back to it", row=row_id, error=type(error).__name__)

    async def sweep_for_ever(self) -> None:
        """Until cancelled. An outage of the database or of Temporal ends no sweeper."""
        while True:
            try:
                await self.sweep()
            except SQLAlchemyError as error:
                log.warning("the database is away; sweeping goes on", error=type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY)

    async def sweep(self) -> int:
        """Tries everything that is due; how many that were."""
        async with self._database.transaction() as session:
            rows = await inbox.take_due(session, BATCH)
        for row in rows:
            await self._try(row)
        return len(rows)

    async def replay(self, row_id: int) -> bool:
        """Hands a stored event over once more, whether or not it was. False for an unknown id."""
        async with self._database.transaction() as session:
            known = await inbox.reopen(session, row_id)
        return known

    async def close(self) -> None:
        """Lets what was begun come to an end."""
        await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _try(self, row: InboxEvent) -> None:
        try:
            why_not_yet = await self._hand_over(row)
        except DomainError as error:
            why_not_yet = error.code
        async with self._database.transaction() as session:
            if why_not_yet is None:
                await inbox.finish(session, row.id)
            else:
                wait = min(FIRST_WAIT * 2 ** min(row.tries, 10), LONGEST_WAIT)
                await inbox.postpone(session, row.id, wait, why_not_yet)

    async def _hand_over(self, row: InboxEvent) -> str | None:
        """None when nothing is left to be done; otherwise why it has to be tried again."""
        if row.source == STRIPE:
            # A process that has ended has asked the provider itself: nobody needs to know any more.
            await self._processes.signal(row.subject, SIGNALS[row.type], PaymentEvent(row.event_id))
            return None
        return await self._complete_delivery(row)

    async def _complete_delivery(self, row: InboxEvent) -> str | None:
        """Not open can mean done, or not yet open: only what the process has recorded tells which."""
        courier = row.source.removeprefix(COURIER)
        async with self._database.transaction() as session:
            known = [it for it in await parcels.find_tracked(session, row.subject) if it.courier == courier]
            if not known or await parcels.is_recorded(session, known[0].parcel_id, row.attempt):
                return None
        result = DeliveryResult(DeliveryOutcome(row.type), row.event_id)
        parcel = known[0]
        done = await self._processes.complete_delivery(parcel.order_id, parcel.parcel_id, row.attempt, result)
        return None if done else "delivery_not_open"
