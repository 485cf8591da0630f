"""The contract of the commission process. Ids, numbers, dates and codes; what people write or show stands in SQL before
they send a message that names it."""

from dataclasses import dataclass, field
from datetime import datetime

from models.rules.commission.contract import Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.record import Commission, Status
from models.types import TimelineEntry

PROCESS = "commission"
WORKFLOW = "CommissionWorkflow"
TASK_QUEUE = "commission"
DECLINE_REASONS = ("cannot_make", "no_time", "too_dear", "changed_mind", "other")


def workflow_id(commission_id: str) -> str:
    return f"commission-{commission_id}"


@dataclass(frozen=True)
class CommissionInput:
    """A wish that stands in SQL. The two last fields are given by the run before, when it continues as new."""

    commission_id: str
    customer_id: str
    artisan_id: str
    currency: str
    fee_bp: int
    deadlines: CommissionDeadlines = field(default_factory=CommissionDeadlines)
    record: Commission | None = None
    told: int = 0

    def wish(self, now: datetime) -> Commission:
        """The record of a process that has just begun: what its opener is shown without asking it."""
        return Commission(
            id=self.commission_id,
            customer_id=self.customer_id,
            artisan_id=self.artisan_id,
            currency=self.currency,
            fee_bp=self.fee_bp,
            waits=self.deadlines,
            asked_at=now,
        )


@dataclass(frozen=True)
class MakeOffer:
    """Update `offer`: a quote by the artisan, then a counter-offer by whoever did not make the newest one."""

    actor_id: str
    version: int
    """The next number: an offer that crosses another one is refused."""
    terms: Terms
    price_minor: int
    """The price that was written beside the milestones, to be compared with their sum."""


@dataclass(frozen=True)
class AcceptOffer:
    """Update `accept`, by the side that did not make the offer."""

    actor_id: str
    version: int


@dataclass(frozen=True)
class Decline:
    """Update `decline`, by either side, before there is a contract."""

    actor_id: str
    reason: str
    """One of `DECLINE_REASONS`."""


@dataclass(frozen=True)
class GiveProof:
    """Update `give_proof`, by the artisan: the milestone can be seen, on this many pictures."""

    actor_id: str
    number: int
    pictures: int


@dataclass(frozen=True)
class AnswerProof:
    """Update `answer_proof`, by the customer: approved, or a revision is wanted."""

    actor_id: str
    number: int
    approve: bool


@dataclass(frozen=True)
class ProposeChange:
    """Update `propose_change`, by either side."""

    actor_id: str
    version: int
    terms: Terms
    price_minor: int


@dataclass(frozen=True)
class AnswerChange:
    """Update `answer_change`, by the other side."""

    actor_id: str
    version: int
    agree: bool


@dataclass(frozen=True)
class Leave:
    """Update `leave`, by either side, at the terms of the contract."""

    actor_id: str
    shown_back_minor: int = 0
    """What the button said would go back to the customer."""


@dataclass(frozen=True)
class OfferEnd:
    """Update `offer_end`, by either side: to part, with this share of what is not approved for the artisan."""

    actor_id: str
    agreed_bp: int


@dataclass(frozen=True)
class AnswerEnd:
    """Update `answer_end`, by the other side."""

    actor_id: str
    agreed_bp: int
    agree: bool
    shown_back_minor: int | None = None
    """What the button said would go back to the customer; None where nothing was shown."""


@dataclass(frozen=True)
class RetryPayment:
    """Update `retry_payment`, by the customer: with the card that is kept now, or with another one, on the provider's
    page."""

    actor_id: str
    another_card: bool = False


@dataclass(frozen=True)
class Pause:
    """Updates `pause` and `resume`, by an administrator or a dispute about it."""

    actor_id: str


@dataclass(frozen=True)
class Decide:
    """Update `decide`, by whoever paused it: it ends, with this share of what is not approved for the artisan."""

    actor_id: str
    artisan_bp: int
    shown_back_minor: int
    """What the button said would go back to the customer."""


@dataclass(frozen=True)
class ProviderTold:
    """Signal `payment_updated`: a hint to ask the provider."""

    event_id: str


@dataclass(frozen=True)
class CommissionState:
    """Answer of every update: where the commission stands now."""

    commission_id: str
    status: Status
    version: int


@dataclass(frozen=True)
class CommissionResult:
    status: Status
    back_minor: int
    """What went back to the customer in all."""


@dataclass(frozen=True)
class Timeline:
    """Query `timeline`: the lines of this run; those of earlier ones are in SQL."""

    status: str
    entries: tuple[TimelineEntry, ...]
