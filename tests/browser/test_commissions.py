"""Commissions in a browser: a wish is typed, found again and withdrawn with the keyboard alone."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.checks import HEAVIEST, check_accessible, check_fits, weigh
from tests.browser.conftest import DESK, PHONE, Market, OpenPage
from tests.browser.keyboard import press, tab_to, type_into
from tests.browser.people import ADDRESS, GOOD_CARD, sign_in, until

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


async def test_from_a_wish_to_an_approved_drawing(open_page: OpenPage, market: Market, tmp_path: Path) -> None:
    """Both sides in a browser of their own: asked, offered, agreed, paid, shown, approved; each page fits and is
    accessible on the way."""
    shopper = await market.shopper("Ada Wish")
    await shopper.call("POST", "/addresses", ADDRESS)
    work = tmp_path / "work.jpg"
    Image.new("RGB", (640, 480), "peru").save(work)
    customer, artisan = await open_page(), await open_page()
    await sign_in(customer, shopper.email)
    await sign_in(artisan, f"{SHOP}@demo.example", "made-by-hand")

    await customer.goto(f"/shops/{SHOP}/commission")
    await customer.get_by_label("What should it be?").fill("A walnut shelf")
    await customer.get_by_label("Describe it").fill("90 cm wide, for books. Write to me at ada@example.com.")
    await customer.get_by_role("button", name="Send the request").click()
    await customer.get_by_label("Send it as it is all the same").check()
    await customer.get_by_role("button", name="Send the request").click()
    await customer.wait_for_url(re.compile(r"/commissions/com_\w+$"))
    own = customer.url.removeprefix(market.url)

    await artisan.goto(f"/studio{own}/offer")
    for name, value in {"title-1": "Shelf", "amount-1": "150", "days-1": "20"}.items():
        await artisan.fill(f"[name={name}]", value)
    for name, value in {"price": "150", "deposit": "150", "shipping": "12"}.items():
        await artisan.fill(f"[name={name}]", value)
    await check(artisan)
    await artisan.get_by_role("button", name="Send the offer").click()
    await artisan.wait_for_url(f"**/studio{own}")

    await customer.goto(f"{own}/accept")
    await check(customer)
    await customer.get_by_role("button", name=re.compile("I agree")).click()
    await customer.wait_for_url(f"**{own}")
    await until(lambda: _leads(customer, f"{own}/pay", "/pay/"), "the payment page")
    for name, value in {"cardnumber": GOOD_CARD, "expiry": "12 / 34", "cvc": "123", "name": "Ada Wish"}.items():
        await customer.fill(f"[name={name}]", value)
    await customer.locator("form button").first.click()
    await customer.wait_for_url(re.compile(f"{own}"))

    await until(lambda: _leads(artisan, f"/studio{own}/milestones/1/proof", "/proof"), "the work to begin")
    await artisan.set_input_files("[name=files]", work)
    await artisan.get_by_role("button", name=re.compile("Show it")).click()
    await artisan.wait_for_url(f"**/studio{own}")
    await check(artisan)
    await artisan.locator("#live summary").filter(has_text="Offer 1").click()
    await expect(artisan.get_by_text("Revisions of each milestone")).to_be_hidden()

    await customer.goto(own)
    await check(customer)
    await customer.get_by_role("button", name=re.compile("Approve")).click()
    await expect(customer.get_by_text("The customer approved a milestone.").first).to_be_visible()

    # News come by themselves, and take nobody from where they are: the focus stays, and what was closed stays closed.
    await expect(artisan.get_by_text("The customer approved a milestone.").first).to_be_visible(timeout=15_000)
    await expect(artisan.locator("#live summary").filter(has_text="Offer 1")).to_be_focused()
    await expect(artisan.get_by_text("Revisions of each milestone")).to_be_hidden()

    for side in (customer, artisan):
        await side.get_by_role("link", name=re.compile("^Invoice")).first.click()
        await expect(side.get_by_role("heading", name=re.compile("Advance payment invoice INV-"))).to_be_visible()
        await check(side)


async def _leads(page: Page, path: str, to: str) -> bool:
    """Whether the address leads where it should by now; before its time it leads back to the commission."""
    await page.goto(path)
    return to in page.url


async def test_what_the_other_writes_appears_by_itself_and_loses_nothing_that_is_typed(
    open_page: OpenPage, market: Market
) -> None:
    shopper = await market.shopper("Ida Wish")
    placed = await shopper.call("POST", "/addresses", ADDRESS)
    wish = {"shop": SHOP, "title": "A spoon", "brief": "For jam, of pear.", "currency": "USD"}
    commission = await shopper.call("POST", "/commissions", {**wish, "address_id": placed["id"]})
    artisan = await open_page()
    await sign_in(artisan, f"{SHOP}@demo.example", "made-by-hand")
    await artisan.goto(f"/studio/commissions/{commission['id']}")
    await artisan.get_by_label("Write to Ida Wish").fill("It could be of pl")
    await shopper.call("POST", f"/commissions/{commission['id']}/messages", {"text": "Cherry would do, too. 🍒"})
    await expect(artisan.get_by_text("Cherry would do, too.")).to_be_visible(timeout=15_000)
    await expect(artisan.get_by_label("Write to Ida Wish")).to_have_value("It could be of pl")
    await expect(artisan.get_by_label("Write to Ida Wish")).to_be_focused()
    seen = await shopper.call("GET", f"/commissions/{commission['id']}/messages")
    assert seen["messages"][0]["read_at"], "it was looked at"
    await artisan.keyboard.type("um.")
    await artisan.get_by_role("button", name="Send", exact=True).click()
    await expect(artisan.get_by_text("It could be of plum.")).to_be_visible()
    await artisan.goto(f"/studio/commissions/{commission['id']}/messages")
    await check(artisan)
