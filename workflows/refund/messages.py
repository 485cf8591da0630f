"""The contract of the refund process. Ids, numbers and codes; what people wrote stands in SQL before they send it."""

from dataclasses import dataclass, field
from enum import StrEnum

from models.types import RefundStatus, TimelineEntry
from workflows.policies import RefundDeadlines

PROCESS = "refund"
WORKFLOW = "RefundWorkflow"
TASK_QUEUE = "refund"


def workflow_id(request_id: str) -> str:
    return f"refund-{request_id}"


class RefundKind(StrEnum):
    PROBLEM = "problem"  # the buyer says that something is wrong
    UNSETTLED = "unsettled"  # a refund that another process has sent, and that the provider has not confirmed, or undid


@dataclass(frozen=True)
class RefundInput:
    request_id: str
    order_id: str
    buyer_id: str
    artisan_id: str
    kind: RefundKind
    currency: str
    asked_minor: int
    reason: str
    """The problem's code; of an unsettled one, why it was sent."""
    operation: str = ""
    """Of the unsettled refund."""
    tries: int = 0
    """How often the provider has taken it by now."""
    pending: bool = False
    """The buyer was told that it is on its way, and waits for the word that it has arrived."""
    deadlines: RefundDeadlines = field(default_factory=RefundDeadlines)
    repeated: bool = False
    """The buyer has reported this about these pieces before. Nobody's silence grants it then."""


@dataclass(frozen=True)
class AnswerRequest:
    """Update `answer`, by the artisan, once: what they offer, or that they refuse. Their words are a note in SQL."""

    actor_id: str
    offer_minor: int
    """0 refuses."""
    with_return: bool = False


@dataclass(frozen=True)
class AcceptAnswer:
    """Update `accept`, by the buyer: takes the offer, or leaves it at the refusal."""

    actor_id: str


@dataclass(frozen=True)
class AskFinance:
    """Update `ask_finance`, by the buyer, instead of accepting."""

    actor_id: str


@dataclass(frozen=True)
class DecideRequest:
    """Update `decide`, by an administrator, where it was put before them. Final."""

    actor_id: str
    grant_minor: int
    """0 denies it."""
    with_return: bool = False


@dataclass(frozen=True)
class SendBack:
    """Update `send_back`, by the buyer: the pieces are on their way back."""

    actor_id: str


@dataclass(frozen=True)
class ConfirmReturn:
    """Update `confirm_return`, by the artisan: they are back, or what came is not what was sent."""

    actor_id: str
    as_agreed: bool = True
    """False puts it before an administrator."""


@dataclass(frozen=True)
class RetryRefund:
    """Update `retry`, by an administrator: what stood in the way of the provider is out of it."""

    actor_id: str


@dataclass(frozen=True)
class ProviderTold:
    """Signal `refund_updated`: a hint to ask the provider."""

    event_id: str


@dataclass(frozen=True)
class ParcelCameBack:
    """Signal `parcel_returned`: a courier says so."""

    event_id: str


@dataclass(frozen=True)
class RequestState:
    """Answer of every update: where the request stands now."""

    request_id: str
    status: RefundStatus


@dataclass(frozen=True)
class RefundResult:
    status: RefundStatus
    refunded_minor: int


@dataclass(frozen=True)
class Timeline:
    """Query `timeline`."""

    status: str
    entries: tuple[TimelineEntry, ...]
