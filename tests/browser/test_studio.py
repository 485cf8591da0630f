"""An artisan's day: a new piece goes on sale, an order is made and sent while its buyer looks on."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.async_api import expect

from deploy.seed.accounts import PASSWORD as DEMO_PASSWORD
from deploy.seed.accounts import artisan
from tests.browser.conftest import DESK, PHONE, Market, OpenPage
from tests.browser.people import sign_in

pytestmark = pytest.mark.browser


def photograph() -> bytes:
    picture = Image.effect_mandelbrot((900, 700), (-2.2, -1.3, 1.0, 1.3), 60)
    stored = BytesIO()
    picture.convert("RGB").save(stored, "JPEG")
    return stored.getvalue()


async def test_a_new_piece_with_its_picture_is_found_by_search(open_page: OpenPage, market: Market) -> None:
    page = await open_page(PHONE)
    await sign_in(page, artisan("barro-y-humo", "").email, DEMO_PASSWORD)
    await page.goto("/studio/listings")
    await page.get_by_role("link", name="Add a piece").click()

    await page.get_by_label("Title").fill("Zephyrware olive dish")
    await page.get_by_label("Description").fill("A shallow dish for olives and their stones, burnished by hand.")
    await page.get_by_label("Craft").select_option("ceramics")
    await page.get_by_label("Price", exact=True).fill("twenty")
    await page.get_by_label("Pieces").fill("4")
    await page.get_by_label("Weight in grams").fill("340")
    await page.get_by_role("button", name="Put it up for sale").click()
    await expect(page.get_by_label("Price", exact=True)).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("nobody buys what they cannot see").first).to_be_visible()
    await expect(page.get_by_label("Title")).to_have_value("Zephyrware olive dish")

    await page.get_by_label("Price", exact=True).fill("24.50")
    await page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "dish.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    )
    await page.get_by_label("What the picture shows").fill("A shallow black dish with a burnished rim")
    await page.get_by_role("button", name="Put it up for sale").click()
    await expect(page.get_by_text("It is for sale.")).to_be_visible()

    visitor = await open_page(PHONE)
    await visitor.goto("/search?q=zephyrware+olive")
    await visitor.get_by_role("link", name="Zephyrware olive dish").click()
    await expect(visitor.get_by_text("$24.50").first).to_be_visible()
    shown = visitor.get_by_alt_text("A shallow black dish with a burnished rim")
    assert await shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") >= 320

    await page.get_by_role("button", name="Withdraw it").click()
    await expect(page.get_by_text("It is off sale.")).to_be_visible()
    await visitor.goto("/search?q=zephyrware+olive")
    await expect(visitor.get_by_role("heading", name="Nothing matches that")).to_be_visible()


async def test_an_order_is_made_and_sent_while_its_buyer_looks_on(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("cobre-lento")
    shopper = await market.shopper()
    bought = await shopper.buy(piece["id"])
    order_id, number = bought["orders"][0]["id"], bought["orders"][0]["number"]

    buyer = await open_page(PHONE)
    await sign_in(buyer, shopper.email)
    await buyer.goto(f"/orders/{order_id}")
    await expect(buyer.get_by_text("Waiting for the maker until")).to_be_visible()
    loads: list[str] = []
    buyer.on("load", lambda page: loads.append(page.url))

    maker = await open_page(DESK)
    await sign_in(maker, artisan("cobre-lento", "").email, DEMO_PASSWORD)
    await maker.get_by_role("listitem").filter(has_text=number).get_by_role("link").click()
    await expect(maker.get_by_text("It is your turn")).to_be_visible()
    await maker.get_by_role("button", name="Accept the order").click()
    await maker.get_by_role("button", name="Everything is made").click()
    await maker.get_by_role("link", name="Pack a parcel").click()
    await maker.get_by_label("Weight in grams").fill("900")
    await maker.get_by_role("button", name="See courier prices").click()
    await maker.get_by_role("radio").first.check()
    await maker.get_by_role("button", name="Buy the label").click()
    await maker.get_by_role("button", name="The courier has it").click()
    await expect(maker.get_by_role("heading", name="On its way", exact=True)).to_be_visible()

    # The buyer's page tells it all without being reloaded, and who is paid when.
    for told in ("The maker accepted the order", "The courier has a parcel.", "The courier delivered a parcel."):
        await expect(buyer.get_by_text(told)).to_be_visible(timeout=40_000)
    await expect(buyer.get_by_role("heading", name="Delivered", exact=True)).to_be_visible()
    assert loads == []
    # Times are told by the reader's own clock, also those that came with an update.
    await expect(buyer.locator("main time", has_text="UTC")).to_have_count(0)


async def test_an_order_that_cannot_be_made_is_refunded(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("tannery-lane")
    shopper = await market.shopper()
    bought = await shopper.buy(piece["id"])
    order_id = bought["orders"][0]["id"]

    maker = await open_page(PHONE)
    await sign_in(maker, artisan("tannery-lane", "").email, DEMO_PASSWORD)
    await maker.goto(f"/studio/orders/{order_id}")
    await maker.get_by_text("I cannot take this order").click()
    await maker.get_by_label("The material for it has run out.").check()
    await maker.get_by_role("button", name="Decline and refund").click()

    buyer = await open_page(PHONE)
    await sign_in(buyer, shopper.email)
    await buyer.goto(f"/orders/{order_id}")
    await expect(buyer.get_by_text("went back to the buyer's card")).to_be_visible()
    await expect(buyer.get_by_role("heading", name="Refunded", exact=True)).to_be_visible()
