"""Each day gets one seal, over what was written on it, under the key of its time; and says so where others can read."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, insert, select
from structlog.testing import capture_logs

from activities.audit_seal import AuditSealActivities, SealDays, SealedDays
from core.database import Database
from core.keys import FileKeyRing, Purpose
from models.rules.audit_chain import GENESIS, signature
from models.tables.audit import AuditEntry, AuditLink, AuditSeal

MONDAY = date(2026, 11, 16)
DAY = timedelta(days=1)


async def write(database: Database, *days: date, hour: int = 23, minute: int = 59) -> None:
    """An entry of each day, committed one after the other."""
    for day in days:
        async with database.transaction() as session:
            at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
            await session.execute(
                insert(AuditEntry).values(at=at, actor="usr_1", role="customer", action="session.signed_in", details={})
            )


async def seals(database: Database) -> Sequence[AuditSeal]:
    async with database.transaction() as session:
        return (await session.scalars(select(AuditSeal).order_by(AuditSeal.day))).all()


async def hash_of(database: Database, seq: int) -> bytes:
    async with database.transaction() as session:
        return (await session.scalars(select(AuditLink.hash).where(AuditLink.seq == seq))).one()


async def test_every_day_that_is_over_is_sealed_once(database: Database) -> None:
    await write(database, MONDAY, MONDAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY)
    steps = AuditSealActivities(database)
    assert await steps.seal_days(SealDays(MONDAY + 3 * DAY, 31)) == SealedDays(sealed=3, left=0)
    first, quiet, third = await seals(database)
    assert [(seal.day, seal.up_to_seq) for seal in (first, quiet, third)] == [
        (MONDAY, 2),
        (MONDAY + DAY, 2),
        (MONDAY + 2 * DAY, 3),
    ]
    assert (first.hash, third.hash) == (await hash_of(database, 2), await hash_of(database, 3))
    assert quiet.hash == first.hash
    assert await steps.seal_days(SealDays(MONDAY + 3 * DAY, 31)) == SealedDays(sealed=0, left=0)
    assert len(await seals(database)) == 3


async def test_a_long_silence_is_made_up_for_in_parts(database: Database) -> None:
    await write(database, MONDAY)
    steps = AuditSealActivities(database)
    assert await steps.seal_days(SealDays(MONDAY + 5 * DAY, 2)) == SealedDays(sealed=2, left=3)
    assert await steps.seal_days(SealDays(MONDAY + 5 * DAY, 9)) == SealedDays(sealed=3, left=0)


async def test_a_log_without_entries_needs_no_seal(database: Database) -> None:
    assert await AuditSealActivities(database).seal_days(SealDays(MONDAY, 31)) == SealedDays(0, 0)


async def test_what_was_committed_after_its_day_was_sealed_falls_to_the_next(database: Database) -> None:
    steps = AuditSealActivities(database)
    await write(database, MONDAY)
    await steps.seal_days(SealDays(MONDAY + DAY, 31))
    await write(database, MONDAY, MONDAY + DAY)
    await steps.seal_days(SealDays(MONDAY + 2 * DAY, 31))
    assert [seal.up_to_seq for seal in await seals(database)] == [1, 3]


async def test_a_day_ends_at_midnight_in_utc(database: Database) -> None:
    await write(database, MONDAY)
    await write(database, MONDAY + DAY, hour=0, minute=0)
    await AuditSealActivities(database).seal_days(SealDays(MONDAY + DAY, 31))
    assert [seal.up_to_seq for seal in await seals(database)] == [1]


async def test_a_seal_is_signed_with_the_key_of_its_day(database: Database, tmp_path: Path) -> None:
    ring = FileKeyRing.create(tmp_path / "keys.json")
    own = Database(database.engine, ring)
    await write(own, MONDAY, MONDAY + DAY)
    await AuditSealActivities(own).seal_days(SealDays(MONDAY + DAY, 31))
    before, after = ring.current(Purpose.SEALS), ring.rotate(Purpose.SEALS)
    await AuditSealActivities(own).seal_days(SealDays(MONDAY + 2 * DAY, 31))
    for seal, key in zip(await seals(own), (before, after), strict=True):
        assert seal.key_id == key.id
        assert seal.signature == signature(key.secret, seal.day, seal.up_to_seq, seal.hash)
    assert signature(before.secret, MONDAY, 0, GENESIS) != signature(after.secret, MONDAY, 0, GENESIS)


async def test_each_seal_is_told_to_the_log_stream(database: Database) -> None:
    structlog.reset_defaults()
    await write(database, MONDAY)
    with capture_logs() as said:
        await AuditSealActivities(database).seal_days(SealDays(MONDAY + DAY, 31))
    (event,) = said
    (seal,) = await seals(database)
    assert event == {
        "event": "audit log sealed",
        "log_level": "info",
        "day": "2026-11-16",
        "up_to_seq": 1,
        "hash": seal.hash.hex(),
        "key_id": seal.key_id,
    }


async def test_two_workers_at_once_make_one_seal(database: Database) -> None:
    await write(database, MONDAY)
    one, other = AuditSealActivities(database), AuditSealActivities(database)
    await asyncio.gather(one.seal_days(SealDays(MONDAY + DAY, 31)), other.seal_days(SealDays(MONDAY + DAY, 31)))
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(AuditSeal)) == 1
