"""Stripe's events at our door: believed, kept once, told to the checkout they concern, and never lost."""

import json

import pytest

from tests.api.webhooks.conftest import STRIPE_SECRET, Door, stripe_event


@pytest.mark.parametrize(
    ("kind", "signal"),
    [
        ("checkout.session.completed", "payment_authorised"),
        ("payment_intent.amount_capturable_updated", "payment_authorised"),
        ("payment_intent.payment_failed", "payment_declined"),
        ("checkout.session.expired", "payment_closed"),
        ("payment_intent.canceled", "payment_closed"),
    ],
)
async def test_an_event_becomes_a_signal_to_its_checkout(door: Door, kind: str, signal: str) -> None:
    answer = await door.stripe(stripe_event(kind))
    assert answer.status_code == 202
    (row,) = await door.settle()
    assert row.processed_at is not None
    assert door.processes.signals == [("checkout-c-1", signal, "evt_1")]


async def test_a_repeated_event_is_kept_and_told_once(door: Door) -> None:
    answers = [await door.stripe(stripe_event()) for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"received":true}')}
    assert len(await door.settle()) == 1
    assert len(door.processes.signals) == 1


@pytest.mark.parametrize(("kind", "reference"), [("charge.captured", "checkout-c-1"), ("payment_intent.canceled", "")])
async def test_what_concerns_no_process_is_kept_and_left_alone(door: Door, kind: str, reference: str) -> None:
    assert (await door.stripe(stripe_event(kind, reference=reference))).status_code == 202
    (row,) = await door.settle()
    assert row.processed_at is not None
    assert door.processes.signals == []
    assert await door.inbox.replay(row.id)  # and it does no harm to do it again
    assert await door.inbox.sweep() == 1
    assert (await door.rows())[0].processed_at is not None


async def test_nothing_personal_is_kept(door: Door) -> None:
    await door.stripe(stripe_event())
    (row,) = await door.settle()
    assert "ada@example.com" not in json.dumps(row.payload)
    assert row.payload["payment_id"] == "cs_1"


async def test_a_forged_or_replayed_signature_is_refused(door: Door) -> None:
    for answer in (
        await door.stripe(stripe_event(), secret="whsec_other"),
        await door.stripe(stripe_event(), age=3_600),
        await door.client.post("/webhooks/stripe", content=b"{}"),
        await door.client.post("/webhooks/stripe", content=b"{}", headers={"Stripe-Signature": "t=1,v1=nonsense"}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "signature_invalid"
        assert "Traceback" not in answer.text
    assert await door.rows() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff\xfe", b'{"id": 1}', b"[" * 10_000])
async def test_a_signed_body_that_is_no_event_is_refused(door: Door, body: bytes) -> None:
    answer = await door.post("/webhooks/stripe", "Stripe-Signature", body, STRIPE_SECRET)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["reference"]
    assert await door.rows() == []


async def test_a_large_body_is_refused(door: Door) -> None:
    answer = await door.post("/webhooks/stripe", "Stripe-Signature", b"x" * 300_000, STRIPE_SECRET)
    assert answer.status_code == 413


async def test_ids_that_no_column_holds_are_refused(door: Door) -> None:
    assert (await door.stripe(stripe_event(event_id="e" * 101))).status_code == 422
    assert await door.rows() == []


async def test_an_event_outlives_an_outage_of_temporal(door: Door) -> None:
    door.processes.is_away = True
    assert (await door.stripe(stripe_event())).status_code == 202
    (row,) = await door.settle()
    assert (row.processed_at, row.last_error) == (None, "unavailable")
    assert await door.inbox.sweep() == 0  # its time has not come
    await door.time_passes()
    assert await door.inbox.sweep() == 1
    assert (await door.rows())[0].tries == 2
    door.processes.is_away = False
    await door.time_passes()
    await door.inbox.sweep()
    (row,) = await door.rows()
    assert row.processed_at is not None
    assert row.last_error is None
    assert len(door.processes.signals) == 1


async def test_waits_grow_and_end_at_a_minute(door: Door) -> None:
    door.processes.is_away = True
    await door.stripe(stripe_event())
    waits = []
    for _ in range(9):
        (row,) = await door.settle()
        waits.append(round((row.next_attempt_at - row.received_at).total_seconds()))
        await door.time_passes()
        before = (await door.rows())[0].next_attempt_at
        await door.inbox.sweep()
        waits[-1] = round(((await door.rows())[0].next_attempt_at - before).total_seconds())
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60, 60]


async def test_an_event_that_breaks_us_costs_no_other(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    told = door.processes.signal

    async def signal(workflow_id: str, name: str, message: object) -> bool:
        if workflow_id == "checkout-bad-1":
            raise RuntimeError("a defect")
        return await told(workflow_id, name, message)

    monkeypatch.setattr(door.processes, "signal", signal)
    door.processes.is_away = True
    await door.stripe(stripe_event(event_id="evt_bad", reference="checkout-bad-1"))
    await door.stripe(stripe_event(event_id="evt_good"))
    await door.settle()
    door.processes.is_away = False
    await door.time_passes()
    assert await door.inbox.sweep() == 2
    bad, good = await door.rows()
    assert (bad.processed_at, bad.last_error) == (None, "RuntimeError")
    assert good.processed_at is not None


async def test_a_stored_event_can_be_replayed(door: Door) -> None:
    await door.stripe(stripe_event())
    (row,) = await door.settle()
    assert await door.inbox.replay(row.id)
    assert await door.inbox.sweep() == 1
    assert len(door.processes.signals) == 2
    assert not await door.inbox.replay(999_999)
