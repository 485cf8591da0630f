"""Commissions in a browser: a wish is typed, found again and withdrawn with the keyboard alone."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.checks import HEAVIEST, check_accessible, check_fits, weigh
from tests.browser.conftest import DESK, PHONE, Market, OpenPage
from tests.browser.keyboard import press, tab_to, type_into
from tests.browser.people import ADDRESS, sign_in

pytestmark = pytest.mark.browser
SHOP = "third-ridge-woodshop"


async def check(page: Page) -> None:
    """At both widths; the page keeps the one it had."""
    kept = page.viewport_size
    for viewport in (DESK, PHONE):
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)
    assert kept is not None
    await page.set_viewport_size(kept)


async def test_with_the_keyboard_alone(open_page: OpenPage, market: Market) -> None:
    shopper = await market.shopper()
    placed = await shopper.call("POST", "/addresses", ADDRESS)
    wish = {"shop": SHOP, "title": "A small box", "brief": "For three spoons, of cherry.", "currency": "USD"}
    commission = await shopper.call("POST", "/commissions", {**wish, "address_id": placed["id"]})
    page = await open_page()
    await sign_in(page, shopper.email)
    await page.goto(f"/commissions/{commission['id']}")
    await press(page, "Withdraw the request")
    await page.wait_for_url("**/decline")
    await tab_to(page, "It can't be made")
    await page.keyboard.press("Space")
    await press(page, "Withdraw the request")
    await expect(page.get_by_role("heading", name="Declined")).to_be_visible()
    assert await weigh(page, f"/commissions/{commission['id']}") < HEAVIEST


async def test_a_request_is_typed_with_the_keyboard(open_page: OpenPage, market: Market) -> None:
    shopper = await market.shopper()
    await shopper.call("POST", "/addresses", ADDRESS)
    page = await open_page()
    await sign_in(page, shopper.email)
    await page.goto(f"/shops/{SHOP}/commission")
    await type_into(page, "What should it be?", "A stool")
    await type_into(page, "Describe it", "Three legs, low enough for a child of four.")
    await press(page, "Send the request")
    await expect(page.get_by_role("heading", name="A stool", level=1)).to_be_visible()
    await page.goto("/commissions")
    await expect(page.get_by_role("link", name="A stool")).to_be_visible()
    await check(page)
