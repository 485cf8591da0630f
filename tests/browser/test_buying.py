"""Buying from two makers: by keyboard alone on a phone, and again without any script."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Market, OpenPage
from tests.browser.keyboard import press, tab_to, type_into
from tests.browser.people import PASSWORD

pytestmark = pytest.mark.browser


async def test_by_keyboard_alone_on_a_phone(open_page: OpenPage, market: Market) -> None:
    mug, board = await market.listing("saltmarsh-pottery"), await market.listing("third-ridge-woodshop")
    shopper = await market.shopper()
    page = await open_page(PHONE)

    await page.goto("/")
    for piece in (mug, board):
        await type_into(page, "Search the catalogue", piece["title"])
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=*")
        await press(page, piece["title"])
        await page.wait_for_url("**/l/**")
        await press(page, "Put it in the cart")
        await page.wait_for_url("**/cart")
        await expect(page.get_by_role("link", name=piece["title"])).to_be_visible()

    await press(page, "Go to the till")
    await page.wait_for_url("**/sign-in?next=**")
    await type_into(page, "E-mail address", shopper.email)
    await type_into(page, "Password", PASSWORD)
    await page.keyboard.press("Enter")

    await page.wait_for_url(f"{market.url}/checkout")
    for label, typed in (("Street and number", "12 Linden Street"), ("Town or city", "Portland"),
                         ("State or province", "ME"), ("ZIP or postal code", "04101")):  # fmt: skip
        await type_into(page, label, typed)
    await press(page, "See the whole price")
    await page.wait_for_url("**/checkout?address=*")
    await expect(page.get_by_text("Tax", exact=True)).to_be_visible()
    await press(page, "Pay $")

    await page.wait_for_url(f"{market.stack.sandbox_url}/pay/**")
    for label, typed in (("Card number", "4242424242424242"), ("Expiry", "1240"), ("CVC", "123"),
                         ("Name on card", "Ada Buyer")):  # fmt: skip
        await type_into(page, label, typed)
    await page.keyboard.press("Enter")

    await page.wait_for_url("**/checkout/*/return")
    # The page finds out by itself; nobody reloads it.
    await expect(page.get_by_role("heading", name="Thank you. It is yours.")).to_be_visible()
    await press(page, "See your orders")
    await page.wait_for_url("**/orders")
    await expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(2)
    await press(page, mug["title"])
    await page.wait_for_url("**/orders/ord_*")
    await expect(page.get_by_text("The order was paid and sent to the maker.")).to_be_visible()
    await expect(page.get_by_text("until the order has arrived")).to_be_visible()
    await tab_to(page, "Saltmarsh Pottery")


async def test_without_script(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("indigo-shed")
    shopper = await market.shopper()
    page = await open_page(PHONE, script=False)

    await page.goto(f"/l/{piece['id']}")
    await page.get_by_role("button", name="Put it in the cart").click()
    await page.get_by_label("How many of").fill("2")
    await page.get_by_role("button", name="Change the quantity").click()
    await expect(page.get_by_role("heading", name="Your cart")).to_be_visible()
    await expect(page.get_by_text("2 pieces from 1 workshop")).to_be_visible()
    await page.get_by_role("link", name="Go to the till").click()
    await page.get_by_label("E-mail address").fill(shopper.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()

    await page.get_by_label("Street and number").fill("12 Linden Street")
    await page.get_by_label("Town or city").fill(" ")  # the browser itself lets a blank pass
    await page.get_by_label("ZIP or postal code").fill("04101")
    await page.get_by_role("button", name="See the whole price").click()
    # What is missing is said at its field, and nothing is typed twice.
    await expect(page.get_by_label("Town or city")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Street and number")).to_have_value("12 Linden Street")
    await page.get_by_label("Town or city").fill("Portland")
    await page.get_by_label("State or province").fill("ME")
    await page.get_by_role("button", name="See the whole price").click()
    await page.get_by_role("button", name="Pay $").click()

    for label, typed in (("Card number", "4000000000000002"), ("Expiry", "1240"), ("CVC", "123"),
                         ("Name on card", "Ada Buyer")):  # fmt: skip
        await page.get_by_label(label).fill(typed)
    await page.get_by_role("button", name="Pay").click()
    await expect(page.get_by_text("declined").first).to_be_visible()
    await page.get_by_label("Card number").fill("4242424242424242")
    await page.get_by_label("Expiry").fill("1240")
    await page.get_by_label("CVC").fill("123")
    await page.get_by_role("button", name="Pay").click()

    await page.wait_for_url("**/checkout/*/return")
    # The page reloads itself until the order is there.
    await expect(page.get_by_role("heading", name="Thank you. It is yours.")).to_be_visible()
    await page.get_by_role("link", name="See your order", exact=True).click()
    await expect(page.get_by_text("The order was paid and sent to the maker.")).to_be_visible()


async def test_a_payment_left_half_way_can_be_taken_up_or_cancelled(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("loom-hill")
    shopper = await market.shopper()
    await shopper.fill(piece["id"])
    placed = await shopper.place()
    page = await open_page(PHONE)
    await page.goto("/sign-in?next=/cart")
    await page.get_by_label("E-mail address").fill(shopper.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="A payment for this cart is under way")).to_be_visible()
    await page.get_by_role("link", name="Go on with the payment").click()
    await page.wait_for_url(placed["redirect_url"])
    await page.goto(f"/checkout/{placed['checkout_id']}/return?back=1")
    await expect(page.get_by_role("heading", name="You have not paid yet")).to_be_visible()
    await page.get_by_role("button", name="Cancel and change the cart").click()
    await page.wait_for_url("**/cart")
    await page.get_by_role("button", name=f"Remove {piece['title']}").click()
    await expect(page.get_by_text("Nothing in it yet.")).to_be_visible()
