"""Who opens the letter's link need not be who registered: a stranger may have typed the address. The password that a
stranger chose gets no life from the owner's click."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import func, insert, select

from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import privacy_retention
from models.rules.letters import LetterKind
from models.tables.audit import AuditEntry
from models.tables.catalogue import Category, Shop
from models.tables.people import User
from models.tables.sessions import Session
from tests.api.auth.test_registration import ADA, ANOTHER, code_of, confirm, register, sign_in
from tests.api.conftest import open_client
from tests.api.shops.test_shops import WREN
from tests.support.letters import newest_token
from tests.support.marketplace import PASSWORD, add_person

STRANGERS = "chosen by a stranger"


@pytest.fixture
def open_page(app: FastAPI) -> Callable[[], AsyncClient]:
    """An empty browser."""
    return lambda: open_client(app, accept="text/html", **{"sec-fetch-site": "same-origin"})


async def register_in(page: AsyncClient, password: str = PASSWORD, email: str = str(ADA["email"])) -> Response:
    form = {"name": "Ada", "email": email, "password": password, "accept_terms": "true", "next": "/cart"}
    answer = await page.post("/register", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/register/sent"), answer.text
    return answer


async def token_of(database: Database) -> str:
    return await newest_token(database, LetterKind.VERIFY_EMAIL)


async def press(page: AsyncClient, token: str, **typed: str) -> Response:
    return await page.post("/verify", data={"token": token, **typed})


async def test_in_the_browser_that_registered_the_link_is_enough(
    open_page: Callable[[], AsyncClient], database: Database, client: AsyncClient
) -> None:
    page = open_page()
    await register_in(page)
    token = await token_of(database)
    shown = await page.get("/verify", params={"token": token})
    assert "Yes, this is mine" in shown.text
    assert "New password" not in shown.text
    entered = await press(page, token)
    assert (entered.status_code, entered.headers["location"]) == (303, "/cart")
    assert (await sign_in(client)).status_code == 201


async def test_an_owner_who_presses_yes_gives_no_life_to_a_strangers_password(
    open_page: Callable[[], AsyncClient], database: Database, client: AsyncClient
) -> None:
    stranger, owner = open_page(), open_page()
    await register_in(stranger, STRANGERS)
    token = await token_of(database)
    shown = await owner.get("/verify", params={"token": token})
    assert "Yes, this is mine" not in shown.text
    asked = await press(owner, token)
    assert asked.status_code == 403
    assert "or choose a new one" in asked.text
    assert code_of(await sign_in(client, STRANGERS)) == (403, "email_not_verified")

    entered = await press(owner, token, new_password=ANOTHER)
    assert (entered.status_code, entered.headers["location"]) == (303, "/cart")
    assert (await sign_in(client, STRANGERS)).status_code == 401
    assert (await sign_in(client, ANOTHER)).status_code == 201


async def test_a_stranger_who_waits_between_two_steps_is_shut_out(client: AsyncClient, database: Database) -> None:
    """What the stranger has begun with their password, a letter that they asked for included, ends with it."""
    await register(client, password=STRANGERS)
    begun = (await sign_in(client, STRANGERS)).json()["error"]["details"]["pending"]
    await client.post("/api/v1/password-resets", json={"email": ADA["email"]})
    reset = await newest_token(database, LetterKind.RESET_PASSWORD)
    assert (await confirm(client, await token_of(database), new_password=ANOTHER)).status_code == 201
    for path, body in (
        ("/api/v1/email-verifications/letters", {"pending": begun}),
        ("/api/v1/password-resets/completions", {"token": reset, "password": "a third sentence"}),
    ):
        assert (await client.post(path, json=body)).status_code in {401, 409}
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Session)) == 1


async def test_elsewhere_the_password_that_was_chosen_is_enough(
    open_page: Callable[[], AsyncClient], database: Database
) -> None:
    await register_in(open_page())
    telephone, token = open_page(), await token_of(database)
    wrong = await press(telephone, token, password="not this one")
    assert (wrong.status_code, "not the password that was chosen" in wrong.text) == (401, True)
    weak = await press(telephone, token, new_password="1234567890")
    assert (weak.status_code, "row of keys" in weak.text) == (422, True)
    entered = await press(telephone, token, password=PASSWORD)
    assert (entered.status_code, entered.headers["location"]) == (303, "/cart")
    again = await press(open_page(), token, password=PASSWORD)
    assert (again.status_code, "does nothing any more" in again.text) == (409, True)


async def test_another_letter_knows_the_browser_that_asked_for_it(
    open_page: Callable[[], AsyncClient], database: Database, client: AsyncClient
) -> None:
    """Whoever asks for one has just shown the password."""
    await register(client)
    page = open_page()
    pending = (await sign_in(client)).json()["error"]["details"]["pending"]
    assert (await page.post("/verify/again", data={"pending": pending})).status_code == 303
    entered = await press(page, await token_of(database))
    assert entered.status_code == 303


async def test_a_program_shows_a_password(client: AsyncClient, database: Database) -> None:
    await register(client)
    token = await token_of(database)
    refused = await confirm(client, token, new_password="1234567890")
    assert code_of(refused) == (422, "weak_password")
    bare = await client.post("/api/v1/email-verifications", json={"token": token})
    assert (*code_of(bare), bare.json()["error"]["details"]["chosen"]) == (403, "password_needed", True)
    assert code_of(await confirm(client, token, password=ANOTHER)) == (401, "wrong_credentials")
    assert (await confirm(client, token)).status_code == 201


async def test_the_cookie_tells_nobody_who_has_an_account(
    open_page: Callable[[], AsyncClient], database: Database
) -> None:
    async with database.transaction() as session:
        _, known = await add_person(session)
    answers = [await register_in(open_page(), email=email) for email in (known, "nobody@example.com")]
    cookies = [answer.headers["set-cookie"] for answer in answers]
    assert [cookie.partition("=")[0] for cookie in cookies] == ["artisan_registration"] * 2
    assert len({len(cookie) for cookie in cookies}) == 1
    assert len(set(cookies)) == 2
    for wanted in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert all(wanted in cookie for cookie in cookies)


@pytest.mark.parametrize("by_page", [True, False])
async def test_this_was_not_me_closes_the_account(
    client: AsyncClient, database: Database, open_page: Callable[[], AsyncClient], *, by_page: bool
) -> None:
    async with database.transaction() as session:
        await session.execute(insert(Category).values(slug="ceramics", name="Ceramics", blurb="Clay.", position=1))
    assert (await client.post("/api/v1/artisans", json=WREN)).status_code == 202
    email = str(WREN["email"])
    token = await token_of(database)
    if by_page:
        answer = await open_page().post("/verify/not-mine", data={"token": token})
        assert answer.headers["location"] == "/verify/removed"
    else:
        answer = await client.post("/api/v1/email-verifications/refusals", json={"token": token})
        assert answer.status_code == 204
    again = await client.post("/api/v1/email-verifications/refusals", json={"token": token})
    assert code_of(again) == (409, "link_not_valid")
    assert (await client.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})).status_code == 401
    async with database.transaction() as session:
        gone = (await session.scalars(select(User))).one()
        assert (gone.role, gone.password_hash) == ("customer", None)
        assert await session.scalar(select(func.count()).select_from(Shop)) == 0
        noted = select(AuditEntry).where(AuditEntry.action == Audited.REGISTRATION_REFUSED)
        assert (await session.scalars(noted)).one().subject == gone.id
        assert await privacy_retention.unconfirmed(session, clock.now()) == [], "its letter may still be on its way"
        soon = clock.now() + privacy_retention.LETTERS_ARRIVE
        assert await privacy_retention.unconfirmed(session, soon) == [gone.id]

    await register(client, email=email)
    async with database.transaction() as session:
        assert await privacy_retention.unconfirmed(session, clock.now() + timedelta(days=2)) == [], "somebody's again"
    entered = await confirm(client, await token_of(database), new_password=ANOTHER)
    assert entered.json()["person"]["name"] == "Ada"


async def test_nobody_removes_an_account_that_is_confirmed(
    client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(client)
    token = await token_of(database)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=48))
    late = await client.post("/api/v1/email-verifications/refusals", json={"token": token})
    assert code_of(late) == (409, "link_not_valid")
    monkeypatch.setattr(clock, "now", real)
    await confirm(client, token)
    refused = await client.post("/api/v1/email-verifications/refusals", json={"token": token})
    assert code_of(refused) == (409, "link_not_valid")
    assert (await sign_in(client)).status_code == 201
