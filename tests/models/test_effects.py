"""A step happens once: retried, repeated after a crash, or started twice at the same moment."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from models.repositories.effects import once
from models.tables.catalogue import Category
from models.tables.processes import Effect

KEY = "checkout-1/complete_sale"


async def step(database: Database, answer: int = 1, *, crash: bool = False, key: str = KEY) -> dict[str, Any]:
    """Counts itself in a row of the same transaction."""

    async def do(session: AsyncSession) -> dict[str, Any]:
        await session.execute(update(Category).values(position=Category.position + 1))
        return {"answer": answer}

    async with database.transaction() as session:
        kept = await once(session, key, lambda: do(session))
        if crash:
            raise ConnectionError
        return kept


async def times_done(database: Database) -> int:
    async with database.transaction() as session:
        return (await session.scalars(select(Category.position))).one()


@pytest.fixture(autouse=True)
async def counter(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(insert(Category).values(slug="counter", name="Counter", blurb="", position=0))


async def test_a_repeated_step_answers_what_it_answered_first(database: Database) -> None:
    assert await step(database, 1) == {"answer": 1}
    assert await step(database, 2) == {"answer": 1}
    assert await times_done(database) == 1


async def test_another_step_is_another_effect(database: Database) -> None:
    await step(database, 1)
    assert await step(database, 2, key="checkout-2/complete_sale") == {"answer": 2}
    assert await times_done(database) == 2


async def test_at_the_same_moment_one_does_it_and_all_answer_alike(database: Database) -> None:
    answers = await asyncio.gather(*(step(database, n) for n in range(12)))
    assert all(answer == answers[0] for answer in answers)
    assert await times_done(database) == 1


async def test_what_was_rolled_back_is_done_again(database: Database) -> None:
    with pytest.raises(ConnectionError):
        await step(database, 1, crash=True)
    assert await times_done(database) == 0
    async with database.transaction() as session:
        assert (await session.scalars(select(Effect))).all() == []
    assert await step(database, 2) == {"answer": 2}
    assert await times_done(database) == 1


async def test_whoever_waits_for_one_that_crashes_does_it_instead(database: Database) -> None:
    claimed, go_on = asyncio.Event(), asyncio.Event()

    async def crash_in_the_middle() -> None:
        async def do() -> dict[str, Any]:
            claimed.set()
            await go_on.wait()
            raise ConnectionError

        async with database.transaction() as session:
            await once(session, KEY, do)

    first = asyncio.create_task(crash_in_the_middle())
    await claimed.wait()
    second = asyncio.create_task(step(database, 2))
    await asyncio.sleep(0.2)
    assert not second.done(), "it waits on the key's row"
    go_on.set()
    with pytest.raises(ConnectionError):
        await first
    assert await second == {"answer": 2}
    assert await times_done(database) == 1
