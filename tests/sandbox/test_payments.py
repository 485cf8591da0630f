"""What can happen to a payment: declines, 3-D Secure, capture, cancelling, refunds, and Stripe's refusals."""

import pytest

from deploy.sandbox.stripe.objects import fee_of
from tests.sandbox.conftest import Stripe, session_form


async def test_there_is_no_intent_before_the_customer_confirms(stripe: Stripe) -> None:
    session = await stripe.session()

    assert session["payment_intent"] is None
    assert session["amount_total"] == 2500
    assert session["url"] == f"{stripe.url}/pay/{session['id']}"
    assert (await stripe.get("payment_intents"))["data"] == []


async def test_a_paid_session_holds_an_authorised_intent(stripe: Stripe) -> None:
    session = await stripe.session()
    paid = await stripe.pay(session["id"])
    seen = await stripe.get(f"checkout/sessions/{session['id']}", **{"expand[]": "payment_intent.latest_charge"})

    assert paid.json()["redirect_url"] == f"http://shop.example/done?session={session['id']}"
    assert (seen["status"], seen["payment_status"], seen["url"]) == ("complete", "unpaid", None)
    intent = seen["payment_intent"]
    assert (intent["status"], intent["amount_capturable"], intent["amount_received"]) == ("requires_capture", 2500, 0)
    assert intent["metadata"] == intent["latest_charge"]["metadata"] == {"checkout": "chk_1"}
    card = intent["latest_charge"]["payment_method_details"]["card"]
    assert (card["country"], card["last4"]) == ("US", "4242")
    assert card["capture_before"] == intent["latest_charge"]["created"] + 7 * 86_400
    assert intent["latest_charge"]["outcome"]["risk_level"] == "normal"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
    ],
)
async def test_a_decline_leaves_the_session_open_for_another_card(stripe: Stripe, card: str, code: str) -> None:
    session = await stripe.session()

    declined = await stripe.pay(session["id"], card)
    seen = await stripe.get(f"checkout/sessions/{session['id']}", **{"expand[]": "payment_intent"})

    assert declined.status_code == 402
    assert seen["status"] == "open"
    assert seen["payment_intent"]["status"] == "requires_payment_method"
    assert seen["payment_intent"]["last_payment_error"]["decline_code"] == code

    assert (await stripe.pay(session["id"])).status_code == 200
    charges = (await stripe.get("charges", payment_intent=seen["payment_intent"]["id"]))["data"]
    assert [charge["status"] for charge in charges] == ["succeeded", "failed"]


async def test_three_d_secure_passed_and_failed(stripe: Stripe) -> None:
    session = await stripe.session()

    failed = await stripe.pay(session["id"], "4000002500003155", three_ds="fail")
    assert failed.status_code == 402
    assert (await stripe.get(f"checkout/sessions/{session['id']}"))["status"] == "open"

    passed = await stripe.pay(session["id"], "4000002500003155")
    assert passed.status_code == 200
    assert (await stripe.get(f"checkout/sessions/{session['id']}"))["status"] == "complete"


async def test_the_highest_risk_is_authorised_and_flagged(stripe: Stripe) -> None:
    session = await stripe.session()
    await stripe.pay(session["id"], "4100000000000019")
    seen = await stripe.get(f"checkout/sessions/{session['id']}", **{"expand[]": "payment_intent.latest_charge"})

    assert seen["payment_intent"]["status"] == "requires_capture"
    assert seen["payment_intent"]["latest_charge"]["outcome"]["risk_level"] == "highest"


async def test_capture_books_the_fee_once(stripe: Stripe) -> None:
    intent = await stripe.authorised()

    captured = await stripe.post(
        f"payment_intents/{intent['id']}/capture",
        {"amount_to_capture": "2500", "expand[]": "latest_charge.balance_transaction"},
    )
    again = await stripe.post(f"payment_intents/{intent['id']}/capture")

    booked = captured.json()["latest_charge"]["balance_transaction"]
    assert (booked["amount"], booked["fee"], booked["net"]) == (2500, 103, 2397)
    assert booked["available_on"] == booked["created"] + 2 * 86_400
    assert again.json()["error"]["code"] == "payment_intent_unexpected_state"
    assert (await stripe.get("balance"))["pending"] == [
        {"amount": 2397, "currency": "usd", "source_types": {"card": 2397}}
    ]


@pytest.mark.parametrize(("amount", "fee"), [(50, 31), (100, 33), (500, 45), (1250, 66), (99_999_999, 2_900_030)])
def test_the_fee_is_rounded_half_up(amount: int, fee: int) -> None:
    assert fee_of(amount) == fee


async def test_more_than_authorised_cannot_be_captured(stripe: Stripe) -> None:
    intent = await stripe.authorised()
    refused = await stripe.post(f"payment_intents/{intent['id']}/capture", {"amount_to_capture": "2501"})

    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "amount_to_capture"


async def test_an_open_session_is_expired_once(stripe: Stripe) -> None:
    session = await stripe.session()

    expired = await stripe.post(f"checkout/sessions/{session['id']}/expire")
    again = await stripe.post(f"checkout/sessions/{session['id']}/expire")

    assert expired.json()["status"] == "expired"
    assert again.status_code == 400
    assert "status of `expired`" in again.json()["error"]["message"]
    assert (await stripe.pay(session["id"])).status_code == 409


async def test_a_paid_session_cannot_be_expired(stripe: Stripe) -> None:
    session = await stripe.session()
    await stripe.pay(session["id"])
    refused = await stripe.post(f"checkout/sessions/{session['id']}/expire")

    assert "status of `complete`" in refused.json()["error"]["message"]


