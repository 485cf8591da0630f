"""Stripe's webhooks: signature checked by Stripe's own code, body reduced to a `ProviderEvent`.

Owns no reaction: an event is a hint to ask the provider, so nothing but ids is taken from it.
"""

import json
from datetime import UTC, datetime
from typing import Any

import stripe

from models.errors import InvalidInput, SignatureInvalid
from models.ports import ProviderEvent

TOLERANCE_SECONDS = 300


class StripeWebhooks:
    """Implements `PaymentWebhooks` for the secrets of our endpoints: events of our own account are signed with one,
    those of connected accounts with another. Empty ones count for nothing."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = [secret for secret in secrets if secret]

    def verify(self, body: bytes, signature: str) -> ProviderEvent:
        if not any(_signed(body, signature, secret) for secret in self._secrets):
            raise SignatureInvalid("The signature does not match this body, or is older than five minutes.")
        try:
            event = json.loads(body)
            about = event["data"]["object"]
            return ProviderEvent(
                event_id=_id(event["id"]),
                type=_id(event["type"]),
                reference=_reference(about),
                payment_id=_id(about["id"]) if about.get("object") == "checkout.session" else "",
                created_at=datetime.fromtimestamp(int(event["created"]), UTC),
                account_id=_id(event["account"]) if event.get("account") else "",
                object_id=_id(about["id"]) if about.get("id") else "",
                operation=_operation(about),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
            raise InvalidInput("This is no Stripe event.") from error


def _signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError, OverflowError):
        # A body or header that is no text can't have been signed by Stripe; the last two come from such headers.
        return False
    return True


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not (value.isascii() and value.isprintable()):
        raise ValueError("an id of 1 to 255 printable characters")
    return value


def _reference(about: dict[str, Any]) -> str:
    """Our checkout id, put there when the payment was created."""
    reference = (about.get("metadata") or {}).get("checkout") or about.get("client_reference_id") or ""
    return _id(reference) if reference else ""


def _operation(about: dict[str, Any]) -> str:
    operation = (about.get("metadata") or {}).get("operation") or ""
    return _id(operation) if operation else ""
