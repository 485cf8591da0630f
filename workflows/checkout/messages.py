"""The contract of the checkout process: who sends what to it and what it answers. Ids, numbers and dates only."""

from dataclasses import dataclass, field

from models.types import CheckoutStatus, TimelineEntry
from workflows.policies import CheckoutDeadlines

PROCESS = "checkout"
WORKFLOW = "CheckoutWorkflow"
TASK_QUEUE = "checkout"


def workflow_id(cart_id: str, attempt: int) -> str:
    """One checkout for each attempt at a cart: a double click, a second tab and a retried request meet in it."""
    return f"checkout-{cart_id}-{attempt}"


@dataclass(frozen=True)
class CheckoutInput:
    cart_id: str
    attempt: int
    buyer_id: str
    time_scale: int = 1
    """Of the buyer's account; the fulfilments that follow resolve their deadlines with it."""
    deadlines: CheckoutDeadlines = field(default_factory=CheckoutDeadlines)


@dataclass(frozen=True)
class PlaceCheckout:
    """Update `place`: the click on "Pay". Sent with update-with-start under the update id `place`."""

    address_id: str
    expected_total_minor: int | None = None
    """What the page showed; a different outcome is refused as `price_changed`."""
    credit_minor: int = 0
    """Store credit that pays for a part of it, or for all; refused as `credit_changed` when there is not as much."""


@dataclass(frozen=True)
class PlacedCheckout:
    checkout_id: str
    payment_id: str
    """Empty where store credit pays for all of it."""
    currency: str
    items_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    credit_minor: int = 0


@dataclass(frozen=True)
class PaymentEvent:
    """Signals `payment_authorised`, `payment_declined`, `payment_closed`: a hint to look, deduplicated by event id."""

    event_id: str


@dataclass(frozen=True)
class CustomerReturned:
    """Update `customer_returned`: the browser is back from the payment page, so a silent provider is asked now.

    An update, because its validator can turn away a page that is reloaded without end; a refusal leaves no event.
    """


@dataclass(frozen=True)
class AbandonCheckout:
    """Update `abandon`: the buyer wants the cart back. Answers the status reached, `paid` when the money was faster."""

    actor_id: str


@dataclass(frozen=True)
class DecideReview:
    """Update `decide_review`: an administrator's decision about a held checkout; its reason is stored under the id."""

    decision_id: str
    administrator_id: str
    approve: bool


@dataclass(frozen=True)
class CheckoutResult:
    status: CheckoutStatus
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """Query `timeline`."""

    status: str
    entries: tuple[TimelineEntry, ...]
