"""Signing in with an outside account in a real browser, without script and by keyboard; every page on the way is
accessible and fits a phone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr
from sqlalchemy import update

from core import clock
from core.database import Database
from core.settings import IdentityProviderSettings, Settings
from models.tables.sessions import Session
from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE
from tests.browser.keyboard import press, type_into
from tests.support.keys import keys_file
from tests.support.marketplace import PASSWORD, add_person
from tests.support.sandbox import (
    IDENTITY_PROVIDERS,
    IDENTITY_SECRET,
    free_port,
    identity_of,
    start_sandbox,
)
from tests.support.serving import serving

pytestmark = pytest.mark.browser

OpenBrowser = Callable[..., Awaitable[Page]]
LINKED = "/account/security/outside"


@pytest.fixture
async def shop_url(postgres_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """The shop and two providers on loopback. Nothing here needs a process to run."""
    url = f"http://localhost:{free_port()}"
    sandbox = await asyncio.to_thread(
        start_sandbox, tmp_path / "providers", SANDBOX_IDENTITY_PROVIDERS=identity_of(url)
    )
    settings = Settings(
        environment="test",
        keys_file=keys_file(),
        public_url=url,
        database_url=postgres_url,
        database_pool_size=4,
        temporal_address="127.0.0.1:9",
        stripe_secret_key=SecretStr("sk_test_nobody"),
        stripe_webhook_secret=SecretStr("whsec_nobody"),
        mail_base_url="http://127.0.0.1:9/mail",
        mail_api_key=SecretStr("nobody"),
        identity_providers=[
            IdentityProviderSettings(
                code=code,
                name=name,
                issuer=f"{sandbox.url}/identity/{code}",
                client_id=f"{code}-client",
                client_secret=SecretStr(IDENTITY_SECRET),
            )
            for code, name in IDENTITY_PROVIDERS.items()
        ],
    )
    try:
        async with serving(settings, int(url.rsplit(":", 1)[1])):
            yield url
    finally:
        sandbox.stop()


@pytest.fixture
async def open_browser(chrome: Browser, shop_url: str) -> AsyncIterator[OpenBrowser]:
    async with AsyncExitStack() as opened:

        async def open_one(viewport: dict[str, int] = PHONE, *, script: bool = False) -> Page:
            context = await chrome.new_context(
                viewport={"width": viewport["width"], "height": viewport["height"]},
                java_script_enabled=script,
                base_url=shop_url,
                reduced_motion="reduce",
            )
            opened.push_async_callback(context.close)
            context.set_default_timeout(20_000)
            return await context.new_page()

        yield open_one


async def check(page: Page) -> None:
    """At both widths; the page stays at the narrow one."""
    for viewport in (DESK, PHONE):
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)


async def continue_as(page: Page, provider: str, email: str, name: str = "") -> None:
    """Through the provider's page as somebody who types who they are."""
    await page.get_by_role("link", name=f"Continue with {provider}").click()
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_role("button", name="Continue", exact=True).click()


async def test_somebody_new_comes_in_and_comes_back_without_script(open_browser: OpenBrowser) -> None:
    page = await open_browser()
    await page.goto(f"/register?next={LINKED}")
    await page.get_by_role("link", name="Continue with Lantern").click()
    await expect(page.get_by_text("TEST MODE")).to_be_visible()
    await page.get_by_role("button", name="Ada Marsh").click()

    await expect(page.get_by_text("ada@lantern.example")).to_be_visible()
    await page.get_by_role("button", name="Unlink Lantern").click()
    await expect(page.get_by_role("alert")).to_contain_text("the only way into your account")

    await page.context.clear_cookies()
    await page.goto(LINKED)
    await page.wait_for_url("**/sign-in?next=**")
    await page.get_by_role("link", name="Continue with Lantern").click()
    await page.get_by_role("button", name="Ada Marsh").click()
    await expect(page.get_by_text("last used")).to_be_visible()


async def test_an_account_is_linked_by_its_owner_only(open_browser: OpenBrowser, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    page = await open_browser()
    await page.goto("/sign-in")
    await continue_as(page, "Harbour", email)
    await expect(page.get_by_role("heading", name="You have an account already")).to_be_visible()
    await page.get_by_role("main").get_by_role("link", name="Sign in").click()
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()

    await page.get_by_role("link", name="Link Harbour").click()
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_role("button", name="Continue", exact=True).click()
    await page.wait_for_url(f"**{LINKED}?done=linked")
    await expect(page.get_by_role("status")).to_contain_text("It is linked")

    await page.context.clear_cookies()
    await page.goto(f"/sign-in?next={LINKED}")
    await continue_as(page, "Harbour", email)
    await page.get_by_role("button", name="Unlink Harbour").click()
    await expect(page.get_by_role("status")).to_contain_text("It is unlinked")


async def test_proving_it_again_by_keyboard_alone(open_browser: OpenBrowser, database: Database) -> None:
    page = await open_browser(script=True)
    await page.goto("/sign-in?next=/account/payments")
    await press(page, "Continue with Lantern")
    await page.wait_for_url("**/authorize?**")
    await press(page, "Bruno Okafor")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your payments")
    async with database.transaction() as session:
        await session.execute(update(Session).values(authenticated_at=clock.now() - timedelta(minutes=11)))

    await page.reload()
    await page.wait_for_url("**/sign-in/again?**")
    await check(page)
    await press(page, "Continue with Lantern")
    await page.wait_for_url("**/authorize?**")
    await type_into(page, "E-mail address", "bruno@lantern.example")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your payments")


async def test_every_page_on_the_way_is_accessible(open_browser: OpenBrowser) -> None:
    page = await open_browser(script=True)
    await page.goto("/sign-in")
    await check(page)
    await page.get_by_role("link", name="Continue with Harbour").click()
    await check(page)
    await page.get_by_label("E-mail address").fill("nobody")
    await page.get_by_role("button", name="Continue", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Type a whole e-mail address")
    await check(page)
    await page.get_by_role("button", name="Cancel and go back").click()
    await expect(page.get_by_role("alert")).to_contain_text("You cancelled at Harbour")
    await check(page)
    await page.get_by_role("link", name="Try Harbour again").click()
    await page.get_by_role("button", name="Chiyo Tanaka").click()
    await page.goto(LINKED)
    await check(page)
    await page.get_by_role("link", name="Link Lantern").click()
    await page.get_by_role("button", name="Ada Marsh").click()
    await page.wait_for_url(f"**{LINKED}?done=linked")
    await check(page)
