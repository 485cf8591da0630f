"""Coming in with an outside account, and what it asks of administrators and of accounts with a second factor."""

import pyotp
from sqlalchemy import select, text, update

from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import factors, privacy_consents
from models.rules.consents import Purpose
from models.tables.identities import OutsideIdentity, SignInAttempt
from models.tables.people import User
from models.tables.sessions import Session
from models.types import Role
from tests.api.auth.outside.conftest import ADA, Browser, count, noted
from tests.support.marketplace import add_person
from tests.support.sandbox import IDENTITY_PROVIDERS


async def test_somebody_new_gets_an_account_without_a_password(browser: Browser, database: Database) -> None:
    arrived = await browser.sign_in(start="/sign-in/with/lantern?next=/cart")

    assert (arrived.status_code, arrived.headers["location"]) == (303, "/cart")
    me = await browser.me()
    assert me is not None
    assert (me["name"], me["email"], me["role"]) == ("Ada Byron", ADA, "customer")
    async with database.transaction() as session:
        person = (await session.scalars(select(User))).one()
        methods = await session.scalar(select(Session.methods))
    assert person.password_hash is None
    assert person.email_verified_at is not None
    assert methods == ["outside:lantern"]
    assert [entry.details for entry in await noted(database, Audited.REGISTERED)] == [{"with": "outside:lantern"}]
    assert len(await noted(database, Audited.SIGNED_IN)) == 1
    async with database.transaction() as session:
        agreed = {row.purpose: row.given for row in await privacy_consents.of_person(session, person.id)}
    assert agreed[Purpose.TERMS] is True
    assert agreed[Purpose.NEWSLETTER] is False


async def test_a_name_that_is_none_does_not_keep_anybody_out(browser: Browser) -> None:
    await browser.sign_in("harbour", name="")
    me = await browser.me()
    assert me is not None
    assert me["name"] == "ada"


async def test_the_same_outside_account_opens_the_same_account(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    first = await browser.me()
    await browser.post("/sign-out")
    assert await browser.me() is None
    await browser.sign_in()

    assert await browser.me() == first
    assert await count(database, User) == 1
    async with database.transaction() as session:
        assert (await session.scalars(select(OutsideIdentity.last_used_at))).one() is not None


async def test_what_is_in_the_cart_comes_along(browser: Browser, listing_id: str) -> None:
    await browser.http.post("/api/v1/cart/lines", json={"listing_id": listing_id, "quantity": 2})
    await browser.sign_in()
    assert (await browser.get("/api/v1/cart")).json()["count"] == 2


async def test_nothing_of_them_is_stored_in_clear(browser: Browser, database: Database) -> None:
    back = await browser.away()
    state = back.split("state=")[1].split("&")[0]
    async with database.transaction() as session:
        attempt = str((await session.execute(text("SELECT row_to_json(a) FROM sign_in_attempts a"))).scalar())
    assert state not in attempt
    await browser.get(back)
    async with database.transaction() as session:
        stored = str((await session.execute(text("SELECT row_to_json(i) FROM outside_identities i"))).scalar())
    assert "@" not in stored
    assert ADA.encode().hex() not in stored
    assert await count(database, SignInAttempt) == 0


async def test_the_buttons_are_where_people_look(browser: Browser) -> None:
    for path in ("/sign-in?next=/orders", "/register?next=/orders"):
        page = (await browser.get(path)).text
        for code, name in IDENTITY_PROVIDERS.items():
            assert f'href="/sign-in/with/{code}?next=/orders' in page
            assert f"Continue with {name}" in page


async def test_an_unknown_provider_is_not_found(browser: Browser) -> None:
    for path in ("/sign-in/with/nobody", "/sign-in/with/nobody/callback?code=1&state=2"):
        assert (await browser.get(path)).status_code == 404


async def test_administrators_neither_link_nor_come_in_this_way(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    async with database.transaction() as session:
        await session.execute(update(User).values(role=Role.ADMINISTRATOR.value))
    await browser.post("/sign-out")
    refused = await browser.sign_in()
    assert refused.status_code == 403
    assert "Administrators sign in with their password" in refused.text
    assert await browser.me() is None

    async with database.transaction() as session:
        _, email = await add_person(session, Role.ADMINISTRATOR)
    await browser.sign_in_with_password(email)
    refused = await browser.get(await browser.link_to("harbour"))
    assert refused.status_code == 403


async def test_a_second_factor_is_still_asked_for(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    secret = pyotp.random_base32()
    async with database.transaction() as session:
        person_id = (await session.scalars(select(User.id))).one()
        await factors.activate_secret(session, person_id, secret, clock.now())
    await browser.post("/sign-out")
    asked = await browser.sign_in(start="/sign-in/with/lantern?next=/orders")
    assert asked.status_code == 200
    assert "One more step" in asked.text
    assert await browser.me() is None

    pending = asked.text.split('name="pending" value="')[1].split('"')[0]
    entered = await browser.post("/sign-in/code", pending=pending, code=pyotp.TOTP(secret).now(), next="/orders")
    assert (entered.status_code, entered.headers["location"]) == (303, "/orders")
    async with database.transaction() as session:
        row = (await session.scalars(select(Session).where(Session.user_id == person_id))).one()
    assert (row.methods, row.second_factor) == (["outside:lantern", "totp"], True)
