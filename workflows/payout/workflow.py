"""One artisan's payout of one due day: everything that is available, if it is enough.

Nothing is set aside when it is not, or when something stands in the way; then the run of the next due day looks again.
What happens to money that was set aside stands in `workflows.payout.sending`.
"""

from temporalio import workflow

from workflows.failures import STEP_FAILURES, reason_of
from workflows.payout.messages import PROCESS, WORKFLOW, PayoutInput, PayoutResult
from workflows.payout.sending import MoneyOut

with workflow.unsafe.imports_passed_through():
    from activities.payout import PayoutActivities, SetAside
    from models.errors import PayoutRefused
    from models.types import Party, PayoutStatus


@workflow.defn(name=WORKFLOW)
class PayoutWorkflow(MoneyOut):
    @workflow.init
    def __init__(self, start: PayoutInput) -> None:
        super().__init__(PROCESS, start.shop_id, start.currency, start.deadlines)
        self._start = start

    @workflow.run
    async def run(self, start: PayoutInput) -> PayoutResult:
        amount_minor = await self._set_aside(Party.SYSTEM, "payout_set_aside")
        if amount_minor is not None:
            return await self.deliver(amount_minor)
        self._move(PayoutStatus.NOT_PAID)
        await self._steps.record(self._progress())
        return PayoutResult(self._status)

    async def set_aside_again(self) -> int | None:
        return await self._set_aside(Party.SYSTEM, "payout_set_aside_again")

    async def _set_aside(self, actor: Party, what: str) -> int | None:
        """None: it was refused, and the story says why."""
        self._story.tell(actor, what, waiting_on=Party.PROVIDER)
        wanted = self.wanted(self._deadlines.pause_after_change, period=self._start.period)
        try:
            done = await self._steps.write(PayoutActivities.set_aside, SetAside(wanted, self._progress()))
        except STEP_FAILURES as error:
            reason = reason_of(error)
            if reason is None or reason.type != PayoutRefused.code:
                raise
            self._story.take_back()
            why = str(reason.details[0]["reason"])
            self._story.tell(Party.SYSTEM, "nothing_set_aside", why=why)
            return None
        return done.amount_minor
