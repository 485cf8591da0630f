"""One Chromium and one seeded stack for all browser tests; a fresh, empty browser for each person in them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from pydantic import SecretStr

from core.settings import Settings
from deploy import chromium
from deploy.seed.accounts import ADMINISTRATOR
from tests.browser.people import Shopper, register, until
from tests.support.inbox import Inbox
from tests.support.keys import keys_file
from tests.support.serving import serving
from tests.support.stack import free_port
from tests.support.whole_stack import WholeStack

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
SEEDED = 120
DRAWN_WITHIN = 240


@dataclass(frozen=True)
class Market:
    """The running stack as its tests reach it."""

    stack: WholeStack
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        return self.stack.url

    @property
    def inbox(self) -> Inbox:
        return Inbox.of(self.stack.environment)

    async def sign_in_administrator(self, page: Page) -> None:
        """With the password, then with the code that `artisan code` tells."""
        await page.goto("/sign-in")
        await page.get_by_label("E-mail address").fill(ADMINISTRATOR.email)
        await page.get_by_label("Password").fill(ADMINISTRATOR.password)
        await page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
        told = await asyncio.to_thread(self.stack.artisan, "code", ADMINISTRATOR.email)
        assert told.returncode == 0, told.stderr
        await page.get_by_label("Code").fill(told.stdout.strip())
        await page.get_by_role("main").get_by_role("button", name="Go on").click()
        await page.wait_for_url("**/admin/**")

    async def shopper(self, name: str = "Ada Buyer") -> Shopper:
        """A new customer, signed in as a program."""
        return await register(self.http, self.url, self.inbox, name)

    async def listing(self, shop: str, *, price_max: int = 12_000) -> dict[str, Any]:
        """One of a shop's pieces with enough of it left for every test."""
        answer = await self.http.get(
            f"{self.url}/api/v1/listings", params={"shop": shop, "price_max": price_max, "in_stock": True}
        )
        assert answer.is_success, f"{answer.text}\n{self.stack.output()[-2000:]}"
        found: list[dict[str, Any]] = [one for one in answer.json()["items"] if one["available"] >= 5]
        assert found, f"{shop} has nothing to sell"
        return found[0]


@pytest.fixture(scope="session")
async def market(running_stack: WholeStack) -> AsyncIterator[Market]:
    """Waits until every seeded piece has its picture: a page is judged as its visitors see it."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:

        async def drawn() -> bool:
            items: list[dict[str, Any]] = []
            for page in (1, 2):
                found = await http.get(f"{running_stack.url}/api/v1/listings?sort=newest&per_page=100&page={page}")
                items += found.json()["items"] if found.is_success else []
            return len(items) >= SEEDED and all(item["picture"] for item in items)

        await until(drawn, "the seeded pictures", DRAWN_WITHIN)
        yield Market(running_stack, http)


@pytest.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium.find(), args=FLAGS)
        yield launched
        await launched.close()


OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(chrome: Browser, market: Market) -> AsyncIterator[OpenPage]:
    """`await open_page(PHONE)` is a new visitor's empty browser; what its console complains of fails the test."""
    complaints: list[str] = []
    async with AsyncExitStack() as opened:

        async def open_one(viewport: dict[str, int] = DESK, *, script: bool = True) -> Page:
            context: BrowserContext = await chrome.new_context(
                viewport={"width": viewport["width"], "height": viewport["height"]},
                java_script_enabled=script,
                base_url=market.url,
                reduced_motion="reduce",
            )
            opened.push_async_callback(context.close)
            context.set_default_timeout(20_000)
            page = await context.new_page()
            page.on("console", lambda said: complaints.extend(_complaints(said.type, said.text)))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield open_one
    assert complaints == []


def _complaints(kind: str, text: str) -> list[str]:
    # An error page that was asked for is a fine answer, and the browser notes it too.
    expected = text.startswith("Failed to load resource: the server responded with a status of 4")
    return [text] if kind == "error" and not expected else []


@pytest.fixture
async def shop_url(postgres_url: str) -> AsyncIterator[str]:
    """The shop alone: nothing in these tests needs a process to run. By name, because a passkey belongs to no bare
    address."""
    port = free_port()
    settings = Settings(
        environment="test",
        keys_file=keys_file(),
        public_url=f"http://localhost:{port}",
        database_url=postgres_url,
        database_pool_size=4,
        temporal_address="127.0.0.1:9",
        stripe_secret_key=SecretStr("sk_test_nobody"),
        stripe_webhook_secret=SecretStr("whsec_nobody"),
        mail_base_url="http://127.0.0.1:9/mail",
        mail_api_key=SecretStr("nobody"),
    )
    async with serving(settings, port):
        yield settings.public_url
