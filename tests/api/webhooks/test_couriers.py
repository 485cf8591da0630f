"""Couriers' callbacks at our door: about their own parcels, handed over, kept until the process has recorded them."""

import asyncio

import pytest

from core import clock
from models.repositories import parcels
from models.types import ParcelStatus
from tests.api.webhooks.conftest import HEARTH_SECRET, Door


async def record(door: Door, attempt: int = 1) -> None:
    """What the process does once it has heard."""
    async with door.database.transaction() as session:
        await parcels.record_attempt(
            session,
            "par_swift",
            attempt,
            outcome="delivered",
            status=ParcelStatus.DELIVERED,
            delivered_at=clock.now(),
        )


async def test_a_callback_is_completed_by_ids_and_done_once_it_is_recorded(door: Door) -> None:
    await door.label(attempt=1)
    assert (await door.courier()).status_code == 202
    (row,) = await door.settle()
    assert door.processes.completed == [(door.order.id, "par_swift", 1, "delivered")]
    assert (row.processed_at, row.last_error) == (None, "waits_for_its_record")
    await record(door)
    await door.time_passes()
    await door.inbox.sweep()
    assert (await door.rows())[0].processed_at is not None
    assert len(door.processes.completed) == 1


async def test_an_attempt_that_is_not_open_is_tried_again_until_it_is_recorded(door: Door) -> None:
    door.processes.delivery_is_open = False
    await door.label(attempt=1)
    await door.courier()
    assert (await door.settle())[0].last_error == "delivery_not_open"
    for _ in range(2):
        await door.time_passes()
        await door.inbox.sweep()
    assert len(door.processes.completed) == 3
    await record(door)
    await door.time_passes()
    await door.inbox.sweep()
    assert (await door.rows())[0].processed_at is not None


async def test_a_callback_outlives_an_outage_and_a_late_one_of_an_old_attempt_changes_nothing(door: Door) -> None:
    await door.label(attempt=2)
    door.processes.is_away = True
    await door.courier(attempt=2)
    await door.courier(attempt=1, type="failed")
    rows = await door.settle()
    assert [row.processed_at is None for row in rows] == [True, False]
    door.processes.is_away = False
    await door.time_passes()
    await door.inbox.sweep()
    assert door.processes.completed == [(door.order.id, "par_swift", 2, "delivered")]


async def test_scans_on_the_way_are_kept_for_the_order_and_told_to_nobody(door: Door) -> None:
    await door.label(attempt=1)
    for kind in ("in_transit", "out_for_delivery"):
        assert (await door.courier(type=kind, location="Albany")).status_code == 202
    rows = await door.settle()
    assert [(row.type, row.payload["location"], row.processed_at is not None) for row in rows] == [
        ("in_transit", "Albany", True),
        ("out_for_delivery", "Albany", True),
    ]
    assert door.processes.completed == []


@pytest.mark.parametrize(
    ("attempt", "changes", "status", "code"),
    [
        (1, {"tracking_number": "SW999"}, 404, "not_found"),
        (0, {}, 409, "not_handed_over"),
        (1, {"attempt": 2}, 409, "conflict"),
        (1, {"secret": "other"}, 400, "signature_invalid"),
        (1, {"age": 3_600}, 400, "signature_invalid"),
        (1, {"age": -3_600}, 400, "signature_invalid"),
        (1, {"code": "pigeon"}, 404, "not_found"),
        (1, {"code": "hearth", "secret": HEARTH_SECRET}, 403, "forbidden"),
        (1, {"type": "eaten_by_a_dog"}, 422, "invalid_input"),
        (1, {"attempt": 0}, 422, "invalid_input"),
        (1, {"occurred_at": "yesterday"}, 422, "invalid_input"),
    ],
)
async def test_what_can_not_be_meant_is_refused_and_not_kept(
    door: Door, attempt: int, changes: dict[str, object], status: int, code: str
) -> None:
    await door.label(attempt=attempt)
    answer = await door.courier(**changes)  # type: ignore[arg-type] # one table for body and signature
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "Traceback" not in answer.text
    assert await door.rows() == []


async def test_what_came_too_early_is_heard_when_the_courier_repeats_it(door: Door) -> None:
    await door.label(attempt=0)
    assert (await door.courier(id="cev_early")).status_code == 409
    async with door.database.transaction() as session:
        await parcels.hand_over(session, "par_swift", clock.now())
    assert (await door.courier(id="cev_early")).status_code == 202
    assert len(await door.settle()) == 1


async def test_the_same_callback_many_times_at_once_is_one(door: Door) -> None:
    await door.label(attempt=1)
    answers = await asyncio.gather(*(door.courier(id="cev_same") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await door.settle()) == 1
    assert len(door.processes.completed) == 1


async def test_two_couriers_may_use_one_tracking_number(door: Door) -> None:
    await door.label(attempt=1)
    await door.label(attempt=1, courier="hearth")
    await door.courier(id="same")
    await door.courier(id="same", code="hearth", secret=HEARTH_SECRET)
    await door.settle()
    assert sorted(parcel for _, parcel, _, _ in door.processes.completed) == ["par_hearth", "par_swift"]
