"""Two connections race around an erasure's pivot, for each table that holds something of a person. Whoever is first,
nothing is left; a new table of the data map fails here until it says how it is written to and has its trigger.

What is left is what `artisan verify` finds, and it is shown that it would find each of these rows.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import pytest
from psycopg import sql
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from temporalio.exceptions import ApplicationError

from activities.boundary import translates_errors
from api.errors import to_problem
from core import clock
from core.database import Database, create_engine
from deploy.embedded.postgres import ROLE, PostgresCluster
from deploy.verify import privacy
from models.errors import Conflict, PersonErased, refused_by_database
from models.repositories import idempotency, privacy_erasing
from models.rules.erasure import HELD
from models.tables.people import User
from tests.support.erased_writes import LATE_SCAN, WRITES, Ends, Place, Without, Write, a_place
from tests.support.keys import key_ring

EXEMPT = {"picture_renditions": "bytes go by their content, and are served to nobody: the picture is what is refused"}
KEPT_BUT_GUARDED = {"consents"}
"""What somebody said stays as proof; nobody says anything for them any more."""


def cleared() -> set[str]:
    """What the data map says an erasure empties, or deletes."""
    stays = {
        table
        for table, held in HELD.items()
        if held.erased.startswith("stays") and not held.erased.startswith("stays without")
    }
    return set(HELD) - stays - set(EXEMPT) | KEPT_BUT_GUARDED


@pytest.fixture(scope="module")
async def house(postgres_server: PostgresCluster, template_database: str) -> AsyncIterator[Database]:
    """One database for all races: each has people of its own."""
    name = f"erased_{uuid4().hex[:12]}"
    postgres_server.execute(
        sql.SQL("create database {} template {} owner {} strategy wal_log").format(
            sql.Identifier(name), sql.Identifier(template_database), sql.Identifier(ROLE)
        )
    )
    opened = Database(create_engine(postgres_server.url(name), 5, check_before_use=False), key_ring())
    yield opened
    await opened.close()
    postgres_server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
async def place(house: Database) -> Place:
    return await a_place(house)


@pytest.fixture(scope="module")
async def gone(house: Database) -> Place:
    """Where both are erased; a test that writes there takes it back."""
    left = await a_place(house)
    for person_id in (left.buyer, left.maker):
        await erase(house, person_id)
    assert await seen(house, left) == []
    return left


async def seen(house: Database, place: Place) -> list[str]:
    """What `artisan verify` says of the two."""
    async with house.engine.connect() as connection:
        found = await privacy.RULES[0].examine(connection)
    return [one.sentence for one in found.violations if one.subject in {place.buyer, place.maker}]


async def erase(house: Database, person_id: str) -> None:
    """As the activity is retried: an erasure gives way to whoever is writing."""
    while True:
        with suppress(OperationalError):
            async with house.transaction() as session:
                assert await privacy_erasing.lock(session, person_id)
                await privacy_erasing.erase_person(session, person_id, f"erasure-{person_id}-1", clock.now())
                return


async def is_held_up(house: Database, task: "asyncio.Task[None]") -> bool:
    """Waits until somebody in this database waits for a lock; False when the task ends without that."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with house.engine.connect() as watcher:
        await watcher.execution_options(isolation_level="AUTOCOMMIT")
        while not task.done():
            if await watcher.scalar(waiting):
                return True
            await asyncio.sleep(0.01)
    return False


def test_every_table_that_an_erasure_clears_is_raced_for() -> None:
    """A new one: `tests/support/erased_writes.py` says what it needs."""
    assert {write.table for write in WRITES} == cleared()


async def test_every_table_that_an_erasure_clears_has_its_trigger(house: Database) -> None:
    guards = text("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'erased_stay_erased%'")
    async with house.engine.connect() as connection:
        assert set(await connection.scalars(guards)) >= cleared()


@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_who_began_before_the_pivot_and_writes_after_it_brings_nothing_back(
    house: Database, place: Place, write: Write
) -> None:
    person_id = getattr(place, write.whose)

    async def write_late() -> None:
        async with house.transaction() as session:
            assert await session.scalar(select(User.erased_at).where(User.id == person_id)) is None
            reads.set()
            await begun.wait()
            await session.execute(place.bound(write.statement))

    reads, begun = asyncio.Event(), asyncio.Event()
    late = asyncio.create_task(write_late())
    await reads.wait()
    async with house.session() as pivot:
        assert await privacy_erasing.lock(pivot, person_id)
        await privacy_erasing.erase_person(pivot, person_id, f"erasure-{person_id}-1", clock.now())
        begun.set()
        assert await is_held_up(house, late), "neither refused nor let through before it is decided"
        await pivot.commit()
    if write.ends is Ends.REFUSED:
        with pytest.raises(DBAPIError) as refused:
            await late
        assert isinstance(refused_by_database(refused.value), PersonErased)
    else:
        await late
    assert await seen(house, place) == []


