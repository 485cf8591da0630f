"""The contract of the fulfilment process (one artisan's order). Ids, numbers and dates only."""

from dataclasses import dataclass, field

from models.types import DeliveryOutcome, OrderStatus, TimelineEntry
from workflows.policies import FulfillmentDeadlines

PROCESS = "fulfillment"
WORKFLOW = "FulfillmentWorkflow"
TASK_QUEUE = "fulfillment"

DECLINE_REASONS = ("cannot_make", "out_of_material", "no_longer_available", "other")
HEAVIEST_GRAMS = 100_000
"""No parcel courier takes more."""


def workflow_id(order_id: str) -> str:
    return f"fulfillment-{order_id}"


def delivery_activity_id(parcel_id: str, attempt: int) -> str:
    """The open activity that the courier's callback completes."""
    return f"deliver-{parcel_id}-{attempt}"


@dataclass(frozen=True)
class FulfillmentInput:
    order_id: str
    checkout_id: str
    """Empty for a commission's."""
    buyer_id: str
    shop_id: str
    artisan_id: str
    currency: str
    total_minor: int
    pieces: int
    """Sum of the quantities of all lines: parcels are complete when they hold as many."""
    deadlines: FulfillmentDeadlines = field(default_factory=FulfillmentDeadlines)
    commission_id: str = ""
    """Of a finished commission: the piece exists, so that nobody accepts, makes or cancels it. It has no checkout."""


@dataclass(frozen=True)
class AcceptOrder:
    """Update `accept`, by the artisan, once."""

    actor_id: str


@dataclass(frozen=True)
class DeclineOrder:
    """Update `decline`, by the artisan, before acceptance; the buyer is refunded whole."""

    actor_id: str
    reason: str
    """One of `DECLINE_REASONS`."""
    restock: bool = False
    """Whether the pieces go back on sale."""


@dataclass(frozen=True)
class FinishMaking:
    """Update `finish_making`, by the artisan: everything is made and may be packed."""

    actor_id: str


@dataclass(frozen=True)
class ParcelLine:
    listing_id: str
    quantity: int


@dataclass(frozen=True)
class BuyLabel:
    """Update `buy_label`, by the artisan: packs lines into a parcel and buys its label. Several split an order."""

    actor_id: str
    parcel_id: str
    """Made by the caller, so that a repeated click buys one label."""
    courier: str
    service: str
    weight_grams: int
    lines: tuple[ParcelLine, ...]


@dataclass(frozen=True)
class LabelBought:
    parcel_id: str
    tracking_number: str


@dataclass(frozen=True)
class HandOver:
    """Update `hand_over`, by the artisan: the courier has the parcel, so the delivery activity opens."""

    actor_id: str
    parcel_id: str


@dataclass(frozen=True)
class CancelOrder:
    """Update `cancel`, by the buyer, of what no courier has yet. Before acceptance, and once the ship-by date has been
    missed, it counts at once; in between the artisan is asked."""

    actor_id: str
    lines: tuple[ParcelLine, ...] = ()
    """Without any: everything that has not been sent."""


@dataclass(frozen=True)
class AnswerCancellation:
    """Update `answer_cancellation`, by the artisan who was asked."""

    actor_id: str
    agree: bool
    restock: bool = False
    """Whether the pieces exist, and go back on sale."""


@dataclass(frozen=True)
class ConfirmReceipt:
    """Update `confirm_receipt`, by the buyer: every parcel on its way has arrived, whatever the courier says."""

    actor_id: str


@dataclass(frozen=True)
class OrderState:
    """Answer of every update: where the order stands now."""

    order_id: str
    status: OrderStatus


@dataclass(frozen=True)
class DeliveryResult:
    """What the courier's callback completes the activity `deliver-<parcel>-<attempt>` with."""

    outcome: DeliveryOutcome
    event_id: str


@dataclass(frozen=True)
class FulfillmentResult:
    status: OrderStatus
    refunded_minor: int


@dataclass(frozen=True)
class Timeline:
    """Query `timeline`."""

    status: str
    entries: tuple[TimelineEntry, ...]
