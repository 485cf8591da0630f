"""Administrators enter clients, change their secrets and shut them out, by program and by page."""

import asyncio
import re

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import select

from api.auth.sessions import COOKIE
from core.database import Database
from models.audited import Audited
from models.tables.audit import AuditEntry
from models.tables.oauth import OAuthSecret
from models.types import Role
from tests.api.oauth.conftest import BACK, HTML, https_client
from tests.support.marketplace import add_person, add_shop
from tests.support.signing_in import session_of

CLIENTS = "/api/v1/admin/clients"
APP = {"kind": "app", "name": "Loom Notes", "scopes": ["openid", "shop"], "redirect_uris": [BACK]}
COURIER = {"kind": "courier", "name": "Swift's hub", "scopes": ["parcels:report"], "courier": "swift"}


@pytest.fixture
async def token(database: Database) -> str:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        return await session_of(session, person_id, two_factors=True)


@pytest.fixture
async def admin(app: FastAPI, token: str) -> AsyncClient:
    return https_client(app, authorization=f"Bearer {token}")


@pytest.fixture
async def desk(app: FastAPI, token: str) -> AsyncClient:
    """The same administrator in a browser."""
    browser = https_client(app, **HTML)
    browser.cookies.set(f"__Host-{COOKIE}", token)
    return browser


async def send(desk: AsyncClient, path: str, data: dict[str, object], shown: str = CLIENTS) -> Response:
    page = await desk.get("/admin/clients")
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    sent = {"csrf_token": found[1], **data}
    return await desk.post(path, data=sent, headers={"sec-fetch-site": "same-origin"})


async def test_a_partner_gets_a_secret_once_and_a_second_to_change_over(admin: AsyncClient, database: Database) -> None:
    entered = await admin.post(CLIENTS, json=COURIER)
    assert entered.status_code == 201
    client_id, secret = entered.json()["client"]["id"], entered.json()["secret"]
    assert secret.startswith("acs_")
    assert secret not in (await admin.get(f"{CLIENTS}/{client_id}")).text
    async with database.transaction() as session:
        assert secret not in (await session.scalars(select(OAuthSecret.secret_hash))).one()
    drawn = (await admin.post(f"{CLIENTS}/{client_id}/secrets")).json()
    third = await admin.post(f"{CLIENTS}/{client_id}/secrets")
    assert (third.status_code, third.json()["error"]["code"]) == (409, "two_secrets")

    async def works(one: str) -> bool:
        sent = {"grant_type": "client_credentials"}
        return (await admin.post("/oauth/token", data=sent, auth=(client_id, one))).status_code == 200

    assert await works(secret)
    assert await works(drawn["secret"])
    (first, _) = (await admin.get(f"{CLIENTS}/{client_id}")).json()["secrets"]
    assert (await admin.delete(f"{CLIENTS}/{client_id}/secrets/{first['id']}")).status_code == 204
    assert (await admin.delete(f"{CLIENTS}/{client_id}/secrets/{first['id']}")).status_code == 404
    assert not await works(secret)
    assert await works(drawn["secret"])
    assert (await admin.delete(f"{CLIENTS}/{client_id}")).status_code == 204
    assert not await works(drawn["secret"])
    assert (await admin.post(f"{CLIENTS}/{client_id}/secrets")).status_code == 409
    async with database.transaction() as session:
        told = list(await session.scalars(select(AuditEntry.action).where(AuditEntry.subject == client_id)))
    assert told == [Audited.CLIENT_REGISTERED, *[Audited.CLIENT_CHANGED] * 2, Audited.CLIENT_REVOKED]


