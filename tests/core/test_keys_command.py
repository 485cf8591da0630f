"""`artisan keys`: what is rotated is written down and followed by what it wraps; what is needed is not erased."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import select

from core.database import Database, create_engine
from core.keys import FileKeyRing, Purpose, State
from core.settings import Settings
from deploy import keys
from models.audited import Audited
from models.repositories import people, person_keys
from models.tables.audit import AuditEntry
from models.types import Role
from tests.support.marketplace import add_person


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    FileKeyRing.create(tmp_path / "keys.json")
    return Settings(
        environment="test",
        keys_file=tmp_path / "keys.json",
        database_url=postgres_url,
        temporal_address="127.0.0.1:9",
    )


@pytest.fixture
def ring(settings: Settings) -> FileKeyRing:
    return FileKeyRing(settings.keys_path)


@pytest.fixture
async def database(settings: Settings, ring: FileKeyRing) -> AsyncIterator[Database]:
    opened = Database(create_engine(settings.database_url, 2), ring)
    yield opened
    await opened.close()


async def audited(database: Database) -> list[tuple[str, str, dict[str, str]]]:
    async with database.transaction() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.action, row.subject, row.details) for row in rows]


async def test_people_stay_readable_across_rotation_and_erasure(
    settings: Settings, ring: FileKeyRing, database: Database
) -> None:
    async with database.transaction() as session:
        ids = [(await add_person(session, Role.CUSTOMER, name=f"Ada {number}"))[0] for number in range(3)]
    done = await keys.rotate(settings, Purpose.PEOPLE)
    assert done.note == "3 people's own keys are wrapped with it now."
    assert await keys.consequences(settings, done.before.id) == []
    await keys.erase(settings, done.before.id)
    async with database.transaction() as session:
        found = [await people.find_person(session, id_) for id_ in ids]
        assert [person.name for person in found if person] == ["Ada 0", "Ada 1", "Ada 2"]
    assert await audited(database) == [
        (Audited.KEY_ROTATED, done.current.id, {"purpose": "people", "before": done.before.id}),
        (Audited.KEY_ERASED, done.before.id, {"purpose": "people"}),
    ]


async def test_an_erasure_first_wraps_what_a_broken_off_rotation_left(
    settings: Settings, ring: FileKeyRing, database: Database
) -> None:
    async with database.transaction() as session:
        id_, _ = await add_person(session)
    before = ring.current(Purpose.PEOPLE)
    ring.rotate(Purpose.PEOPLE)
    async with database.transaction() as session:
        assert await person_keys.is_needed(session, before.id)
    await keys.erase(settings, before.id)
    async with database.transaction() as session:
        assert await person_keys.open_key(session, id_)


async def test_the_index_does_not_rotate(settings: Settings, ring: FileKeyRing, database: Database) -> None:
    before = ring.all()
    with pytest.raises(ValueError, match="nobody could sign in"):
        await keys.rotate(settings, Purpose.INDEX)
    assert ring.all() == before
    assert await audited(database) == []


async def test_without_a_log_entry_nothing_rotates(settings: Settings, ring: FileKeyRing) -> None:
    before = ring.all()
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg://nobody@127.0.0.1:9/none"})
    with pytest.raises(Exception, match="connection"):
        await keys.rotate(nowhere, Purpose.TOKENS)
    assert ring.all() == before


async def test_what_may_not_go_is_named(settings: Settings, ring: FileKeyRing, database: Database) -> None:
    old = ring.current(Purpose.TOKENS)
    with pytest.raises(ValueError, match="keys rotate tokens"):
        await keys.erase(settings, old.id)
    with pytest.raises(ValueError, match="there is no key"):
        await keys.consequences(settings, "tokens-00000000")
    await keys.rotate(settings, Purpose.TOKENS)
    assert "Links in mails" in (await keys.consequences(settings, old.id))[0]
    await keys.erase(settings, old.id)
    with pytest.raises(ValueError, match="erased already"):
        await keys.erase(settings, old.id)
    assert [key.state for key in ring.all() if key.id == old.id] == [State.ERASED]


async def test_a_temporal_that_is_away_is_no_all_clear(settings: Settings, ring: FileKeyRing) -> None:
    old = ring.current(Purpose.PAYLOADS)
    ring.rotate(Purpose.PAYLOADS)
    assert "Temporal can't be asked" in (await keys.consequences(settings, old.id))[-1]


def test_the_table_shows_every_key_and_no_secret(settings: Settings, ring: FileKeyRing) -> None:
    shown = Console(width=200)
    with shown.capture() as captured:
        shown.print(keys.table(settings))
    text = captured.get()
    for key in ring.all():
        assert key.id in text
        assert base64.b64encode(key.secret).decode() not in text
    assert text.count("current") == len(Purpose)
