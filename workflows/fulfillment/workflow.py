"""One artisan's order, from the paid checkout to the artisan's money or the buyer's refund.

    awaiting_acceptance ──> making ──> ready_to_ship ──> in_transit ──> delivered ──> completed
       │ declined, lapsed,     │ never shipped, cancelled  │     ▲
       ▼ cancelled             ▼                           ▼     │ delivered late, or receipt confirmed
    refunding ──> refunded  <──┴── returned, lost ──  delivery_overdue

An order may travel in several parcels, each with a life of its own (`deliveries`). The order's status follows from
what its parcels and refunds have come to, in `_standing` and nowhere else. Money: a part that will not arrive is
refunded as soon as that is known (`refunds`), the rest is released once, when everything else has arrived.

Continue-as-new is unnecessary: an accepted message changes a state that it cannot change twice, a repeated one is
refused by its validator and leaves no event, and there are at most as many parcels as pieces.
"""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.failures import refusal
from workflows.fulfillment.answers import ANSWERED, Answer
from workflows.fulfillment.cancellations import Cancellations
from workflows.fulfillment.deliveries import Deliveries
from workflows.fulfillment.messages import (
    DECLINE_REASONS,
    HEAVIEST_GRAMS,
    PROCESS,
    WORKFLOW,
    AcceptOrder,
    AnswerCancellation,
    BuyLabel,
    CancelOrder,
    ConfirmReceipt,
    DeclineOrder,
    FinishMaking,
    FulfillmentInput,
    FulfillmentResult,
    HandOver,
    LabelBought,
    OrderState,
    Timeline,
)
from workflows.fulfillment.parcels import Packing
from workflows.fulfillment.refunds import Refunds
from workflows.fulfillment.steps import Steps, refused_by_step
from workflows.fulfillment.telling import Standing, show_operators
from workflows.story import Story
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.fulfillment import (
        CancelUnsent,
        CloseUnaccepted,
        FulfillmentActivities,
        OpenOrder,
        PromiseShipBy,
        RecordLabel,
        ReleaseFunds,
    )
    from activities.logistics import BoughtLabel, BuyParcelLabel
    from models.errors import Forbidden, InvalidInput, NotFound, NotNow
    from models.repositories.processes import Progress
    from models.types import OrderStatus, ParcelStatus, Party


