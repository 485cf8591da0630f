"""Opening an account: confirmed by letter, the same for known and unknown addresses, never by a weak password."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import event, select, text

from core import clock
from core.database import Database
from models.repositories import letters, people, privacy_consents
from models.rules.consents import Purpose
from models.rules.letters import LetterKind
from models.tables.people import User
from models.tables.sessions import Session
from models.types import Role
from tests.api.conftest import open_client
from tests.support.letters import newest_token, written
from tests.support.marketplace import PASSWORD, add_person

ADA = {"name": "Ada", "email": "Ada@Example.com", "password": PASSWORD, "accept_terms": True}
ANOTHER = "quite another sentence"


async def register(client: AsyncClient, **changed: object) -> Response:
    return await client.post("/api/v1/customers", json={**ADA, **changed})


async def confirm(client: AsyncClient, token: str, **shown: str) -> Response:
    """With the password that was chosen, unless something else is shown."""
    body = {"token": token, **(shown or {"password": PASSWORD})}
    return await client.post("/api/v1/email-verifications", json=body)


async def sign_in(client: AsyncClient, password: str = PASSWORD) -> Response:
    return await client.post("/api/v1/sessions", json={"email": ADA["email"], "password": password})


def code_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_the_letters_link_opens_the_account_once(client: AsyncClient, database: Database) -> None:
    answer = await register(client)
    assert answer.status_code == 202, answer.text
    assert "set-cookie" not in answer.headers
    assert await written(database) == [("verify_email", "Ada@example.com")]
    assert code_of(await sign_in(client)) == (403, "email_not_verified")

    token = await newest_token(database, LetterKind.VERIFY_EMAIL)
    entered = await confirm(client, token)
    assert entered.status_code == 201, entered.text
    me = await client.get("/api/v1/me", headers={"authorization": f"Bearer {entered.json()['token']}"})
    assert (me.json()["name"], me.json()["role"]) == ("Ada", "customer")
    assert code_of(await confirm(client, token)) == (409, "link_not_valid")
    assert (await sign_in(client)).status_code == 201


async def test_only_hashes_and_sealed_fields_are_stored(client: AsyncClient, database: Database) -> None:
    await register(client)
    token = await newest_token(database, LetterKind.VERIFY_EMAIL)
    session_token = (await confirm(client, token)).json()["token"]
    secret = token.partition(".")[2]
    async with database.transaction() as session:
        password_hash = (await session.scalars(select(User.password_hash))).one()
        assert (await session.scalars(select(Session.token_hash))).one() != session_token
        for table in ("letters", "users", "sessions", "audit_entries"):
            rows = await session.execute(text(f"select t::text from {table} t"))  # noqa: S608 - our own names
            for row in rows:
                assert secret not in row[0]
                assert session_token not in row[0]
                assert "example.com" not in row[0].lower()
    assert password_hash is not None
    assert password_hash.startswith("$argon2id$")


async def test_an_expired_link_opens_nothing(
    client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(client)
    token = await newest_token(database, LetterKind.VERIFY_EMAIL)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=48))
    assert code_of(await confirm(client, token)) == (409, "link_not_valid")


@pytest.mark.parametrize("spoil", ["", "let_0.x", "x", ".", "é" * 20, "x" * 200])
async def test_a_made_up_link_opens_nothing(client: AsyncClient, database: Database, spoil: str) -> None:
    await register(client)
    token = await newest_token(database, LetterKind.VERIFY_EMAIL)
    letter_id, _, secret = token.partition(".")
    for made_up in (spoil, f"{letter_id}.{spoil}", f"{letter_id}.{secret[:-1]}", f"let_1.{secret}"):
        answer = await confirm(client, made_up)
        assert answer.status_code in {409, 422}, made_up
    assert code_of(await sign_in(client)) == (403, "email_not_verified")


@contextmanager
def counted_queries(app: FastAPI) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    engine = app.state.parts.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def without_reference(answer: Response) -> tuple[int, str, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, answer.text, headers


async def test_known_and_unknown_addresses_get_the_same_answer_and_work(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        _, known = await add_person(session)
    app.state.parts.post.close()  # its own queries are not the request's
    with counted_queries(app) as for_unknown:
        unknown_answer = await register(client, email="nobody@example.com")
    with counted_queries(app) as for_known:
        known_answer = await register(client, email=known.upper())
    assert without_reference(unknown_answer) == without_reference(known_answer)
    assert abs(len(for_unknown) - len(for_known)) <= 3, (for_unknown, for_known)
    assert await written(database) == [("verify_email", "nobody@example.com"), ("already_registered", known)]

    for path in ("/api/v1/password-resets",):
        with counted_queries(app) as for_unknown:
            unknown_answer = await client.post(path, json={"email": "stranger@example.com"})
        with counted_queries(app) as for_known:
            known_answer = await client.post(path, json={"email": known})
        assert without_reference(unknown_answer) == without_reference(known_answer)
        assert len(for_unknown) == len(for_known)
    assert (await written(database))[2:] == [("reset_password", ""), ("reset_password", known)]


async def test_whoever_has_the_account_keeps_it(client: AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        person_id, known = await add_person(session)
    await register(client, email=known, password=ANOTHER, name="Mallory")
    async with database.transaction() as session:
        person = await session.get(User, person_id)
    assert person is not None
    assert (await client.post("/api/v1/sessions", json={"email": known, "password": ANOTHER})).status_code == 401
    assert (await client.post("/api/v1/sessions", json={"email": known, "password": PASSWORD})).status_code == 201


async def test_nobody_waits_with_a_password_in_an_account_that_was_never_confirmed(
    client: AsyncClient, database: Database
) -> None:
    await register(client, name="Mallory", password=ANOTHER)
    first = await newest_token(database, LetterKind.VERIFY_EMAIL)
    await register(client)
    assert code_of(await confirm(client, first)) == (409, "link_not_valid")
    token = await newest_token(database, LetterKind.VERIFY_EMAIL)
    entered = await confirm(client, token, new_password="a third sentence of hers")
    assert entered.json()["person"]["name"] == "Ada"
    assert (await sign_in(client, ANOTHER)).status_code == 401


@pytest.mark.parametrize("order", [(PASSWORD, ANOTHER), (ANOTHER, PASSWORD), (PASSWORD, ANOTHER, PASSWORD)])
async def test_where_two_passwords_were_chosen_neither_opens_the_account(
    client: AsyncClient, database: Database, order: tuple[str, ...]
) -> None:
    """Somebody registers Ada's address a moment after her. She follows the newest letter, as she is told: it must not
    let in whoever caused it."""
    for password in order:
        await register(client, password=password)
    token = await newest_token(database, LetterKind.VERIFY_EMAIL)
    for password in (PASSWORD, ANOTHER):
        refused = await confirm(client, token, password=password)
        assert code_of(refused) == (403, "password_needed")
        assert refused.json()["error"]["details"]["chosen"] is False
    third = "a third sentence of hers"
    assert (await confirm(client, token, new_password=third)).status_code == 201
    assert [(await sign_in(client, password)).status_code for password in (PASSWORD, ANOTHER)] == [401, 401]
    assert (await sign_in(client, third)).status_code == 201


async def test_registering_twice_with_one_password_keeps_it(client: AsyncClient, database: Database) -> None:
    for _ in range(2):
        await register(client)
    await confirm(client, await newest_token(database, LetterKind.VERIFY_EMAIL))
    assert (await sign_in(client)).status_code == 201


async def test_a_link_does_not_confirm_what_is_registered_at_the_same_moment(
    client: AsyncClient, database: Database
) -> None:
    await register(client)
    token = await newest_token(database, LetterKind.VERIFY_EMAIL)
    async with database.transaction() as session:
        person_id = (await session.scalars(select(User.id))).one()
        await people.begin_anew(session, person_id, "Mallory", role=Role.CUSTOMER, keeps=None)
        confirming = asyncio.create_task(confirm(client, token, new_password=ANOTHER))
        waiting = text(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        async with database.transaction() as observer:
            while not await observer.scalar(waiting):
                await asyncio.sleep(0)
                await observer.execute(text("select pg_stat_clear_snapshot()"))
        await letters.void(session, person_id, [LetterKind.VERIFY_EMAIL], clock.now())
    assert code_of(await confirming) == (409, "link_not_valid")


async def test_another_letter_is_for_whom_the_password_was_right(client: AsyncClient, database: Database) -> None:
    await register(client)
    first = await newest_token(database, LetterKind.VERIFY_EMAIL)
    assert code_of(await sign_in(client, "wrong password")) == (401, "wrong_credentials")
    refused = await sign_in(client)
    pending = refused.json()["error"]["details"]["pending"]
    again = await client.post("/api/v1/email-verifications/letters", json={"pending": pending})
    assert again.status_code == 202
    assert len(await written(database)) == 2
    assert code_of(await confirm(client, first)) == (409, "link_not_valid")
    made_up = await client.post("/api/v1/email-verifications/letters", json={"pending": "nonsense"})
    assert code_of(made_up) == (401, "sign_in_too_old")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "   "),
        ("name", "Ada\nByron"),
        ("name", "Ada\x00"),
        ("name", "x" * 121),
        ("email", "not an address"),
        ("password", "too short"),
        ("password", "x" * 201),
        ("accept_terms", False),
        ("role", "administrator"),
    ],
)
async def test_registration_names_the_wrong_field(client: AsyncClient, field: str, value: object) -> None:
    answer = await register(client, **{field: value})
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]["fields"]) == [field]
    assert PASSWORD not in answer.text


async def test_consent_is_recorded_as_it_was_given(client: AsyncClient, database: Database) -> None:
    await register(client)
    await register(client, email="eve@example.com", newsletter=True)
    async with database.transaction() as session:
        both = (await session.scalars(select(User.id).order_by(User.created_at))).all()
        given = [{row.purpose: row.given for row in await privacy_consents.of_person(session, one)} for one in both]
    assert [answers[Purpose.TERMS] for answers in given] == [True, True]
    assert sorted(answers[Purpose.NEWSLETTER] for answers in given) == [False, True]


async def test_the_cart_comes_along(app: FastAPI, database: Database, listing_id: str) -> None:
    async with open_client(app) as browser:
        own = {"sec-fetch-site": "same-origin"}
        assert (await browser.post("/api/v1/cart/lines", json={"listing_id": listing_id})).status_code == 200
        answer = await browser.post("/api/v1/customers", json=ADA, headers=own)
        assert answer.status_code == 202
        body = {"token": await newest_token(database, LetterKind.VERIFY_EMAIL), "password": PASSWORD}
        entered = await browser.post("/api/v1/email-verifications", json=body, headers=own)
        assert entered.status_code == 201, entered.text
        bearer = {"authorization": f"Bearer {entered.json()['token']}"}
        assert (await browser.get("/api/v1/cart", headers=bearer)).json()["count"] == 1
