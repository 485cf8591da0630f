"""What Stripe tells of a commission's charges is a hint to that commission's process to ask."""

import pytest

from tests.api.webhooks.conftest import Door, stripe_event

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


async def test_a_refund_of_a_commission_is_followed_by_nobody_else(door: Door) -> None:
    event = stripe_event("refund.failed", reference="")
    event["data"]["object"]["metadata"] = {"operation": "commission-com_1/settle/1-1"}
    assert (await door.stripe(event)).status_code == 202
    (row,) = await door.settle()
    assert (row.processed_at is not None, row.last_error) == (True, None)
    assert door.processes.signals == []
