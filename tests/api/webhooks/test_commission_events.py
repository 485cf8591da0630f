"""What Stripe tells of a commission's charges is a hint to that commission's process to ask."""

from typing import Any

import pytest

from core import clock
from core.database import Database
from models.tables.commissions import CommissionRefund
from tests.api.webhooks.conftest import Door, stripe_event
from tests.support.commissioned import add_finished
from tests.support.marketplace import TestShop
from workflows.commission_return.messages import CommissionReturnInput, workflow_id

OPERATION = "commission-com_1/charge-2-1"


@pytest.mark.parametrize(
    "kind",
    [
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
    ],
)
async def test_its_page_and_its_charges_are_told_to_the_process(door: Door, kind: str) -> None:
    """A page names the operation as its reference, a charge of a kept card as its operation."""
    of_page, of_card = stripe_event(kind, reference=OPERATION), stripe_event(kind, event_id="evt_2", reference="")
    of_card["data"]["object"]["metadata"] = {"operation": OPERATION}
    for event in (of_page, of_card):
        assert (await door.stripe(event)).status_code == 202
        await door.settle()
    assert door.processes.signals == [
        ("commission-com_1", "payment_updated", "evt_1"),
        ("commission-com_1", "payment_updated", "evt_2"),
    ]


async def test_a_success_is_no_news_to_a_checkout(door: Door) -> None:
    assert (await door.stripe(stripe_event("payment_intent.succeeded"))).status_code == 202
    (row,) = await door.settle()
    assert row.processed_at is not None
    assert door.processes.signals == []


def undone(operation: str, kind: str = "refund.failed", event_id: str = "evt_1") -> dict[str, Any]:
    event = stripe_event(kind, event_id=event_id, reference="")
    event["data"]["object"]["metadata"] = {"operation": operation}
    return event


@pytest.mark.parametrize(("state", "begun", "waits"), [("succeeded", 1, None), ("sending", 0, "refund_not_recorded")])
async def test_a_refund_that_a_bank_undid_is_sent_again(
    door: Door, database: Database, shop: TestShop, *, state: str, begun: int, waits: str | None
) -> None:
    """Also long after the end. One that its own process has not recorded yet is that process's to mend."""
    async with database.transaction() as session:
        finished = await add_finished(session, shop, "ended")
        refund_id = f"{finished.workflow_id}/settle/2-1"
        row = CommissionRefund(
            id=refund_id,
            commission_id=finished.id,
            charge_id=f"{finished.workflow_id}/charge-2-1",
            currency="USD",
            amount_minor=500,
            state=state,
            created_at=clock.now(),
        )
        session.add(row)
    await door.stripe(undone(refund_id, "refund.updated", "evt_0"))
    await door.settle()
    assert door.processes.mended == [], "an update says nothing that has to be mended"
    await door.stripe(undone(refund_id))
    row_ = (await door.settle())[-1]
    start = CommissionReturnInput(finished.id, f"{finished.workflow_id}/settle")
    assert door.processes.mended == [(refund_id, start)] * begun
    assert row_.last_error == waits
    assert len(workflow_id(refund_id)) <= 80


async def test_a_refund_of_a_commission_is_followed_by_nobody_else(door: Door) -> None:
    event = stripe_event("refund.failed", reference="")
    event["data"]["object"]["metadata"] = {"operation": "commission-com_1/settle/1-1"}
    assert (await door.stripe(event)).status_code == 202
    (row,) = await door.settle()
    assert (row.processed_at is not None, row.last_error) == (True, None)
    assert door.processes.signals == []
