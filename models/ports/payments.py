"""Money in: hosted payments, refunds, and the provider's webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from models.types import Money


class PaymentState(StrEnum):
    """Where a hosted payment stands, whatever the provider calls it."""

    OPEN = "open"  # the customer may still pay, also with another card
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CANCELLED = "cancelled"  # expired or cancelled: it can never be paid any more


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """What the hosted page shows; the lines sum to the total."""

    name: str
    quantity: int
    unit_amount: Money


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A payment to be authorised now and captured later; one that keeps a card is captured at once."""

    reference: str
    """Our checkout id; comes back in the provider's metadata and in every webhook."""
    lines: Sequence[PaymentLine]
    total: Money
    customer_email: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    keep_card: bool = False
    """The customer agrees to later charges of this card (`CardGateway`); their agreement is ours to keep."""
    customer_id: str | None = None
    """The provider's, of somebody who has kept a card before."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the provider booked for one charge or refund: gross, its fee, net, and when the money is available. All of
    it in the currency that the provider settles in, which need not be the charge's."""

    balance_transaction_id: str
    gross: Money
    fee: Money
    net: Money
    available_on: datetime
    exchange_rate: Decimal | None = None
    """As the provider tells it, where it converted; for showing, the amounts are what counts."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A provider's hosted payment (Stripe: a Checkout Session and, once the customer confirmed, its PaymentIntent)."""

    id: str
    state: PaymentState
    total: Money
    reference: str
    intent_id: str | None = None
    redirect_url: str | None = None
    declines: int = 0
    captured: Money | None = None
    capture_before: datetime | None = None
    card_country: str | None = None
    risk_level: str | None = None
    settlement: Settlement | None = None
    """Of a captured payment, where the provider told it in the same answer; otherwise ask `get_settlement`."""


@dataclass(frozen=True, slots=True)
class RefundResult:
    id: str
    amount: Money
    state: str
    """`pending`, `succeeded` or `failed`."""
    operation: str
    """Our operation id, from the metadata."""
    settlement: Settlement | None = None


class PaymentGateway(Protocol):
    """Moves money in. Amounts are never guessed: each answer repeats what the provider holds."""

    async def create_payment(self, request: PaymentRequest, *, key: str) -> Payment: ...

    async def get_payment(self, payment_id: str) -> Payment:
        """Raises `NotFound` for an id the provider does not know."""
        ...

    async def cancel_payment(self, payment_id: str, *, key: str) -> Payment:
        """Expires the hosted page while it is open. Returns the state reached, which is AUTHORISED when the customer
        was faster: only CANCELLED confirms that no money can move."""
        ...

    async def void_payment(self, payment_id: str, *, key: str) -> Payment:
        """Gives an authorisation back. Returns CANCELLED, also when it had lapsed by itself, or the true state."""
        ...

    async def capture_payment(self, payment_id: str, amount: Money, *, key: str) -> Payment: ...

    async def get_settlement(self, intent_id: str) -> Settlement:
        """The balance transaction of the captured charge; raises `PartnerUnavailable` while it is not there yet."""
        ...

    async def refund(self, intent_id: str, amount: Money, *, operation: str, key: str) -> RefundResult: ...

    async def find_refund(self, intent_id: str, operation: str) -> RefundResult | None:
        """By listing the intent's refunds and matching our operation id, never by a lagging search."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A verified webhook, reduced to what our processes act on."""

    event_id: str
    type: str
    reference: str
    """Our checkout id out of the metadata, or empty for an event that concerns no process of ours."""
    payment_id: str
    created_at: datetime
    account_id: str = ""
    """The connected account that it happened in; empty for what happened in ours."""
    object_id: str = ""
    """What it is about: a session, refund, transfer, payout or account; empty where the provider names none."""
    operation: str = ""
    """Our operation id out of the metadata of a refund, transfer or payout."""


class PaymentWebhooks(Protocol):
    def verify(self, body: bytes, signature: str) -> ProviderEvent:
        """Raises `SignatureInvalid` for a forged or stale signature, `InvalidInput` for a body that is no event."""
        ...
