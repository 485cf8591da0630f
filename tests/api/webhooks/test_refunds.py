"""What the provider says about refunds: told to whoever waits for it, and mended where nobody does."""

from typing import Any

import pytest

from core import clock
from models.repositories import parcels, refund_requests, refunds
from models.repositories.processes import Progress, record_progress
from models.repositories.refund_requests import NewRequest
from models.repositories.refunds import Wanted
from models.types import ParcelStatus, RefundState
from tests.api.webhooks.conftest import Door, stripe_event
from workflows.refund.messages import RefundInput, RefundKind


def refund_event(kind: str, operation: str, event_id: str = "evt_1") -> dict[str, Any]:
    event = stripe_event(kind, event_id)
    event["data"]["object"] = {"id": "re_1", "object": "refund", "metadata": {"operation": operation}}
    return event


@pytest.fixture
def started(door: Door, monkeypatch: pytest.MonkeyPatch) -> list[RefundInput]:
    begun: list[RefundInput] = []

    async def start(start: RefundInput) -> None:
        door.processes._here()
        begun.append(start)

    monkeypatch.setattr(door.processes, "start_refund", start)
    return begun


async def sent(door: Door, operation: str, state: RefundState | None = RefundState.SUCCEEDED) -> None:
    async with door.database.transaction() as session:
        await refunds.reserve(session, door.order.id, operation, Wanted(door.order.pieces), reason="lost")
        if state is not None:
            await refunds.note_taken(session, operation, "re_1", state, actor="system", now=clock.now())


async def asked(door: Door) -> str:
    async with door.database.transaction() as session:
        new = NewRequest(door.order.id, "damaged", door.order.pieces, "USD", 100)
        return await refund_requests.add(session, new, author_id=door.order.buyer_id, text="A crack.")


async def test_a_running_request_is_told(door: Door, started: list[RefundInput]) -> None:
    request = await asked(door)
    operation = f"refund-{request}/refund"
    await sent(door, operation, RefundState.PENDING)
    await door.stripe(refund_event("refund.updated", operation))
    await door.settle()
    assert door.processes.signals == [(f"refund-{request}", "refund_updated", "evt_1")]
    assert started == []


async def test_a_refund_that_failed_behind_everybodys_back_is_mended_once(
    door: Door, started: list[RefundInput]
) -> None:
    operation = f"fulfillment-{door.order.id}/refund-whole"
    await sent(door, operation)
    for number in range(2):
        await door.stripe(refund_event("refund.failed", operation, f"evt_{number}"))
        await door.settle()
    assert len({start.request_id for start in started}) == 1
    assert (started[0].kind, started[0].operation, started[0].tries) == (RefundKind.UNSETTLED, operation, 1)
    assert started[0].buyer_id == door.order.buyer_id


async def test_an_event_that_came_before_our_own_record_comes_back(door: Door, started: list[RefundInput]) -> None:
    operation = f"fulfillment-{door.order.id}/refund-whole"
    await sent(door, operation, None)
    await door.stripe(refund_event("refund.failed", operation))
    (row,) = await door.settle()
    assert (row.processed_at, row.last_error) == (None, "refund_not_recorded")
    await sent(door, operation)
    await door.time_passes()
    await door.inbox.sweep()
    assert len(started) == 1


@pytest.mark.parametrize("operation", ["", "fulfillment-ord_other/refund-whole"])
async def test_what_is_no_refund_of_ours_concerns_nobody(
    door: Door, started: list[RefundInput], operation: str
) -> None:
    await door.stripe(refund_event("refund.failed", operation))
    (row,) = await door.settle()
    assert row.processed_at is not None
    assert started == []


async def test_a_parcel_that_comes_back_after_its_delivery_is_told_to_who_waits_for_it(
    door: Door, started: list[RefundInput]
) -> None:
    request = await asked(door)
    await door.label(attempt=1)
    async with door.database.transaction() as session:
        await parcels.record_attempt(
            session, "par_swift", 1, outcome="delivered", status=ParcelStatus.DELIVERED, next_attempt=None
        )
        await record_progress(session, Progress(f"refund-{request}", "refund", "returning", 1))
    await door.courier(type="returned")
    await door.settle()
    assert door.processes.signals == [(f"refund-{request}", "parcel_returned", "cev_1")]
