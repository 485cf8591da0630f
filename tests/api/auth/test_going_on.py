"""After proving again who they are, people go on where they were, and nothing that they typed is lost."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import update

from core import clock
from core.database import Database
from models.tables.sessions import ParkedForm, Session
from tests.api.conftest import open_client
from tests.support.marketplace import PASSWORD, add_person

HTML = {"accept": "text/html", "sec-fetch-site": "same-origin"}
ADDRESS = {
    "name": "Ada “the first” Byron 👩🏽‍🔧",
    "line1": "12 <Linden> Street",
    "line2": "  ",
    "city": "Ein Kerem עין כרם",
    "region": "ME",
    "postal_code": "04101",
    "country": "US",
}


def token_in(page: Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


@pytest.fixture
async def browser(app: FastAPI, database: Database) -> AsyncClient:
    """Somebody signed in on our pages, with a cookie."""
    async with database.transaction() as session:
        _, email = await add_person(session)
    client = open_client(app, **HTML)
    signed = await client.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert signed.status_code == 303, signed.text
    return client


async def rest(database: Database) -> None:
    """Everybody has been away for an hour."""
    ago = clock.now() - timedelta(minutes=61)
    async with database.transaction() as session:
        await session.execute(update(Session).values(last_active_at=ago, authenticated_at=ago))


async def confirm(browser: AsyncClient, way: str) -> Response:
    """Follows the redirect to the form, and sends it."""
    form = await browser.get(way)
    assert "Confirm that it is you" in form.text
    query = {name: values[0] for name, values in parse_qs(urlsplit(way).query).items()}
    return await browser.post("/sign-in/again", data={"csrf_token": token_in(form), "password": PASSWORD, **query})


async def test_a_page_comes_back(browser: AsyncClient, database: Database) -> None:
    await rest(database)
    asked = await browser.get("/orders?page=1")
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/sign-in/again?next=/orders%3Fpage%3D1")
    back = await confirm(browser, asked.headers["location"])
    assert (back.status_code, back.headers["location"]) == (303, "/orders?page=1")
    assert (await browser.get("/orders?page=1")).status_code == 200


async def test_a_form_goes_on_as_it_was_typed(browser: AsyncClient, database: Database) -> None:
    token = token_in(await browser.get("/account/devices"))
    await rest(database)
    asked = await browser.post("/checkout/address", data={"csrf_token": token, **ADDRESS})
    assert asked.status_code == 303
    assert "parked=" in asked.headers["location"]
    assert "Linden" not in asked.headers["location"]
    assert (await browser.get("/api/v1/addresses")).status_code == 401  # nothing has happened yet
    back = await confirm(browser, asked.headers["location"])
    assert back.status_code == 303
    waiting = await browser.get(back.headers["location"])
    kept = dict(re.findall(r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', waiting.text, re.DOTALL))
    assert {name: unescape(value) for name, value in kept.items()} == ADDRESS
    action = re.search(r'<form method="post" action="([^"]+)" data-goes-on', waiting.text)
    assert action is not None and action[1] == "/checkout/address"
    sent = await browser.post(
        action[1], data={"csrf_token": token_in(waiting), **{name: unescape(value) for name, value in kept.items()}}
    )
    assert sent.status_code == 303, sent.text
    saved = (await browser.get("/api/v1/addresses")).json()
    assert saved[0]["line1"] == ADDRESS["line1"]


async def test_a_waiting_form_is_sealed_and_its_senders_alone(
    app: FastAPI, browser: AsyncClient, database: Database
) -> None:
    token = token_in(await browser.get("/account/devices"))
    await rest(database)
    asked = await browser.post("/checkout/address", data={"csrf_token": token, **ADDRESS})
    form_id = parse_qs(urlsplit(asked.headers["location"]).query)["parked"][0]
    async with database.transaction() as session:
        _, email = await add_person(session)
        form = await session.get(ParkedForm, form_id)
        assert form is not None and b"Linden" not in form.sealed and token.encode() not in form.sealed
    other = open_client(app, **HTML)
    await other.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert (await other.get(f"/sign-in/continue/{form_id}")).status_code == 404


async def test_a_form_waits_for_half_an_hour(browser: AsyncClient, database: Database) -> None:
    token = token_in(await browser.get("/account/devices"))
    await rest(database)
    asked = await browser.post("/checkout/address", data={"csrf_token": token, **ADDRESS})
    async with database.transaction() as session:
        await session.execute(update(ParkedForm).values(expires_at=clock.now()))
    back = await confirm(browser, asked.headers["location"])
    late = await browser.get(back.headers["location"])
    assert late.status_code == 404
    assert "waited too long" in late.text


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:x"]
)
async def test_nobody_is_led_elsewhere(browser: AsyncClient, database: Database, target: str) -> None:
    await rest(database)
    form = await browser.get("/sign-in/again", params={"next": target})
    assert "elsewhere" not in form.text
    back = await browser.post(
        "/sign-in/again", data={"csrf_token": token_in(form), "password": PASSWORD, "next": target}
    )
    assert back.headers["location"] == "/"


async def test_a_live_part_sends_the_whole_page_to_the_form(browser: AsyncClient, database: Database) -> None:
    await rest(database)
    answer = await browser.get(
        "/orders/ord_none/live", headers={"hx-request": "true", "hx-current-url": "http://shop.example/orders/ord_none"}
    )
    assert answer.headers["hx-redirect"] == "/sign-in/again?next=/orders/ord_none"


async def test_a_form_of_another_tab_can_still_be_sent(browser: AsyncClient, database: Database) -> None:
    other_tab = token_in(await browser.get("/account/devices"))
    await rest(database)
    await confirm(browser, "/sign-in/again?next=/")
    sent = await browser.post("/checkout/address", data={"csrf_token": other_tab, **ADDRESS})
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/checkout")
