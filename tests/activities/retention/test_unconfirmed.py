"""Accounts whose address nobody ever confirmed are erased everywhere: at the mail service and in the journal, too."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from sqlalchemy import select, text, update

from activities.gateways.erasure_journal import FileErasureJournal
from activities.retention import RetentionActivities, SweepTable, Swept
from core import clock
from core.database import Database
from deploy.erasures import replay
from models.audited import Audited
from models.errors import PartnerUnavailable
from models.ports import Mail
from models.repositories import audit, letters, people, privacy_retention
from models.repositories.people import FORMER
from models.tables.audit import AuditEntry
from models.tables.letters import Letter
from models.tables.people import PersonKey, User
from models.tables.privacy import RetentionSweep
from tests.support.buying import add_checkouts
from tests.support.marketplace import add_person
from tests.support.partners import MemoryMailer

DAY = timedelta(days=1)
USERS = SweepTable("retention-2026-11-22", "users")


@pytest.fixture
def mailer() -> MemoryMailer:
    return MemoryMailer()


@pytest.fixture
def journal(tmp_path: Path) -> FileErasureJournal:
    return FileErasureJournal(tmp_path / "erasures.jsonl")


@pytest.fixture
def steps(database: Database, mailer: MemoryMailer, journal: FileErasureJournal) -> RetentionActivities:
    return RetentionActivities(database, mailer=mailer, journal=journal)


async def registered(database: Database, name: str, *, days: int = 31) -> str:
    """Somebody who never answered the letter that was sent to them on the first day."""
    async with database.transaction() as session:
        person_id = await people.add_person(session, name, f"{name}@stranger.example")
        assert person_id is not None
        await letters.write(session, "verify_email", person_id)
        then = clock.now() - days * DAY
        await session.execute(update(User).where(User.id == person_id).values(created_at=then))
        await session.execute(update(Letter).where(Letter.person_id == person_id).values(created_at=then))
    return person_id


async def name_of(database: Database, person_id: str) -> str:
    async with database.transaction() as session:
        person = await people.find_person(session, person_id)
        assert person is not None
        return person.name


async def test_an_address_that_nobody_confirmed_is_forgotten_after_thirty_days(
    database: Database, steps: RetentionActivities
) -> None:
    old, buyer = await registered(database, "old"), await registered(database, "buyer")
    new = await registered(database, "new", days=29)
    async with database.transaction() as session:
        known, _ = await add_person(session)
        await session.execute(update(User).where(User.id == known).values(created_at=clock.now() - 31 * DAY))
        (checkout_id,) = await add_checkouts(session, 1)
        await session.execute(
            text("UPDATE checkouts SET buyer_id = :buyer WHERE id = :id"), {"buyer": buyer, "id": checkout_id}
        )
    assert await steps.sweep(USERS) == Swept(ended=1, left=False)
    assert [await name_of(database, one) for one in (old, new, buyer)] == [FORMER, "new", "buyer"]
    async with database.transaction() as session:
        assert await people.add_person(session, "Old again", "old@stranger.example") not in {None, old}
        gone = list(await session.scalars(select(AuditEntry.subject).where(AuditEntry.action == Audited.ERASED.value)))
        assert await session.scalar(select(RetentionSweep.count)) == 1
    assert gone == [old], "the log tells of an account that ended, whoever ended it"


async def test_the_mail_service_forgets_them_and_a_restored_backup_does_not_bring_them_back(
    database: Database, steps: RetentionActivities, mailer: MemoryMailer, journal: FileErasureJournal
) -> None:
    gone, stays = await registered(database, "gone"), await registered(database, "stays", days=1)
    for name in ("gone", "stays"):
        await mailer.send(Mail(f"{name}@stranger.example", "Confirm", "text", "html", "verify_email"), key=name)
    async with database.transaction() as session:
        kept = (await session.execute(select(User.__table__).where(User.id == gone))).mappings().one()
        key = await session.scalar(select(PersonKey.wrapped_key).where(PersonKey.person_id == gone))
    await steps.sweep(USERS)
    assert [mail.to for mail in mailer.sent.values()] == ["stays@stranger.example"]
    assert [line.person_id for line in await journal.all()] == [gone]

    async with database.engine.begin() as connection:  # what a backup of yesterday says of them
        for table in ("users", "person_keys"):
            await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        await connection.execute(update(User).where(User.id == gone).values(**kept))
        restored = update(PersonKey).where(PersonKey.person_id == gone)
        await connection.execute(restored.values(wrapped_key=key, destroyed_at=None, destroyed_by=None))
    assert await name_of(database, gone) == "gone"
    done = await replay(database, journal)
    assert (done.known, done.erased) == (1, 1)
    assert [await name_of(database, one) for one in (gone, stays)] == [FORMER, "stays"]


async def test_while_the_mail_service_is_away_nobody_is_forgotten(
    database: Database, steps: RetentionActivities, mailer: MemoryMailer, journal: FileErasureJournal
) -> None:
    """Afterwards nobody could tell it the address."""
    person_id = await registered(database, "old")
    mailer.erase = AsyncMock(side_effect=PartnerUnavailable("The mail service does not answer."))  # type: ignore[method-assign]  # this one is away
    with pytest.raises(Exception, match="does not answer"):
        await steps.sweep(USERS)
    assert await name_of(database, person_id) == "old"
    assert await journal.all() == []


async def test_somebody_who_has_just_asked_for_their_link_is_left_alone(
    database: Database, steps: RetentionActivities
) -> None:
    person_id = await registered(database, "late")
    async with database.transaction() as session:
        await letters.write(session, "verify_email", person_id)
    assert await steps.sweep(USERS) == Swept(ended=0, left=False)
    assert await name_of(database, person_id) == "late"


async def test_whoever_confirms_after_a_try_that_failed_is_taken_out_of_the_journal(
    database: Database,
    steps: RetentionActivities,
    journal: FileErasureJournal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person_id = await registered(database, "old")

    async def line_is_written_but_the_commit_fails(*_args: object) -> None:
        await FileErasureJournal.add(journal, *_args)  # type: ignore[arg-type]  # the tombstone, as it came
        raise ConnectionError("away")

    with monkeypatch.context() as broken, pytest.raises(ConnectionError):
        broken.setattr(journal, "add", line_is_written_but_the_commit_fails)
        await steps.sweep(USERS)
    assert [line.person_id for line in await journal.all()] == [person_id]
    async with database.transaction() as session:
        assert await people.verify_email(session, person_id, clock.now())
    await steps.sweep(USERS)
    assert await journal.all() == []
    assert (await replay(database, journal)).erased == 0


async def test_somebody_who_confirms_at_the_last_moment_stays(
    database: Database, steps: RetentionActivities, mailer: MemoryMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_id = await registered(database, "quick")
    erase = mailer.erase

    async def confirmed_meanwhile(address: str, *, key: str) -> object:
        async with database.transaction() as session:
            await people.verify_email(session, person_id, clock.now())
        return await erase(address, key=key)

    monkeypatch.setattr(mailer, "erase", confirmed_meanwhile)
    assert await steps.sweep(USERS) == Swept(ended=0, left=False)
    assert await name_of(database, person_id) == "quick"


async def test_many_are_left_to_the_next_step(
    database: Database, steps: RetentionActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy_retention, "PEOPLE_BATCH", 2)
    for number in range(3):
        await registered(database, f"old{number}")
    assert [await steps.sweep(USERS) for _ in range(2)] == [Swept(ended=2, left=True), Swept(ended=1, left=False)]
    async with database.transaction() as session:
        assert await session.scalar(select(RetentionSweep.count)) == 3
        actors = set(await session.scalars(select(AuditEntry.actor).where(AuditEntry.action == Audited.ERASED.value)))
    assert actors == {audit.SYSTEM}
