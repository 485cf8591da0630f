"""Signing in and out, sessions and how they end."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select, update

from api.auth.throttle import Throttle, TooManyRequests
from core import clock
from core.database import Database
from models.tables.letters import Letter
from models.tables.sessions import Session
from models.types import Role
from tests.api.conftest import open_client, signed_in
from tests.support.marketplace import PASSWORD, TestShop, add_person


async def _age_sessions(database: Database, **values: object) -> None:
    async with database.transaction() as session:
        await session.execute(update(Session).values(**values))


async def test_a_token_says_who_it_is(app: FastAPI, shop: TestShop) -> None:
    keeper = await signed_in(app, shop.owner_email.upper())
    me = (await keeper.get("/api/v1/me")).json()
    assert (me["role"], me["shop_id"], me["shop_slug"]) == ("artisan", shop.id, shop.slug)


@pytest.mark.parametrize("password", ["wrong password", "", "x" * 200, "\x00"])
async def test_wrong_and_unknown_get_the_same_answer(client: AsyncClient, database: Database, password: str) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    answers = [
        await client.post("/api/v1/sessions", json={"email": address, "password": password})
        for address in (email, "nobody@example.com", "no address", "nul\x00@example.com")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["error"]["code"] for answer in answers} == {"wrong_credentials"}
    assert len({answer.json()["error"]["message"] for answer in answers}) == 1


async def test_guessing_is_slowed_down(client: AsyncClient) -> None:
    guess = {"email": "victim@example.com", "password": "not this either"}
    statuses = [(await client.post("/api/v1/sessions", json=guess)).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = await client.post("/api/v1/sessions", json=guess)
    assert refused.json()["error"]["code"] == "too_many_attempts"
    assert 0 < int(refused.headers["retry-after"]) <= 300


def test_the_throttle_forgets_and_stays_small() -> None:
    throttle = Throttle(window=60, capacity=3)
    for second in range(2):
        throttle.spend("somebody", 2, second)
    with pytest.raises(TooManyRequests, match="Wait a minute"):
        throttle.spend("somebody", 2, 2)
    throttle.spend("somebody", 2, 60)
    for number in range(10):
        throttle.spend(f"sender {number}", 1, 61)
    assert len(throttle._events) == 3


async def test_signing_out_ends_the_session(buyer: AsyncClient) -> None:
    assert (await buyer.get("/api/v1/me")).status_code == 200
    assert (await buyer.delete("/api/v1/sessions/current")).status_code == 204
    assert (await buyer.get("/api/v1/me")).status_code == 401


async def test_signing_in_again_voids_the_old_session(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    client = await signed_in(app, email)
    old = client.headers["authorization"]
    answer = await client.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201
    assert (await client.get("/api/v1/me", headers={"authorization": old})).status_code == 401


@pytest.mark.parametrize("token", [b"Bearer nonsense", b"Bearer " + b"x" * 9_000, "bearer é".encode()])
async def test_an_invalid_token_is_refused(app: FastAPI, token: bytes) -> None:
    async with open_client(app) as client:
        answer = await client.get("/api/v1/me", headers=[(b"authorization", token)])
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_customer_is_signed_out_after_an_idle_hour(buyer: AsyncClient, database: Database) -> None:
    signed_in_at = clock.now() - timedelta(hours=3)
    await _age_sessions(database, authenticated_at=signed_in_at, last_active_at=clock.now() - timedelta(minutes=59))
    assert (await buyer.get("/api/v1/me")).status_code == 200
    await _age_sessions(database, authenticated_at=signed_in_at, last_active_at=clock.now() - timedelta(minutes=61))
    assert (await buyer.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize("header", ["X-Background", "HX-Request"])
async def test_a_page_that_refreshes_itself_is_no_activity(buyer: AsyncClient, database: Database, header: str) -> None:
    long_ago = clock.now() - timedelta(minutes=30)
    await _age_sessions(database, last_active_at=long_ago)
    assert (await buyer.get("/api/v1/me", headers={header: "1"})).status_code == 200
    async with database.transaction() as session:
        assert (await session.scalars(select(Session.last_active_at))).one() == long_ago
    assert (await buyer.get("/api/v1/me")).status_code == 200
    async with database.transaction() as session:
        assert (await session.scalars(select(Session.last_active_at))).one() > long_ago


@pytest.mark.parametrize(
    ("role", "lifetime"),
    [
        (Role.ADMINISTRATOR, timedelta(days=1)),
        (Role.ARTISAN, timedelta(days=30)),
        (Role.CUSTOMER, timedelta(days=30)),
    ],
)
async def test_every_session_ends_some_day(app: FastAPI, database: Database, role: Role, lifetime: timedelta) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session, role)
    client = await signed_in(app, email)
    async with database.transaction() as session:
        assert (await session.scalars(select(Session.expires_at - Session.created_at))).one() == lifetime
    assert (await client.get("/api/v1/me")).status_code == 200
    await _age_sessions(database, expires_at=clock.now())
    assert (await client.get("/api/v1/me")).status_code == 401


async def test_old_sessions_are_swept_at_sign_in(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    await signed_in(app, email)
    await _age_sessions(database, expires_at=clock.now() - timedelta(seconds=1))
    await signed_in(app, email)
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Session)) == 1


async def test_a_sign_in_from_elsewhere_is_told_its_owner(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for user_agent, letters in (("tool/1", 0), ("tool/2", 0), (firefox, 1), (firefox, 1), ("tool/1", 1)):
        async with open_client(app, **{"user-agent": user_agent}) as client:
            answer = await client.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201
        async with database.transaction() as session:
            told = await session.scalars(
                select(Letter.details).where(Letter.person_id == person_id, Letter.kind == "new_sign_in")
            )
            assert list(told) == [{"device": "Firefox on Linux"}] * letters
