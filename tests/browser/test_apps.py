"""A person lets an app act for them, in a real browser; administrators enter the app. One API, without workers."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from api.app import create_app
from api.auth.sessions import COOKIE
from core.database import Database
from core.settings import CourierSettings
from models.types import Role
from tests.api.conftest import settings_for
from tests.api.oauth.conftest import Pkce, add_app
from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE
from tests.support.marketplace import PASSWORD, add_person, add_shop
from tests.support.running import QuietServer
from tests.support.signing_in import session_of
from tests.support.stack import eventually, free_port

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("PAGE_PICTURES", "")
"""A folder: every page that is checked leaves its picture there."""


@dataclass
class Place:
    """The API on a socket, and an app that listens on another for what it is told."""

    url: str
    database: Database
    chrome: Browser
    app_port: int
    told: list[str] = field(default_factory=list)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def page(self, viewport: dict[str, int], token: str = "", *, script: bool = True) -> Page:
        context = await self.chrome.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]},
            java_script_enabled=script,
            base_url=self.url,
            reduced_motion="reduce",
        )
        self.stack.push_async_callback(context.close)
        context.set_default_timeout(20_000)
        if token:
            await context.add_cookies([{"name": COOKIE, "value": token, "url": self.url}])
        return await context.new_page()

    async def app_hears(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readline()).decode().split(" ")[1]
        if asked.startswith("/back"):  # and not for its icon
            self.told.append(asked)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nBack in the app")
        await writer.drain()
        writer.close()


@pytest.fixture
async def place(postgres_url: str, database: Database, chrome: Browser) -> AsyncIterator[Place]:
    port, app_port = free_port(), free_port()
    settings = settings_for(postgres_url)
    settings.public_url = f"http://127.0.0.1:{port}"
    key = SecretStr("key")
    settings.couriers = [
        CourierSettings(code="swift", name="Swift", base_url="http://127.0.0.1:9", api_key=key, webhook_secret=key)
    ]
    server = QuietServer(
        uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="warning", ws="none")
    )
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started or serving.done(), what="the API")
    found = Place(settings.public_url, database, chrome, app_port)
    listening = await asyncio.start_server(found.app_hears, "127.0.0.1", app_port)
    async with found.stack:
        yield found
    listening.close()
    server.should_exit = True
    await serving


async def look(page: Page, name: str) -> None:
    """What every page has to keep, at both sizes."""
    for size in (PHONE, DESK):
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await check_fits(page)
        await check_accessible(page)
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}.png", full_page=True)
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})


def address(place: Place, client_id: str, pkce: Pkce) -> str:
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": f"http://127.0.0.1:{place.app_port}/back",
        "scope": "openid profile shop",
        "state": "as-it-was",
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{httpx.QueryParams(query)}"


async def test_from_the_sign_in_to_the_app_and_back_to_the_list(place: Place) -> None:
    async with place.database.transaction() as session:
        _, email = await add_person(session)
    client_id, pkce = await add_app(place.database), Pkce()
    page = await place.page(PHONE)
    await page.goto(address(place, client_id, pkce))
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("heading", name="May Loom Notes act for you?")).to_be_visible()
    await look(page, "consent")
    await page.get_by_role("button", name="Allow", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Back in the app")).to_be_visible()
    told = parse_qs(urlsplit(place.told[0]).query)
    assert (told["state"], told["iss"]) == (["as-it-was"], [place.url])
    async with httpx.AsyncClient(trust_env=False) as http:
        exchanged = await http.post(
            f"{place.url}/oauth/token",
            data={
                "grant_type": "authorization_code",
                "client_id": client_id,
                "code": told["code"][0],
                "redirect_uri": f"http://127.0.0.1:{place.app_port}/back",
                "code_verifier": pkce.verifier,
            },
        )
        token = {"authorization": f"Bearer {exchanged.json()['access_token']}"}
        assert (await http.get(f"{place.url}/api/v1/me", headers=token)).status_code == 200
        await page.goto("/account/apps")
        await look(page, "apps")
        await page.get_by_role("button", name="Take back what Loom Notes may do").click()
        await expect(page.get_by_role("status")).to_contain_text("Taken back")
        assert (await http.get(f"{place.url}/api/v1/me", headers=token)).status_code == 401
    await look(page, "apps-none")


async def test_no_leads_back_too_and_the_second_time_is_shorter_without_script(place: Place) -> None:
    async with place.database.transaction() as session:
        person_id, _ = await add_person(session)
        token = await session_of(session, person_id)
    client_id = await add_app(place.database)
    page = await place.page(PHONE, token, script=False)
    await page.goto(address(place, client_id, Pkce()))
    await page.get_by_role("button", name="Don’t allow").click()
    await expect(page.get_by_text("Back in the app")).to_be_visible()
    assert parse_qs(urlsplit(place.told[-1]).query)["error"] == ["access_denied"]
    for button in ("Allow", "Go on"):
        await page.goto(address(place, client_id, Pkce()))
        await page.get_by_role("button", name=button, exact=True).click()
        await expect(page.get_by_text("Back in the app")).to_be_visible()
        assert "code" in parse_qs(urlsplit(place.told[-1]).query)


async def test_administrators_enter_an_app_and_a_partner(place: Place) -> None:
    async with place.database.transaction() as session:
        shop = await add_shop(session)
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    page = await place.page(DESK, token)
    await page.goto("/admin/clients")
    await look(page, "clients-none")
    await page.get_by_role("link", name="Enter an app").click()
    await look(page, "client-new")
    await page.get_by_label("Name", exact=True).fill("Loom Notes")
    await page.get_by_label("Addresses to come back to").fill("loom.example")
    await page.get_by_role("button", name="Enter it").click()
    await expect(page.get_by_label("Addresses to come back to")).to_have_attribute("aria-invalid", "true")
    await look(page, "client-refused")
    await page.get_by_label("Addresses to come back to").fill("https://loom.example/back\ncom.example.loom:/back")
    await page.get_by_role("button", name="Enter it").click()
    await expect(page.get_by_role("heading", name="Loom Notes", exact=True)).to_be_visible()
    await look(page, "client-app")
    await page.goto("/admin/clients/new/crm")
    await page.get_by_label("Name", exact=True).fill("Saltmarsh’s books")
    await page.get_by_label("Shop", exact=True).fill(shop.slug)
    await page.get_by_role("button", name="Enter it").click()
    await expect(page.locator("#secret")).to_contain_text("acs_")
    await page.get_by_role("button", name="Draw a second secret").click()
    await look(page, "client-secret")
    await page.goto("/admin/clients/new/courier")
    await page.get_by_label("Name", exact=True).fill("Swift’s hub")
    await page.get_by_label("Courier", exact=True).select_option("swift")
    await page.get_by_role("button", name="Enter it").click()
    await page.get_by_role("button", name="Shut out Swift’s hub").click()
    await expect(page.get_by_role("status")).to_contain_text("Shut out")
    await page.goto("/admin/clients")
    await look(page, "clients")
