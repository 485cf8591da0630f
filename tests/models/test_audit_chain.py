"""The audit log's chain: gapless and whole however its writers interleave, and closed to every other hand."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from core.database import Database
from models.audited import Audited
from models.repositories import audit
from models.repositories.audit import Asked, Entry
from models.rules.audit_chain import GENESIS, Link, jsonb_text
from models.tables.audit import AuditEntry

ACTIONS = list(Audited)


async def chain(database: Database) -> list[Entry]:
    return [entry async for part in audit.in_order(database, Asked()) for entry in part]


def whole(entries: list[Entry]) -> bool:
    """Gapless from 1, each linked to the one before, each hash as Python computes it."""
    before = GENESIS
    for place, entry in enumerate(entries, 1):
        if entry.link.seq != place or entry.previous_hash != before or entry.link.hash(before) != entry.hash:
            return False
        before = entry.hash
    return True


async def write(database: Database, **details: str | int | bool | list[str]) -> None:
    async with database.transaction() as session:
        await audit.append(session, Audited.SIGNED_IN, actor="usr_1", role="customer", details=details)


async def test_each_entry_is_linked_to_the_one_before(database: Database) -> None:
    for number in range(3):
        await write(database, number=number)
    entries = await chain(database)
    assert [entry.details for entry in entries] == [{"number": 0}, {"number": 1}, {"number": 2}]
    assert whole(entries)


def test_the_canonical_form_is_what_its_description_says() -> None:
    details = jsonb_text({"second_factor": True, "methods": ["password", "code"], "é": 1, "zz": 2})
    link = Link(7, 12, datetime(2026, 11, 22, 15, 39, 12, 451, UTC), "usr_1", "customer", "a.b", 'x"ü', details)
    assert link.text(GENESIS) == (
        f'[7, "{"00" * 32}", 12, "2026-11-22T15:39:12.000451Z", "usr_1", "customer", "a.b", "x\\"ü", '
        '{"zz": 2, "é": 1, "methods": ["password", "code"], "second_factor": true}]'
    )


SMALL_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
VALUES = st.one_of(SMALL_TEXT, st.integers(-(2**70), 2**70), st.booleans(), st.lists(SMALL_TEXT, max_size=3))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(details=st.dictionaries(SMALL_TEXT, VALUES, max_size=6), subject=SMALL_TEXT)
async def test_python_writes_the_same_text_as_the_database(
    database: Database, details: dict[str, str | int | bool | list[str]], subject: str
) -> None:
    async with database.transaction() as session:
        await audit.append(session, Audited.DATA_READ, actor="usr_1", role="x", subject=subject, details=details)
    async with database.transaction() as session:
        (entry,) = await audit.newest(session, Asked(), after=None, limit=1)
    assert entry.details == details
    assert entry.link.details == jsonb_text(details)
    assert json.loads(entry.link.text(entry.previous_hash))[7] == subject
    assert entry.link.hash(entry.previous_hash) == entry.hash


# Interleavings


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    writers=st.lists(
        st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.sampled_from([0.0, 0.001, 0.004])), max_size=5),
        min_size=2,
        max_size=8,
    )
)
async def test_any_interleaving_of_writers_makes_one_gapless_chain(
    database: Database, writers: list[list[tuple[int, bool, float]]]
) -> None:
    """Each writer makes transactions of some entries, pauses in the middle of them, and commits or rolls back."""
    known = len(await chain(database))

    async def run(transactions: list[tuple[int, bool, float]]) -> int:
        kept = 0
        for entries, commits, pause in transactions:
            async with database.session() as session:
                for _ in range(entries):
                    await audit.append(session, Audited.SIGNED_IN, actor="usr_1", role="customer")
                    await asyncio.sleep(pause)
                await (session.commit() if commits else session.rollback())
            kept += entries if commits else 0
        return kept

    kept = sum(await asyncio.gather(*(run(transactions) for transactions in writers)))
    entries = await chain(database)
    assert len(entries) == known + kept
    assert whole(entries)


async def test_a_writer_that_stays_open_holds_up_nobody(database: Database) -> None:
    """Only commits queue; the order of the chain is theirs, not that of the inserts."""
    async with database.session() as slow:
        await audit.append(slow, Audited.PAYMENT_CAPTURED, actor="workflow:slow", role="process")
        await asyncio.wait_for(write(database, quick=True), 5)
        await slow.commit()
    entries = await chain(database)
    assert [entry.link.actor for entry in entries] == ["usr_1", "workflow:slow"]
    assert [entry.link.entry_id for entry in entries] == [2, 1]
    assert whole(entries)


async def test_writers_that_lock_rows_in_order_never_deadlock_on_the_chain(database: Database) -> None:
    """The chain's lock comes after every row lock, so whoever waits for it holds up nobody whom it waits for."""
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE scarce (id int PRIMARY KEY, pieces int)"))
        await session.execute(text("INSERT INTO scarce VALUES (1, 0), (2, 0)"))

    async def take(number: int) -> None:
        async with database.transaction() as session:
            await audit.append(session, Audited.WITHDRAWN, actor=f"usr_{number}", role="artisan")
            for row in (1, 2):
                await session.execute(text("UPDATE scarce SET pieces = pieces + 1 WHERE id = :id"), {"id": row})

    await asyncio.wait_for(asyncio.gather(*(take(number) for number in range(16))), 20)
    async with database.transaction() as session:
        assert list(await session.scalars(text("SELECT pieces FROM scarce"))) == [16, 16]
    assert whole(await chain(database))