@workflow.defn(name=WORKFLOW)
class FulfillmentWorkflow:
    @workflow.init
    def __init__(self, order: FulfillmentInput) -> None:
        self._order = order
        self._waits = order.deadlines
        self._id = workflow.info().workflow_id
        self._story = Story(PROCESS)
        self._steps = Steps(self._story)
        self._packing = Packing()
        self._refunds = Refunds(order, self._steps, self._tell)
        self._cancellations = Cancellations(order, self._packing, self._refunds, self._steps, self._tell)
        self._deliveries = Deliveries(self._steps, self._tell, self._refunds, self._waits)
        self._accept_by = workflow.now() + self._waits.accept_within
        self._ship_by = self._cancel_at = self._accept_by  # acceptance sets them
        self._is_open = False
        self._answer: Answer | None = None
        self._decline: DeclineOrder | None = None
        self._is_closed = False
        self._made = False
        self._ship_by_missed = False
        self._shipping_over = False
        self._released = False
        self._status = OrderStatus.AWAITING_ACCEPTANCE
        # Told here, because a message that came with the start is handled before `run` begins.
        if order.commission_id:
            self._answer, self._made, self._status = Answer.ACCEPTED, True, OrderStatus.READY_TO_SHIP
            self._promise()
            self._received = self._tell(Party.SYSTEM, "commission_ready")
        else:
            self._received = self._tell(Party.CUSTOMER, "order_received")

    @workflow.run
    async def run(self, order: FulfillmentInput) -> FulfillmentResult:
        await self._receive()
        if await self._accepted():
            await self._ship()
            await self._deliveries.all_ended()
            await self._release()
        elif self._answer is not Answer.CANCELLED:
            await self._close_unaccepted()
        await self._cancellations.settled()
        await self._refunds.all_sent()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._steps.mails_handed_over()
        return FulfillmentResult(self._standing().status, self._refunds.sent_minor)

    # Phases

    async def _receive(self) -> None:
        promised = self._ship_by if self._order.commission_id else None
        step = OpenOrder(self._order.order_id, self._received, promised)
        opened = await self._steps.write(FulfillmentActivities.open, step)
        self._packing.ordered = opened.pieces
        self._is_open = True
        if promised is None:  # a commission tells its maker itself
            self._steps.mail("order_received", self._order.order_id)

    async def _accepted(self) -> bool:
        """The artisan's answer, with one reminder. Declined or lapsed: the buyer is refunded whole."""
        if self._order.commission_id:
            return True
        remind_at = self._accept_by - self._waits.accept_within + self._waits.accept_reminder_after
        if not await until(self._answered, min(remind_at, self._accept_by), "acceptance reminder"):
            self._steps.mail("accept_reminder", self._order.order_id)
            await self._steps.record(self._tell(Party.SYSTEM, "acceptance_reminded"))
        if not await until(self._answered, self._accept_by, "acceptance"):
            self._answer = Answer.LAPSED
        return self._answer is Answer.ACCEPTED

    async def _close_unaccepted(self) -> None:
        """The pieces go back on sale when nobody said that they are gone."""
        declined = self._decline
        why = declined.reason if declined else ""
        pieces = self._packing.unsent()
        self._refunds.start("whole", why or Answer.LAPSED.value, pieces)
        self._steps.mail("order_declined" if declined else "order_lapsed", self._order.order_id)
        told = (
            self._tell(Party.ARTISAN, "order_declined", why=why)
            if declined
            else self._tell(Party.SYSTEM, "acceptance_lapsed")
        )
        restock = declined.restock if declined else True
        await self._steps.write(
            FulfillmentActivities.close_unaccepted, CloseUnaccepted(self._order.order_id, restock, told, pieces)
        )
        self._is_closed = True

    async def _ship(self) -> None:
        """Until every piece is with a courier, or the promise and its grace are over: then the rest is refunded."""
        if not await until(self._all_sent, self._ship_by, "ship-by promise"):
            self._ship_by_missed = True
            late = "piece_unsent" if self._order.commission_id else "ship_by_missed"
            self._steps.mail(late, self._order.order_id)
            self._steps.mail(f"{late}_shop", self._order.order_id)
            await self._steps.record(self._tell(Party.SYSTEM, "ship_by_missed"))
        sent = await until(self._all_sent, self._cancel_at, "ship grace")
        self._shipping_over = True
        if not sent:
            self._refunds.start("unsent", "not_shipped", self._packing.unsent())
            self._packing.cancel_unsent()
            cancel = CancelUnsent(self._order.order_id, self._tell(Party.SYSTEM, "shipping_cancelled"))
            await self._steps.write(FulfillmentActivities.cancel_unsent, cancel)

    async def _release(self) -> None:
        """What has arrived becomes the artisan's money, once the buyer has had time to object."""
        if not self._packing.any_delivered:
            return
        await until(lambda: False, self._released_at(), "release")
        self._released = True
        release = ReleaseFunds(
            order_id=self._order.order_id,
            step_key=f"{self._id}/release",
            refunded=self._refunds.pieces,
            progress=self._tell(Party.SYSTEM, "funds_released"),
        )
        await self._steps.write(FulfillmentActivities.release_funds, release)
        self._steps.mail("funds_released", self._order.order_id)

    # Updates of the artisan

    @workflow.update
    async def accept(self, message: AcceptOrder) -> OrderState:
        """The promise to ship runs from here."""
        self._answer = Answer.ACCEPTED
        self._promise()
        promise = PromiseShipBy(self._order.order_id, self._ship_by, self._tell(Party.ARTISAN, "order_accepted"))
        await self._steps.write(FulfillmentActivities.promise_ship_by, promise)
        self._steps.mail("order_accepted", self._order.order_id)
        return await self._state()

    @accept.validator
    def _may_accept(self, message: AcceptOrder) -> None:
        self._only_artisan(message.actor_id)
        self._only_unanswered()

    @workflow.update
    async def decline(self, message: DeclineOrder) -> OrderState:
        """The buyer is refunded whole; whether the pieces go back on sale is the artisan's word."""
        self._answer = Answer.DECLINED
        self._decline = message
        await workflow.wait_condition(lambda: self._is_closed)
        return await self._state()

    @decline.validator
    def _may_decline(self, message: DeclineOrder) -> None:
        self._only_artisan(message.actor_id)
        self._only_unanswered()
        if message.reason not in DECLINE_REASONS:
            raise refusal(InvalidInput, f"Say why, with one of: {', '.join(DECLINE_REASONS)}.")

    @workflow.update
    async def finish_making(self, message: FinishMaking) -> OrderState:
        self._made = True
        await self._steps.record(self._tell(Party.ARTISAN, "making_finished"))
        return await self._state()

    @finish_making.validator
    def _may_finish_making(self, message: FinishMaking) -> None:
        self._only_artisan(message.actor_id)
        self._only_while_shipping()
        if self._made:
            raise refusal(NotNow, "Everything is made already. Pack it and buy a label.")

    @workflow.update
    async def buy_label(self, message: BuyLabel) -> LabelBought:
        """Holds the pieces while the courier is asked, so that nothing is packed twice. Waits as long as the promise
        allows: a courier that is away for a minute costs no second label."""
        parcel = self._packing.pack(message)
        try:
            label = await self._steps.buy_label(
                BuyParcelLabel(
                    order_id=self._order.order_id,
                    parcel_id=parcel.id,
                    courier=message.courier,
                    service=message.service,
                    weight_grams=message.weight_grams,
                    key=self._steps.label_key(parcel.id),
                ),
                self._cancel_at,
            )
        except ActivityError as error:
            self._packing.unpack(parcel.id)
            raise refused_by_step(error) from error
        parcel.tracking_number = label.tracking_number
        self._made = self._made or self._packing.all_labelled
        await self._record_label(message, label, usable=parcel.status is ParcelStatus.LABELLED)
        if parcel.status is ParcelStatus.CANCELLED:
            raise refusal(NotNow, "The label came too late: this order has been cancelled and refunded.")
        return LabelBought(parcel.id, parcel.tracking_number)

    @buy_label.validator
    def _may_buy_label(self, message: BuyLabel) -> None:
        self._only_artisan(message.actor_id)
        self._only_while_shipping()
        if not 1 <= message.weight_grams <= HEAVIEST_GRAMS:
            raise refusal(InvalidInput, f"A parcel weighs between 1 and {HEAVIEST_GRAMS} grams.")
        why_not = self._packing.refusal(message)
        if why_not is not None:
            raise refusal(InvalidInput, why_not)

    @workflow.update
    async def hand_over(self, message: HandOver) -> OrderState:
        parcel = self._packing.parcels[message.parcel_id]
        self._deliveries.start(parcel)
        await workflow.wait_condition(lambda: parcel.attempt > 0)
        return await self._state()

    @hand_over.validator
    def _may_hand_over(self, message: HandOver) -> None:
        self._only_artisan(message.actor_id)
        self._only_while_shipping()
        parcel = self._packing.parcels.get(message.parcel_id)
        if parcel is None or not parcel.tracking_number:
            raise refusal(NotFound, "This order has no such parcel with a label. Buy its label first.")
        if parcel.status is not ParcelStatus.LABELLED:
            raise refusal(NotNow, "The courier has this parcel already.")

    @workflow.update
    async def answer_cancellation(self, message: AnswerCancellation) -> OrderState:
        """Whether what the buyer does not want any more may still be cancelled."""
        await self._cancellations.answer(message)
        return await self._state()

    @answer_cancellation.validator
    def _may_answer_cancellation(self, message: AnswerCancellation) -> None:
        self._only_artisan(message.actor_id)
        self._cancellations.refuse_answer()

    # Updates of the buyer

    @workflow.update
    async def cancel(self, message: CancelOrder) -> OrderState:
        """At once, or the artisan is asked: see `cancellations`."""
        pieces = self._cancellations.pieces_of(message)
        if not self._cancels_at_once:
            await self._cancellations.ask(pieces, lambda: self._ship_by_missed or self._shipping_over)
            return await self._state()
        whole = pieces == self._packing.unsent()
        # What is late may never have been begun, so nobody knows whether it could go back on sale.
        restock = self._answer is None
        if whole and self._answer is None:
            self._answer = Answer.CANCELLED
        await self._cancellations.carry_out(
            pieces, Party.CUSTOMER, "order_cancelled" if whole else "pieces_cancelled", restock=restock
        )
        return await self._state()

    @cancel.validator
    def _may_cancel(self, message: CancelOrder) -> None:
        self._only_buyer(message.actor_id, "Only the buyer can cancel this order.")
        if not self._is_open:
            raise refusal(NotNow, "The order has just been placed. Try again in a moment.")
        if self._answer not in {None, Answer.ACCEPTED} or self._shipping_over:
            raise refusal(NotNow, "Nothing is left to be cancelled of this order. Reload it to see where it stands.")
        self._cancellations.refuse(message, at_once=self._cancels_at_once)

    @workflow.update
    async def confirm_receipt(self, message: ConfirmReceipt) -> OrderState:
        """Every parcel that is on its way has arrived, whatever the courier says."""
        parcels = self._packing.on_their_way
        for parcel in parcels:
            parcel.confirmed = True
        await workflow.wait_condition(lambda: all(parcel.is_settled for parcel in parcels))
        return await self._state()

    @confirm_receipt.validator
    def _may_confirm_receipt(self, message: ConfirmReceipt) -> None:
        self._only_buyer(message.actor_id, "Only the buyer can confirm that an order has arrived.")
        if all(parcel.confirmed for parcel in self._packing.on_their_way):
            raise refusal(NotNow, "No parcel of this order is on its way at the moment.")

    # Queries

    @workflow.query
    def timeline(self) -> Timeline:
        return Timeline(self._standing().status.value, tuple(self._story.entries))

    # What follows from the state

    def _standing(self) -> Standing:
        """Where the order stands: what somebody must act upon comes before what only takes its time."""
        if self._answer is None:
            return Standing(OrderStatus.AWAITING_ACCEPTANCE, Party.ARTISAN, self._accept_by, "order_lapses")
        if self._refunds.refused_until is not None:
            until_retry = self._refunds.refused_until
            return Standing(OrderStatus.REFUNDING, Party.ADMINISTRATOR, until_retry, "refund_is_retried")
        if self._packing.overdue:
            lost_at = min(way.lost_at for way in self._packing.overdue)
            return Standing(OrderStatus.DELIVERY_OVERDUE, Party.CUSTOMER, lost_at, "parcel_counts_as_lost")
        if self._answer is Answer.ACCEPTED and not (self._shipping_over or self._all_sent()):
            status = OrderStatus.READY_TO_SHIP if self._made else OrderStatus.MAKING
            if self._cancellations.asked is not None:
                return Standing(status, Party.ARTISAN, self._cancellations.asked.until, "cancellation_counts")
            if self._ship_by_missed and self._order.commission_id:
                return Standing(status, Party.ARTISAN, self._cancel_at, "shipping_goes_back")
            if self._ship_by_missed:
                return Standing(status, Party.ARTISAN, self._cancel_at, "order_is_cancelled")
            return Standing(status, Party.ARTISAN, self._ship_by, "buyer_is_told")
        if self._packing.on_their_way:
            overdue_at = min(way.overdue_at for way in self._packing.ways)
            return Standing(OrderStatus.IN_TRANSIT, Party.COURIER, overdue_at, "buyer_is_asked")
        if self._packing.any_delivered and not self._released:
            return Standing(OrderStatus.DELIVERED, Party.NOBODY, self._released_at(), "funds_are_released")
        if self._refunds.under_way:
            return Standing(OrderStatus.REFUNDING, Party.PROVIDER)
        return Standing(OrderStatus.COMPLETED if self._released else OrderStatus.REFUNDED)

    def _tell(self, actor: Party, what: str, *, why: str = "", subject: str = "") -> Progress:
        standing = self._standing()
        self._story.tell(
            actor,
            what,
            why=why,
            subject=subject,
            waiting_on=standing.waiting_on,
            until=standing.until,
            then=standing.then,
        )
        self._status = show_operators(standing, self._status)
        return self._story.progress(standing.status.value, is_final=standing.status.is_final)

    def _promise(self) -> None:
        """To ship, from now on."""
        self._ship_by = workflow.now() + self._waits.ship_within
        self._cancel_at = self._ship_by + self._waits.ship_grace

    def _answered(self) -> bool:
        return self._answer is not None

    def _all_sent(self) -> bool:
        return self._is_open and self._packing.all_sent

    def _released_at(self) -> datetime:
        return self._packing.last_delivered_at + self._waits.release_after

    async def _state(self) -> OrderState:
        """The answer of an update: the order is open in SQL, and stands so."""
        await workflow.wait_condition(lambda: self._is_open)
        return OrderState(self._order.order_id, self._standing().status)

    @property
    def _cancels_at_once(self) -> bool:
        return self._answer is None or self._ship_by_missed

    async def _record_label(self, message: BuyLabel, label: BoughtLabel, *, usable: bool) -> None:
        record = RecordLabel(
            order_id=self._order.order_id,
            parcel_id=message.parcel_id,
            courier=message.courier,
            service=label.service,
            tracking_number=label.tracking_number,
            label_key=self._steps.label_key(message.parcel_id),
            price_minor=label.price_minor,
            currency=label.currency,
            pieces={line.listing_id: line.quantity for line in message.lines},
            usable=usable,
            progress=self._tell(
                Party.ARTISAN, "label_bought" if usable else "label_came_late", subject=message.parcel_id
            ),
        )
        await self._steps.write(FulfillmentActivities.record_label, record)

    # Refusals

    def _only_artisan(self, actor_id: str) -> None:
        if actor_id != self._order.artisan_id:
            raise refusal(Forbidden, "Only the artisan of this order can do this.")

    def _only_buyer(self, actor_id: str, words: str) -> None:
        if actor_id != self._order.buyer_id:
            raise refusal(Forbidden, words)

    def _only_unanswered(self) -> None:
        if self._answer is not None:
            raise refusal(NotNow, f"This order is {ANSWERED[self._answer]} already. Reload it to see where it stands.")

    def _only_while_shipping(self) -> None:
        if self._answer is None:
            raise refusal(NotNow, "Accept this order first.")
        if self._answer is not Answer.ACCEPTED or self._shipping_over:
            raise refusal(NotNow, "Nothing is left to be shipped of this order. Reload it to see where it stands.")
