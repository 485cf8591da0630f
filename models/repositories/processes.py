"""Writes what a process tells people: its status row and its timeline, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.processes import Process, TimelineRow
from models.types import Party, TimelineEntry


@dataclass(frozen=True)
class Progress:
    """Where a process stands after a step, and the lines that the step adds to its story."""

    workflow_id: str
    process: str
    status: str
    sequence: int
    """Of the newest line of the whole story; a late write with a smaller one changes no status."""
    waiting_on: Party = Party.NOBODY
    deadline: datetime | None = None
    then: str = ""
    is_final: bool = False
    entries: tuple[TimelineEntry, ...] = ()


_RECORD = text("""
    WITH told AS (
        INSERT INTO timeline_entries
            (workflow_id, sequence, at, actor, what, why, waiting_on, until, "then", subject)
        SELECT :workflow_id, *
          FROM unnest(
            CAST(:sequences AS integer[]), CAST(:ats AS timestamptz[]), CAST(:actors AS text[]),
            CAST(:whats AS text[]), CAST(:whys AS text[]), CAST(:waits AS text[]),
            CAST(:untils AS timestamptz[]), CAST(:thens AS text[]), CAST(:subjects AS text[])
          )
        ON CONFLICT DO NOTHING
    )
    INSERT INTO processes (workflow_id, process, status, waiting_on, deadline, "then", sequence, is_final)
    VALUES (:workflow_id, :process, :status, :waiting_on, :deadline, :then, :sequence, :is_final)
    ON CONFLICT (workflow_id) DO UPDATE
       SET (status, waiting_on, deadline, "then", sequence, is_final, updated_at) =
           (excluded.status, excluded.waiting_on, excluded.deadline, excluded."then", excluded.sequence,
            excluded.is_final, excluded.updated_at)
     WHERE processes.sequence <= excluded.sequence
""")


async def record_progress(session: AsyncSession, progress: Progress) -> None:
    """Idempotent: the same progress twice, or an older one late, changes nothing. One statement, as every step ends
    with it."""
    entries = progress.entries
    await (await session.connection()).execute(
        _RECORD,
        {
            "workflow_id": progress.workflow_id,
            "process": progress.process,
            "status": progress.status,
            "waiting_on": progress.waiting_on.value,
            "deadline": progress.deadline,
            "then": progress.then,
            "sequence": progress.sequence,
            "is_final": progress.is_final,
            "sequences": [entry.sequence for entry in entries],
            "ats": [entry.at for entry in entries],
            "actors": [entry.actor.value for entry in entries],
            "whats": [entry.what for entry in entries],
            "whys": [entry.why for entry in entries],
            "waits": [entry.waiting_on.value for entry in entries],
            "untils": [entry.until for entry in entries],
            "thens": [entry.then for entry in entries],
            "subjects": [entry.subject for entry in entries],
        },
    )


async def read_process(session: AsyncSession, workflow_id: str) -> Process | None:
    return await session.get(Process, workflow_id)


async def read_timeline(session: AsyncSession, workflow_id: str) -> Sequence[TimelineEntry]:
    """The whole story so far, oldest first."""
    rows = await session.scalars(
        select(TimelineRow).where(TimelineRow.workflow_id == workflow_id).order_by(TimelineRow.sequence)
    )
    return [
        TimelineEntry(
            sequence=row.sequence,
            at=row.at,
            actor=Party(row.actor),
            what=row.what,
            why=row.why,
            waiting_on=Party(row.waiting_on),
            until=row.until,
            then=row.then,
            subject=row.subject,
        )
        for row in rows
    ]
