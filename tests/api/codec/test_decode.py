"""Administrators read payloads in Temporal's pages; nobody else does, from nowhere else, and every reading is known."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from api.auth import sessions
from api.auth.proof import Proof
from api.codec.schemas import MOST
from core import clock
from core.database import Database
from core.keys import FileKeyRing, Purpose
from core.temporal import data_converter
from models.audited import Audited
from models.tables.audit import AuditEntry
from models.types import Role
from tests.api.conftest import open_client, running_app, settings_for
from tests.support.marketplace import add_person
from workflows.checkout.messages import CheckoutInput

UI = "http://localhost:8233"
START = CheckoutInput(cart_id="crt_1", attempt=1, buyer_id="usr_1")
FROM_UI = {"origin": UI, "sec-fetch-site": "same-site", "x-namespace": "default"}


@pytest.fixture
def ring(tmp_path: Path) -> FileKeyRing:
    return FileKeyRing.create(tmp_path / "keys.json")


@pytest.fixture
async def app(postgres_url: str, ring: FileKeyRing, tmp_path: Path) -> AsyncIterator[FastAPI]:
    async with running_app(settings_for(postgres_url).model_copy(update={"keys_file": tmp_path / "keys.json"})) as app:
        yield app


@pytest.fixture
def database(app: FastAPI) -> Database:
    opened: Database = app.state.parts.database
    return opened


async def token_of(database: Database, role: Role, *, second_factor: bool = True) -> tuple[str, str]:
    """Person and token, proved just now."""
    async with database.transaction() as session:
        person_id, _ = await add_person(session, role)
        proof = Proof(methods=("password", "totp"), second_factor=second_factor)
        token, _ = await sessions.open_for(session, person_id, None, proof)
    return person_id, token


async def temporals_pages(app: FastAPI, database: Database, role: Role = Role.ADMINISTRATOR) -> AsyncClient:
    """A browser in which somebody has signed in with us and looks at Temporal's pages."""
    _, token = await token_of(database, role)
    client = open_client(app, **FROM_UI)
    client.cookies.set(sessions.COOKIE, token)
    return client


async def sealed(ring: FileKeyRing, *values: object) -> dict[str, Any]:
    payloads = await data_converter(ring).encode(values)
    return {
        "payloads": [
            {
                "metadata": {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()},
                "data": base64.b64encode(payload.data).decode(),
            }
            for payload in payloads
        ]
    }


def read(answer: Any) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [json.loads(base64.b64decode(payload["data"])) for payload in answer.json()["payloads"]]


async def readings(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    async with database.transaction() as session:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.action == Audited.PAYLOADS_READ))
        return [(row.actor, row.role, row.details) for row in rows]


async def test_an_administrator_reads_what_was_sealed(app: FastAPI, database: Database, ring: FileKeyRing) -> None:
    pages = await temporals_pages(app, database)
    answer = await pages.post("/codec/decode?preserveStorageRefs=true", json=await sealed(ring, START, "two"))
    first, second = read(answer)
    assert (first["cart_id"], first["buyer_id"], second) == ("crt_1", "usr_1", "two")
    encodings = [base64.b64decode(payload["metadata"]["encoding"]) for payload in answer.json()["payloads"]]
    assert encodings == [b"json/plain", b"json/plain"]
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["cache-control"] == "no-store"
    assert "Origin" in answer.headers["vary"]


async def test_each_reading_is_in_the_log_with_its_count_and_nothing_else(
    app: FastAPI, database: Database, ring: FileKeyRing
) -> None:
    person_id, token = await token_of(database, Role.ADMINISTRATOR)
    program = open_client(app, authorization=f"Bearer {token}")
    for values in (["one"], ["one", "two", "three"]):
        read(await program.post("/codec/decode", json=await sealed(ring, *values)))
    assert await readings(database) == [
        (person_id, "administrator", {"payloads": 1}),
        (person_id, "administrator", {"payloads": 3}),
    ]


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.ARTISAN])
async def test_nobody_else_reads_anything(app: FastAPI, database: Database, ring: FileKeyRing, role: Role) -> None:
    pages = await temporals_pages(app, database, role)
    answer = await pages.post("/codec/decode", json=await sealed(ring, START))
    assert answer.status_code == 403
    assert "crt_1" not in answer.text
    assert answer.headers["access-control-allow-origin"] == UI, "Temporal's pages can say why"
    assert await readings(database) == []


async def test_a_stranger_signs_in_first(app: FastAPI, database: Database, ring: FileKeyRing) -> None:
    answer = await open_client(app, **FROM_UI).post("/codec/decode", json=await sealed(ring, START))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "sign_in_required")


