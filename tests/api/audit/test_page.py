"""The audit log as a page, and the marks that looking at held payments leaves."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import insert, select

from activities.audit_seal import AuditSealActivities, SealDays
from core.database import Database
from models.audited import Audited
from models.repositories import audit
from models.tables.audit import AuditEntry
from models.types import Role
from tests.api.audit.test_audit_log import SOMEBODY, administrator
from tests.api.conftest import open_client
from tests.browser.people import ADDRESS
from tests.support.marketplace import add_person
from tests.support.signing_in import session_of


@pytest.fixture
async def page(app: FastAPI, database: Database) -> AsyncClient:
    _, client = await administrator(app, database)
    client.headers["accept"] = "text/html"
    return client


async def marks(database: Database, action: Audited) -> list[tuple[str, dict[str, Any]]]:
    async with database.transaction() as session:
        rows = await session.scalars(
            select(AuditEntry).where(AuditEntry.action == action.value).order_by(AuditEntry.id)
        )
        return [(row.subject, row.details) for row in rows]


async def test_entries_stand_in_words(page: AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        await audit.append(
            session,
            Audited.SIGNED_IN,
            actor=SOMEBODY,
            role="customer",
            details={"methods": ["password", "totp"], "second_factor": True},
        )
        await audit.append(session, Audited.SIGN_IN_FAILED, actor=audit.SYSTEM, role="visitor", subject=SOMEBODY)
        taken: dict[str, str | int | bool | list[str]] = {"amount_minor": 12_800, "currency": "USD", "scopes": []}
        await audit.append(
            session, Audited.PAYMENT_CAPTURED, actor=audit.workflow("x"), role=audit.PROCESS, details=taken
        )
    text = (await page.get("/admin/audit")).text
    assert "<h3>Signed in</h3>" in text
    assert "<h3>Failed to sign in</h3>" in text
    assert "<dt>Methods</dt><dd>password, totp</dd>" in text
    assert "<dt>Second factor</dt><dd>yes</dd>" in text
    assert f'href="/admin/audit?subject={SOMEBODY}"' in text
    assert "<dt>Amount</dt><dd>$128.00</dd>" in text
    assert "<dt>Scopes</dt><dd>none</dd>" in text
    assert "No day is sealed yet" in text


async def test_what_was_typed_stays_in_the_form_and_in_the_links(page: AsyncClient, database: Database) -> None:
    answer = await page.get(
        "/admin/audit", params={"actor": SOMEBODY, "action": "log.read", "since": "2026-11-01", "until": ""}
    )
    assert answer.status_code == 200
    assert f'value="{SOMEBODY}"' in answer.text
    assert '<option value="log.read" selected>' in answer.text
    assert (
        f"/admin/audit/export?actor={SOMEBODY}&amp;action=log.read&amp;since=2026-11-01&amp;format=csv" in answer.text
    )
    assert "Nothing matches that" in answer.text


async def test_older_entries_are_a_link_away(page: AsyncClient, database: Database) -> None:
    for _ in range(51):
        async with database.transaction() as session:
            await audit.append(session, Audited.SIGNED_IN, actor=SOMEBODY, role="customer")
    first = (await page.get("/admin/audit", params={"actor": SOMEBODY})).text
    assert first.count("<h3>Signed in</h3>") == 50
    assert f"/admin/audit?actor={SOMEBODY}&amp;after=2" in first
    second = (await page.get("/admin/audit", params={"actor": SOMEBODY, "after": "2"})).text
    assert second.count("<h3>Signed in</h3>") == 1
    assert "Newest entries" in second


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"actor": "Ada Byron"}, "This does not look right. Check it."),
        ({"since": "last week"}, "Enter a day like 2026-11-22."),
        ({"until": "9999-12-31"}, "Enter a day like 2026-11-22."),
        ({"action": "nonsense"}, "Choose one of the list."),
    ],
)
async def test_what_can_not_be_read_is_pointed_at(page: AsyncClient, typed: dict[str, str], words: str) -> None:
    for path in ("/admin/audit", "/admin/audit/export"):
        answer = await page.get(path, params=typed)
        assert answer.status_code == 422
        assert words in answer.text


async def test_the_page_has_the_export_beside_it(page: AsyncClient, database: Database) -> None:
    answer = await page.get("/admin/audit/export", params={"format": "csv"})
    assert answer.status_code == 200
    assert answer.text.startswith("seq,id,at,actor,role,action,subject,details,previous_hash,hash\r\n")
    assert await marks(database, Audited.LOG_READ) == [("", {"how": "csv", "filters": []})]


async def test_the_newest_seal_is_named(page: AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        at = datetime(2026, 11, 16, 12, tzinfo=UTC)
        await session.execute(
            insert(AuditEntry).values(at=at, actor=SOMEBODY, role="customer", action="session.signed_in", details={})
        )
    await AuditSealActivities(database).seal_days(SealDays(date(2026, 11, 18), 31))
    assert "Signed and sealed up to entry 1, on Nov 17, 2026." in (await page.get("/admin/audit")).text
    seal = (await page.get("/api/v1/admin/audit")).json()["seal"]
    assert (seal["day"], seal["up_to_seq"], len(seal["hash"])) == ("2026-11-17", 1, 64)


# Marks that other routes leave


async def test_held_payments_are_not_looked_at_unseen(page: AsyncClient, database: Database) -> None:
    assert (await page.get("/admin/held")).status_code == 200
    assert (await page.get("/api/v1/admin/held-checkouts")).status_code == 200
    assert await marks(database, Audited.DATA_READ) == [("", {"what": "held_checkouts"})] * 2


async def test_who_may_not_look_leaves_no_mark(app: FastAPI, database: Database, buyer: AsyncClient) -> None:
    assert (await buyer.get("/api/v1/admin/held-checkouts")).status_code == 403
    assert await marks(database, Audited.DATA_READ) == []


async def test_a_new_address_is_noted_by_its_id(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.CUSTOMER)
        token = await session_of(session, person_id)
    client = open_client(app, authorization=f"Bearer {token}")
    for _ in range(2):  # the same address again is the one that is there
        answer = await client.post("/api/v1/addresses", json=ADDRESS)
        assert answer.status_code == 201, answer.text
    assert await marks(database, Audited.ADDRESS_ADDED) == [(answer.json()["id"], {})]
