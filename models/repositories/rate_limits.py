"""All SQL of limits: so many times within a while, counted for every replica at once.

One row a key holds one instant, up to which the key is used up. Each time moves it on by the share of the window that
one time costs; nobody may move it further ahead than the window is long. So a full burst is followed by one more time a
share (the generic cell rate algorithm), and a count is one statement, whoever else counts.

A row that was written stays locked until the transaction ends: commit soon, and take keys in the same order everywhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import DateTime, Interval, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.sealing import blind_index
from models.tables.attempts import RateLimit


@dataclass(frozen=True, slots=True)
class Limit:
    times: int
    within: timedelta

    @property
    def share(self) -> timedelta:
        """What one time costs."""
        return self.within / self.times


@dataclass(frozen=True, slots=True)
class Taken:
    """`used` counts this time, where it was allowed. `wait` is how long until the next one is, where it was not."""

    allowed: bool
    used: int
    wait: timedelta = timedelta()


async def take(session: AsyncSession, key: str, limit: Limit, now: datetime) -> Taken:
    """Counts one more, unless the limit is reached."""
    share, indexed = _interval(limit.share), _index(session, key)
    added = func.greatest(RateLimit.free_at, _instant(now)) + share
    free_at = await session.scalar(
        upsert(RateLimit)
        .values(key=indexed, free_at=now + limit.share)
        .on_conflict_do_update(
            index_elements=[RateLimit.key], set_={"free_at": added}, where=added <= _instant(now + limit.within)
        )
        .returning(RateLimit.free_at)
    )
    if free_at is not None:
        return Taken(allowed=True, used=_used(free_at, limit, now))
    return await look(session, key, limit, now)


async def look(session: AsyncSession, key: str, limit: Limit, now: datetime) -> Taken:
    """Whether one more would be allowed. Counts nothing."""
    free_at = await session.scalar(select(RateLimit.free_at).where(RateLimit.key == _index(session, key)))
    if free_at is None or free_at <= now:
        return Taken(allowed=True, used=0)
    wait = free_at + limit.share - limit.within - now
    return Taken(wait <= timedelta(), _used(free_at, limit, now), max(wait, timedelta()))


async def give_back(session: AsyncSession, key: str, limit: Limit) -> None:
    """What was counted once should not have been."""
    await session.execute(
        update(RateLimit)
        .where(RateLimit.key == _index(session, key))
        .values(free_at=RateLimit.free_at - _interval(limit.share))
    )


async def forget(session: AsyncSession, key: str) -> None:
    """Nothing is counted under this key any more."""
    await session.execute(delete(RateLimit).where(RateLimit.key == _index(session, key)))


async def sweep(session: AsyncSession, now: datetime, at_most: int = 1_000) -> None:
    """Housekeeping: what counts nothing goes."""
    over = select(RateLimit.key).where(RateLimit.free_at < now).limit(at_most).with_for_update(skip_locked=True)
    await session.execute(delete(RateLimit).where(RateLimit.key.in_(over)))


def _used(free_at: datetime, limit: Limit, now: datetime) -> int:
    return max(0, -((now - free_at) // limit.share))


def _index(session: AsyncSession, key: str) -> str:
    return blind_index(keys_of(session), f"rate limit\n{key}")


def _instant(value: datetime) -> object:
    return bindparam(None, value, DateTime(timezone=True))


def _interval(value: timedelta) -> object:
    return bindparam(None, value, Interval())
