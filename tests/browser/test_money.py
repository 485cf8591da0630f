"""The money pages in Chromium: accessible and within the page at both widths, by keyboard, and without any script.

The shop alone is served: what withdrawals do is tried with their process elsewhere.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page
from sqlalchemy import insert

from core import clock
from core.database import Database
from models.ports import ConnectedAccount
from models.repositories import ledger, payouts, payouts_connected, payouts_holds
from models.rules import payout_postings
from models.rules.holds import HoldReason
from models.rules.payouts import PayoutKind
from models.tables.processes import Process
from models.types import Money, Party, PayoutStatus, Role
from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE
from tests.browser.keyboard import press, type_into
from tests.support.marketplace import add_person, add_shop
from tests.support.payouts import earn, give_bank
from tests.support.signing_in import session_of

pytestmark = pytest.mark.browser

OpenBrowser = Callable[..., Awaitable[Page]]


@dataclass(frozen=True)
class Scene:
    """An artisan with something of everything, and an administrator; sessions of both, just proved twice."""

    artisan: str
    administrator: str
    failed_id: str


@pytest.fixture
async def scene(database: Database) -> Scene:
    now = clock.now()
    async with database.transaction() as session:
        shop = await add_shop(session)
        administrator_id, _ = await add_person(session, Role.ADMINISTRATOR)
        await give_bank(session, shop)
        for minor in (941_500, 123_456):
            await earn(session, shop, minor)
        await earn(session, shop, 50_000, "JPY")
        holds = [
            await payouts_holds.place(
                session,
                shop.id,
                administrator_id,
                Money(minor, "USD"),
                HoldReason.COMPLAINTS,
                release_at=now + timedelta(days=10),
                now=now,
            )
            for minor in (2_000, 7_500)
        ]
        await payouts_holds.appeal(session, holds[1], "They have taken back what they wrote.", now)
        failed_id = ""
        for status, party in (
            (PayoutStatus.ON_ITS_WAY, Party.PROVIDER),
            (PayoutStatus.AWAITING_DETAILS, Party.ARTISAN),
        ):
            payout_id, amount = f"withdrawal-{status.value}", Money(30_000, "USD")
            new = payouts.NewPayout(payout_id, shop.id, PayoutKind.WITHDRAWAL, "", 1)
            await payouts.set_aside(session, new, amount, now)
            if status is PayoutStatus.ON_ITS_WAY:
                await payouts.sent(session, payout_id, "po_1", now.date() + timedelta(days=3))
                entries = payout_postings.set_aside(shop.id, amount)
                await ledger.post(session, f"{payout_id}/set-aside-1", "payout_set_aside", payout_id, entries)
            else:
                failed_id = payout_id
                await payouts.given_back(session, payout_id, "could_not_process", None, now=now)
            row = {"workflow_id": payout_id, "process": "withdrawal", "status": status.value, "sequence": 1}
            await session.execute(insert(Process).values(**row, waiting_on=party.value))
        wants = ("individual.verification.document", "individual.dob.day")
        seen = ConnectedAccount("acct_1", "US", True, True, requirements_due=wants, due_by=now + timedelta(days=9))
        await payouts_connected.mirror(session, shop.id, seen, now)
        return Scene(
            artisan=await session_of(session, shop.owner_id, two_factors=True),
            administrator=await session_of(session, administrator_id, two_factors=True),
            failed_id=failed_id,
        )


@pytest.fixture
async def open_browser(chrome: Browser, shop_url: str) -> AsyncIterator[OpenBrowser]:
    """What the console complains of fails the test."""
    complaints: list[str] = []
    async with AsyncExitStack() as opened:

        async def open_one(token: str, *, script: bool = True) -> Page:
            context = await chrome.new_context(
                viewport={"width": PHONE["width"], "height": PHONE["height"]},
                java_script_enabled=script,
                base_url=shop_url,
                reduced_motion="reduce",
                extra_http_headers={"authorization": f"Bearer {token}"},
            )
            opened.push_async_callback(context.close)
            context.set_default_timeout(20_000)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
            return page

        yield open_one
    assert complaints == []


async def check_page(page: Page, path: str) -> None:
    """At both widths, with everything that folds open."""
    answer = await page.goto(path)
    assert answer is not None and answer.status == 200, path
    for viewport in (DESK, PHONE):
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_fits(page)
        await page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
        await check_fits(page)
        await check_accessible(page)


async def test_pages_of_an_artisan(open_browser: OpenBrowser, scene: Scene) -> None:
    page = await open_browser(scene.artisan)
    for path in (
        "/studio/money",
        "/studio/money/withdraw",
        "/studio/money/days",
        "/studio/money/activity",
        "/studio/payouts",
        f"/studio/payouts/{scene.failed_id}",
    ):
        await check_page(page, path)
    await page.goto("/studio/money/withdraw?currency=JPY")
    await type_into(page, "Amount", "0")
    await press(page, "Withdraw")
    await page.get_by_text("One thing to put right").wait_for()
    await check_accessible(page)


async def test_pages_of_finance(open_browser: OpenBrowser, scene: Scene) -> None:
    page = await open_browser(scene.administrator)
    await check_page(page, "/admin/finance")
    await check_page(page, "/admin/finance?currency=JPY&days=30")
    assert await page.get_by_role("img", name="JPY from").count() == 1
    assert await page.get_by_role("table").count() == 2


async def test_an_objection_without_script_and_its_decision(open_browser: OpenBrowser, scene: Scene) -> None:
    artisan = await open_browser(scene.artisan, script=False)
    await artisan.goto("/studio/money")
    await artisan.get_by_text("Object").first.click()
    await artisan.get_by_label("Why should it not wait?").first.fill("The parcel was found at the neighbour's.")
    await artisan.get_by_role("button", name="Send the objection").first.click()
    await artisan.get_by_text("We have your objection").wait_for()

    finance = await open_browser(scene.administrator, script=False)
    await finance.goto("/admin/finance")
    mine = finance.get_by_role("region", name="$20.00")
    await mine.get_by_label("Your reason").fill("The buyer confirmed that it arrived.")
    await mine.get_by_role("button", name="Release $20.00").click()
    await finance.get_by_text("Released: the money is available").wait_for()

    await artisan.goto("/studio/money")
    assert await artisan.get_by_text("$75.00").count() >= 1
    assert await artisan.get_by_text("$20.00").count() == 0


async def test_payout_days_by_keyboard(open_browser: OpenBrowser, scene: Scene) -> None:
    page = await open_browser(scene.artisan)
    await page.goto("/studio/money")
    await press(page, "Choose other days")
    await page.get_by_label("Every month").focus()
    await page.keyboard.press("Space")
    await type_into(page, "Day of the month", "15")
    await press(page, "Save")
    await page.get_by_text("On the 15th of every month").wait_for()
