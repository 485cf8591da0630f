"""The shapes of Stripe's objects at the API version below. Owns fields and ids, not what may happen to them.

The field names are those of Stripe's public API reference; fields that we have no use for keep the value that a plain
card payment has there.
"""

import secrets
import time
from typing import Any

Body = dict[str, Any]
API_VERSION = "2026-10-28.endive"
AUTHORISATION_DAYS = 7
# What Stripe's reports call those of our types that they call otherwise.
_REPORTED = {
    "payment": "charge",
    "payment_refund": "refund",
    "transfer_refund": "transfer_reversal",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
}


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_" + secrets.token_urlsafe(length).replace("-", "k").replace("_", "Z")[:length]


def public(body: Body) -> Body:
    """Without what only the sandbox knows."""
    return {key: value for key, value in body.items() if not key.startswith("_")}


def now() -> int:
    return int(time.time())


def fee_of(amount: int) -> int:
    """2.9 % + 30 minor units, half up: what Stripe charges in the USA for a card."""
    return (amount * 29 + 500) // 1000 + 30


def line_item(line: Body) -> Body:
    price = line["price_data"]
    total = price["unit_amount"] * line["quantity"]
    price_id = new_id("price")
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "price": {
            "id": price_id,
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": now(),
            "currency": price["currency"],
            "livemode": False,
            "metadata": {},
            "product": new_id("prod", 14),
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": line["quantity"],
    }


def session(params: Body, lines: list[Body], expires_at: int, base_url: str) -> Body:
    session_id = new_id("cs_test", 58)
    total = sum(line["amount_total"] for line in lines)
    return {
        "id": session_id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": now(),
        "currency": lines[0]["currency"],
        "customer": params.get("customer"),
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "expires_at": expires_at,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base_url}/pay/{session_id}",
    }


def payment_intent(of_session: Body, data: Body) -> Body:
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": of_session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": data.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "created": now(),
        "currency": of_session["currency"],
        "customer": None,
        "description": data.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "receipt_email": of_session["customer_email"],
        "setup_future_usage": data.get("setup_future_usage"),
        "status": "requires_payment_method",
        "statement_descriptor": None,
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "transfer_group": data.get("transfer_group"),
    }


def charge(intent: Body, card: Body, *, authorised: bool, risk_level: str, three_ds: str | None) -> Body:
    created = now()
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {
            "address": {"country": card["country"]},
            "email": intent["receipt_email"],
            "name": card["name"],
        },
        "captured": False,
        "created": created,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "network_status": "approved_by_network" if authorised else "declined_by_network",
            "reason": None if risk_level == "normal" else f"{risk_level}_risk_level",
            "risk_level": risk_level,
            "risk_score": {"normal": 12, "elevated": 68, "highest": 92}[risk_level],
            "seller_message": "Payment complete." if authorised else "The bank did not return any further details.",
            "type": "authorized" if authorised else "issuer_declined",
        },
        "paid": authorised,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {
            "type": "card",
            "card": {
                "amount_authorized": intent["amount"] if authorised else None,
                "brand": card["brand"],
                "capture_before": created + AUTHORISATION_DAYS * 86_400 if authorised else None,
                "checks": {"cvc_check": "pass", "address_line1_check": None, "address_postal_code_check": None},
                "country": card["country"],
                "exp_month": card["exp_month"],
                "exp_year": card["exp_year"],
                "fingerprint": card["fingerprint"],
                "funding": "credit",
                "last4": card["last4"],
                "network": card["brand"],
                "three_d_secure": None if three_ds is None else {"result": three_ds, "version": "2.2.0"},
            },
        },
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "status": "succeeded" if authorised else "failed",
        "transfer_group": intent["transfer_group"],
    }


def balance_transaction(
    source: str, kind: str, amount: int, fee: int, currency: str, *, available_after: float
) -> Body:
    created = now()
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created + int(available_after),
        "balance_type": "payments",
        "created": created,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{"amount": fee, "application": None, "currency": currency, "type": "stripe_fee"}]
        if fee
        else [],
        "net": amount - fee,
        "reporting_category": _REPORTED.get(kind, kind),
        "source": source,
        "status": "pending",
        "type": kind,
    }


def refund(of_charge: Body, amount: int, reason: str | None, metadata: Body) -> Body:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": of_charge["id"],
        "created": now(),
        "currency": of_charge["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": metadata,
        "payment_intent": of_charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "status": "succeeded",
    }


def event(kind: str, data: Body, request_id: str | None, key: str | None, account: str = "") -> Body:
    return {
        **({"account": account} if account else {}),
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now(),
        "data": {"object": data},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": request_id, "idempotency_key": key},
        "type": kind,
    }


def collection(url: str, data: list[Body], *, has_more: bool) -> Body:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
