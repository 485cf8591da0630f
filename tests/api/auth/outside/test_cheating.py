"""Coming in by cheating or by accident: nobody is signed in, and words say why."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import time_machine
from httpx import AsyncClient
from sqlalchemy import select, update

from core import clock
from core.database import Database
from models.tables.attempts import RefusedSignIn
from models.tables.identities import SignInAttempt
from models.tables.people import User
from models.tables.sessions import Session
from tests.api.auth.outside.conftest import Browser, count, misbehave


@pytest.mark.parametrize(
    ("way", "status", "words"),
    [
        ("wrong_nonce", 502, "nobody was signed in"),
        ("no_nonce", 502, "nobody was signed in"),
        ("wrong_audience", 502, "nobody was signed in"),
        ("second_audience", 502, "nobody was signed in"),
        ("wrong_party", 502, "nobody was signed in"),
        ("expired", 502, "nobody was signed in"),
        ("from_tomorrow", 502, "nobody was signed in"),
        ("foreign_issuer", 502, "nobody was signed in"),
        ("no_subject", 502, "nobody was signed in"),
        ("unsigned", 502, "nobody was signed in"),
        ("shared_secret", 502, "nobody was signed in"),
        ("forged", 502, "nobody was signed in"),
        ("unknown_key", 502, "nobody was signed in"),
        ("no_token", 502, "nobody was signed in"),
        ("foreign_answer", 502, "nobody was signed in"),
        ("access_denied", 403, "You cancelled at Lantern"),
        ("email_unverified", 403, "Lantern has not verified your e-mail address"),
        ("no_email", 403, "told us no e-mail address"),
    ],
)
async def test_a_provider_that_misbehaves_signs_nobody_in(
    browser: Browser, database: Database, way: str, status: int, words: str
) -> None:
    await misbehave(browser.providers, way)
    refused = await browser.sign_in()

    assert (refused.status_code, words in refused.text) == (status, True), refused.text
    assert "Sign in another way" in refused.text
    assert await browser.me() is None
    assert (await count(database, User), await count(database, Session)) == (0, 0)
    async with database.transaction() as session:
        refused_there = list(await session.scalars(select(RefusedSignIn.wrong)))
    assert refused_there == (["outside:lantern"] if status == 502 else [])


async def test_a_provider_that_is_down_is_told_so(browser: Browser, providers: AsyncClient) -> None:
    back = await browser.away()
    (await providers.put("faults", json={"rates": {"error_500": 1}})).raise_for_status()
    refused = await browser.get(back)
    assert refused.status_code == 503
    assert "Lantern can&#39;t be reached" in refused.text
    assert await browser.me() is None


async def test_what_another_browser_began_is_refused(open_browser: Any, database: Database) -> None:
    """A sign-in planted in somebody's browser would make them shop, and tell, in another's account."""
    attacker, victim = open_browser(), open_browser()
    planted = await attacker.away(email="attacker@example.com")
    for _ in range(2):
        refused = await victim.get(planted)
        assert refused.status_code == 400
        assert "begun in another browser" in refused.text
        assert await victim.me() is None
        await victim.away()  # with a secret of its own it is still another browser
    assert await count(database, User) == 0

    assert (await attacker.get(planted)).status_code == 303


async def test_an_attempt_is_good_once(browser: Browser) -> None:
    back = await browser.away()
    assert (await browser.get(back)).status_code == 303
    await browser.post("/sign-out")
    assert (await browser.get(back)).status_code == 400
    assert await browser.me() is None


async def test_somebody_elses_code_does_not_fit(open_browser: Any, browser: Browser) -> None:
    stolen, own = await open_browser().away(email="victim@example.com"), await browser.away()
    injected = httpx.URL(own).copy_merge_params({"code": httpx.URL(stolen).params["code"]})
    assert (await browser.get(str(injected))).status_code == 502
    assert await browser.me() is None


async def test_an_answer_belongs_to_one_provider(browser: Browser) -> None:
    back = await browser.away("lantern")
    assert (await browser.get(back.replace("/with/lantern/", "/with/harbour/"))).status_code == 400
    assert await browser.me() is None


async def test_ten_minutes_are_enough(browser: Browser, database: Database) -> None:
    back = await browser.away()
    async with database.transaction() as session:
        await session.execute(update(SignInAttempt).values(expires_at=clock.now()))
    assert (await browser.get(back)).status_code == 400
    assert await browser.me() is None


@pytest.mark.parametrize("query", ["", "?state=", "?state=x&code=y", "?error=server_error"])
async def test_an_answer_to_nothing_is_refused(browser: Browser, query: str) -> None:
    assert (await browser.get(f"/sign-in/with/lantern/callback{query}")).status_code == 400


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aa"]
)
async def test_the_way_on_stays_here(browser: Browser, elsewhere: str) -> None:
    arrived = await browser.sign_in(start=str(httpx.URL("/sign-in/with/lantern", params={"next": elsewhere})))
    target = urlsplit(arrived.headers["location"])
    assert (target.scheme, target.netloc) == ("", "")
    assert target.path in {"/", "/%0d%0aa"}


async def test_the_cookie_tells_scripts_and_other_sites_nothing(browser: Browser) -> None:
    left = await browser.get("/sign-in/with/lantern")
    cookie = left.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=600" in cookie
    assert left.headers["cache-control"] == "no-store"


async def test_two_tabs_do_not_get_in_each_others_way(browser: Browser) -> None:
    first, second = await browser.away("lantern"), await browser.away("harbour", email="bruno@example.com")
    assert (await browser.get(first)).status_code == 303
    assert (await browser.get(second)).status_code == 303


async def test_beginning_over_and_over_is_slowed_down(browser: Browser) -> None:
    # At one instant: a busy machine would take so long that one more is allowed.
    with time_machine.travel(clock.now(), tick=False):
        answers = [(await browser.get("/sign-in/with/lantern")).status_code for _ in range(101)]
    assert answers == [303] * 100 + [429]
