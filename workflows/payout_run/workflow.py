"""Starts a payout for every shop whose day has come, a page of shops at a time.

    due ──> letting go of what waited ──> page after page ──> done

An account that could not be paid when the provider last told is asked about again, every day: the event that says
otherwise may have got lost. A shop whose rows can't be read is passed over, and finance sees why; the next run looks
at it again.

Each payout is a process of its own that outlives the run, under an id made of shop and day: a run that came twice, or
was begun again in the middle, starts none twice. It starts them at a bounded rate and continues as new after each page.
Days on which no run came to its end are made up for by the next.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import date

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows import policies
from workflows import search_attributes as sa
from workflows.payout import messages as payout
from workflows.payout_account import messages as payout_account
from workflows.payout_run.messages import WORKFLOW, PayoutRunInput, PayoutRunResult

with workflow.unsafe.imports_passed_through():
    from activities.payout_run import BeginRun, DuePayout, EndRun, LookForDue, PayoutRunActivities, ReleaseHolds
    from models.types import PayoutStatus


@workflow.defn(name=WORKFLOW)
class PayoutRunWorkflow:
    @workflow.run
    async def run(self, start: PayoutRunInput) -> PayoutRunResult:
        run_id = workflow.info().workflow_id
        if start.after is None or start.until is None:
            begun = await workflow.execute_activity_method(
                PayoutRunActivities.begin_run,
                BeginRun(run_id, workflow.now().date()),
                start_to_close_timeout=policies.DATABASE_STEP,
                retry_policy=policies.DATABASE,
            )
            held = await self._release_holds(run_id, begun.after)
            start = replace(start, after=begun.after, until=begun.until, held=held)
        assert start.after is not None and start.until is not None  # noqa: S101 - both are set above
        page = await workflow.execute_activity_method(
            PayoutRunActivities.look_for_due,
            LookForDue(start.after, start.until, start.cursor, policies.PAYOUTS_PAGE, run_id),
            start_to_close_timeout=policies.PAYOUT_PAGE_STEP,
            heartbeat_timeout=policies.PAYOUT_PAGE_BEAT,
            retry_policy=policies.DATABASE,
        )
        started = start.started + await self._start_all(page.due)
        await self._ask_again(page.unable, start.until)
        if page.cursor:
            workflow.continue_as_new(replace(start, cursor=page.cursor, started=started))
        await workflow.execute_activity_method(
            PayoutRunActivities.end_run,
            EndRun(run_id, payouts=started, holds=start.held),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        return PayoutRunResult(started, start.held)

    async def _release_holds(self, run_id: str, after: date) -> int:
        released, left, cursor = 0, True, ""
        while left:
            done = await workflow.execute_activity_method(
                PayoutRunActivities.release_holds,
                ReleaseHolds(policies.PAYOUTS_PAGE, run_id, after, cursor),
                start_to_close_timeout=policies.PAYOUT_PAGE_STEP,
                heartbeat_timeout=policies.PAYOUT_PAGE_BEAT,
                retry_policy=policies.DATABASE,
            )
            released, left, cursor = released + done.released, done.left, done.cursor
        return released

    async def _start_all(self, due: tuple[DuePayout, ...]) -> int:
        started = 0
        for first in range(0, len(due), policies.PAYOUTS_STARTED_AT_ONCE):
            if first:
                await workflow.sleep(policies.PAYOUTS_BREATHE, summary="breathe")
            batch = due[first : first + policies.PAYOUTS_STARTED_AT_ONCE]
            started += sum(await asyncio.gather(*(self._start(one) for one in batch)))
        return started

    async def _ask_again(self, shop_ids: tuple[str, ...], day: date) -> None:
        for number, shop_id in enumerate(shop_ids):
            if number and number % policies.PAYOUTS_STARTED_AT_ONCE == 0:
                await workflow.sleep(policies.PAYOUTS_BREATHE, summary="breathe")
            with suppress(WorkflowAlreadyStartedError):
                await workflow.start_child_workflow(
                    payout_account.WORKFLOW,
                    payout_account.PayoutAccountInput(shop_id),
                    id=payout_account.workflow_id(shop_id, f"looked-{day.isoformat()}"),
                    task_queue=payout_account.TASK_QUEUE,
                    parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    search_attributes=TypedSearchAttributes([SearchAttributePair(sa.PROCESS, payout_account.PROCESS)]),
                )

    async def _start(self, due: DuePayout) -> bool:
        """False: another run has started it."""
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                payout.WORKFLOW,
                payout.PayoutInput(
                    shop_id=due.shop_id,
                    artisan_id=due.artisan_id,
                    currency=due.currency,
                    period=due.period,
                    deadlines=policies.resolve_payout(scale=due.time_scale),
                ),
                id=payout.workflow_id(due.shop_id, due.period, due.currency),
                task_queue=payout.TASK_QUEUE,
                # It lives for weeks; the run that started it ends today.
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(sa.PROCESS, payout.PROCESS),
                        SearchAttributePair(sa.STATUS, PayoutStatus.SETTING_ASIDE.value),
                        SearchAttributePair(sa.ARTISAN_IDS, [due.artisan_id]),
                        SearchAttributePair(sa.CURRENCY, due.currency),
                    ]
                ),
            )
            return True
        return False
