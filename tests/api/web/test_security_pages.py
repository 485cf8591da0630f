"""The pages of second factors without any script: enrol, sign in, prove it again, and go on where one was."""

import re
from html import unescape

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from core.database import Database
from models.types import Role
from tests.api.conftest import open_client
from tests.support.marketplace import PASSWORD, TestShop, add_person
from tests.support.second_factors import add_codes, code_now

HTML = {"accept": "text/html"}


@pytest.fixture
async def browser(app: FastAPI) -> AsyncClient:
    return open_client(app, **HTML)


def token_of(page: Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def hidden(page: Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return unescape(found[1])


async def enter(browser: AsyncClient, email: str, target: str = "") -> Response:
    return await browser.post("/sign-in", data={"email": email, "password": PASSWORD, "next": target})


async def enrol(browser: AsyncClient, target: str) -> tuple[str, Response]:
    """Through the pages; the secret, and the page that shows the recovery codes."""
    security = await browser.get(f"/account/security?needed=1&next={target}")
    assert "A second factor is needed" in security.text
    begun = await browser.post("/account/security/codes", data={"csrf_token": token_of(security), "next": target})
    assert begun.headers["location"] == f"/account/security/codes?next={target.replace('/', '%2F')}"
    page = await browser.get(begun.headers["location"])
    assert 'src="data:image/svg+xml' in page.text and "img-src 'self' data:" in page.headers["content-security-policy"]
    typed = re.search(r'class="code secret">([A-Z2-7 ]+)<', page.text)
    assert typed is not None
    secret = typed[1].replace(" ", "")
    wrong = await browser.post(
        "/account/security/codes/confirm", data={"csrf_token": token_of(page), "next": target, "code": "12345"}
    )
    assert wrong.status_code == 422
    assert typed[1] in wrong.text  # the same secret, so that nothing has to be scanned again
    done = await browser.post(
        "/account/security/codes/confirm",
        data={"csrf_token": token_of(page), "next": target, "code": code_now(secret, steps=-1)},
    )
    assert done.status_code == 200, done.text
    return secret, done


async def test_an_administrator_without_a_second_factor_sets_one_up_and_goes_on(
    browser: AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session, Role.ADMINISTRATOR)
    assert (await enter(browser, email)).headers["location"] == "/admin/held"
    refused = await browser.get("/admin/held")
    assert refused.headers["location"] == "/account/security?needed=1&next=/admin/held"
    _, done = await enrol(browser, "/admin/held")
    assert done.headers["set-cookie"].startswith("artisan_session=")
    assert len(re.findall(r'<li class="code">([a-z2-9-]{19})</li>', done.text)) == 10
    assert 'href="/admin/held">I have kept them' in done.text
    assert (await browser.get("/admin/held")).status_code == 200
    assert (await browser.get("/account/security?needed=1&next=/admin/held")).headers["location"] == "/admin/held"


async def test_signing_in_with_a_code(app: FastAPI, browser: AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session, Role.ADMINISTRATOR)
        secret = await add_codes(session, person_id)
    step = await enter(browser, email, "/admin/held")
    assert step.status_code == 200 and "One more step" in step.text
    typed = {name: hidden(step, name) for name in ("pending", "methods", "next")}
    wrong = await browser.post("/sign-in/code", data={**typed, "code": "1"})
    assert wrong.status_code == 401 and "This code is not right" in wrong.text
    entered = await browser.post("/sign-in/code", data={**typed, "code": code_now(secret)})
    assert entered.headers["location"] == "/admin/held"
    assert (await browser.get("/admin/held")).status_code == 200


async def test_who_has_a_second_factor_but_came_in_without_it_proves_it_again(
    browser: AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session, Role.ADMINISTRATOR)
    await enter(browser, email)
    async with database.transaction() as session:
        secret = await add_codes(session, person_id)
    refused = await browser.get("/admin/held")
    sent_on = await browser.get(refused.headers["location"])
    assert sent_on.headers["location"] == "/sign-in/again?next=%2Fadmin%2Fheld"
    again = await browser.get(sent_on.headers["location"])
    step = await browser.post(
        "/sign-in/again", data={"csrf_token": token_of(again), "password": PASSWORD, "next": "/admin/held"}
    )
    typed = {name: hidden(step, name) for name in ("pending", "methods", "next", "csrf_token")}
    entered = await browser.post("/sign-in/code", data={**typed, "code": code_now(secret)})
    assert entered.headers["location"] == "/admin/held"
    assert (await browser.get("/admin/held")).status_code == 200


async def test_factors_are_removed_and_recovery_codes_drawn(browser: AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    await enter(browser, email)
    _, done = await enrol(browser, "/orders")
    old = re.findall(r'<li class="code">([a-z2-9-]{19})</li>', done.text)
    page = await browser.get("/account/security")
    assert "10 left" in page.text
    drawn = await browser.post("/account/security/recovery-codes", data={"csrf_token": token_of(page)})
    assert not set(old) & set(re.findall(r'<li class="code">([a-z2-9-]{19})</li>', drawn.text))
    removed = await browser.post("/account/security/codes/remove", data={"csrf_token": token_of(page)})
    assert removed.headers["location"] == "/account/security?done=codes_removed"
    after = await browser.get(removed.headers["location"])
    assert "Set up one-time codes" in after.text and "signed out everywhere else" in after.text
    nothing = await browser.post("/account/security/recovery-codes", data={"csrf_token": token_of(page)})
    assert nothing.status_code == 409 and "Set one up first" in nothing.text


async def test_onward_leads_nowhere_else(browser: AsyncClient, shop: TestShop) -> None:
    await enter(browser, shop.owner_email)
    _, done = await enrol(browser, "/studio")
    assert 'href="/studio">I have kept them' in done.text
    page = await browser.get("/account/security?next=//evil.test/x")
    assert "evil.test" not in page.text
    sent_on = await browser.get("/account/security?needed=1&next=https://evil.test/")
    assert sent_on.headers["location"] == "/account/security"


@pytest.mark.parametrize("credential", ["", "nonsense", "{}", "x" * 30_000])
async def test_a_passkey_form_without_an_answer_is_refused_with_words(browser: AsyncClient, credential: str) -> None:
    answer = await browser.post("/sign-in/passkey", data={"credential": credential, "seen": "sign_in"})
    assert answer.status_code == 401
    assert "This passkey could not be checked" in answer.text and "<h1>Sign in</h1>" in answer.text
    second = await browser.post(
        "/sign-in/passkey", data={"credential": credential, "seen": "second_step", "methods": "totp,passkey"}
    )
    assert second.status_code == 401 and "One more step" in second.text
    again = await browser.post("/sign-in/passkey", data={"credential": credential, "seen": "again"})
    assert again.headers["location"] == "/sign-in"
