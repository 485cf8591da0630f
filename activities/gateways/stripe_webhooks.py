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
    """Implements `PaymentWebhooks` for one endpoint secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def verify(self, body: bytes, signature: str) -> ProviderEvent:
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError, OverflowError) as error:
            # A body or header that is no text can't have been signed by Stripe; the last two come from such headers.
            raise SignatureInvalid("The signature does not match this body, or is older than five minutes.") from error
        try:
            event = json.loads(body)
            about = event["data"]["object"]
            return ProviderEvent(
                event_id=_id(event["id"]),
                type=_id(event["type"]),
                reference=_reference(about),
                payment_id=_id(about["id"]) if about.get("object") == "checkout.session" else "",
                created_at=datetime.fromtimestamp(int(event["created"]), UTC),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
            raise InvalidInput("This is no Stripe event.") from error


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not (value.isascii() and value.isprintable()):
        raise ValueError("an id of 1 to 255 printable characters")
    return value


def _reference(about: dict[str, Any]) -> str:
    """Our checkout id, put there when the payment was created."""
    reference = (about.get("metadata") or {}).get("checkout") or about.get("client_reference_id") or ""
    return _id(reference) if reference else ""
