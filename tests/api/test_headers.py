"""Every kind of answer says the same to browsers about what it may be used for; over HTTPS it says more."""

from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie
from typing import Any, cast

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.database import Database
from models.tables.catalogue import PictureRendition
from tests.api.conftest import running_app, settings_for
from tests.support.marketplace import PASSWORD, add_person
from tests.support.signing_in import session_of

SHOP = "https://shop.example"


@pytest.fixture
async def secure_app(postgres_url: str) -> AsyncIterator[FastAPI]:
    settings = settings_for(postgres_url).model_copy(update={"public_url": SHOP})
    async with running_app(settings) as running:
        yield running


def browser_at(app: FastAPI) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url=SHOP)


def check(answer: Response, *, https: bool) -> None:
    headers = answer.headers
    told = f"{answer.request.method} {answer.request.url}: {answer.status_code}"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; "), told
    assert "unsafe" not in policy and "*" not in policy, told
    assert "base-uri 'none'" in policy and "frame-ancestors 'none'" in policy, told
    assert headers["x-content-type-options"] == "nosniff", told
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin", told
    assert headers["cross-origin-opener-policy"] == "same-origin", told
    assert headers["cross-origin-resource-policy"] == "same-origin", told
    assert headers["cache-control"], told
    assert headers.get("strict-transport-security") == ("max-age=31536000; includeSubDomains" if https else None), told
    for silent in ("server", "x-powered-by", "via"):
        assert silent not in headers, told
    for name in ("content-security-policy", "x-content-type-options", "strict-transport-security", "cache-control"):
        assert len(headers.get_list(name)) <= 1, told


async def _all_kinds(client: AsyncClient, picture: str) -> list[Response]:
    home = await client.get("/", headers={"accept": "text/html"})
    asset = next(part.split('"')[0] for part in home.text.split('href="')[1:] if part.startswith("/static/"))
    whole = await client.get(asset)
    seen = await client.get(asset, headers={"if-none-match": whole.headers.get("etag", "")})
    shown = await client.get(picture)
    answers = [
        home,
        whole,
        seen,
        shown,
        await client.get(picture, headers={"if-none-match": shown.headers.get("etag", "")}),
        await client.head("/"),
        await client.options("/api/v1/cart"),
        await client.get("/healthz"),
        await client.get("/api/v1/openapi.json"),
        await client.get("/static/nothing.css"),
        await client.get("/static/../core/settings.py"),
        await client.get("/nothing", headers={"accept": "text/html"}),
        await client.get("/api/v1/nothing"),
        await client.get("/checkout", headers={"accept": "text/html"}),
        await client.delete("/"),
        await client.post("/api/v1/cart/lines", content=b"{"),
        await client.post("/api/v1/cart/lines", content=b"x" * 1_100_000),
        await client.post("/webhooks/stripe", content=b"{}"),
        await client.get("/%ff"),
    ]
    assert {answer.status_code for answer in answers} >= {200, 303, 304, 400, 404, 405, 413}
    return answers


@pytest.fixture
async def picture_address(database: Database) -> str:
    async with database.transaction() as session:
        session.add(PictureRendition(content_id="a" * 64, width=320, media_type="image/webp", body=b"RIFF"))
    return f"/pictures/{'a' * 64}/320.webp"


async def test_every_kind_of_answer_on_ones_own_machine(client: AsyncClient, picture_address: str) -> None:
    for answer in await _all_kinds(client, picture_address):
        check(answer, https=False)


async def test_every_kind_of_answer_over_https(secure_app: FastAPI, picture_address: str) -> None:
    async with browser_at(secure_app) as browser:
        for answer in await _all_kinds(browser, picture_address):
            check(answer, https=True)


def cookie_of(answer: Response, name: str) -> Morsel[str]:
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(line)
    return jar[name]


async def test_over_https_a_session_is_tied_to_this_host(secure_app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    async with browser_at(secure_app) as browser:
        given = {"email": email, "password": PASSWORD}
        answer = await browser.post("/sign-in", data=given, headers={"origin": SHOP})
        assert answer.status_code == 303, answer.text
        cookie = cookie_of(answer, "__Host-artisan_session")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
        assert cookie["secure"] is True
        assert cookie["httponly"] is True
        assert cookie["samesite"].lower() == "lax"
        assert (await browser.get("/api/v1/me")).status_code == 200


async def test_a_session_that_a_neighbour_has_planted_is_none(secure_app: FastAPI, database: Database) -> None:
    """Whoever holds a subdomain may set a cookie for the whole domain, but none with the prefix."""
    async with database.transaction() as session:
        _, email = await add_person(session)
    async with browser_at(secure_app) as browser:
        answer = await browser.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})
        token = answer.json()["token"]
        browser.cookies.clear()
        for name, status in (("artisan_session", 401), ("__Host-artisan_session", 200)):
            told = await browser.get("/api/v1/me", headers={"cookie": f"{name}={token}"})
            assert told.status_code == status, name


async def test_over_https_the_cookies_of_a_sign_in_have_the_prefix_too(secure_app: FastAPI) -> None:
    async with browser_at(secure_app) as browser:
        answer = await browser.post("/api/v1/sessions/passkey-options", json={}, headers={"origin": SHOP})
        assert answer.status_code == 200, answer.text
        cookie = cookie_of(answer, "__Host-artisan_passkey")
        assert cookie["secure"] is True
        assert cookie["httponly"] is True
        assert (cookie["path"], cookie["domain"]) == ("/", "")


@pytest.mark.parametrize(("peer", "believed"), [("172.31.250.2", True), ("172.31.250.130", False), ("10.0.0.9", False)])
async def test_only_the_proxy_says_where_a_request_came_from(peer: str, *, believed: bool) -> None:
    """The server's own middleware, told what the compose file tells it."""
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    behind = ProxyHeadersMiddleware(app, "172.31.250.2")
    transport = ASGITransport(cast(Any, behind), client=(peer, 40_000))
    async with AsyncClient(transport=transport, base_url=SHOP) as client:
        # Whoever is out there may add to the header; the proxy appends the one address that it knows itself.
        await client.get("/", headers={"x-forwarded-for": "1.2.3.4, 203.0.113.7"})
    assert seen == ["203.0.113.7" if believed else peer]


async def test_no_browser_keeps_what_is_sensitive(app: FastAPI, database: Database) -> None:
    """A secret for one-time codes, bank details, recovery codes: nobody finds them behind the Back button."""
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        token = await session_of(session, person_id)
    own = {"authorization": f"Bearer {token}", "accept": "text/html"}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://shop.example", headers=own) as browser:
        await browser.post("/account/security/codes")
        shown = {
            path: (await browser.get(path)).headers["cache-control"]
            for path in ("/account/security/codes", "/account/payments", "/api/v1/me/factors", "/account/devices", "/")
        }
    assert shown == {
        "/account/security/codes": "no-store",
        "/account/payments": "no-store",
        "/api/v1/me/factors": "no-store",
        "/account/devices": "private, no-cache",
        "/": "private, no-cache",
    }
