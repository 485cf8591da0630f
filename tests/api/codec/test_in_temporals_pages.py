"""The real pages of Temporal, in a real browser, show what was sealed to an administrator who is signed in with us."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright

from api.app import create_app
from api.auth import sessions
from api.auth.proof import Proof
from core.database import Database
from core.temporal import connect
from deploy import chromium
from deploy.embedded import temporal
from models.types import Role, new_id
from tests.api.conftest import settings_for
from tests.support.marketplace import add_person
from tests.support.running import QuietServer
from tests.support.stack import eventually, free_port, running
from workflows.checkout import messages

pytestmark = pytest.mark.browser
WITHIN = 20_000
"""Milliseconds for a page to show what it has."""


@dataclass
class House:
    url: str
    pages: str
    database: Database
    process: str
    """Where Temporal's pages show a process that was just started."""
    cart_id: str


@pytest.fixture
async def house(postgres_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Our API and a Temporal server with its pages, each told of the other as the embedded stack tells them."""
    port, temporal_port, ui_port = free_port(), free_port(), free_port()
    url, pages = f"http://localhost:{port}", f"http://localhost:{ui_port}"
    settings = settings_for(postgres_url, f"127.0.0.1:{temporal_port}").model_copy(
        update={"public_url": url, "temporal_ui_url": pages}
    )
    command = temporal.argv(port=temporal_port, ui_port=ui_port, database=None, codec=f"{url}/codec")
    with running(command, tmp_path / "temporal.log", lambda: temporal.serving(temporal_port)):
        app = create_app(settings)
        async with serving(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws="none")):
            client, cart_id = await connect(settings), new_id("crt")
            start = messages.CheckoutInput(cart_id, 1, "usr_1")
            id_ = messages.workflow_id(cart_id, 1)
            begun = await client.start_workflow(messages.WORKFLOW, start, id=id_, task_queue="nobody-works-here")
            process = f"{pages}/namespaces/default/workflows/{id_}/{begun.result_run_id}/history"
            yield House(url, pages, app.state.parts.database, process, cart_id)


@asynccontextmanager
async def serving(config: uvicorn.Config) -> AsyncIterator[None]:
    server = QuietServer(config)
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started or task.done(), what="the API")
    yield
    server.should_exit = True
    await task


@asynccontextmanager
async def browser_of(house: House, role: Role) -> AsyncIterator[Page]:
    """Of somebody who has signed in on our pages with two factors and looks at Temporal's."""
    async with house.database.transaction() as session:
        person_id, _ = await add_person(session, role)
        token, _ = await sessions.open_for(session, person_id, None, Proof(("password", "totp"), second_factor=True))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        page = await browser.new_page()
        await page.context.add_cookies([{"name": sessions.COOKIE, "value": token, "url": house.url}])
        yield page
        await browser.close()


async def let_it_send_who_i_am(page: Page, house: House) -> None:
    """What the runbook tells an administrator to do once in each browser."""
    await page.get_by_role("button", name="Codec Server").first.click()
    await page.get_by_text("Use my browser setting").click()
    await page.get_by_placeholder("Paste your endpoint here").fill(f"{house.url}/codec")
    await page.get_by_text("Include cross-origin credentials").click()
    await page.get_by_role("button", name="Apply").click()


async def test_an_administrator_reads_a_process_in_temporals_pages(house: House) -> None:
    async with browser_of(house, Role.ADMINISTRATOR) as page:
        await page.goto(house.process)
        await page.get_by_text("Codec Server could not connect").last.wait_for(timeout=WITHIN)
        assert f'"{house.cart_id}"' not in await page.inner_text("body")
        await let_it_send_who_i_am(page, house)
        await page.goto(house.process)
        await page.get_by_text(f'"cart_id": "{house.cart_id}"').first.wait_for(timeout=WITHIN)


async def test_a_customer_reads_nothing_there(house: House) -> None:
    async with browser_of(house, Role.CUSTOMER) as page:
        await page.goto(house.process)
        await let_it_send_who_i_am(page, house)
        async with page.expect_response("**/codec/decode?*") as asked:
            await page.goto(house.process)
        assert (await asked.value).status == 403
        await page.get_by_text("Codec Server could not connect").last.wait_for(timeout=WITHIN)
        assert '"cart_id"' not in await page.inner_text("body")
