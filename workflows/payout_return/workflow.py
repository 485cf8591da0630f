"""A bank sends money back weeks after it took it, when the payout's own process has long ended.

    asking ──> recalling_money ──> given_back
       └─────> paid_out (the provider says that it is still there)

The event is a hint: the provider is asked. What follows is what a payout does whose money comes back in time, on the
same row and under the same operations, so that nothing is booked or moved twice. It is not tried again from here: the
amount is payable, and the next due day or a withdrawal takes it.
"""

from temporalio import workflow

from workflows import search_attributes as sa
from workflows.payout.messages import PayoutResult
from workflows.payout.sending import MoneyOut
from workflows.payout_return.messages import PROCESS, WORKFLOW, PayoutReturnInput

with workflow.unsafe.imports_passed_through():
    from activities.payout import Part
    from activities.payout_return import PayoutReturnActivities, Stands
    from models.ports import PayoutState
    from models.types import Party, PayoutStatus


@workflow.defn(name=WORKFLOW)
class PayoutReturnWorkflow(MoneyOut):
    @workflow.init
    def __init__(self, start: PayoutReturnInput) -> None:
        super().__init__(PROCESS, start.shop_id, start.currency, start.deadlines)
        self._payout_id = start.payout_id
        self._may_try_again = False
        self._status = PayoutStatus.ARRIVED
        self._attempt = start.attempt
        self._amount_minor = start.amount_minor
        self._bank_changed_at = start.details_of

    @workflow.run
    async def run(self, start: PayoutReturnInput) -> PayoutResult:
        workflow.upsert_search_attributes([sa.AMOUNT.value_set(start.amount_minor)])
        part = Part(start.payout_id, start.shop_id, start.amount_minor, start.currency, start.attempt)
        seen = await self.look_up(start.account_id, start.provider_payout_id)
        if seen.state in {PayoutState.FAILED, PayoutState.CANCELLED}:
            await self.came_back(part, seen, was_paid=True)
            await self.recall(part, start.transfer_id)
            await self.end(await self.give_back(part, seen.failure or seen.state.value))
        else:
            self._move(PayoutStatus.PAID_OUT)
            self._story.tell(Party.PROVIDER, "payout_stands")
            await self._steps.write(PayoutReturnActivities.stands, Stands(start.payout_id, self._progress()))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return PayoutResult(self._status, self._amount_minor, self._attempt)

    async def set_aside_again(self) -> int | None:
        """Never: it is given back, and the next payout takes it."""
        return None
