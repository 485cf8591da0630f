"""A new password by letter shuts an intruder out, whatever they have left behind: passkeys, linked accounts, apps. A
second factor stays, because a letter alone must not undo it; its owner removes what is not theirs."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import func, insert, select

from api.auth.service import AuthService, PasswordFirst
from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import identities, oauth_grants
from models.rules.letters import LetterKind
from models.tables.audit import AuditEntry
from models.tables.factors import Passkey, RecoveryCode
from models.tables.identities import OutsideIdentity
from models.tables.oauth import OAuthClient, OAuthConsent, OAuthGrant
from models.types import Role, new_id
from tests.api.auth.conftest import Member, code_of, member
from tests.api.auth.test_passkeys import enter as enter_with_passkey
from tests.api.conftest import open_client
from tests.support.authenticator import Authenticator
from tests.support.letters import newest_token, written
from tests.support.second_factors import code_now
from tests.support.signing_in import session_of

ANOTHER = "quite another sentence"
WAYS = "/api/v1/me/ways-in"
PAGE = "/account/security/ways-in"


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


async def reset(client: AsyncClient, database: Database, email: str) -> None:
    await client.post("/api/v1/password-resets", json={"email": email})
    token = await newest_token(database, LetterKind.RESET_PASSWORD)
    answer = await client.post("/api/v1/password-resets/completions", json={"token": token, "password": ANOTHER})
    assert answer.status_code == 204, answer.text


async def sign_in(client: AsyncClient, email: str, code: str = "") -> Response:
    return await client.post("/api/v1/sessions", json={"email": email, "password": ANOTHER, "code": code})


async def link(database: Database, person_id: str) -> None:
    async with database.transaction() as session:
        await identities.link(
            session, person_id, "lantern", issuer="https://l.example", subject="s", email="m@l.example", now=clock.now()
        )


async def allow_app(database: Database, person_id: str) -> str:
    """An app that is signed in and can continue."""
    client_id, now = new_id("app"), clock.now()
    async with database.transaction() as session:
        await session.execute(
            insert(OAuthClient).values(id=client_id, kind="app", name="Pocket", scopes=["shop"], created_by="usr_0")
        )
        await oauth_grants.remember_consent(session, person_id, client_id, ["shop"], now)
        await session_of(session, person_id)
    return client_id


async def has_to_review(http: AsyncClient) -> bool:
    return bool((await http.get(WAYS)).json()["has_to_review"])


async def noted(database: Database, *actions: Audited) -> list[str]:
    async with database.transaction() as session:
        found = select(AuditEntry.action).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
        return list(await session.scalars(found))


async def test_an_intruders_linked_account_and_app_wait_for_the_owners_word_and_go(
    app: FastAPI, client: AsyncClient, ada: Member, database: Database
) -> None:
    await link(database, ada.id)
    client_id = await allow_app(database, ada.id)
    await reset(client, database, ada.email)
    assert [kind for kind, _ in await written(database)] == ["reset_password", "ways_in_left"]
    async with database.session() as session:
        with pytest.raises(PasswordFirst):
            await AuthService(session).may_begin_without_password(ada.id)
        assert await oauth_grants.consented(session, ada.id, client_id) == frozenset(), "it has to ask anew"

    entered = await sign_in(client, ada.email)
    owner = open_client(app, authorization=f"Bearer {entered.json()['token']}")
    shown = (await owner.get(WAYS)).json()
    assert shown["has_to_review"] is True
    assert [one["provider"] for one in shown["linked_accounts"]] == ["lantern"]
    assert [(one["name"], one["may"]) for one in shown["apps"]] == [("Pocket", [])]
    removed = await owner.delete(WAYS)
    assert (removed.status_code, removed.json()) == (200, {"removed": 2}), removed.text
    assert await has_to_review(owner) is False
    async with database.transaction() as session:
        await AuthService(session).may_begin_without_password(ada.id)
        for table in (OutsideIdentity, OAuthConsent, OAuthGrant):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
    gone = (Audited.IDENTITY_UNLINKED, Audited.GRANT_REVOKED, Audited.WAYS_IN_REVIEWED)
    assert await noted(database, *gone) == list(gone)


async def test_a_passkey_alone_opens_nothing_until_the_owner_says_whose_it_is(
    app: FastAPI, client: AsyncClient, ada: Member, device: Authenticator, database: Database
) -> None:
    secret, _ = await ada.enrol_codes()
    await ada.enrol_passkey(device)
    await reset(client, database, ada.email)
    refused = await enter_with_passkey(client, device)
    assert (refused.status_code, code_of(refused)) == (403, "password_first")
    assert "Sign in with the new password first" in refused.json()["error"]["message"]

    half = await sign_in(client, ada.email)
    assert code_of(half) == "second_factor_needed", "a letter does not undo a second factor"
    entered = await sign_in(client, ada.email, code_now(secret, steps=1))
    owner = open_client(app, authorization=f"Bearer {entered.json()['token']}")
    assert (await owner.post(f"{WAYS}/confirmation")).status_code == 204
    assert (await enter_with_passkey(open_client(app), device)).status_code == 201
    assert await noted(database, Audited.WAYS_IN_REVIEWED) == ["account.ways_in_reviewed"]


async def test_removing_all_keeps_what_the_owner_has_just_used(
    app: FastAPI, client: AsyncClient, ada: Member, device: Authenticator, database: Database
) -> None:
    secret, _ = await ada.enrol_codes()
    await ada.enrol_passkey(device)
    await reset(client, database, ada.email)
    entered = await sign_in(client, ada.email, code_now(secret, steps=1))
    owner = open_client(app, authorization=f"Bearer {entered.json()['token']}")
    assert (await owner.delete(WAYS)).json() == {"removed": 1}
    shown = (await owner.get(WAYS)).json()
    assert (shown["passkeys"], shown["recovery_codes_left"]) == ([], 0)
    assert shown["one_time_codes_since"] is not None
    assert (await enter_with_passkey(open_client(app), device)).status_code == 401


async def test_who_came_in_with_a_recovery_code_keeps_no_factor(
    app: FastAPI, client: AsyncClient, ada: Member, device: Authenticator, database: Database
) -> None:
    _, codes = await ada.enrol_codes()
    await ada.enrol_passkey(device)
    await reset(client, database, ada.email)
    entered = await sign_in(client, ada.email, codes[0])
    owner = open_client(app, authorization=f"Bearer {entered.json()['token']}")
    assert (await owner.delete(WAYS)).json() == {"removed": 2}
    async with database.transaction() as session:
        for table in (Passkey, RecoveryCode):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
    assert (await sign_in(open_client(app), ada.email)).status_code == 201


async def test_an_administrator_keeps_a_second_factor(app: FastAPI, client: AsyncClient, database: Database) -> None:
    boss = await member(app, database, Role.ADMINISTRATOR)
    _, codes = await boss.enrol_codes()
    await reset(client, database, boss.email)
    entered = await sign_in(client, boss.email, codes[0])
    owner = open_client(app, authorization=f"Bearer {entered.json()['token']}")
    refused = await owner.delete(WAYS)
    assert (refused.status_code, code_of(refused)) == (409, "last_second_factor")
    assert await has_to_review(owner)


async def test_who_has_nothing_else_is_told_only_of_the_password(
    client: AsyncClient, ada: Member, database: Database
) -> None:
    await reset(client, database, ada.email)
    assert [kind for kind, _ in await written(database)] == ["reset_password", "password_changed"]
    assert (await sign_in(client, ada.email)).status_code == 201


async def test_changing_the_password_oneself_asks_nothing(ada: Member, database: Database) -> None:
    await link(database, ada.id)
    assert (await ada.http.put("/api/v1/me/password", json={"password": ANOTHER})).status_code == 204
    assert not await has_to_review(ada.http)


async def test_it_asks_for_a_fresh_proof(ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=10))
    for answer in (await ada.http.get(WAYS), await ada.http.delete(WAYS), await ada.http.post(f"{WAYS}/confirmation")):
        assert (answer.status_code, code_of(answer)) == (401, "reauthentication_required")


async def test_the_page_stands_between_the_sign_in_and_where_they_were_going(
    app: FastAPI, client: AsyncClient, ada: Member, database: Database
) -> None:
    await link(database, ada.id)
    await reset(client, database, ada.email)
    page = open_client(app, accept="text/html", **{"sec-fetch-site": "same-origin"})
    form = {"email": ada.email, "password": ANOTHER, "next": "/orders"}
    for _ in range(2):  # until they have decided
        entered = await page.post("/sign-in", data=form)
        assert entered.headers["location"] == f"{PAGE}?next=%2Forders"
        page.headers.pop("x-csrf-token", None)
        page.cookies.update(entered.cookies)
        shown = await page.get(entered.headers["location"])
        assert "Is all of this yours?" in shown.text
        assert "m@l.example" in shown.text
        token = shown.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        page.headers["x-csrf-token"] = token
    done = await page.post(f"{PAGE}/remove", data={"next": "/orders"})
    assert (done.status_code, done.headers["location"]) == (303, "/orders")
    assert "Nothing but your password" in (await page.get(PAGE)).text


async def test_single_ones_are_removed_and_lead_back(app: FastAPI, ada: Member, database: Database) -> None:
    await link(database, ada.id)
    client_id = await allow_app(database, ada.id)
    identity = (await ada.http.get(WAYS)).json()["linked_accounts"][0]["id"]
    page = ada.http
    for path in (f"/account/security/outside/{identity}/unlink", f"/account/apps/{client_id}/withdraw"):
        answer = await page.post(path, data={"next": PAGE}, headers={"accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE), answer.text
    shown = (await ada.http.get(WAYS)).json()
    assert (shown["linked_accounts"], shown["apps"]) == ([], [])
