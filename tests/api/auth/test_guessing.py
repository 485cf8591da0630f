"""Guessing passwords and codes: many guesses at once count like one after the other, whatever way they are written."""

import asyncio
import sys
from collections import Counter

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from api.auth import passwords
from api.auth.service import AuthService, Caller, WrongCredentials
from api.auth.throttle import PER_ACCOUNT, Throttle
from api.auth.visitor import NOBODY
from core.database import Database
from tests.api.auth.conftest import Member, sign_in
from tests.api.conftest import open_client
from tests.support.marketplace import PASSWORD, add_person
from tests.support.second_factors import code_now

AT_ONCE = 2 * PER_ACCOUNT


async def guess(client: AsyncClient, email: str, password: str = "x" * 12) -> Response:
    return await client.post("/api/v1/sessions", json={"email": email, "password": password})


async def test_passwords_guessed_at_once_are_counted_like_others(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    answers = await asyncio.gather(*(guess(open_client(app), email) for _ in range(AT_ONCE)))
    assert Counter(answer.status_code for answer in answers) == {401: PER_ACCOUNT, 429: AT_ONCE - PER_ACCOUNT}


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
    assert Counter(answer.status_code for answer in answers) == {401: PER_ACCOUNT, 429: AT_ONCE - PER_ACCOUNT}


async def test_one_address_spelt_in_many_ways_is_one_account(client: AsyncClient) -> None:
    spellings = ["ren\u00e9@example.com", "rene\u0301@example.com", " REN\u00c9@example.com"]
    answers = [await guess(client, spellings[number % 3]) for number in range(PER_ACCOUNT + 1)]
    assert [answer.status_code for answer in answers] == [401] * PER_ACCOUNT + [429]


async def test_who_is_right_is_not_counted(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    for _ in range(PER_ACCOUNT + 2):
        assert (await guess(open_client(app), email, PASSWORD)).status_code == 201
    throttle = app.state.sign_in_throttle
    assert isinstance(throttle, Throttle)
    assert sum(len(one) for one in throttle._failures.values()) == 0


async def test_a_very_long_address_is_not_remembered(app: FastAPI, client: AsyncClient) -> None:
    answer = await client.post(
        "/sign-in", data={"email": "x" * 500_000, "password": "whatever it is"}, headers={"accept": "text/html"}
    )
    assert answer.status_code == 401
    throttle = app.state.sign_in_throttle
    assert isinstance(throttle, Throttle)
    assert sum(sys.getsizeof(key) for key in throttle._failures) < 10_000


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
            await AuthService(session, Throttle()).sign_in("nobody@example.com", PASSWORD, Caller(NOBODY, "::1"))
    assert held == [False]
