"""Newcomers: a customer whose letter opens the account with the cart kept, a forgotten password, an artisan whose shop
is seen once an administrator has approved it."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from deploy.sandbox.breaches.routes import BREACHED
from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE, Market, OpenPage
from tests.browser.people import PASSWORD, sign_in, until

pytestmark = pytest.mark.browser

ANOTHER = "quite another sentence"


def address(domain: str) -> str:
    return f"{uuid4().hex[:12]}@{domain}.example"


async def check(page: Page, *, script: bool = True) -> None:
    """At both widths; what looks at the page is a script."""
    for viewport in (PHONE, DESK) if script else ():
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)


async def follow(page: Page, market: Market, to: str, kind: str, *, script: bool = True) -> None:
    """The link in the newest letter of this kind, as its mail says it."""

    async def arrived() -> Any:
        return await market.inbox.letters(market.http, to, kind)

    letters = await until(arrived, f"a letter {kind}")
    found = re.search(r"http\S+", letters[0]["text"])
    assert found is not None
    await page.goto(found[0])
    await check(page, script=script)


async def send(page: Page, button: str) -> None:
    await page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("script", [True, False])
async def test_a_letter_opens_the_account_and_the_cart_is_kept(
    open_page: OpenPage, market: Market, *, script: bool
) -> None:
    piece = await market.listing("saltmarsh-pottery")
    page = await open_page(script=script)
    await page.goto(f"/l/{piece['id']}/{piece['slug']}")
    await page.get_by_role("button", name="Put it in the cart").click()
    await page.goto("/register?next=/cart")
    email, stolen = address("buyer"), next(iter(BREACHED))
    await page.get_by_label("Your name").fill("Ada Newcomer")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(stolen)
    await page.get_by_label("I agree").check()
    await send(page, "Open the account")
    await page.get_by_text("list of stolen ones").first.wait_for()
    await expect(page.get_by_label("Your name")).to_have_value("Ada Newcomer")
    await expect(page.get_by_label("I agree")).to_be_checked()
    await check(page, script=script)
    await page.get_by_label("Password").fill(PASSWORD)
    await send(page, "Open the account")
    await page.wait_for_url("**/register/sent")
    await check(page, script=script)

    await follow(page, market, email, "verify_email", script=script)
    await send(page, "Yes, this is mine")
    await page.wait_for_url("**/cart")
    await page.get_by_role("link", name=piece["title"]).first.wait_for()
    await page.get_by_role("banner").get_by_role("link", name="Orders").wait_for()
    await follow(page, market, email, "verify_email", script=script)
    await page.get_by_text("does nothing any more").wait_for()


async def test_who_is_not_confirmed_is_offered_another_letter(open_page: OpenPage, market: Market) -> None:
    page, email = await open_page(), address("buyer")
    await page.goto("/register")
    await page.get_by_label("Your name").fill("Ada Newcomer")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("I agree").check()
    await send(page, "Open the account")
    await page.wait_for_url("**/register/sent")
    await page.goto("/sign-in")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await send(page, "Sign in")
    await page.get_by_text("Confirm your e-mail address first").first.wait_for()
    await check(page)
    await send(page, "Send me another letter")
    await page.wait_for_url("**/register/sent")

    async def two() -> bool:
        return len(await market.inbox.letters(market.http, email, "verify_email")) == 2

    await until(two, "a second letter")
    await follow(page, market, email, "verify_email")
    await send(page, "Yes, this is mine")
    await page.get_by_role("banner").get_by_role("link", name="Orders").wait_for()


async def test_a_forgotten_password_and_a_new_address(open_page: OpenPage, market: Market) -> None:
    shopper, page = await market.shopper(), await open_page()
    await page.goto("/forgotten")
    await check(page)
    await page.get_by_label("E-mail address").fill(shopper.email)
    await send(page, "Send me the letter")
    await page.wait_for_url("**/forgotten/sent")
    await check(page)
    await follow(page, market, shopper.email, "reset_password")
    await page.get_by_label("New password").fill("1234567890123")
    await send(page, "Use this password")
    await page.get_by_text("row of keys").first.wait_for()
    await page.get_by_label("New password").fill(ANOTHER)
    await send(page, "Use this password")
    await page.get_by_text("Your password is changed").wait_for()
    await check(page)

    await sign_in(page, shopper.email, ANOTHER)
    new = address("elsewhere")
    await page.goto("/account/email")
    await check(page)
    await page.get_by_label("New address").fill(new)
    await send(page, "Send the letter")
    await page.get_by_text("on its way to the new address").wait_for()
    await follow(page, market, new, "email_change")
    await send(page, "Yes, this is mine")
    await page.get_by_text("Your new address counts").wait_for()
    await check(page)
    await page.goto("/account/password")
    await check(page)
    await page.get_by_label("New password").fill(PASSWORD)
    await send(page, "Change the password")
    await page.get_by_text("Your password is changed").wait_for()
    told = [letter["tag"] for letter in await market.inbox.letters(market.http, shopper.email, "email_changed")]
    assert told == ["email_changed"]


async def test_a_shop_opens_when_an_administrator_says_so(open_page: OpenPage, market: Market) -> None:
    email, name = address("maker"), f"Ebb & Flow {uuid4().hex[:6]}"
    maker, visitor, desk = await open_page(), await open_page(), await open_page()
    await maker.goto("/open-a-shop")
    await check(maker)
    for label, text in {
        "Your name": "Wren Alder",
        "E-mail address": email,
        "Password": PASSWORD,
        "Name of the shop": name,
        "Your story": "I throw pots by the sea, in a shed that was a boat house once.",
        "Town or city": "Machias",
        "State or province": "Maine",
        "ZIP or postal code": "04654",
    }.items():
        await maker.get_by_label(label).fill(text)
    await maker.get_by_label("Craft").select_option("ceramics")
    await maker.get_by_label("I agree").check()
    await send(maker, "Send the application")
    await maker.get_by_text("choose one of", exact=False).first.wait_for()
    await expect(maker.get_by_label("Name of the shop")).to_have_value(name)
    await check(maker)
    await maker.get_by_label("State or province").fill("ME")
    await maker.get_by_label("Password").fill(PASSWORD)
    await send(maker, "Send the application")
    await maker.wait_for_url("**/register/sent")
    await follow(maker, market, email, "verify_email")
    await send(maker, "Yes, this is mine")
    await maker.wait_for_url("**/studio/shop")
    await maker.get_by_text("is looking at").wait_for()
    await check(maker)
    await maker.goto("/studio/listings")
    await maker.get_by_text("Nobody else sees your shop yet").wait_for()
    await check(maker)

    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    hidden = await visitor.goto(f"/shops/{slug}")
    assert hidden is not None and hidden.status == 404

    await market.sign_in_administrator(desk)
    await desk.goto("/admin/shops?status=pending")
    await check(desk)
    await decide(desk, name, "Tell us which clay you use.", "Refuse")
    await maker.goto("/studio/shop")
    await maker.get_by_text("Tell us which clay you use.").wait_for()
    await check(maker)
    await maker.get_by_label("Your story").fill("I throw pots by the sea, of stoneware that I dig in Bucks Harbor.")
    await send(maker, "Send it again")
    await maker.get_by_text("is looking at").wait_for()

    await desk.goto("/admin/shops?status=pending")
    await decide(desk, name, "Seen, and liked.", "Approve")
    await check(desk)
    shown = await visitor.goto(f"/shops/{slug}")
    assert shown is not None and shown.ok
    await visitor.get_by_text("stoneware that I dig").wait_for()
    await follow(maker, market, email, "shop_approved")
    await maker.get_by_role("link", name="Your shop page").wait_for()


async def decide(desk: Page, name: str, reason: str, button: str) -> None:
    panel = desk.get_by_role("region", name=name)
    await panel.get_by_label("Your reason").fill(reason)
    await panel.get_by_role("button", name=button).click()
    await desk.get_by_role("status").wait_for()


async def test_a_customer_applies_with_their_own_account(open_page: OpenPage, market: Market) -> None:
    shopper, page = await market.shopper("Noor Maker"), await open_page()
    await sign_in(page, shopper.email)
    await page.goto("/open-a-shop")
    await expect(page.get_by_label("Password")).to_have_count(0)
    await check(page)
    for label, text in {
        "Name of the shop": f"Noor makes {uuid4().hex[:6]}",
        "Your story": "I bind books in the evenings, with thread that I dye myself.",
        "Town or city": "Portland",
        "State or province": "ME",
        "ZIP or postal code": "04101",
    }.items():
        await page.get_by_label(label).fill(text)
    await page.get_by_label("Craft").select_option("ceramics")
    await send(page, "Send the application")
    await page.wait_for_url("**/studio/shop")
    await page.get_by_text("is looking at").wait_for()
