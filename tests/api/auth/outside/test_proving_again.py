"""Proving again who one is at the provider: the right person, and asked just now."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from core.database import Database
from models.audited import Audited
from models.tables.identities import OutsideIdentity
from models.tables.people import User
from tests.api.auth.outside.conftest import LIST, Browser, count, grow_stale, misbehave, noted


async def test_proving_it_again_without_a_password(browser: Browser, database: Database) -> None:
    """The form that was sent waits, and goes on afterwards."""
    await browser.sign_in()
    async with database.transaction() as session:
        identity_id = (await session.scalars(select(OutsideIdentity.id))).one()
    await grow_stale(database)
    asked = await browser.post(f"{LIST}/{identity_id}/unlink")
    assert asked.status_code == 303
    page = await browser.get(asked.headers["location"])
    assert 'name="password"' not in page.text
    assert "Continue with Harbour" not in page.text
    start = page.text.split('href="/sign-in/again/with/lantern')[1].split('"')[0].replace("&amp;", "&")
    left = await browser.get(f"/sign-in/again/with/lantern{start}")
    assert "prompt=login" in left.headers["location"]
    arrived = await browser.get(await browser.choose(left.headers["location"]))

    assert arrived.headers["location"].startswith("/sign-in/continue/frm_")
    assert len(await noted(database, Audited.ELEVATED)) == 1
    assert (await browser.get("/account/payments")).status_code == 200
    assert f"{LIST}/{identity_id}/unlink" in (await browser.get(arrived.headers["location"])).text


async def test_only_ones_own_outside_account_proves_it(browser: Browser, open_browser: Any, database: Database) -> None:
    await open_browser().sign_in(email="bruno@example.com")
    await browser.sign_in()
    await grow_stale(database)
    for email in ("bruno@example.com", "nobody@example.com"):
        refused = await browser.sign_in(start="/sign-in/again/with/lantern?next=/account/payments", email=email)
        assert refused.status_code == 403
        assert "another Lantern account" in refused.text
    assert (await browser.get("/account/payments")).status_code == 303
    assert await count(database, User) == 2


@pytest.mark.parametrize("way", ["old_login", "no_login_time"])
async def test_being_remembered_there_proves_nothing_here(
    browser: Browser, database: Database, providers: AsyncClient, way: str
) -> None:
    await browser.sign_in()
    await grow_stale(database)
    await misbehave(providers, way)
    for start in ("/sign-in/again/with/lantern?next=/account/payments", "/sign-in/with/lantern"):
        refused = await browser.sign_in(start=start)
        assert refused.status_code == 502
    assert (await browser.get("/account/payments")).status_code == 303


async def test_nobody_in_particular_can_prove_nothing_again(browser: Browser) -> None:
    assert (await browser.get("/sign-in/again/with/lantern")).headers["location"] == "/sign-in"
