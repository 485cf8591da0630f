"""Faults happen where they were switched on, and leave behind exactly what they say."""

from pathlib import Path

import httpx
import pytest

from deploy.sandbox.faults import Faults
from deploy.sandbox.store import Store
from tests.sandbox.conftest import Stripe, session_form


async def test_a_timeout_after_success_has_done_its_work(stripe: Stripe) -> None:
    await stripe.faults(timeout_seconds=0.2)

    with pytest.raises(httpx.TransportError):
        await stripe.post(
            "checkout/sessions", session_form(), idempotency_key="k1", sandbox_fault="timeout_after_success"
        )
    again = await stripe.post("checkout/sessions", session_form(), idempotency_key="k1")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert [entry["id"] for entry in (await stripe.get("checkout/sessions"))["data"]] == [again.json()["id"]]


async def test_a_crash_after_success_has_done_its_work(stripe: Stripe) -> None:
    crash = await stripe.post("checkout/sessions", session_form(), sandbox_fault="error_500_after_success")

    assert crash.status_code == 500
    assert crash.json()["error"]["type"] == "api_error"
    assert len((await stripe.get("checkout/sessions"))["data"]) == 1


async def test_a_crash_before_has_done_nothing(stripe: Stripe) -> None:
    crash = await stripe.post("checkout/sessions", session_form(), sandbox_fault="error_500")

    assert crash.status_code == 500
    assert (await stripe.get("checkout/sessions"))["data"] == []


async def test_once_means_as_often_as_said(stripe: Stripe) -> None:
    intent = await stripe.authorised()
    await stripe.faults(once=[{"match": "POST /v1/payment_intents/*/capture", "fault": "error_500", "times": 2}])

    path = f"payment_intents/{intent['id']}/capture"
    answers = [(await stripe.post(path)).status_code for _ in range(3)]

    assert answers == [500, 500, 200]


async def test_switches_survive_a_look_and_are_checked(stripe: Stripe) -> None:
    await stripe.faults(rates={"webhook_lost": 0.25}, timeout_seconds=1)

    assert (await stripe.http.get("/_control/faults")).json()["rates"]["webhook_lost"] == 0.25
    for wrong in (
        {"rates": {"earthquake": 1}},
        {"rates": {"error_500": 2}},
        {"once": [{"match": "x", "fault": "error_500"}]},
        {"mood": "bad"},
    ):
        answer = await stripe.http.put("/_control/faults", json=wrong)
        assert answer.status_code == 422
        assert answer.json()["error"]["message"]


def test_rates_are_shares_of_the_calls(tmp_path: Path) -> None:
    store = Store(tmp_path / "rates.db")
    faults = Faults(store, 0)
    faults.replace({"rates": {"timeout_after_success": 0.3, "error_500": 0.2, "webhook_lost": 1}})

    drawn = [faults.for_call("POST", "/v1/refunds", None) for _ in range(2000)]

    # Five standard deviations either side: fails once in a few million runs.
    assert 500 < drawn.count("timeout_after_success") < 700
    assert 300 < drawn.count("error_500") < 500
    assert faults.for_call("POST", "/v1/refunds", "error_500_after_success") == "error_500_after_success"
    assert faults.for_webhook(None).delays == ()
    store.close()
