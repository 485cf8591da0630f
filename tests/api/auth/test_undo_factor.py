"""The first second factor may be an intruder's: the letter that tells of it undoes it, once, within seven days."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import text

from core import clock
from core.database import Database
from models.repositories import people
from models.rules.letters import LetterKind
from models.types import Role
from tests.api.auth.conftest import Member, member, sign_in
from tests.api.auth.test_recovery import code_of, complete
from tests.support.authenticator import Authenticator
from tests.support.letters import newest_token, written
from tests.support.marketplace import PASSWORD
from tests.support.second_factors import code_now

ANOTHER = "quite another sentence"
PAGE, HTML = "/second-factor/undo", {"accept": "text/html", "sec-fetch-site": "same-origin"}


async def undo(client: AsyncClient, token: str, password: str = ANOTHER) -> Response:
    return await client.post("/api/v1/second-factor-undoings", json={"token": token, "password": password})


async def token_of(database: Database) -> str:
    return await newest_token(database, LetterKind.FIRST_FACTOR_ADDED)


async def enter(client: AsyncClient, email: str, password: str) -> int:
    return (await client.post("/api/v1/sessions", json={"email": email, "password": password})).status_code


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    real = clock.now
    return lambda **length: monkeypatch.setattr(clock, "now", lambda: real() + timedelta(**length))


async def test_what_an_intruder_set_up_is_gone_and_so_are_they(
    ada: Member, client: AsyncClient, database: Database
) -> None:
    """Codes, recovery codes, and the passkey that came after; the password that they knew does nothing any more."""
    secret, recovery_codes = await ada.enrol_codes()
    await ada.enrol_passkey(Authenticator())
    assert (await sign_in(client, ada.email)).json()["error"]["code"] == "second_factor_needed"
    token = await token_of(database)
    assert (await undo(client, token)).status_code == 204

    assert (await ada.http.get("/api/v1/me")).status_code == 401, "everybody is signed out"
    assert await enter(client, ada.email, PASSWORD) == 401
    assert (await sign_in(client, ada.email, recovery_codes[0])).status_code == 401
    assert (await sign_in(client, ada.email, code_now(secret))).status_code == 401
    assert await enter(client, ada.email, ANOTHER) == 201, "the new password is enough"
    async with database.transaction() as session:
        for table in ("passkeys", "code_secrets", "recovery_codes"):
            left = await session.scalar(text(f"SELECT count(*) FROM {table} WHERE user_id = '{ada.id}'"))  # noqa: S608 - words of ours
            assert left == 0, table
    kinds = [kind for kind, _ in await written(database)]
    assert kinds.count("first_factor_added") == 1, "the one that came after was proved with the first"
    assert sorted(kinds[-3:]) == ["factor_removed", "factor_removed", "password_changed"]

    again = await undo(client, token, "and a third sentence")
    assert code_of(again) == (409, "link_not_valid"), "used twice"
    assert await enter(client, ada.email, ANOTHER) == 201


async def test_after_seven_days_it_does_nothing(
    ada: Member, client: AsyncClient, database: Database, later: Callable[..., None]
) -> None:
    await ada.enrol_codes()
    token = await token_of(database)
    later(days=7, seconds=1)
    assert code_of(await undo(client, token)) == (409, "link_not_valid")
    page = await client.get(PAGE, params={"token": token}, headers=HTML)
    assert page.status_code == 409
    assert "does nothing any more" in page.text
    assert (await sign_in(client, ada.email)).json()["error"]["code"] == "second_factor_needed"


async def test_it_is_nobody_elses(ada: Member, app: FastAPI, client: AsyncClient, database: Database) -> None:
    """Each link undoes its own account's; one that somebody has changed, and one of another kind, undo nothing."""
    await ada.enrol_codes()
    hers = await token_of(database)
    bob = await member(app, database)
    await bob.enrol_codes()
    his = await token_of(database)
    mixed = f"{hers.partition('.')[0]}.{his.partition('.')[2]}"
    await client.post("/api/v1/password-resets", json={"email": ada.email})
    other_kind = await newest_token(database, LetterKind.RESET_PASSWORD)
    for wrong in (mixed, f"{hers}x", other_kind, "no.token"):
        assert code_of(await undo(client, wrong)) == (409, "link_not_valid")
    assert code_of(await complete(client, hers)) == (409, "link_not_valid"), "nor does it reset a password alone"
    assert (await undo(client, his)).status_code == 204
    assert (await sign_in(client, ada.email)).json()["error"]["code"] == "second_factor_needed"


async def test_a_new_password_or_address_of_the_intruders_does_not_take_the_link_away(
    ada: Member, client: AsyncClient, database: Database
) -> None:
    await ada.enrol_codes()
    token = await token_of(database)
    changed = await ada.http.put("/api/v1/me/password", json={"password": "the intruder's sentence"})
    assert changed.status_code == 204, changed.text
    async with database.transaction() as session:
        assert await people.change_email(session, ada.id, "intruder@elsewhere.example", clock.now())
    assert (await undo(client, token)).status_code == 204
    assert await enter(client, "intruder@elsewhere.example", ANOTHER) == 401
    assert await enter(client, ada.email, ANOTHER) == 201, "the address is the one that was told"


async def test_looking_at_the_page_changes_nothing_and_its_button_does(
    ada: Member, client: AsyncClient, database: Database
) -> None:
    await ada.enrol_codes()
    token = await token_of(database)
    for _ in range(2):
        page = await client.get(PAGE, params={"token": token}, headers=HTML)
        assert page.status_code == 200
        assert "Was that not you?" in page.text
    assert (await sign_in(client, ada.email)).json()["error"]["code"] == "second_factor_needed"

    form = {"token": token}
    weak = await client.post(PAGE, data={**form, "password": "short"}, headers=HTML)
    assert weak.status_code == 422
    assert (await sign_in(client, ada.email)).json()["error"]["code"] == "second_factor_needed"
    done = await client.post(PAGE, data={**form, "password": ANOTHER}, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}/done"), done.text
    assert "second factor is removed" in (await client.get(f"{PAGE}/done", headers=HTML)).text
    assert await enter(client, ada.email, ANOTHER) == 201


async def test_a_factor_that_is_not_the_first_and_an_administrators_are_told_without_it(
    ada: Member, app: FastAPI, database: Database
) -> None:
    """Whoever has one can get in and remove the other; administrators ask one another."""
    await ada.enrol_passkey(Authenticator())
    await ada.enrol_codes()
    root = await member(app, database, Role.ADMINISTRATOR)
    await root.enrol_codes()
    kinds = [kind for kind, _ in await written(database)]
    assert kinds == ["first_factor_added", "factor_added", "factor_added"]
