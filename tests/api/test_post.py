"""Letters reach their processes: once Temporal answers, each of them, and none is lost meanwhile."""

from typing import cast

import pytest
from sqlalchemy import func, select

from api.letter.post import Post
from api.process_client import ProcessClient
from core.database import Database
from models.errors import Unavailable
from models.repositories import letters
from models.tables.letters import Letter
from tests.support.marketplace import add_person


class Processes:
    """Takes letters, or is away."""

    def __init__(self) -> None:
        self.away = False
        self.taken: list[str] = []

    async def send_letter(self, letter_id: str) -> None:
        if self.away:
            raise Unavailable("away")
        self.taken.append(letter_id)


@pytest.fixture
async def letter_ids(database: Database) -> list[str]:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        return [await letters.write(session, "password_changed", person_id) for _ in range(3)]


async def waiting(database: Database) -> int:
    async with database.transaction() as session:
        found = await session.scalar(select(func.count()).where(Letter.handed_over_at.is_(None)))
    return found or 0


async def test_each_letter_is_handed_over_once(database: Database, letter_ids: list[str]) -> None:
    processes = Processes()
    post = Post(database, cast(ProcessClient, processes))
    assert await post.deliver() == 3
    assert await post.deliver() == 0
    assert processes.taken == letter_ids
    assert await waiting(database) == 0


async def test_letters_wait_for_a_server_that_is_away(database: Database, letter_ids: list[str]) -> None:
    processes = Processes()
    processes.away = True
    post = Post(database, cast(ProcessClient, processes))
    with pytest.raises(Unavailable):
        await post.deliver()
    assert await waiting(database) == 3
    processes.away = False
    await post.deliver()
    assert processes.taken == letter_ids


async def test_what_is_rolled_back_is_never_sent(database: Database) -> None:
    processes = Processes()
    async with database.session() as session:
        person_id, _ = await add_person(session)
        await letters.write(session, "password_changed", person_id)
        await session.rollback()
    assert await Post(database, cast(ProcessClient, processes)).deliver() == 0
    assert processes.taken == []
