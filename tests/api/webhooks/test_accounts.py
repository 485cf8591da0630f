"""Stripe's words about artisans' accounts reach whatever is under way for their shop, as hints to look."""

from typing import Any

import pytest

from core import clock
from models.ports import ConnectedAccount
from models.repositories import payouts, payouts_connected
from models.repositories.payouts import NewPayout
from models.rules.payouts import PayoutKind
from models.types import Money
from tests.api.webhooks.conftest import Door

ACCOUNT = "acct_1"


def event(
    kind: str, *, account: str = ACCOUNT, event_id: str = "evt_1", operation: str = "withdrawal-wdr_open/payout-1"
) -> dict[str, Any]:
    about = {"id": "po_1", "object": kind.partition(".")[0], "metadata": {"operation": operation}}
    return {
        "id": event_id,
        "object": "event",
        "type": kind,
        "account": account,
        "created": int(clock.now().timestamp()),
        "data": {"object": about},
    }


@pytest.fixture
async def payout_id(door: Door) -> str:
    """One that is under way, beside one that has ended."""
    shop_id, now = door.order.shop.id, clock.now()
    async with door.database.transaction() as session:
        await payouts_connected.mirror(session, shop_id, ConnectedAccount(ACCOUNT, "US", True, True), now)
        for name in ("wdr_open", "wdr_ended"):
            new = NewPayout(f"withdrawal-{name}", shop_id, PayoutKind.WITHDRAWAL, "", 1)
            await payouts.set_aside(session, new, Money(5_000, "USD"), now)
        await payouts.ended(session, "withdrawal-wdr_ended", now)
    return "withdrawal-wdr_open"


@pytest.mark.parametrize("kind", ["payout.paid", "payout.failed", "payout.updated", "payout.canceled"])
async def test_a_payouts_event_is_told_to_what_is_under_way(door: Door, payout_id: str, kind: str) -> None:
    assert (await door.stripe(event(kind))).status_code == 202
    (row,) = await door.settle()
    assert row.processed_at is not None
    assert door.processes.signals == [(payout_id, "provider_told", "evt_1")]


async def test_a_payouts_event_is_told_to_that_payout_alone(door: Door, payout_id: str) -> None:
    async with door.database.transaction() as session:
        new = NewPayout("withdrawal-wdr_other", door.order.shop.id, PayoutKind.WITHDRAWAL, "", 1)
        await payouts.set_aside(session, new, Money(5_000, "USD"), clock.now())
    await door.stripe(event("payout.paid"))
    await door.stripe(event("payout.paid", event_id="evt_2", operation=""))
    await door.settle()
    told = [(name, event_id) for name, _, event_id in door.processes.signals]
    assert told == [(payout_id, "evt_1"), (payout_id, "evt_2"), ("withdrawal-wdr_other", "evt_2")], (
        "whose it is nobody can tell without an operation"
    )


async def test_an_accounts_event_brings_the_mirror_up_to_date_once(door: Door, payout_id: str) -> None:
    for _ in range(2):
        assert (await door.stripe(event("account.updated"))).status_code == 202
    await door.settle()
    assert door.processes.accounts == [(door.order.shop.id, "evt_1")]
    assert door.processes.signals == [(payout_id, "account_changed", "evt_1")]


async def test_events_come_in_any_order_and_are_each_told_once(door: Door, payout_id: str) -> None:
    for event_id, kind in (("evt_2", "payout.failed"), ("evt_1", "payout.paid"), ("evt_2", "payout.failed")):
        await door.stripe(event(kind, event_id=event_id))
    await door.settle()
    assert sorted(told for _, _, told in door.processes.signals) == ["evt_1", "evt_2"]


async def test_an_account_that_is_none_of_ours_concerns_nobody(door: Door, payout_id: str) -> None:
    await door.stripe(event("payout.paid", account="acct_strangers"))
    (row,) = await door.settle()
    assert row.processed_at is not None
    assert door.processes.signals == []


async def test_an_event_outlives_an_outage(door: Door, payout_id: str) -> None:
    door.processes.is_away = True
    await door.stripe(event("payout.paid"))
    (row,) = await door.settle()
    assert (row.processed_at, row.last_error) == (None, "unavailable")
    door.processes.is_away = False
    await door.time_passes()
    assert await door.inbox.sweep() == 1
    assert door.processes.signals == [(payout_id, "provider_told", "evt_1")]


async def test_money_that_comes_back_after_its_payout_has_ended_gets_a_process_of_its_own(
    door: Door, payout_id: str
) -> None:
    async with door.database.transaction() as session:
        await payouts.transferred(session, "withdrawal-wdr_ended", ACCOUNT, "tr_1")
        await payouts.sent(session, "withdrawal-wdr_ended", "po_1", clock.now().date())
        await payouts.paid(session, "withdrawal-wdr_ended", clock.now())
    ended = "withdrawal-wdr_ended/payout-1"
    for event_id, kind, operation in (
        ("evt_1", "payout.failed", ended),
        ("evt_1", "payout.failed", ended),
        ("evt_2", "payout.paid", ended),
        ("evt_3", "payout.failed", "withdrawal-wdr_ended/payout-2"),
        ("evt_4", "payout.failed", "withdrawal-wdr_open/payout-1"),
        ("evt_5", "payout.failed", "nonsense"),
    ):
        assert (await door.stripe(event(kind, event_id=event_id, operation=operation))).status_code == 202
    rows = await door.settle()
    assert all(row.processed_at is not None for row in rows)
    (start,) = door.processes.returns
    assert (start.payout_id, start.attempt, start.amount_minor) == ("withdrawal-wdr_ended", 1, 5_000)
    assert (start.account_id, start.transfer_id, start.provider_payout_id) == (ACCOUNT, "tr_1", "po_1")
    assert start.artisan_id == door.order.shop.owner_id


async def test_a_late_return_outlives_an_outage(door: Door, payout_id: str) -> None:
    async with door.database.transaction() as session:
        await payouts.paid(session, "withdrawal-wdr_ended", clock.now())
    door.processes.is_away = True
    await door.stripe(event("payout.failed", operation="withdrawal-wdr_ended/payout-1"))
    await door.settle()
    door.processes.is_away = False
    await door.time_passes()
    assert await door.inbox.sweep() == 1
    assert [start.payout_id for start in door.processes.returns] == ["withdrawal-wdr_ended"]
