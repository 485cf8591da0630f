"""The contract of the process that sells one gift card. Ids and numbers only: whom the card is for stands in SQL, and
its code in one mail."""

from dataclasses import dataclass, field

from models.types import GiftCardStatus
from workflows.policies import GiftCardDeadlines

PROCESS = "gift_card_purchase"
WORKFLOW = "GiftCardPurchaseWorkflow"
TASK_QUEUE = "checkout"
"""Shared: it is as short, and somebody waits for its first answer just so."""


def workflow_id(card_id: str) -> str:
    return f"gift-card-{card_id}"


@dataclass(frozen=True)
class GiftCardInput:
    """A card that somebody wants; its row stands in SQL."""

    card_id: str
    buyer_id: str
    amount_minor: int
    currency: str
    deadlines: GiftCardDeadlines = field(default_factory=GiftCardDeadlines)


@dataclass(frozen=True)
class PlaceGiftCard:
    """Update `place`: the click. Answers the payment's id once there is a page to pay on."""

    buyer_id: str


@dataclass(frozen=True)
class PaymentEvent:
    """Signals `payment_authorised`, `payment_declined`, `payment_closed`: a hint to look."""

    event_id: str


@dataclass(frozen=True)
class CustomerReturned:
    """Update `customer_returned`: the browser is back, so a silent provider is asked now."""


@dataclass(frozen=True)
class GiftCardResult:
    status: GiftCardStatus