async def test_two_administrators_at_once_draw_no_third_secret(admin: AsyncClient) -> None:
    client_id = (await admin.post(CLIENTS, json=COURIER)).json()["client"]["id"]
    answers = await asyncio.gather(*(admin.post(f"{CLIENTS}/{client_id}/secrets") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_an_app_has_no_secret_and_what_it_may_ask_can_change(admin: AsyncClient) -> None:
    entered = (await admin.post(CLIENTS, json=APP)).json()
    assert entered["secret"] is None
    client_id = entered["client"]["id"]
    assert (await admin.post(f"{CLIENTS}/{client_id}/secrets")).status_code == 409
    changed = await admin.put(
        f"{CLIENTS}/{client_id}",
        json={"name": "Loom 2", "scopes": ["shop"], "redirect_uris": ["com.example.loom:/back"]},
    )
    assert (changed.json()["name"], changed.json()["scopes"]) == ("Loom 2", ["shop"])
    assert [one["name"] for one in (await admin.get(CLIENTS)).json()["items"]] == ["Loom 2"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": ["parcels:report"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": []}, "scopes"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["http://loom.example/back"]}, "redirect_uris"),
        ({"redirect_uris": ["https://loom.example/back#here"]}, "redirect_uris"),
        ({"redirect_uris": ["https://*.example/back"]}, "redirect_uris"),
        ({"redirect_uris": ["loom:/back"]}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"redirect_uris": ["https://loom.example;script-src"]}, "redirect_uris"),
        ({"name": "x"}, "name"),
        ({"courier": "swift"}, "courier"),
        ({"shop": "saltmarsh"}, "shop"),
        ({"kind": "courier", "scopes": ["parcels:report"], "courier": "pigeon", "redirect_uris": []}, "courier"),
        ({"kind": "courier", "scopes": ["parcels:report"], "redirect_uris": []}, "courier"),
        ({"kind": "courier", "scopes": ["parcels:report"], "courier": "swift"}, "redirect_uris"),
        ({"kind": "courier", "scopes": ["orders:read"], "courier": "swift", "redirect_uris": []}, "scopes"),
        ({"kind": "crm", "scopes": ["orders:read"], "shop": "no-such-shop", "redirect_uris": []}, "shop"),
        ({"kind": "crm", "scopes": ["orders:read"], "redirect_uris": []}, "shop"),
        ({"secret": "my own"}, "secret"),
    ],
)
async def test_what_can_not_be_meant_is_refused(admin: AsyncClient, changes: dict[str, object], field: str) -> None:
    answer = await admin.post(CLIENTS, json={**APP, **changes})
    assert answer.status_code == 422, answer.text
    details = answer.json()["error"]["details"]
    assert field in {details.get("field"), *details.get("fields", {})}
    assert (await admin.get(CLIENTS)).json() == {"items": []}


async def test_an_unknown_client_is_nowhere(admin: AsyncClient) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/secrets"), ("DELETE", "/secrets/sec_none")):
        assert (await admin.request(method, f"{CLIENTS}/cli_nobody{path}")).status_code == 404


async def test_the_pages_show_a_secret_once_and_never_again(desk: AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session)
    entered = await send(desk, "/admin/clients/new/crm", {"name": "Saltmarsh's books", "shop": shop.slug})
    assert entered.status_code == 200
    secret = re.search(r'id="secret">(acs_[^<]+)<', entered.text)
    assert secret
    assert entered.headers["cache-control"] == "no-store"
    client_id = re.search(r'<span class="code">(cli_[^<]+)<', entered.text)
    assert client_id
    path = f"/admin/clients/{client_id[1]}"
    assert secret[1] not in (await desk.get(path)).text
    drawn = await send(desk, f"{path}/secrets", {})
    assert "acs_" in drawn.text
    ended = await send(desk, f"{path}/revoke", {})
    assert ended.headers["location"] == f"{path}?done=revoked"
    shown = await desk.get(ended.headers["location"])
    assert "Shut out" in shown.text
    assert "Draw" not in shown.text


async def test_a_page_that_is_filled_in_wrong_keeps_what_was_typed(desk: AsyncClient) -> None:
    refused = await send(
        desk, "/admin/clients/new/app", {"name": "Loom Notes", "scopes": "shop", "redirect_uris": "loom.example"}
    )
    assert refused.status_code == 422
    assert "An app&#39;s own scheme has a dot" in refused.text
    assert 'value="Loom Notes"' in refused.text
    assert 'value="shop" checked' in refused.text
    entered = await send(
        desk, "/admin/clients/new/app", {"name": "Loom Notes", "scopes": ["shop", "desk"], "redirect_uris": BACK}
    )
    page = await desk.get(entered.headers["location"])
    assert 'value="desk" checked' in page.text
    assert BACK in page.text
    changed = await send(desk, entered.headers["location"], {"name": "", "scopes": "shop", "redirect_uris": BACK})
    assert changed.status_code == 422
    changed = await send(desk, entered.headers["location"], {"name": "Loom", "scopes": "shop", "redirect_uris": BACK})
    assert changed.headers["location"].endswith("?done=changed")
    assert (await desk.get("/admin/clients/new/spy")).status_code == 404
