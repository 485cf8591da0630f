"""Which process tells how a payout goes: its own, and after it the one that took it back."""

from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories.processes import read_process, read_timeline
from models.tables.payouts import Payout
from models.tables.processes import Process
from models.types import TimelineEntry
from workflows.payout_return.messages import workflow_id


async def process_of(session: AsyncSession, row: Payout) -> Process | None:
    """The latest of the two; None in the moment before the first step."""
    returned = await read_process(session, workflow_id(row.id, row.attempt)) if row.ended_at or row.paid_at else None
    return returned or await read_process(session, row.id)


async def story_of(session: AsyncSession, row: Payout) -> list[TimelineEntry]:
    own = await read_timeline(session, row.id)
    return [*own, *await read_timeline(session, workflow_id(row.id, row.attempt))]