@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_what_was_written_before_the_pivot_is_found_by_it(house: Database, place: Place, write: Write) -> None:
    person_id = getattr(place, write.whose)
    async with house.session() as early:
        await early.execute(place.bound(write.statement))
        erasing = asyncio.create_task(erase(house, person_id))
        assert await is_held_up(house, erasing), "who has not committed yet is waited for"
        await early.commit()
    await erasing
    assert await seen(house, place) == []


@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_without_its_trigger_it_would_be_there_and_verify_would_say_so(
    house: Database, gone: Place, write: Write
) -> None:
    async with house.engine.connect() as connection:
        await connection.execute(text(f"ALTER TABLE {write.table} DISABLE TRIGGER USER"))
        if write.without is Without.IMPOSSIBLE:
            with pytest.raises(IntegrityError):
                await connection.execute(gone.bound(write.statement))
            return
        await connection.execute(gone.bound(write.statement))
        found = await privacy.RULES[0].examine(connection)
        await connection.rollback()
    assert getattr(gone, write.whose) in {one.subject for one in found.violations}


async def test_an_erasure_gives_way_to_who_holds_a_row_that_it_needs(house: Database, place: Place) -> None:
    """A maker's edit locks the piece and then, by the trigger, looks at the maker; an erasure comes from the other
    side. Somebody has to give up, and it is not the maker."""
    async with house.session() as edit:
        await edit.execute(place.bound("SELECT 1 FROM listings WHERE id = :listing FOR UPDATE"))
        erasing = asyncio.create_task(erase(house, place.maker))
        assert await is_held_up(house, erasing)
        await edit.execute(place.bound("UPDATE listings SET title = 'Still mine' WHERE id = :listing"))
        assert not erasing.done()
        await edit.commit()
    await erasing
    assert await seen(house, place) == []


async def test_who_is_refused_is_told_why(house: Database, place: Place) -> None:
    await erase(house, place.buyer)

    @translates_errors
    async def step() -> None:
        async with house.transaction() as session:
            await session.execute(place.bound("UPDATE users SET password_hash = 'x' WHERE id = :buyer"))

    with pytest.raises(ApplicationError) as refused:
        await step()
    assert (refused.value.type, refused.value.non_retryable) == ("person_erased", True)
    cause = refused.value.__cause__
    assert isinstance(cause, DBAPIError)
    problem = to_problem(cause)
    assert (problem.status, problem.code) == (404, "person_erased")
    assert "has been deleted" in problem.message
    assert place.buyer not in problem.message


async def test_what_names_nobody_still_changes(house: Database, place: Place) -> None:
    """Orders, money and stock go on, and so does a cart that a checkout is still closing."""
    await erase(house, place.buyer)
    await erase(house, place.maker)
    async with house.transaction() as session:
        for statement in (
            "UPDATE carts SET status = 'ordered' WHERE id = :cart",
            "UPDATE payments SET state = 'captured', fee_minor = 3 WHERE checkout_id = :checkout",
            "UPDATE parcels SET status = 'returned' WHERE id = :parcel",
            "UPDATE orders SET refunded_minor = 1 WHERE id = :order",
            "UPDATE stock SET on_hand = on_hand + 1 WHERE listing_id = :listing",
            LATE_SCAN,
        ):
            await session.execute(place.bound(statement))
        payload = await session.scalar(place.bound("SELECT payload FROM inbox_events WHERE event_id = :new"))
    assert payload == {"attempt": 1}


async def test_answers_on_their_way_are_not_kept_with_a_name_in_them(house: Database, place: Place) -> None:
    """The maker has asked before their buyer was erased, or while it happened, and is answered with the name after."""
    now, keys = clock.now(), ("before", "meanwhile", "kept meanwhile")

    async def claim(key: str) -> None:
        async with house.transaction() as session:
            assert await idempotency.claim(session, place.maker, key, "print", now) is None

    async def answer(key: str) -> None:
        async with house.transaction() as session:
            assert await idempotency.keep(session, place.maker, key, now, status=200, body={"buyer": "Ada Byron"})

    await claim("before")
    async with house.session() as pivot:
        await privacy_erasing.lock(pivot, place.buyer)
        await privacy_erasing.erase_person(pivot, place.buyer, f"erasure-{place.buyer}-1", now)
        await claim("meanwhile")
        await claim("kept meanwhile")
        await answer("kept meanwhile")
        await pivot.commit()
    await answer("before")
    async with house.transaction() as session:
        assert await privacy_erasing.forget_answers(session, place.buyer, now) == 2
    await answer("meanwhile")
    async with house.transaction() as session:
        for key in keys:
            with pytest.raises(Conflict, match="not kept any more"):
                await idempotency.claim(session, place.maker, key, "print", now)
