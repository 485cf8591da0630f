"""A maker tells how a piece was made, its customer reads it without any script and agrees, everybody sees it, and then
nobody does. Every page on the way is accessible and fits a phone."""

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from core.database import Database
from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE
from tests.browser.people import sign_in
from tests.support.marketplace import PASSWORD, add_listing, add_shop
from tests.support.storied import add_tellable

pytestmark = pytest.mark.browser


async def visitor(chrome: Browser, url: str, *, script: bool = True) -> Page:
    context: BrowserContext = await chrome.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        java_script_enabled=script,
        base_url=url,
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    return await context.new_page()


async def check(page: Page) -> None:
    """At both widths; a browser without script is only measured by the others."""
    for viewport in (DESK, PHONE):
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)


async def test_both_agree_and_one_takes_it_back(chrome: Browser, shop_url: str, database: Database) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session)
        await add_listing(session, shop)
        done, _ = await add_tellable(session, shop)
    maker, reader = await visitor(chrome, shop_url), await visitor(chrome, shop_url)
    customer = await visitor(chrome, shop_url, script=False)
    try:
        await sign_in(maker, shop.owner_email, PASSWORD)
        await maker.goto(f"/studio/commissions/{done.id}")
        await maker.get_by_role("link", name="Tell how it was made").click()
        await check(maker)
        await maker.get_by_label("Title").fill("A desk for a niche")
        await maker.get_by_label("Your words").fill("It began with a plank.\n\nIt ended with a drawer that sighs.")
        await maker.get_by_role("button", name="Save and read it").click()
        await expect(maker.get_by_role("alert")).to_contain_text("Choose at least one picture")
        await check(maker)
        for number, caption in ((1, "The plank, still warm from the yard"), (2, "The first coat of oil")):
            await maker.get_by_label(f"Show picture {number}").check()
            await maker.get_by_label(f"Caption of picture {number}").fill(caption)
        await maker.get_by_label("as number of picture 1").fill("2")
        await maker.get_by_label("as number of picture 2").fill("1")
        await maker.get_by_role("button", name="Save and read it").click()
        await expect(maker.locator("figcaption").first).to_contain_text("The first coat of oil")
        await check(maker)
        await maker.get_by_role("button", name="Ask ").click()
        await expect(maker.get_by_text("awaits an answer")).to_be_visible()
        await check(maker)

        await sign_in(customer, done.customer_email, PASSWORD)
        await customer.goto(f"/commissions/{done.id}")
        await customer.get_by_role("link", name="Read it and answer").click()
        await expect(customer.get_by_text("It ended with a drawer that sighs.")).to_be_visible()
        await check_fits(customer)
        await sign_in(reader, done.customer_email, PASSWORD)
        await reader.goto(f"/commissions/{done.id}/story")
        await check(reader)
        await reader.context.clear_cookies()
        await customer.get_by_label("Made for").check()
        await customer.get_by_role("button", name="Yes, show it like this").click()
        await customer.get_by_role("link", name="“A desk for a niche”").click()
        address = customer.url.removeprefix(shop_url)

        await reader.goto(f"/shops/{shop.slug}")
        await check(reader)
        await reader.get_by_role("link", name="A desk for a niche").click()
        assert reader.url.endswith(address)
        await expect(reader.get_by_text("made for")).to_be_visible()
        await check(reader)

        await customer.goto(f"/commissions/{done.id}/story")
        await customer.get_by_role("button", name="Take it back").click()
        await expect(customer.get_by_text("It was taken back. Nothing is shown.")).to_be_visible()
        gone = await reader.goto(address)
        assert gone is not None and gone.status == 404
        await maker.goto(f"/studio/commissions/{done.id}/story")
        await check(maker)
    finally:
        for page in (maker, reader, customer):
            await page.context.close()
