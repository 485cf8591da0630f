"""All that a commission's process remembers. Owns shapes and what follows from them; what may happen is the others'.

Plain data that survives being written down: when the process continues as new, it takes this record along. Nothing in
it names anybody but by opaque ids, and nothing in it was typed by anybody.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.rules.commission.charges import Charge, planned, shares
from models.rules.commission.contract import Stage, Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.endings import Ending, Settlement, settle
from models.rules.refunds import Share
from models.types import Party

PAUSED = "This commission is paused until the question about it is decided."


class Status(StrEnum):
    REQUESTED = "requested"
    OFFERED = "offered"
    ACCEPTED = "accepted"  # the tax is worked out, and the payment page opened
    AWAITING_DEPOSIT = "awaiting_deposit"
    FUNDING = "funding"  # a charge is under way
    AWAITING_FUNDS = "awaiting_funds"  # the card was declined, or its bank wants the customer
    WORKING = "working"
    IN_REVIEW = "in_review"
    PAUSED = "paused"
    FINISHED = "finished"  # everything is approved: the piece is sent
    ENDING = "ending"  # what was paid is divided
    COMPLETED = "completed"
    ENDED = "ended"
    DECLINED = "declined"
    LAPSED = "lapsed"

    @property
    def is_final(self) -> bool:
        return self in {Status.COMPLETED, Status.ENDED, Status.DECLINED, Status.LAPSED}

    @property
    def is_agreed(self) -> bool:
        """Whether there is a contract that binds both, and that can be changed or left."""
        return self in {Status.FUNDING, Status.AWAITING_FUNDS, Status.WORKING, Status.IN_REVIEW}


class Do(StrEnum):
    """What the process has to carry out. Each is done once, in this order of being said, and its result is told."""

    ASSESS_TAX = "assess_tax"
    OPEN_DEPOSIT = "open_deposit"
    CLOSE_DEPOSIT = "close_deposit"
    LOOK_UP = "look_up"
    CHARGE = "charge"
    CANCEL_CHARGE = "cancel_charge"
    RELEASE = "release"
    GIVE_BACK = "give_back"
    SETTLE = "settle"
    SHIP = "ship"


@dataclass(frozen=True)
class Task:
    do: Do
    number: int = 0
    """Of a milestone, or of a version."""
    attempt: int = 0
    minor: int = 0


@dataclass(frozen=True)
class Line:
    """One line for the story that people read."""

    actor: Party
    what: str
    why: str = ""
    subject: str = ""


@dataclass
class Progress:
    """Where one milestone stands."""

    stage: Stage = Stage.PLANNED
    begun_at: datetime | None = None
    due_at: datetime | None = None
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    revisions: int = 0
    reminded: int = 0
    late_told: bool = False
    released: bool = False


@dataclass(frozen=True)
class Offer:
    """A quote, a counter-offer or a change order that awaits the other side."""

    version: int
    by: Party
    terms: Terms
    until: datetime


@dataclass
class Commission:
    """One commission, from the wish to its end."""

    id: str
    customer_id: str
    artisan_id: str
    currency: str
    fee_bp: int
    waits: CommissionDeadlines
    asked_at: datetime
    status: Status = Status.REQUESTED
    versions: int = 0
    """Offers made so far; each has the next number."""
    offer: Offer | None = None
    """Before there is a contract."""
    version: int = 0
    """The one that holds."""
    terms: Terms | None = None
    accepted_at: datetime | None = None
    tax_minor: int = 0
    agreed_minor: int = 0
    """The most that may be charged without the customer."""
    milestones: dict[int, Progress] = field(default_factory=dict)
    charges: list[Charge] = field(default_factory=list)
    charging: Charge | None = None
    charges_begun: int = 0
    """So that each has a number of its own, also where a change has given one back whole."""
    attempt: int = 0
    """Of the charge that is under way, or has failed."""
    on_page: bool = False
    """Whether the customer pays it on the provider's page: the deposit, and what is above the sum they agreed to."""
    funds_asked_at: datetime | None = None
    looks: int = 0
    """How often the provider was asked about the open payment."""
    change: Offer | None = None
    agreed_change: Offer | None = None
    """Agreed by both, while its tax is worked out or a charge is under way."""
    change_tax_minor: int | None = None
    """Of the agreed change, once it is known."""
    paused_at: datetime | None = None
    paused_from: Status | None = None
    ending: Ending | None = None
    agreed_bp: int = 0
    end_offer: tuple[Party, int, datetime] | None = None
    """Who would part as friends, on which share, and until when that stands."""
    back_minor: int = 0
    """What has gone back to the customer."""
    heard: list[str] = field(default_factory=list)
    """Ids of messages that were carried out, so that a repeated one is answered and not carried out again."""
    tasks: list[Task] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def tell(self, actor: Party, what: str, *, why: str = "", subject: str = "") -> None:
        self.lines.append(Line(actor, what, why, subject))

    def must(self, do: Do, *, number: int = 0, attempt: int = 0, minor: int = 0) -> None:
        self.tasks.append(Task(do, number, attempt, minor))

    def drop_proposals(self) -> None:
        """What one side has proposed and the other can't answer any more."""
        if self.change is not None:
            self.tell(Party.SYSTEM, "change_lapsed", subject=str(self.change.version))
        if self.end_offer is not None:
            self.tell(Party.SYSTEM, "end_offer_lapsed")
        self.change = self.end_offer = None

    @property
    def contract(self) -> Terms:
        """Raises `RuntimeError` where nothing was agreed yet: whoever asks has not looked at the status."""
        if self.terms is None:
            raise RuntimeError(f"{self.id} has no contract")
        return self.terms

    @property
    def to_come(self) -> list[Charge]:
        return planned(self.contract, self.tax_minor, self.charges)

    @property
    def held(self) -> dict[int, Share]:
        return shares(self.contract, self.fee_bp, self.charges)

    @property
    def current(self) -> int | None:
        """The milestone whose turn it is; None when all are approved."""
        for milestone in self.contract.milestones:
            if self.milestones[milestone.number].stage is not Stage.APPROVED:
                return milestone.number
        return None

    @property
    def stages(self) -> dict[int, Stage]:
        return {number: progress.stage for number, progress in self.milestones.items()}

    def settlement(self, ending: Ending, agreed_bp: int = 0) -> Settlement:
        """What an end costs whom, now: shown on the button, and carried out after the click."""
        return settle(self.contract, self.stages, self.held, ending, agreed_bp)

    def party(self, actor_id: str) -> Party | None:
        if actor_id == self.customer_id:
            return Party.CUSTOMER
        return Party.ARTISAN if actor_id == self.artisan_id else None


def other(party: Party) -> Party:
    return Party.ARTISAN if party is Party.CUSTOMER else Party.CUSTOMER
