"""Another password, another address: by letter or by a fresh proof; every other session ends; the owner is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from core import clock
from core.database import Database
from models.rules.letters import LetterKind
from tests.api.conftest import open_client, signed_in
from tests.support.letters import newest_token, written
from tests.support.marketplace import PASSWORD, add_person

ANOTHER = "quite another sentence"


@pytest.fixture
async def email(database: Database) -> str:
    async with database.transaction() as session:
        _, address = await add_person(session)
    return address


def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    real = clock.now
    return lambda **length: monkeypatch.setattr(clock, "now", lambda: real() + timedelta(**length))


async def ask(client: AsyncClient, email: str) -> Response:
    return await client.post("/api/v1/password-resets", json={"email": email})


async def complete(client: AsyncClient, token: str, password: str = ANOTHER) -> Response:
    return await client.post("/api/v1/password-resets/completions", json={"token": token, "password": password})


async def enter(client: AsyncClient, email: str, password: str) -> int:
    return (await client.post("/api/v1/sessions", json={"email": email, "password": password})).status_code


def code_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_forgotten_password_is_replaced_and_everybody_is_signed_out(
    app: FastAPI, client: AsyncClient, database: Database, email: str
) -> None:
    elsewhere = await signed_in(app, email)
    assert (await ask(client, email.upper())).status_code == 202
    token = await newest_token(database, LetterKind.RESET_PASSWORD)
    assert (await complete(client, token)).status_code == 204
    assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert await enter(client, email, PASSWORD) == 401
    assert await enter(client, email, ANOTHER) == 201
    assert code_of(await complete(client, token, "and a third sentence")) == (409, "link_not_valid")
    assert [kind for kind, _ in await written(database)] == ["reset_password", "password_changed"]


async def test_only_the_last_word_counts(client: AsyncClient, database: Database, email: str) -> None:
    await ask(client, email)
    first = await newest_token(database, LetterKind.RESET_PASSWORD)
    await ask(client, email)
    assert (await complete(client, await newest_token(database, LetterKind.RESET_PASSWORD))).status_code == 204
    assert code_of(await complete(client, first, "and a third sentence")) == (409, "link_not_valid")


async def test_after_an_hour_the_link_does_nothing(
    client: AsyncClient, database: Database, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(client, email)
    token = await newest_token(database, LetterKind.RESET_PASSWORD)
    later(monkeypatch)(hours=1)
    assert code_of(await complete(client, token)) == (409, "link_not_valid")


async def test_a_weak_new_password_does_not_use_the_link_up(
    client: AsyncClient, database: Database, email: str
) -> None:
    await ask(client, email)
    token = await newest_token(database, LetterKind.RESET_PASSWORD)
    assert code_of(await complete(client, token, "1234567890")) == (422, "weak_password")
    assert (await complete(client, token)).status_code == 204


async def test_a_link_of_another_kind_opens_nothing(client: AsyncClient, database: Database, email: str) -> None:
    await ask(client, email)
    token = await newest_token(database, LetterKind.RESET_PASSWORD)
    for path in ("/api/v1/email-verifications", "/api/v1/email-changes/confirmations"):
        assert code_of(await client.post(path, json={"token": token})) == (409, "link_not_valid")
    assert (await complete(client, token)).status_code == 204


async def test_a_letter_to_nobody_has_a_link_that_opens_nothing(client: AsyncClient, database: Database) -> None:
    assert (await ask(client, "stranger@example.com")).status_code == 202
    token = await newest_token(database, LetterKind.RESET_PASSWORD)
    assert code_of(await complete(client, token)) == (409, "link_not_valid")


async def test_changing_the_password_ends_all_other_sessions(
    app: FastAPI, client: AsyncClient, database: Database, email: str
) -> None:
    here, elsewhere = await signed_in(app, email), await signed_in(app, email)
    assert code_of(await here.put("/api/v1/me/password", json={"password": "1234567890"})) == (422, "weak_password")
    assert (await here.put("/api/v1/me/password", json={"password": ANOTHER})).status_code == 204
    assert (await here.get("/api/v1/me")).status_code == 200
    assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert await enter(client, email, ANOTHER) == 201
    assert await written(database) == [("password_changed", email)]


async def test_both_ask_for_a_fresh_proof(app: FastAPI, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await signed_in(app, email)
    later(monkeypatch)(minutes=10)
    password = await here.put("/api/v1/me/password", json={"password": ANOTHER})
    address = await here.post("/api/v1/email-changes", json={"email": "ada@new.example"})
    assert code_of(password) == code_of(address) == (401, "reauthentication_required")


async def test_a_new_address_counts_when_its_mailbox_has_answered(
    app: FastAPI, client: AsyncClient, database: Database, email: str
) -> None:
    here = await signed_in(app, email)
    await ask(client, email)
    old_link = await newest_token(database, LetterKind.RESET_PASSWORD)
    assert (await here.post("/api/v1/email-changes", json={"email": "ada@new.example"})).status_code == 202
    assert (await here.get("/api/v1/me")).json()["email"] == email
    assert (await written(database))[1:] == [("email_change", "ada@new.example")]

    token = await newest_token(database, LetterKind.EMAIL_CHANGE)
    assert (await client.post("/api/v1/email-changes/confirmations", json={"token": token})).status_code == 204
    assert (await here.get("/api/v1/me")).json()["email"] == "ada@new.example"
    assert (await written(database))[2:] == [("email_changed", email)]
    assert await enter(client, "ada@new.example", PASSWORD) == 201
    assert await enter(client, email, PASSWORD) == 401
    assert code_of(await complete(client, old_link)) == (409, "link_not_valid")
    again = await client.post("/api/v1/email-changes/confirmations", json={"token": token})
    assert code_of(again) == (409, "link_not_valid")


async def test_an_address_that_somebody_has_is_told_to_its_mailbox_alone(
    app: FastAPI, client: AsyncClient, database: Database, email: str
) -> None:
    async with database.transaction() as session:
        _, taken = await add_person(session)
    here = await signed_in(app, email)
    free = await here.post("/api/v1/email-changes", json={"email": "ada@new.example"})
    known = await here.post("/api/v1/email-changes", json={"email": taken})
    assert (free.status_code, free.text) == (known.status_code, known.text) == (202, free.text)
    token = await newest_token(database, LetterKind.EMAIL_CHANGE)
    refused = await client.post("/api/v1/email-changes/confirmations", json={"token": token})
    assert code_of(refused) == (409, "email_taken")
    assert (await here.get("/api/v1/me")).json()["email"] == email


async def test_a_new_password_also_ends_somebody_elses_change_of_address(
    app: FastAPI, client: AsyncClient, database: Database, email: str
) -> None:
    intruder = await signed_in(app, email)
    await intruder.post("/api/v1/email-changes", json={"email": "mallory@evil.example"})
    link = await newest_token(database, LetterKind.EMAIL_CHANGE)
    await ask(client, email)
    assert (await complete(client, await newest_token(database, LetterKind.RESET_PASSWORD))).status_code == 204
    refused = await client.post("/api/v1/email-changes/confirmations", json={"token": link})
    assert code_of(refused) == (409, "link_not_valid")


async def test_reset_proves_the_mailbox(app: FastAPI, database: Database) -> None:
    async with open_client(app) as client:
        person = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD, "accept_terms": True}
        assert (await client.post("/api/v1/customers", json=person)).status_code == 202
        await ask(client, "ada@example.com")
        assert (await complete(client, await newest_token(database, LetterKind.RESET_PASSWORD))).status_code == 204
        assert await enter(client, "ada@example.com", ANOTHER) == 201
