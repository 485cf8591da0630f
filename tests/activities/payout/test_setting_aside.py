"""Money is set aside once, and only what is available; everything that stands in the way is named."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from temporalio.exceptions import ApplicationError

from activities.payout import GiveBack, PayoutActivities
from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import (
    payout_accounts,
    payouts,
    payouts_connected,
    payouts_holds,
    payouts_plans,
    privacy_erasing,
    privacy_erasures,
)
from models.repositories.payouts_plans import Plan
from models.repositories.processes import record_progress
from models.rules.holds import HoldReason
from models.rules.payout_calendar import PayoutDays
from models.tables.audit import AuditEntry
from models.tables.catalogue import Shop
from models.tables.payouts import Hold, Payout
from models.tables.people import PersonKey
from models.types import MAX_MINOR, Money
from tests.activities.payout.conftest import EARNED, part, progress, scheduled, standing, withdraw
from tests.support.marketplace import TestShop, add_person
from tests.support.payouts import OTHER_BANK, FakeProvider, earn, give_bank


def reason(error: ApplicationError) -> str:
    assert error.type == "payout_refused"
    assert error.non_retryable
    return str(error.details[0]["reason"])


async def refused(database: Database, shop: TestShop, minor: int | None, currency: str = "USD") -> str:
    with pytest.raises(ApplicationError) as error:
        await withdraw(database, shop, "refused", minor, currency)
    return reason(error.value)


async def test_a_scheduled_payout_takes_all_that_is_available_once(
    database: Database, steps: PayoutActivities, shop: TestShop
) -> None:
    answers = await asyncio.gather(*(steps.set_aside(scheduled(shop)) for _ in range(3)))
    assert {answer.amount_minor for answer in answers} == {EARNED}
    after = await standing(database, shop)
    assert (after.payable_minor, after.on_its_way_minor, after.available_minor) == (0, EARNED, 0)
    async with database.transaction() as session:
        row = await payouts.get(session, scheduled(shop).wanted.payout_id)
    assert (row.kind, row.period, row.amount_minor, row.status) == ("scheduled", "2026-11-23", EARNED, "set_aside")


async def test_two_tabs_that_ask_for_all_of_it_get_it_once(database: Database, shop: TestShop) -> None:
    answers = await asyncio.gather(
        *(withdraw(database, shop, f"tab-{tab}", EARNED) for tab in range(4)), return_exceptions=True
    )
    won = [answer for answer in answers if isinstance(answer, int)]
    lost = [answer for answer in answers if isinstance(answer, ApplicationError)]
    assert won == [EARNED]
    assert {reason(error) for error in lost} == {"nothing_available"}
    assert (await standing(database, shop)).on_its_way_minor == EARNED


async def test_two_tabs_that_ask_for_more_than_half_are_told_what_is_left(database: Database, shop: TestShop) -> None:
    answers = await asyncio.gather(
        *(withdraw(database, shop, f"tab-{tab}", 6_000) for tab in range(2)), return_exceptions=True
    )
    (error,) = [answer for answer in answers if isinstance(answer, ApplicationError)]
    assert reason(error) == "more_than_available"
    assert error.details[0]["available_minor"] == EARNED - 6_000
    assert "$34.15" in error.message
    after = await standing(database, shop)
    assert (after.payable_minor, after.on_its_way_minor) == (EARNED - 6_000, 6_000)


async def test_a_withdrawal_is_in_the_audit_log_once(database: Database, shop: TestShop) -> None:
    for _ in range(2):
        assert await withdraw(database, shop, "one", 5_000) == 5_000
    async with database.transaction() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == Audited.WITHDRAWN))).all()
        assert await session.scalar(select(func.count()).select_from(Payout)) == 1
    assert [(entry.actor, entry.subject, entry.details["amount_minor"]) for entry in entries] == [
        (shop.owner_id, shop.id, 5_000)
    ]


@pytest.mark.parametrize(
    ("minor", "currency", "why"),
    [
        (0, "USD", "wrong_amount"),
        (-1, "USD", "wrong_amount"),
        (EARNED + 1, "USD", "more_than_available"),
        (MAX_MINOR, "USD", "more_than_available"),
        (99, "USD", "below_minimum"),
        (100, "EUR", "nothing_available"),
        (None, "JPY", "nothing_available"),
        (1, "KWD", "wrong_amount"),
    ],
)
async def test_what_can_not_be_meant_is_refused(
    database: Database, shop: TestShop, minor: int | None, currency: str, why: str
) -> None:
    assert await refused(database, shop, minor, currency) == why
    assert (await standing(database, shop)).payable_minor == EARNED


async def test_all_of_it_may_be_less_than_the_smallest_amount(database: Database, shop: TestShop) -> None:
    await withdraw(database, shop, "most", EARNED - 42)
    assert await refused(database, shop, 41) == "below_minimum"
    assert await withdraw(database, shop, "rest", None) == 42


async def test_a_scheduled_payout_waits_for_the_shops_minimum(
    database: Database, steps: PayoutActivities, shop: TestShop
) -> None:
    async with database.transaction() as session:
        await payouts_plans.save(session, shop.id, Plan(PayoutDays(), {"USD": EARNED + 1}), clock.now())
    with pytest.raises(ApplicationError) as error:
        await steps.set_aside(scheduled(shop))
    assert reason(error.value) == "below_minimum"
    assert await withdraw(database, shop, "anyway", None) == EARNED


async def test_dinars_are_paid_out_in_steps_of_ten_fils(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(currency="KWD"))
        await earn(session, shop, 12_345, "KWD")
    assert await refused(database, shop, 5_001, "KWD") == "wrong_amount"
    assert await withdraw(database, shop, "all", None, "KWD") == 12_340


async def test_a_changed_account_waits_three_days(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        await give_bank(session, shop, OTHER_BANK, saved=timedelta(days=2))
    with pytest.raises(ApplicationError) as error:
        await withdraw(database, shop, "one", None)
    assert reason(error.value) == "paused_after_change"
    assert error.value.details[0]["until"] > clock.now().isoformat()
    async with database.transaction() as session:
        await give_bank(session, shop, OTHER_BANK, saved=timedelta(days=3, minutes=1))
    assert await withdraw(database, shop, "one", None) == EARNED


@pytest.mark.parametrize("status", ["suspended", "pending", "refused"])
async def test_only_an_approved_shop_is_paid(database: Database, shop: TestShop, status: str) -> None:
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(status=status))
    assert await refused(database, shop, None) == "shop_suspended"


async def test_what_the_provider_wants_comes_first(database: Database, provider: FakeProvider, shop: TestShop) -> None:
    account = await provider.create_account(shop.id, "US", "USD", key="one")
    async with database.transaction() as session:
        await payouts_connected.mirror(session, shop.id, replace(account, payouts_enabled=False), clock.now())
    assert await refused(database, shop, None) == "provider_wants_more"


async def test_an_erased_keeper_is_paid_nothing(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        gone = {"wrapped_key": None, "destroyed_at": clock.now(), "destroyed_by": "erasure-1"}
        await session.execute(update(PersonKey).where(PersonKey.person_id == shop.owner_id).values(**gone))
    assert await refused(database, shop, None) == "account_erased"


@pytest.mark.parametrize(("status", "paid"), [("waiting", True), ("erasing", False)])
async def test_a_shop_that_an_erasure_closes_is_paid_until_it_begins(
    database: Database, shop: TestShop, *, status: str, paid: bool
) -> None:
    """Otherwise an erasure would wait for money that nobody can take out."""
    erasure_id, now = f"erasure-{shop.owner_id}-1", clock.now()
    async with database.transaction() as session:
        await privacy_erasures.announce(session, erasure_id, shop.owner_id, 1, requested_at=now, erase_at=now)
        await record_progress(session, replace(progress(erasure_id, 1, status), process="erasure"))
        await privacy_erasing.close_shop(session, shop.owner_id, now)
    if paid:
        assert await withdraw(database, shop, "last", None) == EARNED
    else:
        assert await refused(database, shop, None) == "account_erased"


async def test_without_a_bank_account_nothing_is_set_aside(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        await payout_accounts.forget(session, shop.owner_id)
    assert await refused(database, shop, None) == "no_bank_account"


async def test_a_bank_account_that_failed_is_not_tried_again_before_it_is_changed(
    database: Database, steps: PayoutActivities, shop: TestShop
) -> None:
    await steps.set_aside(scheduled(shop))
    async with database.transaction() as session:
        saved = await give_bank(session, shop)
    failed = GiveBack(part(shop), "account_closed", saved, progress(part(shop).payout_id, 2))
    await steps.give_back(failed)
    with pytest.raises(ApplicationError) as error:
        await steps.set_aside(scheduled(shop, period="2026-11-30"))
    assert reason(error.value) == "bank_details_failed"
    assert await refused(database, shop, None) == "bank_details_failed"
    async with database.transaction() as session:
        await give_bank(session, shop, OTHER_BANK, saved=timedelta(days=4))
    assert (await steps.set_aside(scheduled(shop, period="2026-11-30"))).amount_minor == EARNED


async def test_what_came_back_nets_against_the_next_payout(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        await earn(session, shop, -10_000)
    after = await standing(database, shop)
    assert (after.available_minor, after.owed_minor) == (0, 585)
    assert await refused(database, shop, None) == "nothing_available"
    async with database.transaction() as session:
        await earn(session, shop, 1_000)
    assert await withdraw(database, shop, "net", None) == 415


async def test_a_hold_keeps_its_amount_until_its_day(database: Database, shop: TestShop) -> None:
    now = clock.now()
    async with database.transaction() as session:
        administrator, _ = await add_person(session)
        hold_id = await payouts_holds.place(
            session,
            shop.id,
            administrator,
            Money(4_000, "USD"),
            HoldReason.UNUSUAL_SALES,
            release_at=now + timedelta(days=7),
            now=now,
        )
    assert (await standing(database, shop)).available_minor == EARNED - 4_000
    assert await refused(database, shop, EARNED) == "more_than_available"
    async with database.transaction() as session:
        await session.execute(update(Hold).where(Hold.id == hold_id).values(release_at=now))
    assert await withdraw(database, shop, "all", EARNED) == EARNED
    async with database.transaction() as session:
        found = await payouts_holds.find(session, hold_id)
    assert found is not None and found.hold.released_at is not None
