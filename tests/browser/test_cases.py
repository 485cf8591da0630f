"""Differences in Chromium: two administrators, by keyboard and without script; one alone is refused in words."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from core import clock
from core.database import Database
from models.repositories import ledger, reconciliation_cases, reconciliation_facts
from models.rules import reserve_postings
from models.rules.bookkeeping import AccountKind
from models.rules.reconciliation import Difference, DifferenceKind, Do, Repair, accounts_differences
from models.types import Money, Role
from tests.browser.keyboard import press, tab_to
from tests.browser.test_money import OpenBrowser, check_page, open_browser
from tests.support.marketplace import add_person
from tests.support.signing_in import session_of

__all__ = ["open_browser"]
pytestmark = pytest.mark.browser
SHOP = "shp_1"


@dataclass(frozen=True)
class Two:
    """Administrators, and what they have to look at: one difference that the ledger can mend, others beside it."""

    ada: str
    grace: str
    case_id: str


@pytest.fixture
async def two(database: Database) -> Two:
    now = clock.now()
    async with database.transaction() as session:
        people = [(await add_person(session, Role.ADMINISTRATOR))[0] for _ in range(2)]
        entries = reserve_postings.released(SHOP, Money(900, "USD"))
        await ledger.post(session, "hold-1/released", "reserve_released", "hold_1", entries)
        found = accounts_differences(await reconciliation_facts.accounts(session), {})
        back = Repair(Do.REVERSE_TRANSFER, transfer_id="tr_1", amount=Money(25_000, "USD"))
        told = {"type": "transfer", "source": "tr_1", "account": ""}
        beside = [
            Difference(
                DifferenceKind.UNKNOWN_TRANSFER,
                "txn_1",
                Money(0, "USD"),
                Money(-25_000, "USD"),
                repair=back,
                facts=told,
            ),
            Difference(
                DifferenceKind.CURRENCY_DIFFERS,
                "checkout-crt_1-1",
                Money(4_800, "EUR"),
                Money(4_800, "CAD"),
                unit="checkout-crt_1-1",
            ),
        ]
        for at in (now - timedelta(days=3), now - timedelta(hours=5)):
            await reconciliation_cases.note(session, [*found, *beside], [], at)
        cases, _ = await reconciliation_cases.listed(session, closed=False, limit=10)
        tokens = [await session_of(session, one, two_factors=True) for one in people]
    case_id = next(case.id for case in cases if case.kind == DifferenceKind.NEGATIVE_RESERVE)
    return Two(tokens[0], tokens[1], case_id)


async def reserve(database: Database) -> int:
    async with database.transaction() as session:
        return (await ledger.balance(session, AccountKind.ARTISAN_RESERVE, SHOP, "USD")).minor


async def test_the_pages_fit_and_are_accessible(open_browser: OpenBrowser, two: Two) -> None:
    page = await open_browser(two.ada)
    for path in ("/admin/cases", f"/admin/cases/{two.case_id}", "/admin/cases?show=closed", "/admin/finance"):
        await check_page(page, path)


async def test_two_administrators_by_keyboard_alone(open_browser: OpenBrowser, two: Two, database: Database) -> None:
    ada = await open_browser(two.ada)
    await ada.goto("/admin/finance")
    await press(ada, "More left a reserve than was in it")
    await ada.get_by_role("heading", name="What was found").wait_for()
    await tab_to(ada, "What you have checked")
    await ada.keyboard.type("I checked it")
    await press(ada, "Propose this repair")
    await ada.get_by_text("Proposed. Another administrator has to approve it.").wait_for()
    assert await ada.get_by_role("button", name="Approve").count() == 0
    await ada.goto("/admin/cases")
    await ada.get_by_text("You proposed this, so somebody else has to approve it.").wait_for()
    assert await reserve(database) == 900, "nothing is booked by one"

    grace = await open_browser(two.grace)
    await grace.goto("/admin/cases")
    await press(grace, "More left a reserve than was in it")
    await grace.get_by_role("heading", name="What was found").wait_for()
    await press(grace, "Approve")
    await grace.get_by_text("Approved.", exact=True).wait_for()
    assert await grace.get_by_text("Repaired").count() == 1
    assert await reserve(database) == 0
    await grace.goto("/admin/cases?show=closed")
    assert await grace.get_by_role("link", name="More left a reserve than was in it").count() == 1


async def test_the_same_administrator_twice_is_refused_in_words(
    open_browser: OpenBrowser, two: Two, database: Database
) -> None:
    """Without script, from a page that was opened before: its button is still there."""
    ada, other_tab = await open_browser(two.ada, script=False), await open_browser(two.grace, script=False)
    await ada.goto(f"/admin/cases/{two.case_id}")
    await ada.get_by_label("What you have checked").select_option("provider_checked")
    await ada.get_by_role("button", name="Propose this repair").click()
    await other_tab.goto(f"/admin/cases/{two.case_id}")
    await other_tab.context.set_extra_http_headers({"authorization": f"Bearer {two.ada}"})
    await other_tab.get_by_role("button", name="Approve").click()
    await other_tab.get_by_text("You have proposed this yourself. Another administrator has to approve it.").wait_for()
    assert await reserve(database) == 900

    await ada.get_by_role("button", name="Take it back").click()
    await ada.get_by_text("Declined; the case is open as before.").wait_for()
    await ada.goto(f"/admin/cases/{two.case_id}")
    await ada.get_by_role("button", name="Propose this repair").click()
    assert "done=propose" not in ada.url, "without a reason nothing is proposed"
