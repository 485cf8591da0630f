"""Nobody floods a mailbox, and nobody silences one: a stranger uses up a share, the owner has another."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import func, select

from api.auth.letter_limits import ALL_NETWORKS, PER_NETWORK, SHARE, LetterLimits, Why
from core import clock
from core.database import Database
from models.repositories import rate_limits
from models.tables.letters import Letter
from tests.api.auth.test_registration import code_of, register
from tests.support.letters import written
from tests.support.marketplace import add_person

STRANGER, OWNER = "198.51.100.7", "203.0.113.9"


def from_network(app: FastAPI, address: str) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app, client=(address, 1)), base_url="http://shop.example")


async def ask(app: FastAPI, address: str, email: str) -> tuple[int, str]:
    answer = await from_network(app, address).post("/api/v1/password-resets", json={"email": email})
    return answer.status_code, answer.text


async def letters_so_far(database: Database) -> int:
    async with database.transaction() as session:
        return int(await session.scalar(select(func.count()).select_from(Letter)) or 0)


async def test_a_stranger_does_not_silence_the_owners_letters(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    answers = {await ask(app, STRANGER, email) for _ in range(SHARE.times + 5)}
    assert len(answers) == 1, "nobody is told"
    assert await letters_so_far(database) == SHARE.times
    assert await ask(app, OWNER, email) in answers
    assert await letters_so_far(database) == SHARE.times + 1


async def test_known_and_unknown_mailboxes_have_the_same_limit(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, known = await add_person(session)
    for email in (known, "nobody@example.com"):
        answers = {await ask(app, STRANGER, email) for _ in range(SHARE.times + 2)}
        assert len(answers) == 1
    assert [to for _, to in await written(database)] == [known] * SHARE.times + [""] * SHARE.times


async def test_registering_somebodys_address_does_not_use_up_their_way_back_in(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    answers = [await register(client, email="ada@example.com") for _ in range(SHARE.times + 3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    assert await letters_so_far(database) == SHARE.times
    await ask(app, "127.0.0.1", "ada@example.com")
    assert await letters_so_far(database) == SHARE.times + 1


async def test_a_share_comes_back_with_time(app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: real)
    for _ in range(SHARE.times + 1):
        await ask(app, STRANGER, "ada@example.com")
    monkeypatch.setattr(clock, "now", lambda: real + SHARE.share - timedelta(seconds=1))
    await ask(app, STRANGER, "ada@example.com")
    assert await letters_so_far(database) == SHARE.times
    monkeypatch.setattr(clock, "now", lambda: real + SHARE.share)
    for _ in range(2):
        await ask(app, STRANGER, "ada@example.com")
    assert await letters_so_far(database) == SHARE.times + 1
    monkeypatch.setattr(clock, "now", lambda: real + SHARE.share + SHARE.within)
    for _ in range(SHARE.times + 1):
        await ask(app, STRANGER, "ada@example.com")
    assert await letters_so_far(database) == 2 * SHARE.times + 1


async def test_very_many_networks_leave_a_fresh_one_its_letter(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what each stranger's network asks for, only its first letter counts against a fresh network's; and when even
    those are used up, the next one is free within a minute."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    async with database.transaction() as session:
        limits = LetterLimits(session)
        crowd = [f"10.0.{number}.1" for number in range(ALL_NETWORKS.times - 1)]
        sent = [await limits.may_write(Why.BACK_IN, "ada", each) for each in crowd for _ in range(SHARE.times)]
        assert sum(sent) == len(crowd) + ALL_NETWORKS.times
        assert await limits.may_write(Why.BACK_IN, "ada", OWNER)
        assert not await limits.may_write(Why.BACK_IN, "ada", "192.0.2.1")
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=1))
        assert await limits.may_write(Why.BACK_IN, "ada", "192.0.2.2")


async def test_one_network_can_not_write_letters_without_end(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        for _ in range(PER_NETWORK.times):
            await rate_limits.take(session, f"letters from {STRANGER}", PER_NETWORK, clock.now())
    refused = await from_network(app, STRANGER).post("/api/v1/password-resets", json={"email": "ada@example.com"})
    assert code_of(refused) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) > 0
    assert (await ask(app, OWNER, "ada@example.com"))[0] == 202