async def test_an_administrator_with_one_factor_reads_nothing(
    app: FastAPI, database: Database, ring: FileKeyRing
) -> None:
    _, token = await token_of(database, Role.ADMINISTRATOR, second_factor=False)
    answer = await open_client(app, authorization=f"Bearer {token}").post("/codec/decode", json=await sealed(ring, 1))
    assert answer.status_code == 403


async def test_a_proof_of_eleven_minutes_ago_is_too_old(app: FastAPI, database: Database, ring: FileKeyRing) -> None:
    pages, body = await temporals_pages(app, database), await sealed(ring, START)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        answer = await pages.post("/codec/decode", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "reauthentication_required")


OTHER_ORIGINS = [
    {"origin": "http://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "http://localhost:8234", "sec-fetch-site": "same-site"},
    {"origin": "https://localhost:8233", "sec-fetch-site": "same-site"},
    {"origin": "http://localhost:8233.evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "same-origin"},
    {},
]


@pytest.mark.parametrize("headers", OTHER_ORIGINS)
async def test_an_administrators_browser_reads_for_no_other_page(
    app: FastAPI, database: Database, ring: FileKeyRing, headers: dict[str, str]
) -> None:
    _, token = await token_of(database, Role.ADMINISTRATOR)
    browser = open_client(app, **headers)
    browser.cookies.set(sessions.COOKIE, token)
    answer = await browser.post("/codec/decode", json=await sealed(ring, START))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site_request")
    assert "access-control-allow-origin" not in answer.headers
    asked = await browser.options("/codec/decode", headers={"access-control-request-method": "POST"})
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers


async def test_temporals_pages_may_send_nothing_else(app: FastAPI, database: Database) -> None:
    pages = await temporals_pages(app, database)
    for method, path in [("POST", "/codec/encode"), ("POST", "/codec/decode/"), ("GET", "/codec/decode")]:
        answer = await pages.request(method, path, json={"payloads": []})
        assert answer.status_code in {404, 405}
        assert "access-control-allow-origin" not in answer.headers or path == "/codec/decode"
    refused = await pages.request("DELETE", "/api/v1/sessions/current")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_site_request")
    asked = await pages.options("/api/v1/sessions/current", headers={"access-control-request-method": "DELETE"})
    assert "access-control-allow-origin" not in asked.headers


async def test_the_browsers_question_in_advance_is_answered_to_temporals_pages(app: FastAPI) -> None:
    answer = await open_client(app, origin=UI).options(
        "/codec/decode",
        headers={
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,x-namespace",
        },
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert {"content-type", "x-namespace"} <= set(answer.headers["access-control-allow-headers"].split(", "))


async def test_what_was_never_sealed_and_what_is_erased(app: FastAPI, database: Database, ring: FileKeyRing) -> None:
    body = await sealed(ring, "before")
    old = ring.current(Purpose.PAYLOADS)
    ring.rotate(Purpose.PAYLOADS)
    ring.erase(old.id)
    plain = {"metadata": {"encoding": base64.b64encode(b"json/plain").decode()}, "data": "InBsYWluIg=="}
    body["payloads"] += [plain, *(await sealed(ring, "after"))["payloads"]]
    answer = await (await temporals_pages(app, database)).post("/codec/decode", json=body)
    erased, was_plain, after = read(answer)
    assert erased == f"erased: the key {old.id} that sealed this exists no longer"
    assert (was_plain, after) == ("plain", "after")


async def test_a_payload_that_was_changed_is_refused_in_words(
    app: FastAPI, database: Database, ring: FileKeyRing
) -> None:
    body = await sealed(ring, START)
    body["payloads"][0]["data"] = base64.b64encode(b"something else entirely").decode()
    answer = await (await temporals_pages(app, database)).post("/codec/decode", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "payload_unreadable")
    assert await readings(database) == []


async def test_a_key_that_has_not_arrived_is_asked_for_again(app: FastAPI, database: Database, tmp_path: Path) -> None:
    elsewhere = FileKeyRing.create(tmp_path / "elsewhere.json")
    answer = await (await temporals_pages(app, database)).post("/codec/decode", json=await sealed(elsewhere, START))
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"payloads": {}},
        {"payloads": [{"data": "not base64"}]},
        {"payloads": [{"metadata": {"encoding": 1}}]},
        {"payloads": [{"more": "than we know"}]},
        {"payloads": [{}] * (MOST + 1)},
    ],
)
async def test_what_is_no_list_of_payloads_is_refused(app: FastAPI, database: Database, body: dict[str, Any]) -> None:
    answer = await (await temporals_pages(app, database)).post("/codec/decode", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")


async def test_a_body_has_a_bound(app: FastAPI, database: Database) -> None:
    answer = await (await temporals_pages(app, database)).post("/codec/decode", content=b"x" * 1_000_001)
    assert answer.status_code == 413
