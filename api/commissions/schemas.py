"""What one commission looks like, to its two people and to an administrator. Shapes only."""

from datetime import date, datetime

from api.catalogue.schemas import View
from api.money import MoneyView
from api.wording import TimelineLine


class SeenPicture(View):
    """A picture inside a commission: for its two people only."""

    id: str
    src: str
    alt: str


class MilestoneTerms(View):
    """One step, as a version of the contract says it."""

    number: int
    title: str
    amount: MoneyView
    days: int


class TermsView(View):
    """The numbers and dates of one version. Amounts are before tax."""

    price: MoneyView
    shipping: MoneyView
    total: MoneyView
    deposit: MoneyView
    starts_on: date
    finished_on: date
    """When the last milestone would be due, counted from the first day."""
    days: int
    revisions: int
    reserved_bp: int
    begun_bp: int
    milestones: list[MilestoneTerms]


class Changed(View):
    """One field in which a version differs from the one that it is compared with."""

    field: str
    """`price`, `shipping`, `deposit`, `starts_on`, `days`, `revisions`, `reserved_bp` or `begun_bp`; of a milestone
    `title`, `amount`, `days`, or `milestone` when it is new or left out."""
    label: str
    milestone: int | None
    before: str
    """In words; empty for what is new."""
    after: str


class VersionView(View):
    """One version of the contract, as somebody proposed it."""

    version: int
    kind: str
    """`quote`, `counter` or `change`."""
    by: str
    is_mine: bool
    at: datetime
    note: str
    terms: TermsView
    state: str
    """`open`: awaits its answer; `agreed`: waits to be carried out; `holds`; `past`."""
    until: datetime | None
    """Of an open one: when it lapses."""
    compared_with: int | None
    differences: list[Changed]


class MilestoneView(View):
    number: int
    title: str
    days: int
    amount: MoneyView
    """Before tax."""
    stage: str
    stage_label: str
    due_on: date
    """Promised, or computed from what lies before it."""
    begun_at: datetime | None
    due_at: datetime | None
    submitted_at: datetime | None
    approved_at: datetime | None
    is_late: bool
    revisions_used: int
    revisions_left: int
    held: MoneyView
    """Paid for it, tax included."""
    money: str
    """`to_come`, `held`, `released` or `divided`."""
    proofs: list[SeenPicture]


class ChargeView(View):
    """One payment: made, under way or to come."""

    before: int
    """The milestone that can't begin without it."""
    title: str
    is_deposit: bool
    amount: MoneyView
    """Work and shipping, before tax."""
    tax: MoneyView
    total: MoneyView
    state: str
    state_label: str
    paid_at: datetime | None
    expected_on: date | None
    """Of one to come: the day on which the milestone before is due."""
    invoice: str | None = None
    """Where the invoices are, of one that is paid. They stand in the order of the payments."""


class PlanView(View):
    """All money of the contract, tax included: paid is held, released or gone back; the rest is to come."""

    total: MoneyView
    tax: MoneyView
    paid: MoneyView
    held: MoneyView
    released: MoneyView
    back: MoneyView
    to_come: MoneyView
    agreed: MoneyView
    """The most that may be charged without asking the customer again."""
    artisan_receives: MoneyView | None
    """Of the total, once all is approved: without tax, and less our fee. The customer does not see it, and it is no
    longer true once something has gone back."""
    charges: list[ChargeView]
    card: str
    """`visa 4242`, for the customer; empty before there is one."""


class PartedView(View):
    """One milestone's money, divided."""

    number: int
    title: str
    kept: MoneyView
    """The artisan's, tax included."""
    back: MoneyView
    was_released: bool


class ConsequenceView(View):
    """What an end means for money, computed by what the process would carry out."""

    ending: str
    text: str
    back: MoneyView
    """To the customer in all, tax included. A click on it carries this figure along."""
    kept: MoneyView
    """The artisan's in all, tax included."""
    artisan_receives: MoneyView
    """Of what is kept: without tax, and less our fee."""
    milestones: list[PartedView]


class EndOfferView(View):
    """Somebody would part as friends."""

    by: str
    is_mine: bool
    agreed_bp: int
    until: datetime
    consequence: ConsequenceView


class ActionView(View):
    """Something that the reader may do now."""

    action: str
    label: str
    version: int | None = None
    """Of an offer or a change: the one to answer, or the number that a new one gets."""
    milestone: int | None = None
    is_next: bool = False
    """Whether it is what everybody waits for."""


class MandateView(View):
    """What somebody agrees to who accepts the offer."""

    version: int
    most: MoneyView
    """Work and shipping. The tax at the customer's address is added, and shown before the deposit is paid."""
    text: str


class CommissionView(View):
    id: str
    number: str
    title: str
    brief: str
    pictures: list[SeenPicture]
    currency: str
    budget: MoneyView | None
    wanted_by: date | None
    created_at: datetime
    shop_name: str
    shop_slug: str
    customer_name: str
    role: str
    """Of the reader: `customer`, `artisan` or `administrator`."""
    status: str
    """Of the process; of a request on the waitlist `place_waiting`, `place_offered`, `place_passed` or
    `place_withdrawn`."""
    status_label: str
    status_text: str
    is_final: bool
    is_live: bool
    """False when the process could not be asked at this moment, so that no actions are shown."""
    waiting_on: str
    your_turn: bool
    until: datetime | None
    then: str
    """A code; `then_text` says it."""
    then_text: str
    waiting_text: str
    timeline: list[TimelineLine]
    offer: VersionView | None
    """Before there is a contract: the one that awaits its answer."""
    mandate: MandateView | None
    contract: VersionView | None
    """The version that holds."""
    change: VersionView | None
    """A change that awaits its answer, or to be carried out."""
    versions: list[VersionView]
    """All of them, the newest first."""
    milestones: list[MilestoneView]
    plan: PlanView | None
    actions: list[ActionView]
    leaving: ConsequenceView | None
    """What the reader's leaving would mean now; after an early end, what it meant."""
    end_offer: EndOfferView | None
    order_id: str | None = None
    """Of the order that sends the finished piece."""


class CommissionCard(View):
    """A commission in a list."""

    id: str
    number: str
    title: str
    shop_name: str
    shop_slug: str
    customer_name: str
    total: MoneyView | None
    """Of the contract or the newest offer, before tax."""
    status: str
    status_label: str
    waiting_on: str
    your_turn: bool
    deadline: datetime | None
    waiting_text: str
    is_final: bool
    created_at: datetime


class TeamCommissionRow(View):
    """A commission in our team's list: nothing of what the two wrote, and not who asked."""

    id: str
    number: str
    shop_name: str
    shop_slug: str
    status: str
    status_label: str
    waiting_on: str
    deadline: datetime | None
    is_final: bool
    created_at: datetime


class TeamCommissionList(View):
    """The newest first."""

    items: list[TeamCommissionRow]
    next: str | None
    """Ask for what comes `before` this id; none when these are the last."""


class CommissionList(View):
    """The newest first."""

    items: list[CommissionCard]
    next: str | None
    """Ask for what comes `before` this id; none when these are the last."""


class PaymentView(View):
    """What the customer has to pay, or to confirm to their bank, and where."""

    state: str
    """`none`, `opening`, `pay`, `confirm` or `declined`."""
    text: str
    url: str | None
    """The payment provider's own page."""
    total: MoneyView | None
    title: str
    """Of the milestone that can't begin without it."""
    until: datetime | None
    can_retry: bool
    """With the card that is kept, or with another one."""


class ReturnedView(View):
    id: str
    status: str
