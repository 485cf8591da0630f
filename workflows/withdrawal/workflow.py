"""An artisan takes money out when they want it. The click waits until it is set aside, or is told why it is not.

From then on it is a payout like any other: `workflows.payout.sending`.
"""

from contextlib import suppress

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import policies
from workflows.failures import STEP_FAILURES, reason_of, refusal
from workflows.payout.messages import PayoutResult
from workflows.payout.sending import MoneyOut
from workflows.withdrawal.messages import (
    PROCESS,
    WORKFLOW,
    RequestWithdrawal,
    WithdrawalInput,
    WithdrawalState,
)

with workflow.unsafe.imports_passed_through():
    from activities.withdrawal import SetAsideWithdrawal, WithdrawalActivities
    from models.errors import Forbidden, IdempotencyKeyReused, PayoutRefused
    from models.rules.payouts import Refusal
    from models.types import MAX_MINOR, Party, PayoutStatus


@workflow.defn(name=WORKFLOW)
class WithdrawalWorkflow(MoneyOut):
    @workflow.init
    def __init__(self, start: WithdrawalInput) -> None:
        super().__init__(PROCESS, start.shop_id, start.currency, start.deadlines)
        self._start = start
        self._request: RequestWithdrawal | None = None
        self._refusal: ApplicationError | None = None
        self._is_set_aside = False

    @workflow.run
    async def run(self, start: WithdrawalInput) -> PayoutResult:
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._request is not None, timeout=policies.FIRST_UPDATE_WITHIN, timeout_summary="click"
            )
        amount_minor = (
            await self._set_aside(Party.ARTISAN, "withdrawal_requested") if self._request is not None else None
        )
        if amount_minor is None:
            self._move(PayoutStatus.NOT_PAID)
            await workflow.wait_condition(workflow.all_handlers_finished)
            return PayoutResult(self._status)
        self._amount_minor = amount_minor
        self._is_set_aside = True
        return await self.deliver(amount_minor)

    async def set_aside_again(self) -> int | None:
        amount_minor = await self._set_aside(Party.SYSTEM, "payout_set_aside_again")
        if amount_minor is None and self._refusal is not None:
            why = str(self._refusal.details[0]["reason"])
            self._story.tell(Party.SYSTEM, "nothing_set_aside", why=why)
        return amount_minor

    async def _set_aside(self, actor: Party, what: str) -> int | None:
        """None: it was refused, and whoever asked is told why. Nothing of a refused click is kept."""
        assert self._request is not None  # noqa: S101 - nobody sets money aside that nobody asked for
        self._story.tell(actor, what, waiting_on=Party.PROVIDER)
        wanted = self.wanted(self._deadlines.pause_after_change, amount_minor=self._request.amount_minor)
        step = SetAsideWithdrawal(wanted, self._request.actor_id, self._progress())
        try:
            done = await self._steps.write(WithdrawalActivities.set_aside, step)
        except STEP_FAILURES as error:
            reason = reason_of(error)
            if reason is None or reason.type != PayoutRefused.code:
                raise
            self._story.take_back()
            self._refusal = ApplicationError(
                reason.message, *reason.details, type=reason.type, non_retryable=True, category=reason.category
            )
            return None
        return done.amount_minor

    @workflow.update
    async def request(self, message: RequestWithdrawal) -> WithdrawalState:
        """The click. Repeated, from wherever, it gets the first one's answer."""
        if self._request is None:
            self._request = message
        await workflow.wait_condition(lambda: self._is_set_aside or self._refusal is not None)
        if not self._is_set_aside and self._refusal is not None:
            raise self._refusal
        return WithdrawalState(self._start.withdrawal_id, self._status, self._amount_minor, self._currency)

    @request.validator
    def _may_request(self, message: RequestWithdrawal) -> None:
        if message.actor_id != self._start.artisan_id:
            raise refusal(Forbidden, "Only the shop's keeper can withdraw its money.")
        if self._request is not None and message != self._request:
            raise refusal(IdempotencyKeyReused, "This withdrawal was asked for with another amount.")
        wrong = message.amount_minor is not None and not 0 < message.amount_minor <= MAX_MINOR
        if wrong or message.currency != self._start.currency:
            reason = Refusal.WRONG_AMOUNT if wrong else Refusal.WRONG_CURRENCY
            raise refusal(PayoutRefused, "This is no amount that can be paid out.", reason=reason.value)
