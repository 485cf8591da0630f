"""One export is one archive and one letter, whatever is tried twice; nothing for somebody who is erased meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError

import activities.data_export as steps
from core import clock
from core.database import Database
from models.repositories import person_keys, privacy_erasing, privacy_exports
from models.repositories.person_keys import PersonErased
from models.tables.audit import AuditEntry
from models.tables.letters import Letter
from tests.support.marketplace import add_person


async def counted(database: Database, table: type[Letter] | type[AuditEntry]) -> int:
    async with database.transaction() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def begin(database: Database) -> steps.GatherExport:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        await privacy_exports.request(session, "exp_1", person_id, clock.now())
    return steps.GatherExport("exp_1", person_id, timedelta(days=7))


async def test_a_try_after_one_whose_answer_was_lost_makes_no_second_letter(database: Database) -> None:
    step, room = await begin(database), steps.DataExportActivities(database)
    first = await room.gather(step)
    assert await room.gather(step) == first
    assert (await counted(database, Letter), await counted(database, AuditEntry)) == (1, 1)


async def test_who_is_erased_while_it_is_packed_gets_neither_archive_nor_letter(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key was there when it was read, and is not when the archive would be written."""
    step = await begin(database)
    opened = person_keys.open_key

    async def opens_and_is_overtaken(session: AsyncSession, person_id: str) -> bytes:
        key = await opened(session, person_id)
        async with database.transaction() as other:
            await privacy_erasing.lock(other, person_id)
            await privacy_erasing.erase_person(other, person_id, "erasure-x-1", clock.now())
        return key

    monkeypatch.setattr(person_keys, "open_key", opens_and_is_overtaken)
    with pytest.raises(ApplicationError) as refused:
        await steps.DataExportActivities(database).gather(step)
    assert refused.value.type == PersonErased.code
    assert await counted(database, Letter) == 0
