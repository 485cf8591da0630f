"""A payment that looks wrong waits for an administrator, who needs a reason either way."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Market, OpenPage
from tests.browser.people import RISKY_CARD, sign_in, until

pytestmark = pytest.mark.browser


async def test_held_approved_and_told_to_the_buyer(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("small-hours-silver")
    shopper = await market.shopper()
    held = await shopper.buy(piece["id"], card=RISKY_CARD, ends="held_for_review")

    buyer = await open_page(PHONE)
    await sign_in(buyer, shopper.email)
    await buyer.goto(f"/checkout/{held['id']}/return")
    await expect(buyer.get_by_role("heading", name="A person is checking this payment")).to_be_visible()

    desk = await open_page(DESK)
    await market.sign_in_administrator(desk)
    case = desk.get_by_role("main").locator("section").filter(has_text=held["id"])
    await expect(case.get_by_text("the highest risk")).to_be_visible()
    await case.get_by_label("Your reason").fill("      ")  # the browser itself lets blanks pass
    await case.get_by_role("button", name="Approve").click()
    await expect(case.get_by_label("Your reason")).to_have_attribute("aria-invalid", "true")
    await case.get_by_label("Your reason").fill("Telephoned the buyer; the order is theirs.")
    await case.get_by_role("button", name="Approve").click()
    await expect(desk.get_by_text("Approved: the money is being taken")).to_be_visible()

    await expect(buyer.get_by_role("heading", name="Thank you. It is yours.")).to_be_visible()


async def test_only_administrators_see_the_desk(open_page: OpenPage, market: Market) -> None:
    shopper = await market.shopper()
    page = await open_page(PHONE)
    await sign_in(page, shopper.email)
    answer = await page.goto("/admin/held")
    assert answer is not None and answer.status == 403
    await expect(page.get_by_text("Reference")).to_be_visible()


async def test_refused_and_not_charged(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("rushlight-baskets")
    shopper = await market.shopper()
    held = await shopper.buy(piece["id"], card=RISKY_CARD, ends="held_for_review")
    desk = await open_page(DESK)
    await market.sign_in_administrator(desk)
    case = desk.get_by_role("main").locator("section").filter(has_text=held["id"])
    await case.get_by_label("Your reason").fill("The card's owner says it was not them.")
    await case.get_by_role("button", name="Refuse").click()
    await expect(desk.get_by_text("Refused: the authorisation is being released")).to_be_visible()

    async def voided() -> bool:
        view = await shopper.call("GET", f"/checkouts/{held['id']}")
        return bool(view["status"] == "voided")

    await until(voided, "the authorisation's release")
