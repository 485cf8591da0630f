"""Stand-ins for the checkout's activities: same names, a provider that obeys the test, and a record of the calls."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import application_error
from activities.checkout import (
    Assessed,
    AssessRisk,
    CloseUnpaid,
    CompleteSale,
    Frozen,
    FrozenShop,
    HoldForReview,
    ReserveAndFreeze,
    Sale,
    UpdateSearch,
)
from activities.notifications import Notify
from activities.payments import Captured, CapturePayment, CreatePayment, PaymentSeen, PaymentStep
from models.errors import DomainError
from models.ports import PaymentState
from models.repositories.processes import Progress

FROZEN = Frozen(
    currency="USD",
    items_minor=10_000,
    shipping_minor=900,
    tax_minor=400,
    total_minor=11_300,
    shops=(
        FrozenShop("shp_a", "usr_a", 6_300, 2, 3, None),
        FrozenShop("shp_b", "usr_b", 5_000, 1, 10, 24),
    ),
)


@dataclass
class World:
    """What the outside world is like in one test, and what the workflow asked of it."""

    refuse_reservation: DomainError | None = None
    create_fails: list[Exception] = field(default_factory=list)
    """Raised by the first calls, one each."""
    payment: PaymentState = PaymentState.OPEN
    paid_while_closing: bool = False
    """The buyer is faster than the request to close the page."""
    close_refused: list[Exception] = field(default_factory=list)
    """Raised by the first requests to close the page or to void, one each."""
    taken_by_hand: bool = False
    """Somebody captures in the provider's dashboard while a review runs."""
    capture_refused: DomainError | None = None
    hold: bool = False
    sold_out: tuple[str, ...] = ()
    capture_before: datetime | None = None

    calls: list[str] = field(default_factory=list)
    written: list[Progress] = field(default_factory=list)
    frozen_prices: list[ReserveAndFreeze] = field(default_factory=list)
    captured: list[int] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    ship_by: dict[str, datetime] = field(default_factory=dict)

    def count(self, name: str) -> int:
        return self.calls.count(name)

    @property
    def stock_is_free(self) -> bool:
        return "close_unpaid" in self.calls

    @property
    def is_sold(self) -> bool:
        return "complete_sale" in self.calls

    # Our own database

    @activity.defn(name="checkout.reserve_and_freeze")
    async def reserve_and_freeze(self, step: ReserveAndFreeze) -> Frozen:
        self.calls.append("reserve")
        self.frozen_prices.append(step)
        if self.refuse_reservation is not None:
            raise application_error(self.refuse_reservation)
        self.written.append(step.progress)
        return replace(FROZEN, credit_minor=step.credit_minor)

    @activity.defn(name="checkout.record")
    async def record(self, progress: Progress) -> None:
        self.calls.append("record")
        self.written.append(progress)

    @activity.defn(name="checkout.assess_risk")
    async def assess_risk(self, step: AssessRisk) -> Assessed:
        self.calls.append("assess_risk")
        self.written.append(step.progress)
        return Assessed(score=80 if self.hold else 5, hold=self.hold)

    @activity.defn(name="checkout.hold_for_review")
    async def hold_for_review(self, step: HoldForReview) -> None:
        self.calls.append("hold")
        self.written.append(step.progress)

    @activity.defn(name="checkout.close_unpaid")
    async def close_unpaid(self, step: CloseUnpaid) -> None:
        self.calls.append("close_unpaid")
        self.written.append(step.progress)

    @activity.defn(name="checkout.complete_sale")
    async def complete_sale(self, step: CompleteSale) -> Sale:
        self.calls.append("complete_sale")
        self.written.append(step.progress)
        self.ship_by = dict(step.ship_by)
        return Sale(order_ids={"shp_a": "ord_a", "shp_b": "ord_b"}, sold_out=self.sold_out)

    @activity.defn(name="checkout.update_search")
    async def update_search(self, _step: UpdateSearch) -> None:
        self.calls.append("update_search")

    # The provider

    @activity.defn(name="payments.create_payment")
    async def create_payment(self, step: CreatePayment) -> PaymentSeen:
        self.calls.append("create_payment")
        if self.create_fails:
            raise self.create_fails.pop(0)
        self.written.append(step.progress)
        return PaymentSeen("cs_1", PaymentState.OPEN)

    @activity.defn(name="payments.look_up_payment")
    async def look_up_payment(self, step: PaymentStep) -> PaymentSeen:
        self.calls.append("look_up")
        return PaymentSeen(step.payment_id, self.payment, capture_before=self.capture_before)

    @activity.defn(name="payments.cancel_payment")
    async def cancel_payment(self, step: PaymentStep) -> PaymentSeen:
        self.calls.append("cancel")
        if self.close_refused:
            raise self.close_refused.pop(0)
        if self.payment is PaymentState.OPEN:
            self.payment = PaymentState.AUTHORISED if self.paid_while_closing else PaymentState.CANCELLED
        return PaymentSeen(step.payment_id, self.payment)

    @activity.defn(name="payments.void_payment")
    async def void_payment(self, step: PaymentStep) -> PaymentSeen:
        self.calls.append("void")
        if self.close_refused:
            raise self.close_refused.pop(0)
        self.payment = PaymentState.CAPTURED if self.taken_by_hand else PaymentState.CANCELLED
        return PaymentSeen(step.payment_id, self.payment)

    @activity.defn(name="payments.capture_payment")
    async def capture_payment(self, step: CapturePayment) -> Captured:
        self.calls.append("capture")
        if self.capture_refused is not None:
            raise application_error(self.capture_refused)
        if self.payment is not PaymentState.AUTHORISED and not self.taken_by_hand:
            raise ApplicationError("captured without an authorisation", non_retryable=True)
        self.payment = PaymentState.CAPTURED
        self.captured.append(step.amount_minor)
        return Captured(amount_minor=step.amount_minor, provider_fee_minor=358)

    @activity.defn(name="notifications.notify")
    async def notify(self, step: Notify) -> None:
        self.mails.append(step.kind)
