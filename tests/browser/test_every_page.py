"""Every page of every audience, and every error page: accessible, without sideways scrolling, light."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request
from playwright.async_api import Page, Route

from api.errors import Problem
from api.web.error_pages import HEADINGS, error_page
from deploy.seed.accounts import PASSWORD as DEMO_PASSWORD
from deploy.seed.accounts import artisan
from tests.browser.checks import HEAVIEST, check_accessible, check_fits, weigh
from tests.browser.conftest import DESK, PHONE, Market, OpenPage
from tests.browser.people import RISKY_CARD, sign_in

pytestmark = pytest.mark.browser


async def check(page: Page) -> None:
    """At both widths; the page stays at the narrow one."""
    for viewport in (DESK, PHONE):
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)


async def visit(page: Page, path: str, status: int = 200) -> None:
    answer = await page.goto(path)
    assert answer is not None and answer.status == status, f"{path} answered {answer.status if answer else 'nothing'}"
    await check(page)


async def send_unchecked(page: Page, button: str) -> None:
    """As a browser that does not look at a form before it sends it."""
    await page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    await page.get_by_role("button", name=button).click()


async def test_pages_for_anybody(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("saltmarsh-pottery")
    page = await open_page()
    for path in (
        "/",
        "/c/ceramics",
        "/c/ceramics?page=2",
        "/search",
        "/search?q=mug&sort=price_up&in_stock=1",
        "/search?q=zzyzx",
        f"/l/{piece['id']}/{piece['slug']}",
        "/shops/saltmarsh-pottery",
        "/cart",
        "/register",
        "/open-a-shop",
        "/forgotten",
        "/terms",
        "/sign-in",
    ):
        await visit(page, path)
    await visit(page, "/search?price_min=cheap", 422)
    await visit(page, "/l/nothing/here", 404)
    await visit(page, "/nowhere", 404)

    await page.goto("/")
    await page.get_by_text("Browse the catalogue").click()
    await check(page)


async def test_forms_that_were_refused(open_page: OpenPage) -> None:
    page = await open_page()
    await page.goto("/sign-in")
    await page.get_by_label("E-mail address").fill("nobody@demo.example")
    await page.get_by_label("Password").fill("wrong")
    await page.keyboard.press("Enter")
    await page.get_by_text("belong together").first.wait_for()
    await check(page)
    await page.goto("/register")
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_label("E-mail address").fill("nobody@nowhere")
    await page.get_by_label("Password").fill("long enough to pass")
    await page.get_by_label("I agree").check()
    await page.get_by_role("button", name="Open the account").click()
    await page.get_by_text("One thing to put right").wait_for()
    await check(page)


async def test_pages_of_a_buyer(open_page: OpenPage, market: Market) -> None:
    pieces = [await market.listing(shop) for shop in ("saltmarsh-pottery", "third-ridge-woodshop")]
    shopper = await market.shopper()
    page = await open_page()
    await sign_in(page, shopper.email)
    await visit(page, "/orders")
    await visit(page, "/studio", 403)
    await visit(page, "/account/privacy")
    await visit(page, "/account/erasure")

    await shopper.fill(*(piece["id"] for piece in pieces))
    await visit(page, "/cart")
    await visit(page, "/checkout")
    await send_unchecked(page, "See the whole price")
    await page.get_by_text("things to put right").wait_for()
    await check(page)
    placed = await shopper.place()
    await visit(page, "/cart")
    await visit(page, f"/checkout/{placed['checkout_id']}/return?back=1")
    await page.goto(f"/checkout/{placed['checkout_id']}/pay")
    await check(page)

    await shopper.pay(placed)
    await page.goto(f"/checkout/{placed['checkout_id']}/return")
    await page.get_by_text("It is yours.").wait_for()
    await check(page)
    await visit(page, "/orders")
    await page.get_by_role("main").get_by_role("listitem").first.get_by_role("link").click()
    await page.get_by_text("The story so far").wait_for()
    await check(page)
    await page.get_by_role("link", name="Invoice", exact=True).click()
    await page.get_by_text("Made and sold by").wait_for()
    await check(page)

    await shopper.fill(pieces[0]["id"])
    await visit(page, "/checkout")
    await visit(page, "/checkout?address=new")


async def test_pages_of_an_artisan(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("kiln-street-glass")
    order = (await (await market.shopper()).buy(piece["id"]))["orders"][0]["id"]
    page = await open_page()
    await sign_in(page, artisan("kiln-street-glass", "").email, DEMO_PASSWORD)
    for path in ("/studio", "/studio/listings", "/studio/listings/new", f"/studio/listings/{piece['id']}"):
        await visit(page, path)
    for path in ("/studio/statements", "/studio/tax"):
        await visit(page, path)
    await page.goto("/studio/listings/new")
    await send_unchecked(page, "Save as a draft")
    await page.get_by_text("things to put right").wait_for()
    await check(page)

    await visit(page, f"/studio/orders/{order}")
    await page.get_by_text("I cannot take this order").click()
    await check(page)
    await page.get_by_role("button", name="Accept the order").click()
    await page.get_by_role("button", name="Everything is made").wait_for()
    await check(page)
    await visit(page, f"/studio/orders/{order}/pack")
    await page.get_by_role("button", name="Buy the label").click()
    await page.get_by_role("button", name="The courier has it").wait_for()
    await check(page)


async def test_pages_of_an_administrator(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("marbled-hare")
    await (await market.shopper()).buy(piece["id"], card=RISKY_CARD, ends="held_for_review")
    page = await open_page()
    await market.sign_in_administrator(page)
    await visit(page, "/admin/held")
    await visit(page, "/admin/refunds")
    await visit(page, "/admin/audit")
    await visit(page, "/admin/audit?since=never", 422)


@pytest.mark.parametrize("status", sorted(HEADINGS))
async def test_error_pages(open_page: OpenPage, market: Market, status: int) -> None:
    """Drawn by the application's own code, shown at an address of its own, so that style and policy are real."""
    settings = SimpleNamespace(public_url=market.url)
    app = SimpleNamespace(state=SimpleNamespace(settings=settings))
    scope: dict[str, Any] = {"type": "http", "app": app, "state": {}, "headers": []}
    problem = Problem(status, "some_code", "Something happened. Do this now.")
    drawn = error_page(Request(scope), problem)
    assert drawn.status_code == status
    page = await open_page()

    async def answer(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/html; charset=utf-8", body=bytes(drawn.body))

    await page.route("**/drawn-error", answer)
    await visit(page, "/drawn-error")
    assert await page.get_by_text(problem.reference).is_visible()


@pytest.mark.parametrize("path", ["/", "/c/ceramics", "/search?q=mug", "/shops/saltmarsh-pottery", "/cart", "/sign-in"])
async def test_weight(open_page: OpenPage, path: str) -> None:
    assert await weigh(await open_page(PHONE), path) < HEAVIEST


async def test_weight_of_a_listing_and_of_a_live_page(open_page: OpenPage, market: Market) -> None:
    piece = await market.listing("saltmarsh-pottery")
    assert await weigh(await open_page(PHONE), f"/l/{piece['id']}/{piece['slug']}") < HEAVIEST
    shopper = await market.shopper()
    order = (await shopper.buy(piece["id"]))["orders"][0]["id"]
    page = await open_page(PHONE)
    await sign_in(page, shopper.email)
    assert await weigh(page, f"/orders/{order}") < HEAVIEST