async def test_what_fails_at_commit_leaves_neither_entry_nor_link(database: Database) -> None:
    await write(database)
    with pytest.raises(DBAPIError, match="has 0 entries"):
        async with database.transaction() as session:
            await audit.append(session, Audited.PAYMENT_CAPTURED, actor="workflow:x", role="process")
            await session.execute(
                text("INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('torn', 'sale', 'x')")
            )
    await write(database)
    entries = await chain(database)
    assert [entry.link.seq for entry in entries] == [1, 2]
    assert whole(entries)


async def test_a_transaction_that_could_not_see_the_newest_link_is_refused(database: Database) -> None:
    with pytest.raises(DBAPIError, match="must be READ COMMITTED"):
        async with database.session() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            await audit.append(session, Audited.SIGNED_IN, actor="usr_1", role="customer")
            await session.commit()
    assert await chain(database) == []


# Append-only


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'usr_2'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries CASCADE",
        "UPDATE audit_chain SET hash = previous_hash",
        "DELETE FROM audit_chain",
        "TRUNCATE audit_chain",
        "UPDATE audit_seals SET up_to_seq = 0",
        "DELETE FROM audit_seals",
        "TRUNCATE audit_seals",
    ],
)
async def test_nothing_that_was_recorded_is_changed(database: Database, statement: str) -> None:
    await write(database)
    with pytest.raises(DBAPIError, match="is append-only"):
        async with database.transaction() as session:
            await session.execute(text(statement))
    assert whole(await chain(database))


async def test_nobody_writes_links_by_hand(database: Database) -> None:
    await write(database)
    with pytest.raises(DBAPIError, match="written by the database"):
        async with database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO audit_chain (seq, entry_id, previous_hash, hash) "
                    "SELECT 2, entry_id, hash, hash FROM audit_chain"
                )
            )


async def test_details_are_an_object(database: Database) -> None:
    with pytest.raises(DBAPIError, match="ck_audit_entries_details"):
        async with database.transaction() as session:
            await session.execute(insert(AuditEntry).values(actor="a", role="r", action="x.y", details=["a", "list"]))


# Looking for entries


async def test_pages_are_newest_first_and_meet_without_a_gap(database: Database) -> None:
    for number in range(7):
        async with database.transaction() as session:
            for actor in ("usr_1", "usr_2"):
                await audit.append(session, ACTIONS[number], actor=actor, role="customer", subject=f"sub_{number}")
    seen: list[int] = []
    after: int | None = None
    async with database.transaction() as session:
        while page := await audit.newest(session, Asked(actor="usr_2"), after=after, limit=3):
            seen += [entry.link.entry_id for entry in page]
            after = seen[-1]
        assert seen == [14, 12, 10, 8, 6, 4, 2]
        found = await audit.newest(session, Asked(subject="sub_3", action=ACTIONS[3].value), after=None, limit=9)
        assert [entry.link.entry_id for entry in found] == [8, 7]
        assert await audit.newest(session, Asked(), after=99, limit=3) == []
        instants = list(await session.scalars(select(AuditEntry.at).order_by(AuditEntry.id)))
        between = await audit.newest(session, Asked(from_=instants[4], to=instants[8]), after=None, limit=99)
        assert [entry.link.entry_id for entry in between] == [8, 7, 6, 5]
