"""Places for commissions in Chromium: the page at both widths, a slip of the keyboard, and what newcomers read."""

from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from core.database import Database
from tests.browser.keyboard import press, type_into
from tests.browser.test_money import OpenBrowser, check_page, open_browser
from tests.support.marketplace import add_shop
from tests.support.signing_in import session_of

__all__ = ["open_browser"]
pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Studio:
    slug: str
    artisan: str


@pytest.fixture
async def studio(database: Database) -> Studio:
    async with database.transaction() as session:
        shop = await add_shop(session)
        return Studio(shop.slug, await session_of(session, shop.owner_id))


async def test_an_artisan_says_how_much_they_take_on(open_browser: OpenBrowser, studio: Studio) -> None:
    page = await open_browser(studio.artisan)
    await page.goto("/studio/commissions")
    await press(page, "Your studio")  # the menu is folded on a phone
    await press(page, "Places")
    await page.wait_for_url("**/studio/capacity")
    await type_into(page, "Commissions at once", "51")
    await type_into(page, "Days for one piece, as a rule", "0")
    await press(page, "Save")
    await expect(page.get_by_label("Commissions at once")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Days for one piece, as a rule")).to_have_value("0")
    for label, number in (("Commissions at once", "2"), ("Days for one piece, as a rule", "30")):
        await page.get_by_label(label).fill(number)
    await page.get_by_role("main").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved.")
    await check_page(page, "/studio/capacity")
    await page.goto(f"/shops/{studio.slug}")
    await expect(page.get_by_text("All 2 places are free. Work could begin on")).to_be_visible()

    await page.goto("/studio/capacity")
    await page.get_by_label("Commissions at once").fill("0")
    await page.get_by_role("main").get_by_role("button", name="Save").click()
    await page.wait_for_url("**/studio/capacity?done=1")
    await page.goto(f"/shops/{studio.slug}")
    await expect(page.get_by_text("This shop takes no commissions at the moment.")).to_be_visible()
    await expect(page.get_by_role("link", name="Commission a piece")).to_have_count(0)
