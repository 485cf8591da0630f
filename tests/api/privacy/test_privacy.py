"""Consents, a person's own copy and the deletion of an account, at the door. What the processes behind it do is
`tests/workflows`' and `tests/processes`' to show."""

import io
import zipfile
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from activities.data_export import gather, pack
from core import clock
from core.database import Database
from models.repositories import privacy_erasures, privacy_exports
from models.repositories.processes import Progress, record_progress
from models.rules.retention import RETENTION
from models.tables.audit import AuditEntry
from models.types import Party, Role, TimelineEntry
from tests.api.conftest import open_client
from tests.support.marketplace import add_person
from tests.support.signing_in import session_of

HTML = {"accept": "text/html", "sec-fetch-site": "same-origin"}


@dataclass
class Somebody:
    id: str
    email: str
    http: AsyncClient


@pytest.fixture
async def ada(app: FastAPI, database: Database) -> Somebody:
    return await somebody(app, database)


async def somebody(app: FastAPI, database: Database, role: Role = Role.CUSTOMER) -> Somebody:
    async with database.transaction() as session:
        person_id, email = await add_person(session, role)
        token = await session_of(session, person_id, two_factors=True)
    return Somebody(person_id, email, open_client(app, authorization=f"Bearer {token}"))


async def ready(database: Database, owner: Somebody) -> str:
    """An export that is there."""
    export_id, now = f"{owner.id}-20261122", clock.now()
    async with database.transaction() as session:
        await privacy_exports.request(session, export_id, owner.id, now)
        files = await gather(session, owner.id)
        await privacy_exports.keep(
            session, export_id, owner.id, pack(files, now), at=now, expires_at=now + timedelta(days=7)
        )
        told = Progress(f"export-{export_id}", "data_export", "ready", sequence=1, is_final=True)
        await record_progress(session, told)
    return export_id


async def announced(database: Database, owner: Somebody, what: str = "erasure_requested") -> str:
    """The code of an erasure that was asked for."""
    id_, now = f"erasure-{owner.id}-1", clock.now()
    async with database.transaction() as session:
        await privacy_erasures.announce(session, id_, owner.id, 1, requested_at=now, erase_at=now + timedelta(days=14))
        line = TimelineEntry(1, now, Party.CUSTOMER, what, why="orders_under_way" if "waits" in what else "")
        status = "waiting" if "waits" in what else "scheduled"
        await record_progress(session, Progress(id_, "erasure", status, sequence=1, entries=(line,)))
        erasure = await privacy_erasures.find(session, id_)
        assert erasure is not None
        return privacy_erasures.code_of(session, erasure)


# Consents


async def test_nothing_is_agreed_to_before_it_is_said(ada: Somebody) -> None:
    consents = (await ada.http.get("/api/v1/me/consents")).json()["consents"]
    assert [(one["purpose"], one["given"], one["at"]) for one in consents] == [
        *(("terms", False, None), ("newsletter", False, None), ("making_of", False, None)),
    ]


async def test_a_changed_mind_counts_at_once_and_is_audited(ada: Somebody, database: Database) -> None:
    for said in (True, True, False):
        answer = await ada.http.put("/api/v1/me/consents", json={"newsletter": said})
        assert answer.status_code == 200
    given = {one["purpose"]: one["given"] for one in answer.json()["consents"]}
    assert given == {"terms": False, "newsletter": False, "making_of": False}
    async with database.transaction() as session:
        entries = await session.scalars(
            select(AuditEntry.details).where(AuditEntry.action == "account.consent_changed").order_by(AuditEntry.id)
        )
        assert [entry["given"] for entry in entries] == [True, False]


async def test_the_terms_are_not_withdrawn_here(ada: Somebody) -> None:
    assert (await ada.http.put("/api/v1/me/consents", json={"terms": False})).status_code == 422


async def test_everybody_may_read_how_long_what_is_kept(client: AsyncClient) -> None:
    tables = (await client.get("/api/v1/retention")).json()["tables"]
    assert {one["table"] for one in tables} == set(RETENTION)


# A copy


async def test_a_copy_is_fetched_until_it_expires(ada: Somebody, database: Database) -> None:
    export_id = await ready(database, ada)
    seen = (await ada.http.get(f"/api/v1/me/exports/{export_id}")).json()
    assert (seen["status"], seen["can_be_fetched"]) == ("ready", True)
    fetched = await ada.http.get(f"/api/v1/me/exports/{export_id}/archive")
    assert fetched.headers["content-type"] == "application/zip"
    assert fetched.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        names = set(archive.namelist())
        assert b"Ada Byron" in archive.read("account.json")
        assert "everything that we keep about you" in archive.read("README.txt").decode()
        assert not any(b"sealed" in archive.read(name) or b"_hash" in archive.read(name) for name in names)
    assert names >= {"README.txt", "manifest.json", "account.json", "orders.json", "log.json", "privacy.json"}
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        async with database.transaction() as session:
            token = await session_of(session, ada.id)
        ada.http.headers["authorization"] = f"Bearer {token}"
        assert (await ada.http.get(f"/api/v1/me/exports/{export_id}/archive")).status_code == 404
        assert (await ada.http.get(f"/api/v1/me/exports/{export_id}")).json()["can_be_fetched"] is False


