"""Credit in Chromium: its pages at both widths, and by keyboard from a proposal to a redeemed card."""

from dataclasses import dataclass

import pytest
from sqlalchemy import update

from core.database import Database
from models.repositories import credit_grants, ledger, store_credit
from models.rules.bookkeeping import PostingKind
from models.rules.credit import GrantReason
from models.rules.credit_postings import credit_granted
from models.tables.selling import Cart
from models.types import Money, Role
from tests.browser.keyboard import press, tab_to, type_into
from tests.browser.test_money import OpenBrowser, check_page, open_browser
from tests.support.buying import add_address, add_cart
from tests.support.marketplace import add_listing, add_person, add_shop
from tests.support.signing_in import session_of

__all__ = ["open_browser"]
pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Scene:
    ada: str
    grace: str
    buyer: str
    buyer_id: str


@pytest.fixture
async def scene(database: Database) -> Scene:
    """Two administrators with something of everything to decide, and a buyer with credit and a full cart."""
    async with database.transaction() as session:
        ada, grace = [(await add_person(session, Role.ADMINISTRATOR))[0] for _ in range(2)]
        buyer_id, _ = await add_person(session)
        for minor in (3_000, 1_250):
            entries = credit_granted(buyer_id, Money(minor, "USD"))
            await ledger.post(session, f"grant/{minor}", PostingKind.CREDIT_GRANTED, buyer_id, entries)
        await credit_grants.propose(session, ada, buyer_id, Money(2_000, "USD"), GrantReason.GOODWILL)
        await credit_grants.propose(session, grace, None, Money(10_000, "JPY"), GrantReason.CAMPAIGN)
    for minor in (5_000, 2_500):
        async with database.transaction() as session:
            card = await credit_grants.propose(session, ada, None, Money(minor, "USD"), GrantReason.CAMPAIGN)
            await credit_grants.approve(session, card.id, grace, card.proposed_at)
    async with database.transaction() as session:
        cart_id = await add_cart(session, buyer_id, {await add_listing(session, await add_shop(session)): 1})
        await session.execute(update(Cart).where(Cart.id == cart_id).values(currency="USD"))
        await add_address(session, buyer_id)
        tokens = [await session_of(session, one, two_factors=True) for one in (ada, grace)]
        return Scene(tokens[0], tokens[1], await session_of(session, buyer_id), buyer_id)


async def test_the_pages_fit_and_are_accessible(open_browser: OpenBrowser, scene: Scene) -> None:
    await check_page(await open_browser(scene.ada), "/admin/credit")
    buyer = await open_browser(scene.buyer)
    await check_page(buyer, "/account/credit")
    await check_page(buyer, "/checkout")
    await buyer.get_by_label("Use $42.50 of your store credit").wait_for()


async def test_a_gift_card_by_keyboard_alone(open_browser: OpenBrowser, scene: Scene, database: Database) -> None:
    ada = await open_browser(scene.ada)
    await ada.goto("/admin/credit")
    await type_into(ada, "Amount", "25")
    await tab_to(ada, "Why")
    await ada.keyboard.type("A campaign")
    await press(ada, "Propose it")
    await ada.get_by_text("Proposed. Another administrator has to approve it.").wait_for()

    grace = await open_browser(scene.grace, script=False)
    await grace.goto("/admin/credit")
    await grace.get_by_role("listitem").filter(has_text="$25.00").get_by_role("button", name="Approve").click()
    await grace.get_by_role("heading", name="A gift card over $25.00").wait_for()
    code = await grace.locator(".panel--act .code").inner_text()

    buyer = await open_browser(scene.buyer)
    await buyer.goto("/account/credit")
    await type_into(buyer, "The code on your card", code.lower())
    await press(buyer, "Redeem it")
    await buyer.get_by_text("It is in your credit now.").wait_for()
    async with database.transaction() as session:
        assert (await store_credit.owed(session, scene.buyer_id, "USD")).minor == 6_750
