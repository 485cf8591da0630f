"""Passkeys with Chromium's own virtual authenticator, and one-time codes without any script: set up, signed in with,
asked for again; every page on the way is accessible and fits a phone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession, Page, expect
from sqlalchemy import update

from core import clock
from core.database import Database
from models.tables.sessions import Session
from models.types import Role
from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE
from tests.browser.keyboard import press, type_into
from tests.support.marketplace import PASSWORD, add_person, add_shop
from tests.support.second_factors import add_codes, code_now

pytestmark = pytest.mark.browser

OpenBrowser = Callable[..., Awaitable[Page]]
SECURITY = "/account/security"


@pytest.fixture
async def open_browser(chrome: Browser, shop_url: str) -> AsyncIterator[OpenBrowser]:
    """What the console complains of fails the test."""
    complaints: list[str] = []
    async with AsyncExitStack() as opened:

        async def open_one(viewport: dict[str, int] = PHONE, *, script: bool = True) -> Page:
            context = await chrome.new_context(
                viewport={"width": viewport["width"], "height": viewport["height"]},
                java_script_enabled=script,
                base_url=shop_url,
                reduced_motion="reduce",
            )
            opened.push_async_callback(context.close)
            context.set_default_timeout(20_000)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
            return page

        yield open_one
    assert complaints == []


class Device:
    """A telephone or laptop that keeps passkeys, as Chromium plays it."""

    def __init__(self, control: CDPSession, authenticator: str) -> None:
        self._control = control
        self._id = authenticator

    @classmethod
    async def of(cls, page: Page) -> "Device":
        control = await page.context.new_cdp_session(page)
        await control.send("WebAuthn.enable")
        made = await control.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        return cls(control, made["authenticatorId"])

    async def recognises(self, its_user: bool) -> None:
        """Whether the finger on it is the right one."""
        await self._control.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": its_user})

    async def passkeys(self) -> list[dict[str, Any]]:
        found = await self._control.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        credentials: list[dict[str, Any]] = found["credentials"]
        return credentials


async def check(page: Page) -> None:
    """At both widths; the page stays at the narrow one. Needs a page with script, as axe is one."""
    for viewport in (DESK, PHONE):
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)


async def enter_password(page: Page, email: str) -> None:
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


async def sign_out(page: Page) -> None:
    await page.context.clear_cookies()


async def rest(database: Database) -> None:
    """Everybody's last proof is eleven minutes old."""
    async with database.transaction() as session:
        await session.execute(update(Session).values(authenticated_at=clock.now() - timedelta(minutes=11)))


async def add_passkey(page: Page, name: str) -> None:
    await page.goto(SECURITY)
    await page.get_by_label("Name of the").fill(name)
    await page.get_by_role("button", name="Add a passkey").click()


async def test_a_passkey_is_made_signs_in_and_proves_it_again(open_browser: OpenBrowser, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    page = await open_browser()
    device = await Device.of(page)
    await page.goto(f"/sign-in?next={SECURITY}")
    await enter_password(page, email)
    await expect(page.get_by_role("heading", name="Signing in", exact=True)).to_be_visible()
    await check(page)
    await add_passkey(page, "My telephone")
    await expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    await check(page)
    await page.get_by_role("link", name="I have kept them").click()
    await expect(page.get_by_role("heading", name="My telephone")).to_be_visible()
    await check(page)
    (kept,) = await device.passkeys()
    assert kept["isResidentCredential"] and kept["rpId"] == "localhost"

    await sign_out(page)
    await page.goto(f"/sign-in?next={SECURITY}")
    await check(page)
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_text("last used")).to_be_visible()

    await rest(database)
    await page.goto(SECURITY)
    await expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    await check(page)
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_role("heading", name="My telephone")).to_be_visible()

    await sign_out(page)
    await page.goto(f"/sign-in?next={SECURITY}")
    await enter_password(page, email)
    await expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    await check(page)
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_role("heading", name="My telephone")).to_be_visible()


