"""The pages in a real Chromium: paid by keyboard without script, and clean by the WCAG 2.2 A and AA rules of axe."""

from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from deploy import chromium
from tests.sandbox.conftest import Stripe
from tests.sandbox.test_courier import HOME
from tests.sandbox.test_mail import LETTER
from tests.support.sandbox import COURIER_KEY, MAIL_KEY

pytestmark = pytest.mark.browser
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium.find(), args=FLAGS)
        yield launched
        await launched.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """A narrow screen."""
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    yield await context.new_page()
    await context.close()


async def test_paying_by_keyboard_without_script(browser: Browser, stripe: Stripe) -> None:
    session = await stripe.session(success_url=f"{stripe.url}/mail/", cancel_url=f"{stripe.url}/")
    context = await browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(session["url"])
    # Past the skip link, the way back and the list of test cards.
    for _ in range(4):
        await page.keyboard.press("Tab")
    for typed in ("4000002500003155", "1240", "123", "Ada Buyer"):
        await page.keyboard.type(typed)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/authenticate")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/mail/")
    await context.close()

    assert (await stripe.get(f"checkout/sessions/{session['id']}"))["status"] == "complete"


async def test_every_page_is_accessible_and_fits_a_phone(phone: Page, stripe: Stripe) -> None:
    session, expired = await stripe.session(), await stripe.session()
    await stripe.post(f"checkout/sessions/{expired['id']}/expire")
    label = await stripe.http.post(
        "/courier/swift/v1/labels",
        json={"reference": "prc_1", "service": "standard", "origin": HOME, "to": HOME, "weight_grams": 900},
        headers={"Authorization": f"Bearer {COURIER_KEY}"},
    )
    mail = await stripe.http.post("/mail/v1/messages", json=LETTER, headers={"Authorization": f"Bearer {MAIL_KEY}"})
    pay = f"/pay/{session['id']}"
    addresses = ["/", pay, f"/pay/{expired['id']}", "/pay/unknown", "/mail/", f"/mail/{mail.json()['id']}"]
    for address in addresses:
        await phone.goto(stripe.url + address)
        await check(phone)
    await phone.goto(label.json()["label_url"])
    await check(phone)

    for number in ("1", "4000000000000002", "4000002500003155"):
        await phone.goto(stripe.url + pay)
        for field, typed in {"cardnumber": number, "expiry": "12/40", "cvc": "123", "name": "Ada"}.items():
            await phone.fill(f"#{field}", typed)
        await phone.click("button[type=submit]")
        await check(phone)
    assert phone.url.endswith("/authenticate")


async def a_link(stripe: Stripe) -> str:
    """To the page on which an artisan gives what the provider wants."""
    account = (await stripe.post("accounts", {"country": "US"})).json()
    made = await stripe.post(
        "account_links",
        {
            "account": account["id"],
            "type": "account_onboarding",
            "return_url": f"{stripe.url}/mail/?back",
            "refresh_url": f"{stripe.url}/mail/?again",
        },
    )
    url: str = made.json()["url"]
    return url


async def test_giving_what_the_provider_wants_by_keyboard_without_script(browser: Browser, stripe: Stripe) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = await context.new_page()
    link = await a_link(stripe)
    await page.goto(link)
    # Past the skip link and the way back.
    for key in ("Tab", "Tab", "Tab", "A", "Tab", "B", "Tab", "Space", "Tab", "Enter"):
        await page.keyboard.press(key)
    await page.wait_for_url("**/mail/?back")
    await page.goto(link)
    assert page.url.endswith("/mail/?back")
    await context.close()

    (account,) = (await stripe.get("accounts"))["data"]
    assert account["requirements"]["currently_due"] == ["external_account"]


async def test_the_providers_page_is_accessible_and_opens_once(phone: Page, stripe: Stripe) -> None:
    link = await a_link(stripe)
    await phone.goto(link)
    await check(phone)
    await phone.click("button[type=submit]")
    assert await phone.locator("[aria-invalid=true]").count() == 3
    await check(phone)
    await phone.goto(link)
    assert phone.url.endswith("/mail/?again")
    await phone.goto(f"{stripe.url}/connect/unknown")
    await check(phone)


async def check(page: Page) -> None:
    found = await Axe().run(page, options=RULES)
    assert found.response["violations"] == [], f"{page.url}: {found.generate_report()}"
    assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), page.url
