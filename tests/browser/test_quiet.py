"""The page behind a link that stops mails about messages, in Chromium, at both widths, with and without script."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page

from core.database import Database
from models.repositories import commission_unread
from tests.browser.checks import check_accessible
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_money import OpenBrowser, check_page, open_browser
from tests.support.commissioned import Finished, add_finished
from tests.support.marketplace import add_shop
from tests.support.signing_in import session_of

__all__ = ["open_browser"]
pytestmark = pytest.mark.browser


@pytest.fixture
async def finished(database: Database) -> Finished:
    async with database.transaction() as session:
        return await add_finished(session, await add_shop(session, name="Walnut & Wool"), charged=False)


async def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        for viewport in (DESK, PHONE):
            await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
            await page.screenshot(path=Path(folder) / f"{name}-{viewport['width']}.png", full_page=True)


@pytest.mark.parametrize("script", [True, False])
async def test_mails_are_stopped_by_a_button(
    open_browser: OpenBrowser, database: Database, finished: Finished, script: bool
) -> None:
    token = commission_unread.stop_token(database.keys, finished.id, finished.customer_id)
    async with database.transaction() as session:
        reader = await session_of(session, finished.customer_id)
    page = await open_browser(reader, script=script)
    if script:
        await check_page(page, f"/quiet/{token}")
        await shot(page, "quiet-asked")
    await page.goto(f"/quiet/{token}")
    await page.get_by_role("button", name="Stop mails about messages").press("Enter")
    await page.get_by_role("heading", name="No more mails about messages").wait_for()
    if script:
        await check_accessible(page)
        await shot(page, "quiet-done")
        await page.goto("/quiet/wrong")
        await page.get_by_role("heading", name="This link does not work any more").wait_for()
        await check_accessible(page)
        await shot(page, "quiet-wrong")
