"""Whose account an outside one opens, linking and unlinking."""

from pathlib import Path
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import identities
from models.tables.identities import OutsideIdentity, SignInAttempt
from models.tables.people import User
from tests.api.auth.outside.conftest import LIST, Browser, count, grow_stale, letters_written, noted
from tests.api.conftest import running_app, settings_for
from tests.support.marketplace import add_person


async def test_an_address_alone_opens_nobodys_account(browser: Browser, database: Database) -> None:
    """Whoever registered first with an address that is not theirs would otherwise wait for its owner inside."""
    async with database.transaction() as session:
        _, email = await add_person(session)
    refused = await browser.sign_in(email=email.upper())
    assert refused.status_code == 409
    assert "There is an account with the address" in refused.text
    assert f"/sign-in?next={LIST.replace('/', '%2F')}" in refused.text
    assert await browser.me() is None
    assert await count(database, OutsideIdentity) == 0


async def test_its_owner_signs_in_and_links_it(browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session)
    await browser.sign_in(email=email)
    await browser.sign_in_with_password(email)
    linked = await browser.sign_in(start=await browser.link_to("lantern"), email=email)
    assert linked.headers["location"] == f"{LIST}?done=linked"
    assert email in (await browser.get(LIST)).text
    assert [entry.actor for entry in await noted(database, Audited.IDENTITY_LINKED)] == [person_id]
    assert await letters_written(database) == ["factor_added"]

    await browser.post("/sign-out")
    await browser.sign_in(email=email)
    me = await browser.me()
    assert me is not None
    assert me["id"] == person_id


async def test_an_address_changed_at_the_provider_does_not_matter(browser: Browser, database: Database) -> None:
    """The subject names the person there; a taken-over address does not."""
    async with database.transaction() as session:
        person_id, email = await add_person(session)
        await identities.link(
            session, person_id, "lantern", issuer="x", subject="somebody else", email=email, now=clock.now()
        )
    assert (await browser.sign_in(email=email)).status_code == 409
    assert await browser.me() is None


async def test_an_account_opens_one_account_here(open_browser: Any, browser: Browser, database: Database) -> None:
    await open_browser().sign_in()
    async with database.transaction() as session:
        _, email = await add_person(session)
    await browser.sign_in_with_password(email)
    refused = await browser.sign_in(start=await browser.link_to("lantern"))
    assert refused.status_code == 409
    assert "opens another account here" in refused.text
    assert await count(database, OutsideIdentity) == 1


async def test_a_link_begins_on_our_own_page(browser: Browser, database: Database) -> None:
    """Somebody else's page must not link somebody else's account to mine."""
    async with database.transaction() as session:
        _, email = await add_person(session)
    await browser.sign_in_with_password(email)
    for token in ("", "?token=", "?token=" + "0" * 64, "?token=é"):
        assert (await browser.get(f"{LIST}/lantern/link{token}")).status_code == 403
    harbours = await browser.link_to("harbour")
    assert (await browser.get(harbours.replace("harbour", "lantern"))).status_code == 403


async def test_a_link_ends_where_it_began(open_browser: Any, browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        people = [await add_person(session) for _ in range(2)]
    await browser.sign_in_with_password(people[0][1])
    back = await browser.away(start=await browser.link_to("lantern"))
    await browser.post("/sign-out")
    await browser.sign_in_with_password(people[1][1])
    assert (await browser.get(back)).status_code == 400
    assert await count(database, OutsideIdentity) == 0


async def test_linking_asks_for_a_fresh_proof(browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    await browser.sign_in_with_password(email)
    link = await browser.link_to("lantern")
    await grow_stale(database)
    asked = await browser.get(link)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/sign-in/again?next=")


async def test_unlinking_ends_the_other_sessions(open_browser: Any, browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session)
    await browser.sign_in_with_password(email)
    await browser.sign_in(start=await browser.link_to("lantern"), email=email)
    elsewhere = open_browser()
    await elsewhere.sign_in(email=email)
    assert await elsewhere.me() is not None
    page = (await browser.get(LIST)).text
    action = page.split(f'action="{LIST}/')[1].split('"')[0]
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    unlinked = await browser.http.post(f"{LIST}/{action}", data={"csrf_token": token})

    assert unlinked.headers["location"] == f"{LIST}?done=unlinked"
    assert await elsewhere.me() is None
    assert await browser.me() is not None
    assert [entry.actor for entry in await noted(database, Audited.IDENTITY_UNLINKED)] == [person_id]
    assert await letters_written(database) == ["factor_added", "factor_removed"]
    assert (await elsewhere.sign_in(email=email)).status_code == 409


async def test_the_last_way_in_stays(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    async with database.transaction() as session:
        identity_id = (await session.scalars(select(OutsideIdentity.id))).one()
    refused = await browser.post(f"{LIST}/{identity_id}/unlink")
    assert refused.status_code == 409
    assert "the only way into your account" in refused.text
    assert await count(database, OutsideIdentity) == 1

    await browser.sign_in("harbour", start=await browser.link_to("harbour"))
    assert (await browser.post(f"{LIST}/{identity_id}/unlink")).status_code == 303
    assert await count(database, OutsideIdentity) == 1


async def test_somebody_elses_link_is_not_found(open_browser: Any, browser: Browser, database: Database) -> None:
    await open_browser().sign_in(email="bruno@example.com")
    async with database.transaction() as session:
        identity_id = (await session.scalars(select(OutsideIdentity.id))).one()
    await browser.sign_in()
    assert (await browser.post(f"{LIST}/{identity_id}/unlink")).status_code == 404
    assert await count(database, OutsideIdentity) == 2


async def test_an_account_that_is_unlinked_in_this_moment_opens_nothing(
    open_browser: Any, browser: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlinking ends what was opened with it; what is being opened would be missed."""
    await browser.sign_in()
    back = await (other := open_browser()).away()
    real = identities.owner_of

    async def owner_of(session: AsyncSession, issuer: str, subject: str) -> tuple[str, str] | None:
        found = await real(session, issuer, subject)
        assert found is not None
        async with database.transaction() as elsewhere:
            await identities.unlink(elsewhere, found[0])
        return found

    monkeypatch.setattr(identities, "owner_of", owner_of)
    assert (await other.get(back)).status_code == 400
    assert await other.me() is None


async def test_an_erased_persons_outside_accounts_are_forgotten(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    await browser.away("harbour", start=await browser.link_to("harbour"))
    async with database.transaction() as session:
        person_id = (await session.scalars(select(User.id))).one()
        assert await identities.forget(session, person_id) == 1
    assert (await count(database, OutsideIdentity), await count(database, SignInAttempt)) == (0, 0)


async def test_without_providers_nothing_is_offered(postgres_url: str, tmp_path: Path) -> None:
    async with (
        running_app(settings_for(postgres_url)) as app,
        AsyncClient(transport=ASGITransport(app), base_url="http://shop.example") as http,
    ):
        page = await http.get("/sign-in", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "Continue with" not in page.text
        assert (await http.get("/sign-in/with/lantern")).status_code == 404
