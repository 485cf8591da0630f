"""Refused sign-ins are counted beside the audit log and written into it once a window: nothing of the record is lost,
and whoever hammers at the door keeps no payment waiting."""

import asyncio
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import func, select

from api.auth.refusals import RefusalWriter
from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import rate_limits, refusals
from models.rules.audit_chain import instant_text
from models.tables.attempts import RateLimit, RefusedSignIn
from models.tables.audit import AuditEntry
from tests.support.marketplace import add_person


async def guess(app: FastAPI, email: str, address: str = "198.51.100.7") -> None:
    client = AsyncClient(transport=ASGITransport(app, client=(address, 1)), base_url="http://shop.example")
    answer = await client.post("/api/v1/sessions", json={"email": email, "password": "x" * 12})
    assert answer.status_code == 401


async def entries(database: Database) -> list[AuditEntry]:
    async with database.transaction() as session:
        found = select(AuditEntry).where(AuditEntry.action == Audited.SIGN_IN_FAILED).order_by(AuditEntry.id)
        return list(await session.scalars(found))


async def test_failures_become_one_entry_with_their_count(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session)
    began = refusals.window_of(clock.now())
    for second in (1, 2, 3):
        monkeypatch.setattr(clock, "now", lambda second=second: began + timedelta(seconds=second))
        await guess(app, email)
    await guess(app, "nobody@example.com")
    await guess(app, email, "203.0.113.9")
    assert await entries(database) == []

    writer = RefusalWriter(database)
    monkeypatch.setattr(clock, "now", lambda: began + refusals.WINDOW - timedelta(seconds=1))
    assert await writer.write() == 0
    monkeypatch.setattr(clock, "now", lambda: began + refusals.WINDOW)
    assert await writer.write() == 3
    assert await writer.write() == 0
    told = await entries(database)
    assert [(one.subject, one.details["count"]) for one in told] == [(person_id, 3), ("", 1), (person_id, 1)]
    first = told[0].details
    assert first["wrong"] == "password"
    assert first["first"] == instant_text(began + timedelta(seconds=1))
    assert first["last"] == instant_text(began + timedelta(seconds=3))
    networks = [one.details["network"] for one in told]
    assert networks[0] == networks[1] != networks[2]
    assert "198.51" not in "".join(networks)
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(RefusedSignIn)) == 0


async def test_what_comes_late_gets_an_entry_of_its_own(database: Database) -> None:
    now = clock.now()
    for _ in range(2):
        async with database.transaction() as session:
            await refusals.note(session, "", "password", "198.51.100.7", now)
        async with database.transaction() as session:
            assert await refusals.write_down(session, now + refusals.WINDOW) == 1
    assert [one.details["count"] for one in await entries(database)] == [1, 1]


async def test_two_replicas_write_each_row_once(database: Database) -> None:
    now = clock.now()
    async with database.transaction() as session:
        for number in range(refusals.AT_ONCE + 20):
            await refusals.note(session, "", "password", f"10.0.{number}.1", now)

    async def write() -> int:
        async with database.transaction() as session:
            return await refusals.write_down(session, now + refusals.WINDOW)

    written = await asyncio.gather(write(), write())
    rest = await write()
    assert sum(written) + rest == refusals.AT_ONCE + 20
    assert len(await entries(database)) == refusals.AT_ONCE + 20


async def test_a_refusal_takes_no_place_in_the_chain(app: FastAPI, database: Database) -> None:
    """While another transaction holds the log's lock, which payments wait for, a sign-in is refused all the same."""
    async with database.transaction() as session:
        await session.execute(select(func.pg_advisory_xact_lock(7431902)))
        async with asyncio.timeout(5):
            await guess(app, "nobody@example.com")


async def test_limits_that_count_nothing_any_more_are_swept(database: Database) -> None:
    now = clock.now()
    limit = rate_limits.Limit(2, timedelta(seconds=10))
    async with database.transaction() as session:
        await rate_limits.take(session, "old", limit, now - timedelta(minutes=1))
        await rate_limits.take(session, "new", limit, now)
        await rate_limits.sweep(session, now)
        assert await session.scalar(select(func.count()).select_from(RateLimit)) == 1


async def test_a_limit_lets_a_burst_through_and_then_a_trickle(database: Database) -> None:
    now, limit = clock.now(), rate_limits.Limit(3, timedelta(seconds=30))
    async with database.transaction() as session:

        async def take(after: float) -> tuple[bool, int]:
            taken = await rate_limits.take(session, "k", limit, now + timedelta(seconds=after))
            return taken.allowed, taken.used

        assert [await take(0) for _ in range(4)] == [(True, 1), (True, 2), (True, 3), (False, 3)]
        refused = await rate_limits.look(session, "k", limit, now + timedelta(seconds=4))
        assert refused.wait == timedelta(seconds=6)
        assert [await take(10), await take(19)] == [(True, 3), (False, 3)]
        await rate_limits.give_back(session, "k", limit)
        assert await take(19) == (True, 3)
        await rate_limits.forget(session, "k")
        assert await take(19) == (True, 1)
