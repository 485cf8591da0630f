"""One commission, from the wish to the finished piece, over many weeks: the shell around its record.

    requested ──> offered <──> offered ──accept──> awaiting_deposit ──> working ──proof──> in_review
        │            │                                   │                ▲  ▲               │ │
        ▼            ▼                                   ▼                │  └──revision─────┘ │ approved, silence
     declined, lapsed                          ended <── any end     funding, awaiting_funds <─┘
                                                 ▲                        │
                                                 └────────────────────────┘     all approved ──> finished ──> completed

What may happen stands in `models.rules.commission` as plain decisions on one record; why, in decision 23. Here messages
are refused or handed over, waits are waited, tasks are carried out one after the other, and the story is written. The
record travels along when the run continues as new: no handler is running then, no task is open and no line unwritten.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import policies
from workflows.commission.messages import (
    DECLINE_REASONS,
    WORKFLOW,
    AcceptOffer,
    AnswerChange,
    AnswerEnd,
    AnswerProof,
    CommissionInput,
    CommissionResult,
    CommissionState,
    Decide,
    Decline,
    GiveProof,
    Leave,
    MakeOffer,
    OfferEnd,
    Pause,
    ProposeChange,
    ProviderTold,
    RetryPayment,
    Timeline,
)
from workflows.commission.steps import RunIsLong, Steps
from workflows.commission.telling import Told
from workflows.failures import refusal
from workflows.waiting import until
from workflows.waitlist.telling import place_may_be_free

with workflow.unsafe.imports_passed_through():
    from models.errors import DomainError, Forbidden, Unavailable
    from models.rules.commission import advancing, altering, bargaining, funding, leaving, making
    from models.rules.commission.record import Commission
    from models.rules.commission.results import hear
    from models.types import Party

REMEMBERED = 500
"""Ids of messages that were carried out: far more than may come again late."""
BUSY = "Very much happens in this commission at this moment. Try again in a few seconds; nothing is lost."


@workflow.defn(name=WORKFLOW)
class CommissionWorkflow:
    @workflow.init
    def __init__(self, start: CommissionInput) -> None:
        self._start = start
        self._it = start.record or start.wish(workflow.now())
        if start.record is None:
            self._it.tell(Party.CUSTOMER, "commission_requested")
        self._told = Told(self._it, start.told)
        self._steps = Steps(self._it, self._told, self._is_long)
        self._heard = 0
        """Messages of this run: what they change may have moved the next wait."""

    @workflow.run
    async def run(self, start: CommissionInput) -> CommissionResult:
        await self._told.write_story()
        while not self._it.status.is_final:
            if self._it.tasks:
                await self._carry_out()
            else:
                await self._wait()
            await self._told.write_story()
            if self._is_long():
                await self._continue_as_new()
        await place_may_be_free(self._it.id)
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._told.mails_handed_over()
        return CommissionResult(self._it.status, self._it.back_minor)

    # Phases

    async def _carry_out(self) -> None:
        """One task; its outcome is heard like a message."""
        task = self._it.tasks.pop(0)
        try:
            result = await self._steps.carry_out(task)
        except RunIsLong:
            self._it.tasks.insert(0, task)
            return
        hear(self._it, task, result, workflow.now())

    async def _wait(self) -> None:
        """For a message, or for the next wait to be over. Of two that come together the message wins."""
        heard = self._heard

        def something_happened() -> bool:
            return bool(self._it.tasks) or self._heard != heard

        running = advancing.timers(self._it, workflow.now())
        if not running:
            await workflow.wait_condition(something_happened)
        elif not await until(something_happened, running[0].at, running[0].name):
            advancing.fire(self._it, running[0].name, workflow.now())

    async def _continue_as_new(self) -> None:
        """Between two tasks, with every handler answered, every line written and every mail handed over. Who comes
        meanwhile is answered first; when that does not end, they are asked to come back (`_refuse`)."""
        while not self._it.status.is_final:
            await workflow.wait_condition(workflow.all_handlers_finished)
            await self._told.write_story()
            await self._told.mails_handed_over()
            if workflow.all_handlers_finished() and not self._it.lines and not self._it.status.is_final:
                workflow.continue_as_new(replace(self._start, record=self._it, told=self._told.lines))

    # Before there is a contract

    @workflow.update
    async def offer(self, message: MakeOffer) -> CommissionState:
        return await self._hear(lambda it, now: bargaining.make_offer(it, message.actor_id, message.terms, now))

    @offer.validator
    def _may_offer(self, message: MakeOffer) -> None:
        self._refuse(
            lambda it, now: bargaining.refuse_offer(
                it, message.actor_id, message.version, message.terms, message.price_minor, now.date()
            )
        )

    @workflow.update
    async def accept(self, message: AcceptOffer) -> CommissionState:
        """Freezes the contract; the deposit is due next."""
        return await self._hear(lambda it, now: bargaining.accept(it, message.actor_id, now))

    @accept.validator
    def _may_accept(self, message: AcceptOffer) -> None:
        self._refuse(lambda it, _: bargaining.refuse_acceptance(it, message.actor_id, message.version))

    @workflow.update
    async def decline(self, message: Decline) -> CommissionState:
        return await self._hear(lambda it, _: bargaining.decline(it, message.actor_id, message.reason))

    @decline.validator
    def _may_decline(self, message: Decline) -> None:
        def refuse(it: Commission, _: datetime) -> None:
            bargaining.refuse_decline(it, message.actor_id)
            bargaining.refuse_reason(message.reason, DECLINE_REASONS)

        self._refuse(refuse)

    # Work

    @workflow.update
    async def give_proof(self, message: GiveProof) -> CommissionState:
        return await self._hear(lambda it, now: making.submit(it, message.number, now))

    @give_proof.validator
    def _may_give_proof(self, message: GiveProof) -> None:
        self._refuse(lambda it, _: making.refuse_proof(it, message.actor_id, message.number, message.pictures))

    @workflow.update
    async def answer_proof(self, message: AnswerProof) -> CommissionState:
        answer = making.approve if message.approve else making.revise
        return await self._hear(lambda it, now: answer(it, message.number, now))

    @answer_proof.validator
    def _may_answer_proof(self, message: AnswerProof) -> None:
        refuse = making.refuse_answer if message.approve else making.refuse_revision
        self._refuse(lambda it, _: refuse(it, message.actor_id, message.number))

    # Changes

    @workflow.update
    async def propose_change(self, message: ProposeChange) -> CommissionState:
        return await self._hear(lambda it, now: altering.propose(it, message.actor_id, message.terms, now))

    @propose_change.validator
    def _may_propose_change(self, message: ProposeChange) -> None:
        self._refuse(
            lambda it, now: altering.refuse_proposal(
                it, message.actor_id, message.version, message.terms, message.price_minor, now.date()
            )
        )

    @workflow.update
    async def answer_change(self, message: AnswerChange) -> CommissionState:
        return await self._hear(lambda it, _: altering.reply(it, message.actor_id, agree=message.agree))

    @answer_change.validator
    def _may_answer_change(self, message: AnswerChange) -> None:
        self._refuse(lambda it, _: altering.refuse_reply(it, message.actor_id, message.version))

    # Ends

    @workflow.update
    async def leave(self, message: Leave) -> CommissionState:
        return await self._hear(lambda it, now: leaving.leave(it, message.actor_id, now))

    @leave.validator
    def _may_leave(self, message: Leave) -> None:
        self._refuse(lambda it, now: leaving.refuse_leaving(it, message.actor_id, message.shown_back_minor, now))

    @workflow.update
    async def offer_end(self, message: OfferEnd) -> CommissionState:
        return await self._hear(lambda it, now: leaving.offer_end(it, message.actor_id, message.agreed_bp, now))

    @offer_end.validator
    def _may_offer_end(self, message: OfferEnd) -> None:
        self._refuse(lambda it, _: leaving.refuse_end_offer(it, message.actor_id, message.agreed_bp))

    @workflow.update
    async def answer_end(self, message: AnswerEnd) -> CommissionState:
        return await self._hear(lambda it, _: leaving.reply_end(it, message.actor_id, agree=message.agree))

    @answer_end.validator
    def _may_answer_end(self, message: AnswerEnd) -> None:
        agrees_to = message.shown_back_minor if message.agree else None
        self._refuse(lambda it, _: leaving.refuse_end_reply(it, message.actor_id, message.agreed_bp, agrees_to))

    # Money, and what stops the clocks

    @workflow.update
    async def retry_payment(self, message: RetryPayment) -> CommissionState:
        again = funding.take_another_card if message.another_card else funding.try_again
        return await self._hear(lambda it, _: again(it))

    @retry_payment.validator
    def _may_retry_payment(self, message: RetryPayment) -> None:
        def refuse(it: Commission, _: datetime) -> None:
            if it.party(message.actor_id) is not Party.CUSTOMER:
                raise Forbidden("Only the customer pays.")
            funding.refuse_retry(it, another_card=message.another_card)

        self._refuse(refuse)

    @workflow.signal
    def payment_updated(self, message: ProviderTold) -> None:
        """Only a hint: the provider is asked. Repeated and late ones ask nothing."""
        funding.take_hint(self._it)

    @workflow.update
    async def pause(self, message: Pause) -> CommissionState:
        return await self._hear(lambda it, now: leaving.pause(it, now, Party.ADMINISTRATOR))

    @pause.validator
    def _may_pause(self, message: Pause) -> None:
        self._refuse(lambda it, _: leaving.refuse_pause(it))

    @workflow.update
    async def resume(self, message: Pause) -> CommissionState:
        return await self._hear(lambda it, now: leaving.resume(it, now, Party.ADMINISTRATOR))

    @resume.validator
    def _may_resume(self, message: Pause) -> None:
        self._refuse(lambda it, _: leaving.refuse_resumption(it))

    @workflow.update
    async def decide(self, message: Decide) -> CommissionState:
        return await self._hear(lambda it, _: leaving.decide(it, message.artisan_bp, Party.ADMINISTRATOR))

    @decide.validator
    def _may_decide(self, message: Decide) -> None:
        self._refuse(lambda it, _: leaving.refuse_decision(it, message.artisan_bp, message.shown_back_minor))

    @workflow.query
    def timeline(self) -> Timeline:
        return Timeline(self._it.status.value, self._told.entries)

    @workflow.query
    def record(self) -> Commission:
        """What may happen now, and what it would mean, is asked of this by pages."""
        return replace(self._it, tasks=[], lines=[], heard=[])

    # What all messages share

    def _refuse(self, refuse: Callable[[Commission, datetime], None]) -> None:
        """In the rule's own words. A message that was carried out in an earlier run is answered like the first time."""
        if self._message_id in self._it.heard:
            return
        try:
            refuse(self._it, workflow.now())
            if workflow.info().get_current_history_length() > policies.COMMISSION_HISTORY_AT_MOST:
                raise Unavailable(BUSY)
        except DomainError as error:
            raise _worded(error) from error

    async def _hear(self, carry_out: Callable[[Commission, datetime], None]) -> CommissionState:
        if self._message_id not in self._it.heard:
            self._it.heard = [*self._it.heard, self._message_id][-REMEMBERED:]
            carry_out(self._it, workflow.now())
            advancing.advance(self._it, workflow.now())
            self._heard += 1
        await self._told.write_story()
        return CommissionState(self._it.id, self._it.status, self._it.version)

    @property
    def _message_id(self) -> str:
        info = workflow.current_update_info()
        return info.id if info is not None else ""

    def _is_long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() > policies.COMMISSION_HISTORY


def _worded(error: DomainError) -> ApplicationError:
    return refusal(type(error), error.message, **error.details)
