"""What changes while somebody is signing in: a new password or an ended session counts at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import func, select

from api.auth import passwords
from core.database import Database
from models.repositories import people
from models.repositories import sessions as stored
from models.rules.letters import LetterKind
from models.tables.people import User
from models.tables.sessions import Session
from tests.api.auth.conftest import Member, code_of, sign_in
from tests.api.conftest import open_client
from tests.support.authenticator import Authenticator
from tests.support.letters import newest_token
from tests.support.marketplace import PASSWORD
from tests.support.second_factors import code_now

ANOTHER = "quite another sentence"
PAGE = {"accept": "text/html", "sec-fetch-site": "same-origin"}


async def reset(client: AsyncClient, database: Database, email: str) -> None:
    await client.post("/api/v1/password-resets", json={"email": email})
    body = {"token": await newest_token(database, LetterKind.RESET_PASSWORD), "password": ANOTHER}
    assert (await client.post("/api/v1/password-resets/completions", json=body)).status_code == 204


def while_comparing(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[None]], renewed: str | None = None
) -> None:
    """Something happens after the password's hash was read and before it has been compared."""
    real = passwords.matches

    async def matches(password: str, password_hash: str | None) -> tuple[bool, str | None]:
        await happens()
        valid, _ = await real(password, password_hash)
        return valid, renewed

    monkeypatch.setattr(passwords, "matches", matches)


async def prove(client: AsyncClient) -> Response:
    return await client.post("/api/v1/sessions/current/proofs", json={"password": PASSWORD})


@pytest.mark.parametrize("renewed", [None, "a hash of the old password with new parameters"])
async def test_an_old_password_opens_nothing_once_it_was_replaced(
    ada: Member, client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch, renewed: str | None
) -> None:
    """Or whoever is locked out by the new password would be in again, with a session that nobody ends."""

    async def replaced() -> None:
        async with database.transaction() as session:
            await people.replace_password_hash(session, ada.id, "the new one")
            await stored.revoke_all(session, ada.id)

    while_comparing(monkeypatch, replaced, renewed)
    answer = await sign_in(client, ada.email)
    assert (answer.status_code, code_of(answer)) == (401, "wrong_credentials")
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Session).where(Session.user_id == ada.id)) == 0
        assert await session.scalar(select(User.password_hash).where(User.id == ada.id)) == "the new one"


async def test_a_sign_in_between_its_steps_ends_with_a_new_password(
    app: FastAPI, ada: Member, client: AsyncClient, database: Database
) -> None:
    device = Authenticator("http://shop.example")
    secret, _ = await ada.enrol_codes()
    await ada.enrol_passkey(device)
    pending = (await sign_in(client, ada.email)).json()["error"]["details"]["pending"]
    browser = open_client(app)
    options = await browser.post("/api/v1/sessions/passkey-options", json={"pending": pending})
    await reset(client, database, ada.email)

    answer = await open_client(app, **PAGE).post(
        "/sign-in/code", data={"pending": pending, "code": code_now(secret, steps=1)}
    )
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    body = {"credential": device.get(options.json()), "pending": pending}
    refused = await browser.post("/api/v1/sessions/passkeys", json=body)
    assert (refused.status_code, code_of(refused)) == (401, "sign_in_too_old")


async def test_proving_it_twice_at_once_leaves_one_token(app: FastAPI, ada: Member) -> None:
    """A button pressed twice: whichever answer the browser shows, nothing is broken."""
    answers = await asyncio.gather(*(prove(ada.http) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [201] * 3, [answer.text for answer in answers]
    me = [
        (await open_client(app, authorization=f"Bearer {one.json()['token']}").get("/api/v1/me")).status_code
        for one in answers
    ]
    assert sorted(me) == [200, 401, 401]


async def test_a_session_that_was_ended_meanwhile_is_not_proved_again(
    ada: Member, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ended() -> None:
        async with database.transaction() as session:
            await stored.revoke_all(session, ada.id)

    while_comparing(monkeypatch, ended)
    answer = await prove(ada.http)
    assert (answer.status_code, code_of(answer)) == (401, "sign_in_required")
