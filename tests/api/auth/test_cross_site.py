"""Requests that another site makes a browser send are not carried out."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from api.auth.cross_site import local_path
from api.auth.sessions import COOKIE
from core.database import Database
from models.tables.sessions import Session
from tests.api.conftest import open_client
from tests.support.marketplace import PASSWORD, add_person


@pytest.fixture
async def browser(app: FastAPI, database: Database) -> AsyncClient:
    """A signed-in browser: cookie instead of token."""
    async with database.transaction() as session:
        _, email = await add_person(session)
    client = open_client(app)
    token = (await client.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})).json()["token"]
    client.cookies.set(COOKIE, token)
    return client


async def _csrf_token(database: Database) -> str:
    async with database.transaction() as session:
        return (await session.scalars(select(Session.csrf_token))).one()


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://shop.example.evil.example"},
        {"origin": "http://shop.example:81"},
    ],
)
async def test_another_sites_request_is_refused_even_with_the_token(
    browser: AsyncClient, database: Database, listing_id: str, headers: dict[str, str]
) -> None:
    token = await _csrf_token(database)
    for sent in (headers, headers | {"x-csrf-token": token}):
        answer = await browser.post("/api/v1/cart/lines", json={"listing_id": listing_id}, headers=sent)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site_request")
    assert (await browser.get("/api/v1/cart")).json()["count"] == 0


@pytest.mark.parametrize("token", ["", "wrong", "é"])
async def test_somebody_signed_in_needs_the_token(browser: AsyncClient, listing_id: str, token: str) -> None:
    answer = await browser.post(
        "/api/v1/cart/lines",
        json={"listing_id": listing_id},
        headers=[(b"sec-fetch-site", b"same-origin"), (b"x-csrf-token", token.encode())],
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site_request")


async def test_our_own_page_gets_through(browser: AsyncClient, database: Database, listing_id: str) -> None:
    token = await _csrf_token(database)
    for proof in ({"sec-fetch-site": "same-origin"}, {"origin": "http://shop.example"}, {}):
        answer = await browser.post(
            "/api/v1/cart/lines", json={"listing_id": listing_id}, headers={"x-csrf-token": token, **proof}
        )
        assert answer.status_code == 200


async def test_an_anonymous_browser_needs_its_own_word_or_the_token(
    client: AsyncClient, database: Database, listing_id: str
) -> None:
    line = {"listing_id": listing_id}
    assert (await client.post("/api/v1/cart/lines", json=line)).status_code == 200  # no session yet: nothing to forge
    assert (await client.post("/api/v1/cart/lines", json=line)).status_code == 403
    for headers in ({"sec-fetch-site": "same-origin"}, {"x-csrf-token": await _csrf_token(database)}):
        assert (await client.post("/api/v1/cart/lines", json=line, headers=headers)).status_code == 200


async def test_signing_somebody_in_from_elsewhere_is_refused(client: AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    answer = await client.post(
        "/api/v1/sessions", json={"email": email, "password": PASSWORD}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403


async def test_a_token_client_is_exempt(buyer: AsyncClient, listing_id: str) -> None:
    answer = await buyer.post(
        "/api/v1/cart/lines", json={"listing_id": listing_id}, headers={"origin": "http://app.example"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "",
        None,
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a\nb",
        "\t/a",
        "javascript:1",
        "/" * 2_001,
        "/\\/evil.example",
        "/%2F%2Fevil.example",
        "/%2Fevil.example",
        "/%252Fevil.example",
        "/%25252Fevil.example",
        "/%2525252Fevil.example",
        "/%5Cevil.example",
        "/%5c%5cevil.example",
        "/\uff0fevil.example",
        "/\uff3cevil.example",
        "/%EF%BC%8Fevil.example",
        "/a%0d%0aSet-Cookie:%20a=b",
        "/a?b=%0d%0aLocation:%20https://evil.example",
        "/a\u2028b",
        "/a\x85b",
        "/a\x00",
        "/a%00",
        " /a",
        "\u3000/a",
        "%2F%2Fevil.example",
        "./a",
        "@evil.example",
        "HTTPS:evil.example",
    ],
)
def test_redirects_stay_here(target: str | None) -> None:
    assert local_path(target, "/home") == "/home"


def test_local_paths_are_kept() -> None:
    for target in (
        "/orders?page=2#top",
        "/",
        "/search?q=oak%20bowl&max=100%25",
        "/search?q=https://elsewhere.example//x\\y",
        "/oauth/authorise?redirect_uri=https%3A%2F%2Floom.example%2Fback&state=a%2Fb",
        "/shops/caf\u00e9",
        "/search?q=\u00bd",
    ):
        assert local_path(target) == target
