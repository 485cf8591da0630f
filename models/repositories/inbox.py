"""All SQL of the webhook inbox: stored first, leased to one processor at a time, kept afterwards.

A row is *due* when it is unprocessed and `next_attempt_at` has passed. Whoever takes it moves that instant on, so
a processor that dies in between costs a delay and never an event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.processes import InboxEvent
from models.types import DeliveryOutcome

LEASE = timedelta(seconds=30)
"""How long whoever took a row has it for themselves; far above one call to Temporal."""


@dataclass(frozen=True)
class NewEvent:
    """A verified message as it is stored."""

    source: str
    event_id: str
    type: str
    subject: str
    payload: dict[str, Any]
    attempt: int = 0


@dataclass(frozen=True)
class LeasedEvent:
    """A stored event in the hands of one processor."""

    id: int
    source: str
    event_id: str
    type: str
    subject: str
    attempt: int
    tries: int
    """Including the one that begins."""
    operation: str = ""
    """Ours, where the message names one beside its subject."""


async def store(session: AsyncSession, event: NewEvent, *, concerns_nobody: bool = False) -> LeasedEvent | None:
    """Inserts the event as leased by the caller; None for one that has come before.

    An event that concerns no process is kept as processed from the start.
    """
    row_id = await session.scalar(
        insert(InboxEvent)
        .values(
            source=event.source,
            event_id=event.event_id,
            type=event.type,
            subject=event.subject,
            attempt=event.attempt,
            payload=event.payload,
            processed_at=func.now() if concerns_nobody else None,
            tries=0 if concerns_nobody else 1,
            next_attempt_at=func.now() + LEASE,
        )
        .on_conflict_do_nothing(index_elements=[InboxEvent.source, InboxEvent.event_id])
        .returning(InboxEvent.id)
    )
    if row_id is None:
        return None
    return LeasedEvent(
        row_id, event.source, event.event_id, event.type, event.subject, event.attempt, 1, _operation(event.payload)
    )


async def take_due(session: AsyncSession, limit: int) -> list[LeasedEvent]:
    """Leases due rows, the longest waiting first; rows that another replica is taking are passed over."""
    due = (
        select(InboxEvent.id)
        .where(InboxEvent.processed_at.is_(None), InboxEvent.next_attempt_at <= func.now())
        .order_by(InboxEvent.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    rows = await session.execute(
        update(InboxEvent)
        .where(InboxEvent.id.in_(due))
        .values(tries=InboxEvent.tries + 1, next_attempt_at=func.now() + LEASE)
        .returning(
            InboxEvent.id,
            InboxEvent.source,
            InboxEvent.event_id,
            InboxEvent.type,
            InboxEvent.subject,
            InboxEvent.attempt,
            InboxEvent.tries,
            InboxEvent.payload,
        )
    )
    return [replace(LeasedEvent(*row[:-1]), operation=_operation(row.payload)) for row in rows]


def _operation(payload: Mapping[str, Any]) -> str:
    return str(payload.get("operation", ""))


async def finish(session: AsyncSession, row_id: int) -> None:
    await session.execute(
        update(InboxEvent)
        .where(InboxEvent.id == row_id, InboxEvent.processed_at.is_(None))
        .values(processed_at=func.now(), last_error=None)
    )


async def postpone(session: AsyncSession, row_id: int, wait: timedelta, reason: str) -> None:
    """Gives the row back; `reason` is for operators and holds no personal data."""
    await session.execute(
        update(InboxEvent)
        .where(InboxEvent.id == row_id, InboxEvent.processed_at.is_(None))
        .values(next_attempt_at=func.now() + wait, last_error=reason)
    )


async def reopen(session: AsyncSession, row_id: int) -> bool:
    """Makes a stored event due again, processed or not; False for an unknown id."""
    found = await session.scalar(
        update(InboxEvent)
        .where(InboxEvent.id == row_id)
        .values(processed_at=None, tries=0, next_attempt_at=func.now())
        .returning(InboxEvent.id)
    )
    return found is not None


async def first_outcome(
    session: AsyncSession, courier: str, tracking_number: str, attempt: int
) -> tuple[DeliveryOutcome, str] | None:
    """How the courier said that a delivery attempt ended, with the event's id. The first word counts."""
    row = (
        await session.execute(
            select(InboxEvent.type, InboxEvent.event_id)
            .where(
                InboxEvent.source == f"courier:{courier}",
                InboxEvent.subject == tracking_number,
                InboxEvent.attempt == attempt,
                InboxEvent.type.in_([outcome.value for outcome in DeliveryOutcome]),
            )
            .order_by(InboxEvent.id)
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else (DeliveryOutcome(row[0]), row[1])


@dataclass(frozen=True)
class Scan:
    """One thing that the courier told of a parcel on its way."""

    type: str
    attempt: int
    occurred_at: datetime
    reason: str
    location: str


async def scans(session: AsyncSession, courier: str, tracking_number: str) -> list[Scan]:
    """Everything the courier said about a parcel, in the order in which it happened."""
    rows = await session.scalars(
        select(InboxEvent).where(InboxEvent.source == f"courier:{courier}", InboxEvent.subject == tracking_number)
    )
    told = [
        Scan(
            type=row.type,
            attempt=row.attempt,
            occurred_at=datetime.fromisoformat(row.payload["occurred_at"]),
            reason=row.payload.get("reason", ""),
            location=row.payload.get("location", ""),
        )
        for row in rows
    ]
    return sorted(told, key=lambda scan: (scan.occurred_at, scan.attempt))