async def test_expiring_cancels_the_intent_of_a_declined_attempt(stripe: Stripe) -> None:
    session = await stripe.session()
    await stripe.pay(session["id"], "4000000000000002")
    await stripe.post(f"checkout/sessions/{session['id']}/expire")

    (intent,) = (await stripe.get("payment_intents"))["data"]
    assert intent["status"] == "canceled"


async def test_an_authorisation_is_given_back(stripe: Stripe) -> None:
    intent = await stripe.authorised()

    cancelled = await stripe.post(f"payment_intents/{intent['id']}/cancel", {"cancellation_reason": "abandoned"})
    captured = await stripe.post(f"payment_intents/{intent['id']}/capture")

    assert (cancelled.json()["status"], cancelled.json()["amount_capturable"]) == ("canceled", 0)
    assert captured.json()["error"]["code"] == "payment_intent_unexpected_state"


async def test_the_intent_of_an_open_session_is_not_cancelled_by_itself(stripe: Stripe) -> None:
    session = await stripe.session()
    await stripe.pay(session["id"], "4000000000000002")
    (intent,) = (await stripe.get("payment_intents"))["data"]

    refused = await stripe.post(f"payment_intents/{intent['id']}/cancel")
    assert "expire the Checkout Session" in refused.json()["error"]["message"]


async def test_refunds_stop_at_what_was_captured(stripe: Stripe) -> None:
    intent = await stripe.authorised()
    await stripe.post(f"payment_intents/{intent['id']}/capture")

    part = await stripe.post("refunds", {"payment_intent": intent["id"], "amount": "1000", "metadata[operation]": "a"})
    too_much = await stripe.post("refunds", {"payment_intent": intent["id"], "amount": "1501"})
    rest = await stripe.post("refunds", {"payment_intent": intent["id"], "expand[]": "balance_transaction"})
    nothing_left = await stripe.post("refunds", {"payment_intent": intent["id"], "amount": "1"})

    assert part.json()["status"] == "succeeded"
    assert too_much.json()["error"]["param"] == "amount"
    assert (rest.json()["amount"], rest.json()["balance_transaction"]["net"]) == (1500, -1500)
    assert nothing_left.json()["error"]["code"] == "charge_already_refunded"
    listed = (await stripe.get("refunds", payment_intent=intent["id"]))["data"]
    assert [refund["amount"] for refund in listed] == [1500, 1000]


async def test_what_was_not_captured_cannot_be_refunded(stripe: Stripe) -> None:
    intent = await stripe.authorised()
    refused = await stripe.post("refunds", {"payment_intent": intent["id"]})

    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"line_items[0][quantity]": "0"}, "line_items[0][quantity]"),
        ({"line_items[0][price_data][unit_amount]": "-1"}, "line_items[0][price_data][unit_amount]"),
        ({"line_items[0][price_data][unit_amount]": "12.5"}, "line_items[0][price_data][unit_amount]"),
        ({"line_items[0][price_data][currency]": "xyz"}, "line_items[0][price_data][currency]"),
        ({"expires_at": "1"}, "expires_at"),
        ({"expires_at": "99999999999"}, "expires_at"),
        ({"colour": "red"}, "colour"),
        ({"success_url": ""}, "success_url"),
        ({"expand[]": "customer.sources"}, "expand"),
    ],
)
async def test_a_parameter_that_cannot_be_meant_is_named(stripe: Stripe, change: dict[str, str], param: str) -> None:
    refused = await stripe.post("checkout/sessions", session_form(**change))

    assert refused.status_code == 400
    assert refused.json()["error"]["type"] == "invalid_request_error"
    assert refused.json()["error"]["param"] == param
    assert (await stripe.get("checkout/sessions"))["data"] == []


async def test_less_than_the_least_amount_is_refused(stripe: Stripe) -> None:
    refused = await stripe.post("checkout/sessions", session_form(**{"line_items[0][price_data][unit_amount]": "24"}))
    assert refused.json()["error"]["code"] == "amount_too_small"


async def test_keys_and_ids_that_nobody_knows(stripe: Stripe) -> None:
    unknown = await stripe.http.get("/v1/payment_intents/pi_no", headers={"Authorization": "Bearer sk_wrong"})
    assert unknown.status_code == 401
    missing = await stripe.post("payment_intents/pi_no/capture")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "resource_missing")
    elsewhere = await stripe.post("subscriptions")
    assert elsewhere.status_code == 404


async def test_lists_are_paged_newest_first(stripe: Stripe) -> None:
    ids = [(await stripe.session())["id"] for _ in range(5)][::-1]

    first = await stripe.get("checkout/sessions", limit="2")
    second = await stripe.get("checkout/sessions", limit="2", starting_after=first["data"][-1]["id"])
    back = await stripe.get("checkout/sessions", limit="2", ending_before=second["data"][0]["id"])
    none = await stripe.get("checkout/sessions", **{"created[lt]": "1000"})

    assert [entry["id"] for entry in first["data"] + second["data"]] == ids[:4]
    assert first["has_more"]
    assert [entry["id"] for entry in back["data"]] == ids[:2]
    assert none["data"] == []


async def test_bodies_that_are_no_form_or_too_large(stripe: Stripe) -> None:
    headers = {"Authorization": "Bearer " + "sk_test_for_tests"}
    not_text = await stripe.http.post("/v1/checkout/sessions", content=b"mode=\xff\xfe", headers=headers)
    assert not_text.status_code == 400
    huge = await stripe.http.post("/v1/checkout/sessions", content=b"a" * 2_000_000, headers=headers)
    assert huge.status_code == 413
