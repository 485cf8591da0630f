"""A refund that somebody asks for, or that has not arrived, until the provider has confirmed it or nothing is due.

    awaiting_answer ──offer──> offered ──accepted, silence──> sending_refund ──> refund_on_its_way ──> paid_back
       │   │ refuses             │ asks finance                  ▲   ▲  ▲              │ came back
       │   ▼                     ▼              with return      │   │  └─ refund_failed <┘
       │  refused_by_maker ──> in_review ──> awaiting_return ──> returning
       │   │ accepted, silence   ▲   │ denied    │ silence
       │   ▼                     │   ▼           ▼
       │  closed_without_refund  │  closed_without_refund
       └── silence ──────────────┘

Every wait is somebody's, ends at an instant that both sides see, and means something said beforehand. One decision by
an administrator is final. What was reported before goes to an administrator at once, and nobody's silence grants it:
they are asked again, each time after twice as long. An unsettled refund of another process begins where it is: taken,
or come back.

Continue-as-new is unnecessary: there is one answer, one choice, one decision and one return, and the provider is asked
at most once a day after the first days.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow

from workflows.failures import refusal
from workflows.refund.messages import (
    WORKFLOW,
    AcceptAnswer,
    AnswerRequest,
    AskFinance,
    ConfirmReturn,
    DecideRequest,
    ParcelCameBack,
    ProviderTold,
    RefundInput,
    RefundKind,
    RefundResult,
    RequestState,
    RetryRefund,
    SendBack,
    Timeline,
)
from workflows.refund.sending import Sending
from workflows.refund.telling import CLOSED, SENDING, Standing, Told
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.refund import OpenRequest, RefundRequestActivities
    from models.errors import Forbidden, InvalidInput, NotNow
    from models.types import Party, RefundStatus


@dataclass(frozen=True)
class Terms:
    """What goes back, and whether the pieces have to come back first."""

    amount_minor: int
    with_return: bool = False


@workflow.defn(name=WORKFLOW)
class RefundWorkflow:
    @workflow.init
    def __init__(self, start: RefundInput) -> None:
        self._start = start
        self._waits = start.deadlines
        asked = (
            self._in_review(self._waits.decide_within)
            if start.repeated
            else self._waiting(
                RefundStatus.AWAITING_ANSWER, Party.ARTISAN, self._waits.answer_within, then="request_goes_to_finance"
            )
        )
        unsettled = Standing(RefundStatus.ON_ITS_WAY, Party.PROVIDER)
        is_problem = start.kind is RefundKind.PROBLEM
        self._told = Told(start.request_id, asked if is_problem else unsettled)
        self._sending = Sending(start, self._told)
        self._answer: AnswerRequest | None = None
        self._accepted = self._escalated = False
        self._decision: DecideRequest | None = None
        self._sent_back = self._courier_returned = False
        self._return: ConfirmReturn | None = None
        problem = f"problem_{start.reason}"
        self._reported = (
            self._told.tell(Party.CUSTOMER, "problem_reported", asked, why=problem)
            if is_problem
            else self._told.tell(Party.SYSTEM, "refund_followed", unsettled, subject=start.operation)
        )

    @workflow.run
    async def run(self, start: RefundInput) -> RefundResult:
        await self._open()
        if start.kind is RefundKind.UNSETTLED:
            await self._sending.settle()
        else:
            terms = await self._agreed()
            if terms is not None and terms.with_return:
                terms = await self._returned(terms)
            if terms is not None:
                await self._pay(terms)
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._told.steps.mails_handed_over()
        return RefundResult(self._told.standing.status, self._sending.refunded_minor)

    # Phases

    async def _open(self) -> None:
        start = self._start
        opened = OpenRequest(
            request_id=start.request_id,
            order_id=start.order_id,
            kind=start.kind.value,
            reason=start.reason,
            currency=start.currency,
            asked_minor=start.asked_minor,
            operation=start.operation,
            tries=start.tries,
            progress=self._reported,
        )
        await self._told.write(RefundRequestActivities.open, opened)
        if start.kind is RefundKind.PROBLEM and not start.repeated:
            self._mail("refund_asked")

    async def _agreed(self) -> Terms | None:
        """The artisan's answer and what the buyer makes of it; an administrator where these two don't agree."""
        if self._start.repeated:
            return await self._decided(Party.SYSTEM, "reported_again")
        answer_by = self._told.standing.until or workflow.now()
        await until(lambda: self._answer is not None, answer_by, "answer")
        answer = self._answer
        if answer is None:
            return await self._decided(Party.SYSTEM, "answer_lapsed")
        offered = answer.offer_minor > 0
        standing = self._waiting(
            RefundStatus.OFFERED if offered else RefundStatus.REFUSED_BY_MAKER,
            Party.CUSTOMER,
            self._waits.consider_within,
            then="offer_is_carried_out" if offered else "request_is_closed",
        )
        await self._told.move(
            Party.ARTISAN,
            "refund_offered" if offered else "refund_denied_by_maker",
            standing,
            why="with_return" if answer.with_return else "",
            offered_minor=answer.offer_minor,
            with_return=answer.with_return,
        )
        self._mail("refund_offered" if offered else "refund_denied_by_maker")
        considered = await until(lambda: self._accepted or self._escalated, standing.until or workflow.now(), "choice")
        if self._escalated:
            return await self._decided(Party.CUSTOMER, "finance_asked")
        terms = Terms(answer.offer_minor, answer.with_return)
        if offered and considered:
            return await self._granted(Party.CUSTOMER, "offer_accepted", terms)
        if offered:
            return await self._granted(Party.SYSTEM, "offer_stands", terms)
        if considered:
            await self._told.move(Party.CUSTOMER, "refusal_accepted", CLOSED)
        else:
            await self._told.move(Party.SYSTEM, "request_lapsed", CLOSED)
        return None

    async def _decided(self, actor: Party, what: str, *, may_return: bool = True) -> Terms | None:
        wait = self._waits.decide_within
        standing = self._in_review(wait)
        await self._told.move(actor, what, standing)
        self._mail("refund_in_review_again" if self._start.repeated else "refund_in_review")
        while not await until(lambda: self._decision is not None, standing.until or workflow.now(), "decision"):
            if not self._start.repeated:
                break
            wait *= 2
            standing = self._in_review(wait)
            await self._told.move(Party.SYSTEM, "decision_overdue", standing)
        decision, self._decision = self._decision, None
        if decision is None:
            return await self._granted(Party.SYSTEM, "decision_lapsed", Terms(self._start.asked_minor))
        if not decision.grant_minor:
            await self._told.move(Party.ADMINISTRATOR, "refund_denied", CLOSED)
            self._mail("refund_closed")
            self._mail("refund_closed_shop")
            return None
        terms = Terms(decision.grant_minor, decision.with_return and may_return)
        return await self._granted(Party.ADMINISTRATOR, "refund_granted", terms)

    async def _granted(self, actor: Party, what: str, terms: Terms) -> Terms:
        standing = SENDING
        if terms.with_return:
            standing = self._waiting(
                RefundStatus.AWAITING_RETURN, Party.CUSTOMER, self._waits.return_within, then="request_is_closed"
            )
        await self._told.move(
            actor,
            what,
            standing,
            why="with_return" if terms.with_return else "",
            agreed_minor=terms.amount_minor,
            with_return=terms.with_return,
        )
        self._mail("return_asked" if terms.with_return else "refund_agreed_shop")
        return terms

    async def _returned(self, terms: Terms) -> Terms | None:
        """The pieces come back first: by the courier's word, by the artisan's, or because they keep silent."""
        return_by = self._told.standing.until or workflow.now()
        if not await until(lambda: self._sent_back or self._is_back, return_by, "return"):
            await self._told.move(Party.SYSTEM, "return_lapsed", CLOSED)
            self._mail("refund_closed")
            return None
        if not self._is_back:
            standing = self._waiting(
                RefundStatus.RETURNING, Party.ARTISAN, self._waits.confirm_return_within, then="return_counts"
            )
            await self._told.move(Party.CUSTOMER, "return_sent", standing)
            self._mail("return_sent")
            await until(lambda: self._is_back, standing.until or workflow.now(), "arrival of the return")
        if self._return is not None and not self._return.as_agreed:
            return await self._decided(Party.ARTISAN, "return_disputed", may_return=False)
        if self._return is not None:
            await self._told.move(Party.ARTISAN, "return_received", SENDING)
        elif self._courier_returned:
            await self._told.move(Party.COURIER, "return_delivered", SENDING)
        else:
            await self._told.move(Party.SYSTEM, "return_counted", SENDING)
        return terms

    async def _pay(self, terms: Terms) -> None:
        if await self._sending.reserve(terms.amount_minor):
            await self._sending.send()
        else:
            await self._told.move(Party.SYSTEM, "nothing_left", CLOSED)
            self._mail("refund_closed")

    # Updates of the artisan

    @workflow.update
    async def answer(self, message: AnswerRequest) -> RequestState:
        self._answer = message
        return await self._moved()

    @answer.validator
    def _may_answer(self, message: AnswerRequest) -> None:
        self._only(message.actor_id, self._start.artisan_id, "Only the maker of this order can answer.")
        self._only_when(RefundStatus.AWAITING_ANSWER, free=self._answer is None)
        self._check_amount(message.offer_minor)

    @workflow.update
    async def confirm_return(self, message: ConfirmReturn) -> RequestState:
        self._return = message
        return await self._moved()

    @confirm_return.validator
    def _may_confirm_return(self, message: ConfirmReturn) -> None:
        self._only(message.actor_id, self._start.artisan_id, "Only the maker can say what has come back.")
        self._only_when(RefundStatus.AWAITING_RETURN, RefundStatus.RETURNING, free=self._return is None)

    # Updates of the buyer

    @workflow.update
    async def accept(self, message: AcceptAnswer) -> RequestState:
        self._accepted = True
        return await self._moved()

    @accept.validator
    def _may_accept(self, message: AcceptAnswer) -> None:
        self._only_the_choosing_buyer(message.actor_id)

    @workflow.update
    async def ask_finance(self, message: AskFinance) -> RequestState:
        self._escalated = True
        return await self._moved()

    @ask_finance.validator
    def _may_ask_finance(self, message: AskFinance) -> None:
        self._only_the_choosing_buyer(message.actor_id)

    @workflow.update
    async def send_back(self, message: SendBack) -> RequestState:
        self._sent_back = True
        return await self._moved()

    @send_back.validator
    def _may_send_back(self, message: SendBack) -> None:
        self._only(message.actor_id, self._start.buyer_id, "Only the buyer can send it back.")
        self._only_when(RefundStatus.AWAITING_RETURN, free=not self._sent_back)

    # Updates of administrators; who is one, the API knows

    @workflow.update
    async def decide(self, message: DecideRequest) -> RequestState:
        self._decision = message
        return await self._moved()

    @decide.validator
    def _may_decide(self, message: DecideRequest) -> None:
        self._only_when(RefundStatus.IN_REVIEW, free=self._decision is None)
        self._check_amount(message.grant_minor)

    @workflow.update
    async def retry(self, message: RetryRefund) -> RequestState:
        self._sending.retry = True
        return await self._moved()

    @retry.validator
    def _may_retry(self, message: RetryRefund) -> None:
        self._only_when(RefundStatus.FAILED, free=not self._sending.retry)

    # Signals

    @workflow.signal
    def refund_updated(self, message: ProviderTold) -> None:
        self._sending.hinted = True

    @workflow.signal
    def parcel_returned(self, message: ParcelCameBack) -> None:
        if self._told.standing.status in {RefundStatus.AWAITING_RETURN, RefundStatus.RETURNING}:
            self._courier_returned = True

    # Queries

    @workflow.query
    def timeline(self) -> Timeline:
        return Timeline(self._told.standing.status.value, tuple(self._told.story.entries))

    # Helpers

    @property
    def _is_back(self) -> bool:
        return self._return is not None or self._courier_returned

    def _waiting(self, status: RefundStatus, on: Party, wait: timedelta, *, then: str) -> Standing:
        return Standing(status, on, workflow.now() + wait, then)

    def _in_review(self, wait: timedelta) -> Standing:
        return self._waiting(
            RefundStatus.IN_REVIEW,
            Party.ADMINISTRATOR,
            wait,
            then="finance_is_reminded" if self._start.repeated else "request_is_granted",
        )

    def _mail(self, kind: str) -> None:
        self._told.steps.mail(kind, self._start.request_id)

    async def _moved(self) -> RequestState:
        await self._told.heard()
        return RequestState(self._start.request_id, self._told.standing.status)

    # Refusals

    def _only(self, actor_id: str, wanted: str, words: str) -> None:
        if actor_id != wanted:
            raise refusal(Forbidden, words)

    def _only_when(self, *statuses: RefundStatus, free: bool) -> None:
        if self._start.kind is RefundKind.UNSETTLED and RefundStatus.FAILED not in statuses:
            raise refusal(NotNow, "This refund has been decided already.")
        if self._told.standing.status not in statuses or not free:
            raise refusal(NotNow, "This has been answered meanwhile. Reload the page to see where it stands.")

    def _only_the_choosing_buyer(self, actor_id: str) -> None:
        self._only(actor_id, self._start.buyer_id, "Only the buyer can answer the maker.")
        free = not (self._accepted or self._escalated)
        self._only_when(RefundStatus.OFFERED, RefundStatus.REFUSED_BY_MAKER, free=free)

    def _check_amount(self, minor: int) -> None:
        if not 0 <= minor <= self._start.asked_minor:
            raise refusal(
                InvalidInput, "An amount lies between nothing and what was asked for.", most=self._start.asked_minor
            )
