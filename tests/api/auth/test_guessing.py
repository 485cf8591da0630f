"""Guessing passwords and codes: many guesses at once count like one after the other, whatever way they are written."""

import asyncio
from collections import Counter

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import select

from api.auth import passwords
from api.auth.counters import PER_ACCOUNT
from api.auth.service import AuthService, Caller, WrongCredentials
from api.auth.visitor import NOBODY
from core import clock
from core.database import Database
from models.tables.attempts import RateLimit
from tests.api.auth.conftest import Member, sign_in
from tests.api.conftest import open_client, running_app, settings_for
from tests.support.marketplace import PASSWORD, add_person
from tests.support.second_factors import code_now

TIMES = PER_ACCOUNT.times
AT_ONCE = 2 * TIMES


async def guess(client: AsyncClient, email: str, password: str = "x" * 12) -> Response:
    return await client.post("/api/v1/sessions", json={"email": email, "password": password})


async def test_passwords_guessed_at_once_are_counted_like_others(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    answers = await asyncio.gather(*(guess(open_client(app), email) for _ in range(AT_ONCE)))
    assert Counter(answer.status_code for answer in answers) == {401: TIMES, 429: AT_ONCE - TIMES}


async def test_codes_guessed_at_once_are_counted_like_others(app: FastAPI, ada: Member) -> None:
    secret, _ = await ada.enrol_codes()
    right = {code_now(secret, steps=steps) for steps in range(-1, 3)}
    wrong = [code for code in (f"{number:06}" for number in range(AT_ONCE + 4)) if code not in right][:AT_ONCE]
    asked = await sign_in(open_client(app), ada.email)
    pending = asked.json()["error"]["details"]["pending"]
    page = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    answers = await asyncio.gather(
        *(open_client(app, **page).post("/sign-in/code", data={"pending": pending, "code": one}) for one in wrong)
    )
    assert Counter(answer.status_code for answer in answers) == {401: TIMES, 429: AT_ONCE - TIMES}


async def test_one_address_spelt_in_many_ways_is_one_account(client: AsyncClient) -> None:
    spellings = ["ren\u00e9@example.com", "rene\u0301@example.com", " REN\u00c9@example.com"]
    answers = [await guess(client, spellings[number % 3]) for number in range(TIMES + 1)]
    assert [answer.status_code for answer in answers] == [401] * TIMES + [429]


async def test_who_is_right_is_not_counted(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    for _ in range(TIMES + 2):
        assert (await guess(open_client(app), email, PASSWORD)).status_code == 201
    async with database.transaction() as session:
        left = (await session.scalars(select(RateLimit.free_at))).all()
    assert left
    assert all(free_at <= clock.now() for free_at in left)


async def test_whoever_was_right_once_may_guess_as_before(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    for password in ["x" * 12] * (TIMES - 1) + [PASSWORD]:
        last = await guess(open_client(app), email, password)
    assert last.status_code == 201
    assert (await guess(open_client(app), email)).status_code == 401


async def test_replicas_count_together(database: Database, app: FastAPI, postgres_url: str) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    async with running_app(settings_for(postgres_url)) as replica:
        answers = [await guess(open_client(one), email) for one in (app, replica) * (TIMES // 2)]
        assert {answer.status_code for answer in answers} == {401}
        assert [(await guess(open_client(one), email)).status_code for one in (app, replica)] == [429, 429]


async def test_a_very_long_address_is_not_remembered(client: AsyncClient, database: Database) -> None:
    answer = await client.post(
        "/sign-in", data={"email": "x" * 500_000, "password": "whatever it is"}, headers={"accept": "text/html"}
    )
    assert answer.status_code == 401
    async with database.transaction() as session:
        assert {len(key) for key in await session.scalars(select(RateLimit.key))} == {64}


async def test_whoever_waits_for_the_hash_holds_no_connection(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes are computed two at a time. A burst of sign-ins must not keep everybody else from the database."""
    held: list[bool] = []
    real = passwords.matches

    async with database.session() as session:

        async def matches(password: str, password_hash: str | None) -> tuple[bool, str | None]:
            held.append(session.in_transaction())
            return await real(password, password_hash)

        monkeypatch.setattr(passwords, "matches", matches)
        with pytest.raises(WrongCredentials):
            await AuthService(session).sign_in("nobody@example.com", PASSWORD, Caller(NOBODY, "::1"))
    assert held == [False]
