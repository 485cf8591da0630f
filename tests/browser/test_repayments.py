"""Repayment plans in Chromium: finance proposes, the artisan agrees, both see the end; by keyboard, without script."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from core import clock
from core.database import Database
from models.repositories import ledger, repayments
from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind
from models.types import Money, Role
from tests.browser.keyboard import press, type_into
from tests.browser.test_money import OpenBrowser, check_page, open_browser
from tests.support.marketplace import add_person, add_shop
from tests.support.payouts import earn, give_bank
from tests.support.signing_in import session_of

__all__ = ["open_browser"]
pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Debts:
    """Two shops that owe: one without a plan, one that has repaid two instalments of one."""

    artisan: str
    repaying: str
    administrator: str


@pytest.fixture
async def debts(database: Database) -> Debts:
    now = clock.now()
    async with database.transaction() as session:
        administrator_id, _ = await add_person(session, Role.ADMINISTRATOR)
        shops = [await add_shop(session, name="Saltmarsh Pottery"), await add_shop(session, name="Loom Hill")]
        for shop in shops:
            await give_bank(session, shop)
            await ledger.post(
                session,
                f"refund-{shop.id}",
                PostingKind.REFUND,
                "ord_1",
                [
                    LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop.id, Money(48_000, "USD")),
                    LedgerEntry(AccountKind.PROVIDER_PENDING, "", Money(-48_000, "USD")),
                ],
            )
        plan_id = await repayments.propose(
            session,
            shops[1].id,
            Money(48_000, "USD"),
            floor_minor=20_000,
            share_bp=2_500,
            by=administrator_id,
            reason="Two refunds came after their payouts.",
        )
        await repayments.answer(session, shops[1].id, plan_id, agree=True, now=now - timedelta(days=9))
        await earn(session, shops[1], 90_000)
        for number, minor in enumerate((7_500, 4_210)):
            await repayments.repay(session, shops[1].id, "USD", minor, f"withdrawal-{number}/set-aside-1")
        return Debts(
            artisan=await session_of(session, shops[0].owner_id, two_factors=True),
            repaying=await session_of(session, shops[1].owner_id, two_factors=True),
            administrator=await session_of(session, administrator_id, two_factors=True),
        )


async def test_the_pages_fit_and_are_accessible(open_browser: OpenBrowser, debts: Debts) -> None:
    await check_page(await open_browser(debts.repaying), "/studio/repayments")
    await check_page(await open_browser(debts.administrator), "/admin/repayments")


async def test_a_plan_is_proposed_by_keyboard_and_agreed_without_script(
    open_browser: OpenBrowser, debts: Debts
) -> None:
    finance = await open_browser(debts.administrator)
    await finance.goto("/admin/repayments")
    await press(finance, "Propose a plan to Saltmarsh Pottery")
    await type_into(finance, "Of each payout, in per cent", "120")
    await type_into(finance, "The artisan keeps", "150.00")
    await type_into(finance, "Why", "The refund of the vases came after the payout.")
    await press(finance, "Propose it")
    await finance.get_by_text("Enter a percentage between 5 and 90").wait_for()
    assert await finance.get_by_label("Why").first.input_value() == "The refund of the vases came after the payout."
    await type_into(finance, "Of each payout, in per cent", "12.5")
    await press(finance, "Propose it")
    await finance.get_by_text("Proposed. The artisan has a letter").wait_for()

    artisan = await open_browser(debts.artisan, script=False)
    await artisan.goto("/studio/money")
    await artisan.get_by_role("link", name="Plans to repay it in parts").click()
    await artisan.get_by_text("12.5 % of what is available, but you keep at least $150.00").wait_for()
    await artisan.get_by_role("button", name="Agree to this plan").click()
    await artisan.get_by_text("Agreed. Your sales are paid out again").wait_for()
    assert await artisan.get_by_role("heading", name="$480.00 left").count() == 1


async def test_an_agreed_plan_is_eased_and_ended_without_script(open_browser: OpenBrowser, debts: Debts) -> None:
    finance = await open_browser(debts.administrator, script=False)
    await finance.goto("/admin/repayments")
    plan = finance.get_by_role("region", name="$362.90 from Loom Hill")
    await plan.get_by_text("Change or end it").click()
    await plan.get_by_label("Of each payout, in per cent").fill("40")
    await plan.get_by_role("button", name="Change it").click()
    await plan.get_by_text("The artisan has not agreed to repay faster").wait_for()
    await plan.get_by_label("Of each payout, in per cent").fill("10")
    await plan.get_by_role("button", name="Change it").click()
    await finance.get_by_text("Changed. The artisan has a letter.").wait_for()
    await plan.get_by_text("Change or end it").click()
    await plan.get_by_role("button", name="End it, net $362.90").click()
    await finance.get_by_text("Ended. What was left nets").wait_for()

    artisan = await open_browser(debts.repaying, script=False)
    await artisan.goto("/studio/repayments")
    await artisan.get_by_text("You repay nothing under a plan.").wait_for()
    await artisan.goto("/studio/money")
    await artisan.get_by_text("$420.00").first.wait_for()
