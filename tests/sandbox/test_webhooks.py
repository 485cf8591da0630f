"""Stripe's webhooks: signed, repeated until taken, lost or doubled on request; a killed process forgets none."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from activities.gateways.stripe_webhooks import StripeWebhooks
from tests.sandbox.conftest import Stripe
from tests.support.sandbox import (
    STRIPE_WEBHOOK_SECRET,
    Receiver,
    eventually,
    free_port,
    receiver,
    start_sandbox,
)

PAID = ["checkout.session.completed", "payment_intent.amount_capturable_updated"]


def types(callbacks: Receiver) -> list[str]:
    return sorted(entry.json["type"] for entry in callbacks.received)


async def test_each_change_sends_a_signed_event(stripe: Stripe, callbacks: Receiver) -> None:
    intent = await stripe.authorised()
    await eventually(lambda: types(callbacks) == PAID)
    callbacks.received.clear()
    await stripe.post(f"payment_intents/{intent['id']}/capture", idempotency_key="cap")
    await stripe.post("refunds", {"payment_intent": intent["id"], "amount": "5"})
    await eventually(
        lambda: types(callbacks) == ["charge.captured", "charge.refunded", "payment_intent.succeeded", "refund.created"]
    )

    for entry in callbacks.received:
        StripeWebhooks(STRIPE_WEBHOOK_SECRET).verify(entry.body, entry.headers["stripe-signature"])
    captured = next(entry.json for entry in callbacks.received if entry.json["type"] == "charge.captured")
    assert captured["request"]["idempotency_key"] == "cap"
    assert captured["data"]["object"]["metadata"] == {"checkout": "chk_1"}


async def test_declines_expiry_and_cancelling_are_told(stripe: Stripe, callbacks: Receiver) -> None:
    session = await stripe.session()
    await stripe.pay(session["id"], "4000000000000002")
    await eventually(lambda: types(callbacks) == ["payment_intent.payment_failed"])
    await stripe.post(f"checkout/sessions/{session['id']}/expire")
    await eventually(
        lambda: (
            types(callbacks) == ["checkout.session.expired", "payment_intent.canceled", "payment_intent.payment_failed"]
        )
    )


async def test_an_event_is_repeated_until_it_is_taken(stripe: Stripe, callbacks: Receiver) -> None:
    callbacks.answers = [500, 503, 200]
    session = await stripe.session()
    await stripe.post(f"checkout/sessions/{session['id']}/expire")

    await eventually(lambda: len(callbacks.received) == 3)
    assert len({entry.json["id"] for entry in callbacks.received}) == 1
    signatures = {entry.headers["stripe-signature"] for entry in callbacks.received}
    assert len(signatures) >= 2, "each attempt is signed with its own time"


async def test_a_lost_event_is_only_listed(stripe: Stripe, callbacks: Receiver) -> None:
    lost, kept = await stripe.session(), await stripe.session()
    await stripe.post(f"checkout/sessions/{lost['id']}/expire", sandbox_fault="webhook_lost")
    await stripe.post(f"checkout/sessions/{kept['id']}/expire")

    await eventually(lambda: len(callbacks.received) == 1)
    assert callbacks.received[0].json["data"]["object"]["id"] == kept["id"]
    states = Counter(row["state"] for row in (await stripe.http.get("/_control/outbox")).json()["callbacks"])
    assert states["lost"] == 1
    listed = (await stripe.get("events", type="checkout.session.expired"))["data"]
    assert {event["data"]["object"]["id"] for event in listed} == {lost["id"], kept["id"]}


async def test_a_doubled_event_comes_twice_with_one_id(stripe: Stripe, callbacks: Receiver) -> None:
    session = await stripe.session()
    await stripe.post(f"checkout/sessions/{session['id']}/expire", sandbox_fault="webhook_doubled")

    await eventually(lambda: len(callbacks.received) == 2)
    assert len({entry.json["id"] for entry in callbacks.received}) == 1


async def test_only_enabled_events_are_sent(tmp_path: Path) -> None:
    with receiver() as callbacks:
        sandbox = start_sandbox(
            tmp_path,
            SANDBOX_STRIPE_WEBHOOK_URL=f"{callbacks.url}/stripe",
            SANDBOX_STRIPE_WEBHOOK_EVENTS="checkout.session.completed, charge.refunded",
        )
        try:
            stripe = Stripe(sandbox.url)
            await stripe.authorised()
            await eventually(lambda: types(callbacks) == ["checkout.session.completed"])
            rows = (await stripe.http.get("/_control/outbox")).json()["callbacks"]
            assert len(rows) == 1
            assert len((await stripe.get("events"))["data"]) == 2
            await stripe.http.aclose()
        finally:
            sandbox.stop()


async def test_a_killed_sandbox_keeps_its_state_and_its_pending_events(tmp_path: Path) -> None:
    """Nobody listens while it pays and dies; everything arrives once somebody does."""
    port = free_port()
    sandbox = start_sandbox(tmp_path, SANDBOX_STRIPE_WEBHOOK_URL=f"http://127.0.0.1:{port}/stripe")
    try:
        stripe = Stripe(sandbox.url)
        intent = await stripe.authorised()
        captured = await stripe.post(f"payment_intents/{intent['id']}/capture", idempotency_key="cap")
        sandbox.kill()
        with receiver(port) as callbacks:
            sandbox.start()
            again = await stripe.post(f"payment_intents/{intent['id']}/capture", idempotency_key="cap")
            await eventually(lambda: types(callbacks) == sorted([*PAID, "charge.captured", "payment_intent.succeeded"]))
        assert again.text == captured.text
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (await stripe.http.get("/_control/stats")).json()["captured"] == {"usd": {"charges": 1, "amount": 2500}}
        await stripe.http.aclose()
    finally:
        sandbox.stop()


async def test_a_dropped_answer_after_sigkill_was_committed(tmp_path: Path) -> None:
    """The effect is on disk before the answer is even held back, so a kill in between changes nothing."""
    sandbox = start_sandbox(tmp_path)
    try:
        stripe = Stripe(sandbox.url)
        intent = await stripe.authorised()
        await stripe.faults(timeout_seconds=60)
        path = f"payment_intents/{intent['id']}"
        held_back = asyncio.create_task(
            stripe.post(f"{path}/capture", idempotency_key="cap", sandbox_fault="timeout_after_success")
        )

        async def taken() -> bool:
            return bool((await stripe.get(path))["status"] == "succeeded")

        await eventually(taken)
        assert not held_back.done()
        sandbox.kill()
        with pytest.raises(httpx.TransportError):
            await held_back
        sandbox.start()
        assert (await stripe.get(f"payment_intents/{intent['id']}"))["status"] == "succeeded"
        await stripe.http.aclose()
    finally:
        sandbox.stop()
