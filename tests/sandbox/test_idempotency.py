"""Idempotency keys behave as Stripe documents them."""

import asyncio

from tests.sandbox.conftest import Stripe, session_form


async def test_the_same_key_is_answered_with_the_same_object(stripe: Stripe) -> None:
    first = await stripe.post("checkout/sessions", session_form(), idempotency_key="k1")
    again = await stripe.post("checkout/sessions", session_form(), idempotency_key="k1")

    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len((await stripe.get("checkout/sessions"))["data"]) == 1


async def test_the_first_answer_stays_even_when_the_object_has_moved_on(stripe: Stripe) -> None:
    first = await stripe.post("checkout/sessions", session_form(), idempotency_key="k1")
    await stripe.pay(first.json()["id"])

    again = await stripe.post("checkout/sessions", session_form(), idempotency_key="k1")

    assert again.json()["status"] == "open"
    assert (await stripe.get(f"checkout/sessions/{first.json()['id']}"))["status"] == "complete"


async def test_other_parameters_under_the_same_key_are_refused(stripe: Stripe) -> None:
    await stripe.post("checkout/sessions", session_form(), idempotency_key="k1")

    other = await stripe.post(
        "checkout/sessions", session_form(customer_email="else@example.com"), idempotency_key="k1"
    )
    elsewhere = await stripe.post("refunds", {"payment_intent": "pi_1"}, idempotency_key="k1")

    for response in (other, elsewhere):
        assert response.status_code == 400
        assert response.json()["error"]["type"] == "idempotency_error"
    assert len((await stripe.get("checkout/sessions"))["data"]) == 1


async def test_two_at_once_under_one_key_make_one_object(stripe: Stripe) -> None:
    await stripe.faults(latency_ms=1000)

    answers = await asyncio.gather(
        *(stripe.post("checkout/sessions", session_form(), idempotency_key="k1") for _ in range(2))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["error"]["code"] == "idempotency_key_in_use"
    assert len((await stripe.get("checkout/sessions"))["data"]) == 1


async def test_a_crash_is_remembered_under_its_key(stripe: Stripe) -> None:
    crash = await stripe.post("checkout/sessions", session_form(), idempotency_key="k1", sandbox_fault="error_500")
    again = await stripe.post("checkout/sessions", session_form(), idempotency_key="k1")
    other_key = await stripe.post("checkout/sessions", session_form(), idempotency_key="k2")

    assert crash.status_code == again.status_code == 500
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other_key.status_code == 200


async def test_a_refused_parameter_leaves_the_key_free(stripe: Stripe) -> None:
    wrong = await stripe.post("checkout/sessions", session_form(mode="party"), idempotency_key="k1")
    right = await stripe.post("checkout/sessions", session_form(), idempotency_key="k1")

    assert wrong.status_code == 400
    assert right.status_code == 200


async def test_a_refusal_after_the_work_began_is_remembered(stripe: Stripe) -> None:
    intent = await stripe.authorised()
    await stripe.post(f"payment_intents/{intent['id']}/capture", idempotency_key="first")

    refused = await stripe.post(f"payment_intents/{intent['id']}/capture", idempotency_key="second")
    again = await stripe.post(f"payment_intents/{intent['id']}/capture", idempotency_key="second")

    assert refused.json()["error"]["code"] == "payment_intent_unexpected_state"
    assert again.text == refused.text
    assert again.headers["Idempotent-Replayed"] == "true"
