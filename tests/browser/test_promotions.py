"""A maker gives out a code, a buyer enters it, both read what came off; an administrator reads and sets the fees."""

import re

import pytest
from playwright.async_api import Page, expect

from deploy.seed.accounts import PASSWORD as DEMO_PASSWORD
from deploy.seed.accounts import artisan
from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE, Market, OpenPage
from tests.browser.people import sign_in

pytestmark = pytest.mark.browser


async def check(page: Page) -> None:
    for viewport in (DESK, PHONE):
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)


async def test_a_code_is_given_out_entered_and_taken_off(open_page: OpenPage, market: Market) -> None:
    maker = await open_page(PHONE)
    await sign_in(maker, artisan("saltmarsh-pottery", "").email, DEMO_PASSWORD)
    await maker.goto("/studio/promotions")
    await check(maker)
    await maker.get_by_role("link", name="New promotion or code").click()
    await maker.get_by_label("Name", exact=True).fill("For those who come back")
    await maker.get_by_label("Per cent").fill("lots")
    await maker.get_by_label("Code", exact=False).last.fill("COMEBACK")
    await maker.get_by_role("button", name="Open it").click()
    await expect(maker.get_by_text("Write a percentage like 10").first).to_be_visible()
    await check(maker)
    await maker.get_by_label("Per cent").fill("12.5")
    await maker.get_by_role("button", name="Open it").click()
    await expect(maker.get_by_text("It is open.")).to_be_visible()
    await expect(maker.get_by_text("COMEBACK")).to_be_visible()
    await check(maker)
    await maker.goto("/studio/fees")
    await expect(maker.get_by_text("6.5 % for every shop")).to_be_visible()
    await check(maker)

    piece = await market.listing("saltmarsh-pottery")
    buyer = await open_page(PHONE)
    await buyer.goto(f"/l/{piece['id']}/{piece['slug']}")
    await buyer.get_by_role("button", name="Put it in the cart").click()
    await buyer.wait_for_url("**/cart")
    await buyer.get_by_text("A code from one of the makers?").click()
    await buyer.get_by_label("Code", exact=True).fill("nonsense")
    await buyer.get_by_role("button", name="Use the code").click()
    await expect(buyer.get_by_text("No shop in your cart has given out this code")).to_be_visible()
    await check(buyer)
    await buyer.get_by_label("Code", exact=True).fill("come back")
    await buyer.get_by_role("button", name="Use the code").click()
    await expect(buyer.get_by_text("Taken off your pieces.")).to_be_visible()
    await expect(buyer.get_by_text("For those who come back")).to_be_visible()
    await check(buyer)

    await maker.goto("/studio/promotions")
    await maker.get_by_role("button", name=re.compile("End it ?: For those who come back")).click()
    await expect(maker.get_by_text("Nobody gets it any more")).to_be_visible()
    await buyer.reload()
    await expect(buyer.get_by_text("This code is over. Take it out to go on.")).to_be_visible()
    await buyer.get_by_role("button", name=re.compile("Take the code out ?: COMEBACK")).click()
    await expect(buyer.get_by_role("link", name="Go to the till")).to_be_visible()


async def test_fees_are_read_and_set(open_page: OpenPage, market: Market) -> None:
    page = await open_page()
    await market.sign_in_administrator(page)
    await page.goto("/admin/fees")
    await check(page)
    await page.get_by_label("Per cent").fill("4.25")
    await page.get_by_label("Fixed part").fill("0.30")
    await page.get_by_role("button", name="Set the rule").click()
    await expect(page.get_by_text("Say in which currency").first).to_be_visible()
    await check(page)
    # Of a plan that no shop of the other tests is on.
    await page.get_by_label("Currency of the amounts").select_option("USD")
    await page.locator("#plan").select_option("studio")
    await page.get_by_role("button", name="Set the rule").click()
    await expect(page.get_by_text("4.25 % + $0.30")).to_be_visible()
    await check(page)
    await page.get_by_role("button", name="End the rule for Studio plan").click()
    await expect(page.get_by_text("What is less specific holds")).to_be_visible()