async def test_somebody_elses_copy_is_a_missing_one(app: FastAPI, ada: Somebody, database: Database) -> None:
    export_id = await ready(database, ada)
    other = await somebody(app, database)
    for path in (export_id, f"{export_id}/archive", "usr_nobody-20261122"):
        answer = await other.http.get(f"/api/v1/me/exports/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_fetching_asks_who_it_is_after_ten_minutes(ada: Somebody, database: Database) -> None:
    export_id = await ready(database, ada)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        answer = await ada.http.get(f"/api/v1/me/exports/{export_id}/archive")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "reauthentication_required")


async def test_without_the_processes_nothing_is_promised(ada: Somebody) -> None:
    for path, body in (("exports", None), ("erasure", {"email": ada.email})):
        answer = await ada.http.post(f"/api/v1/me/{path}", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert (await ada.http.get("/api/v1/me/erasure")).status_code == 404


# Deleting the account


@pytest.mark.parametrize("typed", ["", "somebody@else.example", "\x00"])
async def test_the_address_has_to_be_typed_as_it_is(ada: Somebody, typed: str) -> None:
    answer = await ada.http.post("/api/v1/me/erasure", json={"email": typed})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")


async def test_an_operators_account_is_the_operators_to_close(app: FastAPI, database: Database) -> None:
    admin = await somebody(app, database, Role.ADMINISTRATOR)
    answer = await admin.http.post("/api/v1/me/erasure", json={"email": admin.email})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "operators_account")


async def test_whoever_has_the_code_may_watch_and_reads_no_name(
    client: AsyncClient, ada: Somebody, database: Database
) -> None:
    code = await announced(database, ada, "erasure_waits")
    answer = await client.get(f"/api/v1/erasures/{code}")
    assert answer.status_code == 200
    view = answer.json()
    assert (view["status"], view["can_be_cancelled"]) == ("waiting", True)
    assert "order" in view["waits_for"]
    assert (await ada.http.get("/api/v1/me/erasure")).json() == view
    page = await client.get(f"/erasures/{code}", headers=HTML)
    assert page.status_code == 200
    for text in (answer.text, page.text):
        assert ada.email not in text
        assert ada.id not in text
        assert "Ada Byron" not in text


@pytest.mark.parametrize("code", ["x", "x" * 43, "x" * 99, "%00" * 43])
async def test_a_code_that_is_none_of_ours_finds_nothing(client: AsyncClient, code: str) -> None:
    assert (await client.get(f"/api/v1/erasures/{code}")).status_code in {404, 422}
    assert (await client.get(f"/erasures/{code}", headers=HTML)).status_code in {404, 422}


# Pages


async def test_the_page_shows_and_changes_what_was_agreed_to(ada: Somebody) -> None:
    page = await ada.http.get("/account/privacy", headers=HTML)
    assert page.status_code == 200
    assert "A copy of everything" in page.text
    assert " checked" not in page.text
    kept = await ada.http.post("/account/privacy/consents", data={"newsletter": "yes"}, headers=HTML)
    assert (kept.status_code, kept.headers["location"]) == (303, "/account/privacy?done=consents")
    again = await ada.http.get("/account/privacy?done=consents", headers=HTML)
    assert again.text.count(" checked") == 1
    assert "Your choices are kept." in again.text


async def test_the_page_refuses_a_wrong_address_in_words(ada: Somebody) -> None:
    page = await ada.http.post("/account/erasure", data={"email": "somebody@else.example"}, headers=HTML)
    assert page.status_code == 422
    assert "not the e-mail address of your account" in page.text


async def test_the_page_follows_a_deletion(ada: Somebody, database: Database) -> None:
    assert "Type your e-mail address" in (await ada.http.get("/account/erasure", headers=HTML)).text
    await announced(database, ada)
    page = await ada.http.get("/account/erasure", headers=HTML)
    assert "Keep my account" in page.text
    assert "Announced" in page.text


async def test_the_page_offers_a_copy_that_is_ready(ada: Somebody, database: Database) -> None:
    export_id = await ready(database, ada)
    assert f"/account/privacy/exports/{export_id}" in (await ada.http.get("/account/privacy", headers=HTML)).text
    fetched = await ada.http.get(f"/account/privacy/exports/{export_id}", headers=HTML)
    assert fetched.headers["content-disposition"].startswith("attachment;")
