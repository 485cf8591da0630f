"""The artisan's money pages over HTTP: each part with its reason, nothing typed lost, nobody else's shown."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import insert

from core import clock
from core.database import Database
from models.ports import ConnectedAccount
from models.repositories import ledger, payouts, payouts_connected, payouts_holds, payouts_plans
from models.rules import payout_postings
from models.rules.holds import HoldReason
from models.rules.payout_calendar import Calendar
from models.rules.payouts import PayoutKind
from models.tables.processes import Process
from models.types import Money, Party, PayoutStatus, Role
from tests.api.conftest import signed_in
from tests.support.marketplace import TestShop, add_listing, add_person, add_shop
from tests.support.orders import add_paid_order
from tests.support.payouts import earn, give_bank

PAGE = "/studio/money"


async def _hold(database: Database, shop: TestShop, minor: int = 2_000) -> str:
    now = clock.now()
    async with database.transaction() as session:
        administrator_id, _ = await add_person(session, Role.ADMINISTRATOR)
        return await payouts_holds.place(
            session,
            shop.id,
            administrator_id,
            Money(minor, "USD"),
            HoldReason.COMPLAINTS,
            release_at=now + timedelta(days=10),
            now=now,
        )


async def _payout(
    database: Database, shop: TestShop, name: str, status: PayoutStatus, waiting_on: Party = Party.PROVIDER
) -> str:
    """USD 30.00 on their way, as its process has got to."""
    payout_id, amount, now = f"withdrawal-{name}", Money(3_000, "USD"), clock.now()
    async with database.transaction() as session:
        new = payouts.NewPayout(payout_id, shop.id, PayoutKind.WITHDRAWAL, "", 1)
        await payouts.set_aside(session, new, amount, now)
        await payouts.sent(session, payout_id, "po_1", now.date() + timedelta(days=3))
        entries = payout_postings.set_aside(shop.id, amount)
        await ledger.post(session, f"{payout_id}/set-aside-1", "payout_set_aside", payout_id, entries)
        row = {"workflow_id": payout_id, "process": "withdrawal", "status": status.value, "sequence": 1}
        await session.execute(insert(Process).values(**row, waiting_on=waiting_on.value))
    return payout_id


async def test_every_part_of_the_balance_has_its_reason(
    artisan: AsyncClient, database: Database, shop: TestShop
) -> None:
    await _hold(database, shop)
    payout_id = await _payout(database, shop, "one", PayoutStatus.ON_ITS_WAY)
    page = await artisan.get(PAGE)
    assert page.status_code == 200, page.text
    assert "$44.15" in page.text  # 94.15 less 20.00 held less 30.00 on its way
    for words in (
        "$20.00",
        "Under review",
        "Buyers have complained",
        "in 10 days",
        "$30.00",
        "Expected at your bank on",
    ):
        assert words in page.text, words
    assert page.text.count(f"/studio/payouts/{payout_id}") == 2  # on its way, and the newest
    assert "Every Monday" in page.text and "$25.00" in page.text
    assert " style=" not in page.text


async def test_an_objection_is_sent_once_and_what_was_typed_is_kept(
    artisan: AsyncClient, database: Database, shop: TestShop
) -> None:
    hold_id = await _hold(database, shop)
    path = f"{PAGE}/holds/{hold_id}/appeal"
    short = await artisan.post(path, data={"text": "No & no"})
    assert short.status_code == 422
    assert "No &amp; no" in short.text and "at least 10 characters" in short.text
    sent = await artisan.post(path, data={"text": "They took back what they said."})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}?done=appeal")
    shown = await artisan.get(sent.headers["location"])
    assert "We have your objection" in shown.text and "You objected" in shown.text
    again = await artisan.post(path, data={"text": "They really took it back."})
    assert again.status_code == 409 and "objected to this already" in again.text


async def test_a_payout_that_failed_says_what_to_do(artisan: AsyncClient, database: Database, shop: TestShop) -> None:
    payout_id = await _payout(database, shop, "bad", PayoutStatus.AWAITING_DETAILS, Party.ARTISAN)
    async with database.transaction() as session:
        await payouts.given_back(session, payout_id, "account_closed", clock.now(), now=clock.now())
    for path in (PAGE, "/studio/payouts", f"/studio/payouts/{payout_id}"):
        page = await artisan.get(path)
        assert page.status_code == 200
        assert "The bank account is closed" in page.text and "Correct your bank account" in page.text


async def test_somebody_elses_payout_and_hold_are_not_there(
    app: FastAPI, database: Database, shop: TestShop, artisan: AsyncClient
) -> None:
    hold_id, payout_id = await _hold(database, shop), await _payout(database, shop, "two", PayoutStatus.ON_ITS_WAY)
    async with database.transaction() as session:
        other = await add_shop(session, name="Other")
    stranger = await signed_in(app, other.owner_email)
    assert (await stranger.get(f"/studio/payouts/{payout_id}")).status_code == 404
    text = {"text": "Let it go, it is mine."}
    assert (await stranger.post(f"{PAGE}/holds/{hold_id}/appeal", json=text)).status_code in {404, 422}
    assert "$30.00" not in (await stranger.get(PAGE)).text


async def test_payout_days_are_chosen_and_kept_when_refused(
    artisan: AsyncClient, database: Database, shop: TestShop
) -> None:
    wrong = {"calendar": "monthly", "day": "32", "weekday": "2", "minimum_USD": "0.10"}
    refused = await artisan.post(f"{PAGE}/days", data=wrong)
    assert refused.status_code == 422
    assert "1 to 31" in refused.text and "$1.00 or more" in refused.text
    assert 'value="32"' in refused.text and 'value="0.10"' in refused.text
    right = {"calendar": "monthly", "day": "21", "weekday": "2", "minimum_USD": "$50"}
    assert (await artisan.post(f"{PAGE}/days", data=right)).status_code == 303
    async with database.transaction() as session:
        plan = await payouts_plans.of_shop(session, shop.id)
    assert (plan.days.calendar, plan.days.day, dict(plan.minimums)) == (Calendar.MONTHLY, 21, {"USD": 5_000})
    assert "On the 21st of every month, once $50.00" in (await artisan.get(PAGE)).text
    assert "checked" in (await artisan.get(f"{PAGE}/days")).text


@pytest.mark.parametrize("minimum", ["-5", "1.234", "99999999999999", "lots"])
async def test_no_minimum_is_no_amount(artisan: AsyncClient, minimum: str) -> None:
    answer = await artisan.post(f"{PAGE}/days", data={"calendar": "daily", "minimum_USD": minimum})
    assert answer.status_code == 422
    assert f'value="{minimum}"' in answer.text


async def test_what_the_provider_wants_is_said_in_words(
    artisan: AsyncClient, database: Database, shop: TestShop
) -> None:
    wants = ("individual.dob.day", "individual.dob.month", "individual.verification.document", "some.new_thing")
    due = clock.now() + timedelta(days=5)
    async with database.transaction() as session:
        seen = ConnectedAccount("acct_1", "US", True, True, requirements_due=wants, due_by=due)
        await payouts_connected.mirror(session, shop.id, seen, clock.now())
    page = (await artisan.get(PAGE)).text
    assert page.count("Your date of birth") == 1
    for words in ("passport or identity card", "Some, new thing", "in 5 days", "/studio/money/provider"):
        assert words in page


async def test_every_entry_has_words_and_pages_go_on_where_they_ended(
    artisan: AsyncClient, database: Database, shop: TestShop
) -> None:
    async with database.transaction() as session:
        order = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
        for number in range(45):
            await earn(session, shop, 100 + number)
        for_order = payout_postings.set_aside(shop.id, Money(100, "USD"))
        await ledger.post(session, "test/order", "refund", order.id, for_order)
    first = (await artisan.get(f"{PAGE}/activity")).text
    assert "Refunded to a buyer" in first and f"/studio/orders/{order.id}" in first
    assert "Earned with an order" in first and "+$1.44" in first and "-$1.00" in first
    older = first.split("before=")[1].split('"')[0]
    second = (await artisan.get(f"{PAGE}/activity?currency=USD&before={older}")).text
    assert "+$94.15" in second and "+$1.44" not in second
    both = [row for page in (first, second) for row in page.split("<tr>")[2:]]
    assert len(both) == 47
    for odd in ("x", "-1", "9" * 30):
        assert (await artisan.get(f"{PAGE}/activity?before={odd}&currency=XXX")).status_code == 200


async def test_an_empty_shop_is_told_how_it_begins(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        other = await add_shop(session, name="Empty")
    keeper = await signed_in(app, other.owner_email)
    page = await keeper.get(PAGE)
    assert page.status_code == 200
    assert "None yet." in page.text and "Tell us your bank account" in page.text
    async with database.transaction() as session:
        await give_bank(session, other)
    assert "Tell us your bank account" not in (await keeper.get(PAGE)).text
