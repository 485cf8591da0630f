"""Searching and exporting the audit log: who may, what they find, and that looking leaves a mark."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import insert, select

from core.database import Database
from models.audited import Audited
from models.repositories import audit
from models.tables.audit import AuditEntry
from models.types import Role
from tests.api.conftest import open_client
from tests.support.marketplace import add_person
from tests.support.signing_in import session_of

LOG = "/api/v1/admin/audit"
SOMEBODY = "usr_0000000000000000000000000a"
ELSE = "usr_0000000000000000000000000b"
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


async def administrator(app: FastAPI, database: Database) -> tuple[str, AsyncClient]:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    return person_id, open_client(app, authorization=f"Bearer {token}")


@pytest.fixture
async def log(database: Database) -> Database:
    """Five entries of Wednesday noon and the days before, the newest with number 0."""
    for number in reversed(range(5)):
        async with database.transaction() as session:
            await session.execute(
                insert(AuditEntry).values(
                    at=NOON - number * timedelta(days=1),
                    actor=SOMEBODY if number % 2 else ELSE,
                    role="customer",
                    action=(Audited.SIGNED_IN if number else Audited.ADDRESS_ADDED).value,
                    subject="adr_0000000000000000000000000c" if not number else "",
                    details={"number": number, "methods": ["password"], "second_factor": False},
                )
            )
    return database


async def found(client: AsyncClient, **params: Any) -> list[int]:
    answer = await client.get(LOG, params=params)
    assert answer.status_code == 200, answer.text
    return [entry["details"].get("number", -1) for entry in answer.json()["entries"]]


async def test_an_entry_is_told_in_words_with_its_place_in_the_chain(app: FastAPI, log: Database) -> None:
    _, client = await administrator(app, log)
    body = (await client.get(LOG)).json()
    newest, before = body["entries"][0], body["entries"][1]
    assert newest["text"] == "Added an address"
    assert newest["at"] == "2026-11-18T12:00:00Z"
    assert (newest["actor"], newest["role"], newest["action"]) == (ELSE, "customer", "account.address_added")
    assert newest["details"] == {"number": 0, "methods": ["password"], "second_factor": False}
    assert (newest["seq"], newest["previous_hash"]) == (5, before["hash"])
    assert body["next"] is None
    assert body["seal"] is None


async def test_every_filter_narrows(app: FastAPI, log: Database) -> None:
    _, client = await administrator(app, log)
    assert await found(client, actor=SOMEBODY) == [1, 3]
    assert await found(client, subject="adr_0000000000000000000000000c") == [0]
    assert await found(client, action="session.signed_in", actor=ELSE) == [2, 4]
    assert await found(client, **{"from": "2026-11-15T12:00:00Z", "to": "2026-11-17T12:00:00Z"}) == [2, 3]
    assert await found(client, actor="usr_nobody") == []


async def test_pages_follow_each_other(app: FastAPI, log: Database) -> None:
    _, client = await administrator(app, log)
    seen: list[int] = []
    params: dict[str, Any] = {"limit": 2, "to": "2026-11-19T00:00:00Z"}
    while True:
        body = (await client.get(LOG, params=params)).json()
        seen += [entry["details"]["number"] for entry in body["entries"]]
        if body["next"] is None:
            break
        params["after"] = body["next"]
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "params",
    [
        {"actor": "Ada Byron"},
        {"actor": "ada@example.com"},
        {"action": "session.imagined"},
        {"from": "yesterday"},
        {"from": "2026-11-15T12:00:00"},
        {"after": "0"},
        {"after": str(2**63)},
        {"limit": "201"},
        {"colour": "red"},
    ],
    ids=str,
)
async def test_what_can_not_be_looked_for_is_refused(
    app: FastAPI, database: Database, params: Mapping[str, str]
) -> None:
    _, client = await administrator(app, database)
    answer = await client.get(LOG, params=params)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]["fields"]) == list(params)


async def entries(database: Database) -> list[tuple[str, str, str, dict[str, Any]]]:
    async with database.transaction() as session:
        rows = await session.scalars(
            select(AuditEntry).where(AuditEntry.action == Audited.LOG_READ.value).order_by(AuditEntry.id)
        )
        return [(row.actor, row.role, row.subject, row.details) for row in rows]


async def test_looking_leaves_a_mark_without_what_was_typed(app: FastAPI, database: Database) -> None:
    person_id, client = await administrator(app, database)
    await client.get(LOG, params={"actor": SOMEBODY, "from": "2026-11-15T12:00:00Z"})
    await client.get(LOG, params={"subject": "ada.byron"})
    await client.get(f"{LOG}/export", params={"format": "csv", "action": "session.signed_in"})
    await client.get(LOG, params={"limit": 0})
    assert await entries(database) == [
        (person_id, "administrator", SOMEBODY, {"how": "search", "filters": ["actor", "from"]}),
        (person_id, "administrator", "", {"how": "search", "filters": ["subject"]}),
        (person_id, "administrator", "", {"how": "csv", "filters": ["action"]}),
    ]


async def test_nobody_else_may_look(app: FastAPI, database: Database, buyer: AsyncClient, client: AsyncClient) -> None:
    for path in (LOG, f"{LOG}/export"):
        assert (await client.get(path)).status_code == 401
        assert (await buyer.get(path)).status_code == 403
    assert await entries(database) == []


# Export


async def test_an_export_proves_itself(app: FastAPI, log: Database) -> None:
    """With nothing but the file and what the decision about the chain says."""
    _, client = await administrator(app, log)
    answer = await client.get(f"{LOG}/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-log-20')
    assert answer.headers["cache-control"] == "no-store"
    lines = answer.text.splitlines()
    before = "0" * 64
    for place, line in enumerate(lines, 1):
        entry = json.loads(line)
        details = line.split('"details": ', 1)[1].rsplit(', "previous_hash"', 1)[0]
        assert json.loads(details) == entry["details"]
        words = [json.dumps(entry[name], ensure_ascii=False) for name in ("at", "actor", "role", "action", "subject")]
        hashed = ", ".join([str(place), f'"{before}"', str(entry["id"]), *words, details])
        assert (entry["seq"], entry["previous_hash"]) == (place, before)
        assert hashlib.sha256(f"[{hashed}]".encode()).hexdigest() == entry["hash"]
        before = entry["hash"]
    assert json.loads(lines[-1])["action"] == "log.read"
    assert len(lines) == 6


async def test_a_table_holds_the_same(app: FastAPI, log: Database) -> None:
    _, client = await administrator(app, log)
    answer = await client.get(f"{LOG}/export", params={"format": "csv", "actor": SOMEBODY})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    first, second = csv.DictReader(io.StringIO(answer.text))
    assert (first["seq"], second["seq"]) == ("2", "4")
    assert (first["at"], first["actor"], first["action"]) == (
        "2026-11-15T12:00:00.000000Z",
        SOMEBODY,
        "session.signed_in",
    )
    assert json.loads(first["details"]) == {"number": 3, "methods": ["password"], "second_factor": False}
    assert len(first["hash"]) == len(first["previous_hash"]) == 64


async def test_no_cell_begins_a_formula(app: FastAPI, database: Database) -> None:
    _, client = await administrator(app, database)
    nasty = ['=HYPERLINK("http://x.example")', "+1", "-1", "@SUM(A1)", "\tx", "\rx"]
    for text in nasty:
        async with database.transaction() as session:
            await audit.append(session, Audited.SIGNED_IN, actor=text, role="customer", subject=text)
    answer = await client.get(f"{LOG}/export", params={"format": "csv", "action": "session.signed_in"})
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["actor"] for row in rows] == [f"'{text}" for text in nasty]
    assert [row["subject"] for row in rows] == [f"'{text}" for text in nasty]


async def test_a_long_log_is_read_in_parts(app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "AT_ONCE", 3)
    _, client = await administrator(app, database)
    async with database.transaction() as session:
        for number in range(8):
            await audit.append(session, Audited.SIGNED_IN, actor="usr_1", role="x", details={"number": number})
    answer = await client.get(f"{LOG}/export", params={"action": "session.signed_in"})
    assert [json.loads(line)["details"]["number"] for line in answer.text.splitlines()] == list(range(8))
