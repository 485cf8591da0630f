"""How a commission carries out its tasks: which step, under which key, and what an outcome means for the record.

Owns nothing of the record's meaning. A task's operation is `<workflow id>/<what>-<number>`: it finds the step's effect
again, here and at the provider, however often it is tried.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

from workflows import policies
from workflows import search_attributes as sa
from workflows.commission.shipping import ship
from workflows.commission.telling import Told
from workflows.commission_return import messages as returning
from workflows.failures import refusal_type
from workflows.steps import PAYMENTS_QUEUE

with workflow.unsafe.imports_passed_through():
    from activities.commission_money import (
        AssessTax,
        CommissionMoneyActivities,
        CommissionPayment,
        GiveBack,
        ReleaseMilestone,
        SettleCommission,
    )
    from models.errors import PartnerRefused
    from models.rules.commission.record import Commission, Do, Task
    from models.rules.commission.results import Outcome, Result
    from models.types import Party

In = TypeVar("In")
Out = TypeVar("Out")
Step = Callable[[CommissionMoneyActivities, In], Awaitable[Out]]


SURPLUS_SENT_LATER = "2026-11-23-surplus-sent-later"
"""Before, a refused refund of a surplus held the whole commission up."""


class RunIsLong(Exception):
    """A step that a partner keeps refusing is left to the next run, which finds it by its operation."""


class Steps:
    """The tasks of one commission. `is_long` says whether this run should make room for the next one."""

    def __init__(self, it: Commission, told: Told, is_long: Callable[[], bool]) -> None:
        self._it = it
        self._told = told
        self._is_long = is_long
        self._id = workflow.info().workflow_id

    async def carry_out(self, task: Task) -> Result:
        """Raises `RunIsLong` between two tries."""
        money = CommissionMoneyActivities
        match task.do:
            case Do.ASSESS_TAX:
                tax_minor = await self._insist(money.assess_tax, AssessTax(self._it.id, task.number))
                return Result(Outcome.DONE, minor=tax_minor)
            case Do.OPEN_DEPOSIT:
                return await self._after_the_one_before(task, money.open_deposit)
            case Do.CHARGE:
                return await self._after_the_one_before(task, money.charge)
            case Do.LOOK_UP:
                return await self._ask(money.look_up, task.attempt)
            case Do.CLOSE_DEPOSIT:
                return await self._ask(money.close_deposit, task.attempt)
            case Do.CANCEL_CHARGE:
                return await self._ask(money.cancel_charge, task.attempt)
            case Do.RELEASE:
                await self._release(task.number)
            case Do.GIVE_BACK:
                operation = f"{self._id}/back-{task.number}"
                step = GiveBack(self._it.id, operation, task.minor, task.number)
                await self._insist(money.give_back, step, or_else=lambda: self._send_later(operation))
            case Do.SETTLE:
                await self._settle()
            case Do.SHIP:
                await ship(self._it)
        return Result(Outcome.DONE)

    async def _after_the_one_before(self, task: Task, step: Step[CommissionPayment, Result]) -> Result:
        """Of two tries of one charge only one may ever move money: the earlier one is closed first, and counts if it
        went through meanwhile."""
        if task.attempt > 1:
            close = (
                CommissionMoneyActivities.close_deposit if self._it.on_page else CommissionMoneyActivities.cancel_charge
            )
            earlier = await self._ask(close, task.attempt - 1)
            if earlier.outcome is Outcome.PAID:
                return earlier
        return await self._ask(step, task.attempt)

    async def _ask(self, step: Step[CommissionPayment, Result], attempt: int) -> Result:
        """The provider, about the charge under way. A look-up that comes too late finds none, and answers nothing."""
        charge = self._it.charging
        if charge is None:
            return Result(Outcome.OPEN)
        operation = f"{self._id}/charge-{self._it.charges_begun}-{attempt}"
        payment = CommissionPayment(
            commission_id=self._it.id,
            operation=operation,
            before=charge.before,
            attempt=attempt,
            amount_minor=charge.amount_minor,
            tax_minor=charge.tax_minor,
            currency=self._it.currency,
            key=operation,
            version=self._it.version,
        )
        return await self._insist(step, payment)

    async def _release(self, number: int) -> None:
        """The work of one approved milestone; shipping is released by the parcel's arrival."""
        share = replace(self._it.held[number], shipping_minor=0)
        operation = f"{self._id}/release-{number}"
        release = ReleaseMilestone(self._it.id, operation, number, share)
        await self._insist(CommissionMoneyActivities.release, release)

    async def _settle(self) -> None:
        if self._it.ending is None or not self._it.charges:
            return  # nothing was ever paid
        settlement = self._it.settlement(self._it.ending, self._it.agreed_bp)
        settle = SettleCommission(
            commission_id=self._it.id,
            operation=f"{self._id}/settle",
            parted=dict(settlement.by_milestone),
            released=sorted(settlement.released),
        )
        await self._insist(CommissionMoneyActivities.settle, settle)

    async def _send_later(self, operation: str) -> None:
        """What a cheaper contract gives back is written down by now, and a bank that will not take it must not stop the
        work: the process that sends undone refunds again looks after it, for as long as it takes."""
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                returning.WORKFLOW,
                returning.CommissionReturnInput(self._it.id, operation),
                id=returning.workflow_id(operation),
                task_queue=returning.TASK_QUEUE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                search_attributes=TypedSearchAttributes([SearchAttributePair(sa.PROCESS, returning.PROCESS)]),
            )

    async def _insist(
        self, method: Step[In, Out], step: In, *, or_else: Callable[[], Awaitable[Out]] | None = None
    ) -> Out:
        """Until it is done, or `or_else` takes it over from a partner that refuses it. What can't be carried out is
        shown to our team and asked for again, ever more seldom: money that has moved has no other way to go on."""
        wait = policies.CONFIRM_AGAIN_AFTER
        while True:
            try:
                return await workflow.execute_activity_method(
                    method,
                    step,
                    task_queue=PAYMENTS_QUEUE,
                    start_to_close_timeout=policies.VENDOR_CALL,
                    retry_policy=policies.VENDOR,
                )
            except ActivityError as error:
                why = refusal_type(error)
                if why is None:
                    raise
                if wait == policies.CONFIRM_AGAIN_AFTER:
                    partner = why == PartnerRefused.code
                    what = "provider_refused" if partner else "step_held_up"
                    self._it.tell(Party.PROVIDER if partner else Party.SYSTEM, what)
                    await self._told.write_story()
                if or_else is not None and why == PartnerRefused.code and workflow.patched(SURPLUS_SENT_LATER):
                    return await or_else()
            await workflow.sleep(wait, summary="provider")
            if self._is_long():
                raise RunIsLong
            wait = min(wait * 2, policies.CONFIRM_AGAIN_AT_MOST)
