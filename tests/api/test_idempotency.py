"""A repeated request is one request."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, update

from core import clock
from core.database import Database
from models.repositories import idempotency
from models.tables.processes import IdempotencyRecord
from tests.api.conftest import signed_in
from tests.support.marketplace import add_person

LINES = "/api/v1/cart/lines"
KEY = {"Idempotency-Key": "one-click"}


async def _count(client: AsyncClient) -> int:
    pieces: int = (await client.get("/api/v1/cart")).json()["count"]
    return pieces


async def test_the_same_request_has_one_effect_and_one_answer(buyer: AsyncClient, listing_id: str) -> None:
    line = {"listing_id": listing_id, "quantity": 2}
    first = await buyer.post(LINES, json=line, headers=KEY)
    again = await buyer.post(LINES, json=line, headers=KEY)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert await _count(buyer) == 2


async def test_another_request_under_the_key_is_refused(buyer: AsyncClient, listing_id: str) -> None:
    await buyer.post(LINES, json={"listing_id": listing_id}, headers=KEY)
    for path, body in ((LINES, {"listing_id": listing_id, "quantity": 2}), ("/api/v1/cart/lines", {"listing_id": "x"})):
        answer = await buyer.post(path, json=body, headers=KEY)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_key_reused")
    assert await _count(buyer) == 1


async def test_at_once_only_one_gets_through(buyer: AsyncClient, listing_id: str) -> None:
    line = {"listing_id": listing_id}
    answers = await asyncio.gather(*(buyer.post(LINES, json=line, headers=KEY) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} <= {
        "idempotency_key_in_progress"
    }
    assert await _count(buyer) == 1


async def test_a_refusal_is_not_kept(buyer: AsyncClient, database: Database, listing_id: str) -> None:
    refused = await buyer.post(LINES, json={"listing_id": listing_id, "quantity": 9}, headers=KEY)
    assert refused.status_code == 409
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(IdempotencyRecord)) == 0
    assert (await buyer.post(LINES, json={"listing_id": listing_id}, headers=KEY)).status_code == 200


async def test_keys_belong_to_their_owner(app: object, buyer: AsyncClient, database: Database, listing_id: str) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    other = await signed_in(app, email)  # type: ignore[arg-type]  # the application
    for client in (buyer, other):
        answer = await client.post(LINES, json={"listing_id": listing_id}, headers=KEY)
        assert "idempotent-replayed" not in answer.headers
        assert await _count(client) == 1


async def test_a_claim_left_by_a_crash_is_taken_over(buyer: AsyncClient, database: Database, listing_id: str) -> None:
    line = {"listing_id": listing_id}
    await buyer.post(LINES, json=line, headers=KEY)

    async def leave(age: timedelta) -> None:
        async with database.transaction() as session:
            await session.execute(
                update(IdempotencyRecord).values(status=None, sealed=None, created_at=clock.now() - age)
            )

    await leave(timedelta(seconds=30))
    busy = await buyer.post(LINES, json=line, headers=KEY)
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "idempotency_key_in_progress")
    assert busy.headers["retry-after"] == "1"
    await leave(timedelta(seconds=61))
    assert (await buyer.post(LINES, json=line, headers=KEY)).status_code == 200
    assert await _count(buyer) == 2


async def test_after_a_day_a_key_is_new(buyer: AsyncClient, database: Database, listing_id: str) -> None:
    await buyer.post(LINES, json={"listing_id": listing_id}, headers=KEY)
    async with database.transaction() as session:
        await session.execute(update(IdempotencyRecord).values(created_at=clock.now() - timedelta(hours=25)))
    answer = await buyer.post(LINES, json={"listing_id": listing_id, "quantity": 2}, headers=KEY)
    assert answer.status_code == 200
    assert await _count(buyer) == 3


async def test_an_answer_that_comes_too_late_is_not_kept(database: Database) -> None:
    """The lease ran out and another request holds the key: the first must not commit its effect as well."""
    first, second = clock.now() - timedelta(minutes=2), clock.now()
    async with database.transaction() as session:
        assert await idempotency.claim(session, "usr_1", "key", "print", first) is None
        assert await idempotency.claim(session, "usr_1", "key", "print", second) is None
        assert not await idempotency.keep(session, "usr_1", "key", first, status=200, body={})
        assert await idempotency.keep(session, "usr_1", "key", second, status=200, body={"n": 1})
        kept = await idempotency.claim(session, "usr_1", "key", "print", clock.now())
    assert kept == idempotency.Kept("print", 200, {"n": 1})


@pytest.mark.parametrize("key", [b"\xc3\xa9", b"x" * 256, b"tab\tin"])
async def test_a_key_that_is_none(buyer: AsyncClient, listing_id: str, key: bytes) -> None:
    answer = await buyer.post(
        LINES,
        content=b'{"listing_id": "%s"}' % listing_id.encode(),
        headers=[(b"content-type", b"application/json"), (b"idempotency-key", key)],
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")
    assert await _count(buyer) == 0


async def test_a_stranger_has_nobody_to_keep_an_answer_for(client: AsyncClient, listing_id: str) -> None:
    answer = await client.post(LINES, json={"listing_id": listing_id}, headers=KEY)
    assert answer.status_code == 200
    assert answer.json()["count"] == 1
