"""Writes what a process tells people: its status row and its timeline, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
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


async def record_progress(session: AsyncSession, progress: Progress) -> None:
    """Idempotent: the same progress twice, or an older one late, changes nothing."""
    row = {
        "status": progress.status,
        "waiting_on": progress.waiting_on.value,
        "deadline": progress.deadline,
        "then": progress.then,
        "sequence": progress.sequence,
        "is_final": progress.is_final,
    }
    upsert = insert(Process).values(workflow_id=progress.workflow_id, process=progress.process, **row)
    await session.execute(
        upsert.on_conflict_do_update(
            index_elements=[Process.workflow_id],
            set_={**row, "updated_at": upsert.excluded.updated_at},
            where=Process.sequence <= upsert.excluded.sequence,
        )
    )
    if progress.entries:
        await session.execute(
            insert(TimelineRow)
            .values(
                [
                    {
                        "workflow_id": progress.workflow_id,
                        "sequence": entry.sequence,
                        "at": entry.at,
                        "actor": entry.actor.value,
                        "what": entry.what,
                        "why": entry.why,
                        "waiting_on": entry.waiting_on.value,
                        "until": entry.until,
                        "then": entry.then,
                        "subject": entry.subject,
                    }
                    for entry in progress.entries
                ]
            )
            .on_conflict_do_nothing()
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
