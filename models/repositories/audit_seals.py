"""All SQL of the audit log's seals: which days have none yet, and what the seal of a day signs.

A seal covers the chain up to the last entry of its day, and with it everything before. An entry that was written
before midnight and committed after its day was sealed is covered by the seal of the next day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.keys import Purpose
from models.rules.audit_chain import GENESIS, signature
from models.tables.audit import AuditEntry, AuditLink, AuditSeal

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seal:
    """One day's, as it is told to the world outside of the database."""

    day: date
    up_to_seq: int
    hash: bytes
    key_id: str


async def unsealed_days(session: AsyncSession, before: date) -> list[date]:
    """The days that are over and not sealed, oldest first: from the first entry's, or the last seal's, until `before`
    (exclusive)."""
    last = await session.scalar(select(func.max(AuditSeal.day)))
    if last is not None:
        first = last + DAY
    else:
        earliest = await session.scalar(select(func.min(AuditEntry.at)))
        if earliest is None:
            return []
        first = earliest.astimezone(UTC).date()
    return [first + number * DAY for number in range((before - first).days)]


async def seal_day(session: AsyncSession, day: date) -> Seal:
    """The day's seal: made now under the ring's current key, or the one that is there."""
    midnight = datetime.combine(day + DAY, time(), UTC)
    head = (
        await session.execute(
            select(AuditLink.seq, AuditLink.hash)
            .join(AuditEntry, AuditEntry.id == AuditLink.entry_id)
            .where(AuditEntry.at < midnight)
            .order_by(AuditLink.seq.desc())
            .limit(1)
        )
    ).one_or_none()
    seq, hash_ = (head.seq, head.hash) if head is not None else (0, GENESIS)
    key = keys_of(session).current(Purpose.SEALS)
    await session.execute(
        insert(AuditSeal)
        .values(day=day, up_to_seq=seq, hash=hash_, key_id=key.id, signature=signature(key.secret, day, seq, hash_))
        .on_conflict_do_nothing()
    )
    row = (await session.scalars(select(AuditSeal).where(AuditSeal.day == day))).one()
    return Seal(row.day, row.up_to_seq, row.hash, row.key_id)


async def latest(session: AsyncSession) -> Seal | None:
    row = (await session.scalars(select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))).one_or_none()
    return None if row is None else Seal(row.day, row.up_to_seq, row.hash, row.key_id)
