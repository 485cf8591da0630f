"""Reading without a transaction: values, isolation, and a server that was restarted."""

import psycopg
import pytest
from sqlalchemy import Integer, String, any_, bindparam, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from core.database import Database
from core.reads import Query, Reader, SessionReads
from models.tables.catalogue import Category

CATEGORIES = Query(
    select(Category.slug, Category.position)
    .where(Category.slug == any_(bindparam("slugs", type_=ARRAY(String))), Category.position < 100)
    .order_by(Category.slug)
    .limit(bindparam("at_most", type_=Integer))
)
THRESHOLD = select(func.current_setting("pg_trgm.word_similarity_threshold", literal(True)))


async def _add(database: Database, *slugs: str) -> None:
    async with database.transaction() as session:
        for position, slug in enumerate(slugs):
            await session.execute(insert(Category).values(slug=slug, name=slug, blurb="", position=position))


async def test_both_kinds_of_reading_agree(postgres_url: str, database: Database) -> None:
    await _add(database, "glass", "clay", "wood")
    wanted = {"slugs": ["wood", "clay", "none"], "at_most": 2}
    async with Reader(postgres_url).opened() as reader, database.transaction() as session:
        for reads in (reader, SessionReads(session)):
            assert [tuple(row) for row in await reads.fetch(CATEGORIES, **wanted)] == [("clay", 1), ("wood", 2)]


async def test_only_a_session_sees_what_is_not_committed(postgres_url: str, database: Database) -> None:
    async with Reader(postgres_url).opened() as reader, database.transaction() as session:
        await session.execute(insert(Category).values(slug="new", name="New", blurb="", position=1))
        assert await SessionReads(session).fetch(CATEGORIES, slugs=["new"], at_most=1)
        assert not await reader.fetch(CATEGORIES, slugs=["new"], at_most=1)


@pytest.mark.parametrize("given", [{}, {"slugs": []}, {"slugs": [], "at_most": 1, "more": 2}])
async def test_missing_and_unknown_values_are_named(given: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"wanted \['at_most', 'slugs'\]"):
        CATEGORIES.values(given)


async def test_a_lost_connection_costs_no_request(postgres_url: str, database: Database) -> None:
    await _add(database, "clay")
    async with Reader(postgres_url, 3).opened() as reader:
        for _ in range(3):
            assert await reader.fetch(CATEGORIES, slugs=["clay"], at_most=1)
            async with database.transaction() as session:
                ended = await session.scalars(
                    text(
                        "select pg_terminate_backend(pid) from pg_stat_activity "
                        "where datname = current_database() and pid <> pg_backend_pid()"
                    )
                )
                assert any(ended)


async def test_a_database_that_is_away_is_an_operational_error() -> None:
    async with Reader("postgresql+psycopg://nobody@127.0.0.1:9/nothing").opened() as reader:
        reader._pool.timeout = 0.2
        with pytest.raises(psycopg.OperationalError):
            await reader.fetch(CATEGORIES, slugs=[], at_most=1)


async def test_a_reader_cannot_write(postgres_url: str) -> None:
    writing = Query(select(func.setval("inbox_events_id_seq", literal(7))))
    async with Reader(postgres_url).opened() as reader:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await reader.fetch(writing)


async def test_settings_end_with_their_statement(postgres_url: str, database: Database) -> None:
    settings = {"pg_trgm.word_similarity_threshold": "0.3"}
    with_setting, without = Query(THRESHOLD, settings=settings), Query(THRESHOLD)
    async with Reader(postgres_url, 1).opened() as reader, database.transaction() as session:
        assert [tuple(row) for row in await reader.fetch(with_setting)] == [("0.3",)]
        assert [tuple(row) for row in await reader.fetch(without)] != [("0.3",)]
        assert [tuple(row) for row in await SessionReads(session).fetch(with_setting)] == [("0.3",)]
