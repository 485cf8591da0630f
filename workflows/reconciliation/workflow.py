"""Holds orders, ledger and provider against each other, and opens a case for every difference.

    due ──> the provider's books, page by page ──> available ──> gathered ──> compared, batch by batch ──> done
    approved repair ──> asked of the provider ──> done

It goes on where it was after a crash, for every step's cursor is in its history, and continues as new after so many
steps. What two administrators have approved and nobody has carried out, because a server died, is made up for first.
"""

from dataclasses import replace

from temporalio import workflow

from workflows import policies
from workflows.reconciliation.messages import WORKFLOW, Night, ReconciliationInput, ReconciliationResult

with workflow.unsafe.imports_passed_through():
    from activities.reconciliation import (
        BeginNight,
        BookAvailable,
        Compare,
        EndNight,
        ReadBooks,
        ReconciliationActivities,
        RepairAtProvider,
    )
    from models.repositories.reconciliation import Done


@workflow.defn(name=WORKFLOW)
class ReconciliationWorkflow:
    def __init__(self) -> None:
        self._steps = 0

    @workflow.run
    async def run(self, start: ReconciliationInput) -> ReconciliationResult:
        if start.case_id:
            await self._repair(start.case_id)
            return ReconciliationResult()
        night = start.night or await self._begin()
        while night.reading is not None:
            night = self._or_anew(await self._read(night, night.reading))
        if not night.gathered:
            night = self._or_anew(await self._gather(night))
        compared = False
        while not compared:
            night, compared = await self._compare(night)
            if not compared:
                self._or_anew(night)
        return await self._end(night)

    def _or_anew(self, night: Night) -> Night:
        self._steps += 1
        if self._steps >= policies.RECONCILIATION_STEPS or workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(ReconciliationInput(night=night))
        return night

    async def _begin(self) -> Night:
        begun = await workflow.execute_activity_method(
            ReconciliationActivities.begin_night,
            BeginNight(workflow.info().workflow_id, policies.RECONCILIATION_LAG),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        for case_id in begun.approved:
            await self._repair(case_id)
        return Night(begun.since, begun.until, begun.booked_before, begun.accounts)

    async def _read(self, night: Night, account_id: str) -> Night:
        read = await workflow.execute_activity_method(
            ReconciliationActivities.read_books,
            ReadBooks(night.since, night.until, account_id, night.cursor),
            start_to_close_timeout=policies.RECONCILIATION_STEP,
            retry_policy=policies.VENDOR,
        )
        night = replace(night, cursor=read.cursor, transactions=night.transactions + read.stored)
        if read.cursor:
            return night
        if night.accounts:
            return replace(night, reading=night.accounts[0], accounts=night.accounts[1:])
        return replace(night, reading=None)

    async def _gather(self, night: Night) -> Night:
        left = True
        while left:
            booked = await workflow.execute_activity_method(
                ReconciliationActivities.book_available,
                _window(night),
                start_to_close_timeout=policies.RECONCILIATION_STEP,
                retry_policy=policies.DATABASE,
            )
            night, left = replace(night, available=night.available + booked.booked), booked.left
            self._or_anew(night)
        await workflow.execute_activity_method(
            ReconciliationActivities.gather,
            _window(night),
            start_to_close_timeout=policies.RECONCILIATION_STEP,
            retry_policy=policies.DATABASE,
        )
        return replace(night, gathered=True)

    async def _compare(self, night: Night) -> tuple[Night, bool]:
        """And whether that was the last of them."""
        found = await workflow.execute_activity_method(
            ReconciliationActivities.compare,
            Compare(workflow.info().workflow_id, night.until, policies.RECONCILIATION_SETTLES, night.cursor),
            start_to_close_timeout=policies.RECONCILIATION_STEP,
            retry_policy=policies.DATABASE,
        )
        excused = dict(night.excused)
        for currency in sorted(found.excused):
            excused[currency] = excused.get(currency, 0) + found.excused[currency]
        night = replace(
            night,
            cursor=found.cursor,
            looked_at=night.looked_at + found.looked_at,
            young=night.young + found.young,
            opened=night.opened + found.opened,
            gone=night.gone + found.gone,
            excused=excused,
        )
        return night, not found.cursor

    async def _end(self, night: Night) -> ReconciliationResult:
        done = Done(night.transactions, night.available, night.looked_at, night.young, night.opened, night.gone)
        ended = await workflow.execute_activity_method(
            ReconciliationActivities.end_night,
            EndNight(_window(night), policies.RECONCILIATION_SETTLES, night.excused, done),
            start_to_close_timeout=policies.RECONCILIATION_STEP,
            retry_policy=policies.DATABASE,
        )
        return ReconciliationResult(
            night.transactions, night.looked_at, night.young, night.opened + ended.opened, night.gone + ended.gone
        )

    async def _repair(self, case_id: str) -> None:
        await workflow.execute_activity_method(
            ReconciliationActivities.repair_at_provider,
            RepairAtProvider(case_id),
            start_to_close_timeout=policies.VENDOR_CALL,
            retry_policy=policies.VENDOR,
        )


def _window(night: Night) -> BookAvailable:
    return BookAvailable(workflow.info().workflow_id, night.since, night.until, night.booked_before)
