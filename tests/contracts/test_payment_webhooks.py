"""`PaymentWebhooks`: what is let in, what is turned away, and what is read from it."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from activities.gateways.stripe_webhooks import StripeWebhooks
from models.errors import InvalidInput, SignatureInvalid
from models.ports import PaymentWebhooks

SECRET = "whsec_contract"


def an_event(about: dict[str, Any], kind: str = "checkout.session.completed") -> bytes:
    event = {"id": "evt_1", "object": "event", "created": 1_800_000_000, "type": kind, "data": {"object": about}}
    return json.dumps(event).encode()


def signed(body: bytes, secret: str = SECRET, at: int | None = None) -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return header


@pytest.fixture
def webhooks() -> PaymentWebhooks:
    return StripeWebhooks(SECRET)


SESSION = {"id": "cs_test_1", "object": "checkout.session", "metadata": {"checkout": "chk_1"}}


def test_a_signed_session_event_names_payment_and_checkout(webhooks: PaymentWebhooks) -> None:
    body = an_event(SESSION)
    event = webhooks.verify(body, signed(body))

    assert (event.event_id, event.type) == ("evt_1", "checkout.session.completed")
    assert (event.payment_id, event.reference) == ("cs_test_1", "chk_1")
    assert event.created_at == datetime.fromtimestamp(1_800_000_000, UTC)


@pytest.mark.parametrize(
    ("about", "reference"),
    [
        ({"id": "pi_1", "object": "payment_intent", "metadata": {"checkout": "chk_2"}}, "chk_2"),
        ({"id": "ch_1", "object": "charge", "metadata": {}}, ""),
        ({"id": "re_1", "object": "refund", "metadata": None}, ""),
        ({"id": "py_1", "object": "payout"}, ""),
    ],
)
def test_other_events_count_by_their_reference(
    webhooks: PaymentWebhooks, about: dict[str, Any], reference: str
) -> None:
    body = an_event(about, "payment_intent.succeeded")
    event = webhooks.verify(body, signed(body))
    assert (event.payment_id, event.reference) == ("", reference)


def test_the_client_reference_stands_in_for_missing_metadata(webhooks: PaymentWebhooks) -> None:
    body = an_event({"id": "cs_1", "object": "checkout.session", "metadata": {}, "client_reference_id": "chk_3"})
    assert webhooks.verify(body, signed(body)).reference == "chk_3"


def test_events_of_connected_accounts_name_account_object_and_operation(webhooks: PaymentWebhooks) -> None:
    about = {"id": "po_1", "object": "payout", "metadata": {"operation": "wdr_1/payout"}}
    event = json.loads(an_event(about, "payout.paid")) | {"account": "acct_1"}
    body = json.dumps(event).encode()
    told = webhooks.verify(body, signed(body))

    assert (told.account_id, told.object_id, told.operation) == ("acct_1", "po_1", "wdr_1/payout")
    assert (told.reference, told.payment_id) == ("", "")
    body = an_event({"object": "balance"}, "balance.available")
    told = webhooks.verify(body, signed(body))
    assert (told.account_id, told.object_id, told.operation) == ("", "", "")


def test_each_endpoint_has_a_secret_of_its_own() -> None:
    body = an_event(SESSION)
    both = StripeWebhooks(SECRET, "whsec_connect", "")
    for secret in (SECRET, "whsec_connect"):
        assert both.verify(body, signed(body, secret)).event_id == "evt_1"
    for secret in ("whsec_other", "-"):
        with pytest.raises(SignatureInvalid):
            both.verify(body, signed(body, secret))
    with pytest.raises(SignatureInvalid):
        StripeWebhooks("").verify(body, signed(body, "-"))


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", "t=1", "v1=abc", "t=abc,v1=abc", "t=1,v1=\u00e9", "t=99999999999999999999,v1=00", "t=1,v2=aa"],
)
def test_headers_that_are_no_signature(webhooks: PaymentWebhooks, header: str) -> None:
    with pytest.raises(SignatureInvalid):
        webhooks.verify(an_event(SESSION), header)


def test_forged_stale_and_changed(webhooks: PaymentWebhooks) -> None:
    body = an_event(SESSION)
    for header in (signed(body, "whsec_other"), signed(body, at=int(time.time()) - 301), signed(body + b" ")):
        with pytest.raises(SignatureInvalid):
            webhooks.verify(body, header)
    assert webhooks.verify(body, signed(body, at=int(time.time()) - 200)).event_id == "evt_1"


def test_bytes_that_are_no_text(webhooks: PaymentWebhooks) -> None:
    with pytest.raises(SignatureInvalid):
        webhooks.verify(b"\xff\xfe", "t=1,v1=00")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"id": "evt_1"}',
        b'{"id": 7, "type": "x", "created": 1, "data": {"object": {}}}',
        b'{"id": "evt_1", "type": "x", "created": 1e30, "data": {"object": {}}}',
        b'{"id": "evt_1", "type": "x", "created": 1, "data": {"object": []}}',
        b'{"id": "evt_1", "type": "x", "created": 1, "account": 7, "data": {"object": {}}}',
        b'{"id": "evt_1", "type": "x", "created": 1, "data": {"object": {"id": ["x"]}}}',
        b'{"id": "evt_1", "type": "x", "created": 1, "data": {"object": {"metadata": {"operation": [1]}}}}',
        b'{"id": "evt_1", "type": "x", "created": 1, "data": {"object": {"metadata": {"operation": "\\ud800"}}}}',
        b'{"id": "evt_\\u0000", "type": "x", "created": 1, "data": {"object": {}}}',
        b'{"id": "evt_1", "type": "x", "created": 1, "data": {"object": {"metadata": {"checkout": "\\ud800"}}}}',
        b"[" * 100_000,
    ],
)
def test_signed_bodies_that_are_no_event(webhooks: PaymentWebhooks, body: bytes) -> None:
    with pytest.raises(InvalidInput):
        webhooks.verify(body, signed(body))
