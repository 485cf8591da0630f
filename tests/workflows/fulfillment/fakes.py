"""Stand-ins for the fulfilment's activities: same names, couriers and a provider that obey the test, and a record of
what was asked of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import application_error
from activities.fulfillment import (
    CancelPieces,
    CancelUnsent,
    CloseUnaccepted,
    OpenedOrder,
    OpenOrder,
    PromiseShipBy,
    RecordAttempt,
    RecordHandOver,
    RecordLabel,
    RecordRefund,
    ReleaseFunds,
)
from activities.logistics import BoughtLabel, BuyParcelLabel, Delivery, DeliveryStep
from activities.notifications import Notify
from activities.refunds import SendRefund, SentRefund
from models.errors import DomainError
from models.repositories.processes import Progress
from models.types import DeliveryOutcome, RefundState

ORDERED = {"lst_mug": 2, "lst_scarf": 1}
PRICES = {"lst_mug": 2_400, "lst_scarf": 8_000, "com_1": 8_640}


@dataclass(frozen=True)
class Told:
    """What the courier's callback says about an attempt, and how long after the attempt began."""

    outcome: DeliveryOutcome
    after: timedelta = timedelta()


NEVER = timedelta(days=900)


@dataclass
class World:
    """What the outside world is like in one test, and what the workflow asked of it."""

    ordered: Mapping[str, int] = field(default_factory=lambda: ORDERED)
    callbacks: dict[tuple[str, int], Told] = field(default_factory=dict)
    """By parcel id and attempt; without an entry the courier keeps silent."""
    label_refused: DomainError | None = None
    label_takes: timedelta = timedelta()
    dispatch_refused: DomainError | None = None
    refund_fails: list[DomainError] = field(default_factory=list)
    """Raised by the first calls, one each."""
    refund_state: RefundState = RefundState.SUCCEEDED
    """How the provider answers."""
    refund_minor: int | None = None
    """What is left to be sent; what the pieces are worth without it."""
    mail_is_down: bool = False

    calls: list[str] = field(default_factory=list)
    written: list[Progress] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    refunds_sent: list[SendRefund] = field(default_factory=list)
    refunds: list[RecordRefund] = field(default_factory=list)
    released: list[ReleaseFunds] = field(default_factory=list)
    labels: list[RecordLabel] = field(default_factory=list)
    attempts: list[RecordAttempt] = field(default_factory=list)
    dispatched: list[DeliveryStep] = field(default_factory=list)
    closed: list[CloseUnaccepted] = field(default_factory=list)
    cancelled: list[CancelPieces] = field(default_factory=list)
    opened: list[OpenOrder] = field(default_factory=list)

    def refunded(self) -> list[tuple[str, Mapping[str, int]]]:
        """(reason, pieces) of each recorded refund."""
        return [(refund.reason, refund.pieces) for refund in self.refunds]

    def database(self) -> list[Callable[..., Any]]:
        return [
            self.open,
            self.record,
            self.promise_ship_by,
            self.close_unaccepted,
            self.cancel_pieces,
            self.record_label,
            self.record_hand_over,
            self.record_attempt,
            self.cancel_unsent,
            self.record_refund,
            self.release_funds,
        ]

    # Our own database

    @activity.defn(name="fulfillment.open")
    async def open(self, step: OpenOrder) -> OpenedOrder:
        self._note("open", step.progress)
        self.opened.append(step)
        return OpenedOrder(pieces=self.ordered)

    @activity.defn(name="fulfillment.record")
    async def record(self, progress: Progress) -> None:
        self._note("record", progress)

    @activity.defn(name="fulfillment.promise_ship_by")
    async def promise_ship_by(self, step: PromiseShipBy) -> None:
        self._note("promise_ship_by", step.progress)

    @activity.defn(name="fulfillment.close_unaccepted")
    async def close_unaccepted(self, step: CloseUnaccepted) -> None:
        self._note("close_unaccepted", step.progress)
        self.closed.append(step)

    @activity.defn(name="fulfillment.cancel_pieces")
    async def cancel_pieces(self, step: CancelPieces) -> None:
        self._note("cancel_pieces", step.progress)
        self.cancelled.append(step)

    @activity.defn(name="fulfillment.record_label")
    async def record_label(self, step: RecordLabel) -> None:
        self._note("record_label", step.progress)
        self.labels.append(step)

    @activity.defn(name="fulfillment.record_hand_over")
    async def record_hand_over(self, step: RecordHandOver) -> None:
        self._note("record_hand_over", step.progress)

    @activity.defn(name="fulfillment.record_attempt")
    async def record_attempt(self, step: RecordAttempt) -> None:
        self._note("record_attempt", step.progress)
        self.attempts.append(step)

    @activity.defn(name="fulfillment.cancel_unsent")
    async def cancel_unsent(self, step: CancelUnsent) -> None:
        self._note("cancel_unsent", step.progress)

    @activity.defn(name="fulfillment.record_refund")
    async def record_refund(self, step: RecordRefund) -> None:
        self._note("record_refund", step.progress)
        self.refunds.append(step)

    @activity.defn(name="fulfillment.release_funds")
    async def release_funds(self, step: ReleaseFunds) -> None:
        self._note("release_funds", step.progress)
        self.released.append(step)

    # Partners

    @activity.defn(name="logistics.buy_label")
    async def buy_label(self, step: BuyParcelLabel) -> BoughtLabel:
        self.calls.append("buy_label")
        if self.label_refused is not None:
            raise application_error(self.label_refused)
        if self.label_takes and activity.info().attempt == 1:
            raise ApplicationError("the courier is away", next_retry_delay=self.label_takes)
        return BoughtLabel(f"TRK-{step.parcel_id}", step.service, 690, "USD")

    @activity.defn(name="logistics.dispatch")
    async def dispatch(self, step: DeliveryStep) -> None:
        if self.dispatch_refused is not None:
            raise application_error(self.dispatch_refused)
        self.dispatched.append(step)

    @activity.defn(name="logistics.deliver")
    async def deliver(self, step: DeliveryStep) -> Delivery:
        """An activity that is really left open stops the test server's clock, so this one fails and comes back when
        the callback would have come."""
        told = self.callbacks.get((step.tracking_number.removeprefix("TRK-"), step.attempt))
        again = activity.info().attempt > 1
        if told is None or (told.after and not again):
            raise ApplicationError("open", next_retry_delay=told.after if told else NEVER)
        return Delivery(told.outcome, "evt_1")

    @activity.defn(name="payments.send_refund")
    async def send_refund(self, step: SendRefund) -> SentRefund:
        self.refunds_sent.append(step)
        if self.refund_fails:
            raise application_error(self.refund_fails.pop(0))
        worth = sum(PRICES[listing_id] * quantity for listing_id, quantity in step.pieces.items())
        amount = worth if self.refund_minor is None else self.refund_minor
        return SentRefund(f"re_{len(self.refunds_sent)}", amount, "USD", self.refund_state)

    @activity.defn(name="notifications.notify")
    async def notify(self, step: Notify) -> None:
        if self.mail_is_down:
            raise ApplicationError("the mail service is down", next_retry_delay=timedelta(hours=12))
        self.mails.append(step.kind)

    def _note(self, name: str, progress: Progress) -> None:
        self.calls.append(name)
        self.written.append(progress)
