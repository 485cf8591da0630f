"""A gift card is bought with the keyboard, for somebody else, and its code redeemed once by who got the mail."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE, Market, OpenPage
from tests.browser.keyboard import press, tab_to, type_into
from tests.browser.people import GOOD_CARD, sign_in, until

pytestmark = pytest.mark.browser


async def check(page: Page) -> None:
    """At both widths."""
    for viewport in (PHONE, DESK):
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)


async def test_a_gift_for_somebody_else(open_page: OpenPage, market: Market) -> None:
    giver, friend = await market.shopper("Ada Giver"), await market.shopper("Bo Friend")
    page = await open_page()
    await sign_in(page, giver.email)
    await page.goto("/gift-cards")
    await check(page)
    await tab_to(page, "$25.00")
    await page.keyboard.press("Space")
    await type_into(page, "For whom", friend.email)
    await press(page, "Go on to the payment")
    for name, value in {"cardnumber": GOOD_CARD, "expiry": "12 / 34", "cvc": "123", "name": giver.name}.items():
        await page.fill(f"[name={name}]", value)
    await page.locator("form button").first.click()
    await page.wait_for_url(re.compile(r"/gift-cards/gft_\w+"))

    async def paid() -> bool:
        await page.reload()
        return await page.get_by_text("It is paid, and its code has been mailed.").count() > 0

    await until(paid, "the card to be paid")
    await check(page)

    async def mailed() -> str | None:
        for letter in await market.inbox.letters(market.http, friend.email, "gift_card_for_you"):
            if found := re.search(r"([0-9A-Z]{4}-){5}[0-9A-Z]{4}", letter["text"]):
                return found[0]
        return None

    code = await until(mailed, "the code in the friend's mail")
    redeemed = await friend.call("POST", "/me/credit/redemptions", {"code": code})
    assert redeemed["redeemed"]["minor"] == 2_500
    theirs = await open_page()
    await sign_in(theirs, friend.email)
    await theirs.goto("/account/credit")
    await expect(theirs.get_by_text("$25.00").first).to_be_visible()
    await theirs.goto(page.url.removeprefix(market.url))
    await expect(theirs.get_by_role("heading", level=1)).not_to_contain_text("gift card")