async def test_what_can_go_wrong_is_said_and_nothing_is_lost(open_browser: OpenBrowser, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    page = await open_browser()
    device = await Device.of(page)
    await page.goto("/sign-in")
    await enter_password(page, email)
    await device.recognises(False)
    await add_passkey(page, "My telephone")
    await expect(page.get_by_role("alert").filter(has_text="cancelled, or took too long")).to_be_visible()
    await expect(page.get_by_label("Name of the")).to_have_value("My telephone")
    await check(page)
    await device.recognises(True)
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_role("link", name="I have kept them").click()
    await add_passkey(page, "The same again")
    await expect(page.get_by_role("alert").filter(has_text="has a passkey for your account already")).to_be_visible()

    await page.get_by_text("Rename or remove").click()
    await page.get_by_label("New name").fill("   ")
    await page.get_by_role("button", name="Rename").click()
    await expect(page.get_by_label("New name")).to_have_attribute("aria-invalid", "true")
    await check(page)
    await page.get_by_label("New name").fill("Old telephone")
    await page.get_by_role("button", name="Rename").click()
    await expect(page.get_by_role("heading", name="Old telephone")).to_be_visible()
    await page.get_by_text("Rename or remove").click()
    await page.get_by_role("button", name="Remove Old telephone").click()
    await expect(page.get_by_text("The passkey is removed")).to_be_visible()
    await check(page)

    await sign_out(page)
    await page.goto("/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()  # the device still has it
    await expect(page.get_by_text("We don't know this passkey, or it was removed")).to_be_visible()
    await check(page)


async def test_a_bank_account_waits_for_the_passkey_and_is_saved_as_it_was_typed(
    open_browser: OpenBrowser, database: Database
) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session)
    page = await open_browser(DESK)
    await Device.of(page)
    await page.goto("/sign-in?next=/studio/payout-account")
    await enter_password(page, shop.owner_email)
    await expect(page.get_by_role("heading", name="First, a second factor")).to_be_visible()
    await check(page)
    await page.get_by_role("link", name="Prove it with a second factor").click()
    await expect(page.get_by_role("heading", name="A second factor is needed")).to_be_visible()
    await check(page)
    await page.get_by_label("Name of the").fill("Workshop laptop")
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_role("link", name="I have kept them").click()
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    await check(page)
    await page.get_by_label("Account holder").fill("Wren Alder")
    await page.get_by_label("Routing number").fill("021001208")
    await page.get_by_label("Account number").fill("000123456789")
    await rest(database)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("What you sent is kept")).to_be_visible()
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_role("heading", name="Account ending in 6789")).to_be_visible()
    await check(page)
    await page.get_by_role("link", name="Change the account").click()
    await page.get_by_role("link", name="My account has an IBAN").click()
    await page.get_by_label("Account holder").fill("Wren Alder")
    await page.get_by_label("IBAN").fill("DE89 3704 0044 0532 0130 01")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("slip of the pen").first).to_be_visible()
    await check(page)


async def test_codes_without_script_and_by_keyboard_alone(open_browser: OpenBrowser, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session, Role.ADMINISTRATOR)
    page = await open_browser(script=False)
    await page.goto("/admin/held")
    await enter_password(page, email)
    await expect(page.get_by_role("heading", name="A second factor is needed")).to_be_visible()
    await expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()
    await expect(page.get_by_text("This browser can't make passkeys")).to_be_visible()
    await press(page, "Set up one-time codes")
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()
    await check_fits(page)
    shown = await page.locator(".secret").inner_text()
    secret = "".join(shown.split())
    await type_into(page, "Code", code_now(secret, steps=-1))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    await check_fits(page)
    await press(page, "I have kept them")
    await page.wait_for_url("**/admin/held")

    await sign_out(page)
    await page.goto("/sign-in?next=/admin/held")
    await expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    await enter_password(page, email)
    await expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    await check_fits(page)
    await type_into(page, "Code", "000 000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("This code is not right").first).to_be_visible()
    await check_fits(page)
    await press(page, "This code is not right")  # the list of what is wrong leads to the field
    await page.keyboard.type(code_now(secret))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/held")


async def test_the_security_page_of_somebody_with_everything(open_browser: OpenBrowser, database: Database) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session)
        secret = await add_codes(session, person_id)
    page = await open_browser()
    await Device.of(page)
    await page.goto(f"/sign-in?next={SECURITY}")
    await enter_password(page, email)
    await page.get_by_label("Code").fill(code_now(secret))
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("heading", name="Signing in", exact=True)).to_be_visible()
    await add_passkey(page, "My telephone, the one with the cracked screen that still works")
    await page.get_by_role("link", name="I have kept them").click()
    await expect(page.get_by_role("button", name="Move to another telephone")).to_be_visible()
    await check(page)
    await page.get_by_role("button", name="Move to another telephone").click()
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()
    await check(page)
    await page.get_by_label("Code").fill("000 000")
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_text("That is not the code").first).to_be_visible()
    await check(page)
    await page.get_by_role("link", name="Not now").click()
    await page.get_by_role("button", name="Draw new recovery codes").click()
    await expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    await check(page)
    await sign_out(page)
    await page.goto("/sign-in")
    await enter_password(page, email)
    await expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    await page.get_by_label("Code").fill("000 000")
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_text("This code is not right").first).to_be_visible()
    await expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    await check(page)
