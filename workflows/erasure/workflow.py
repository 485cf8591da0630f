"""Makes everybody who knows a person forget them, and collects a receipt from each.

    scheduled ──> waiting ──> erasing ──> erased
        └────────────┴──────> cancelled

For 14 days nothing happens. Then a shop is closed and what is still open between the person and others is waited for:
nobody loses an order, a refund or money by somebody else's erasure. Both can be cancelled. From `erasing` on nothing
can: the last letter goes out, the mail service forgets the address while we still know it, and in one transaction our
own tables are emptied and the person's key is destroyed (the pivot). What the partners hold is found by ids that name
nobody, so they are asked afterwards, for as long as it takes.

Continue-as-new is unnecessary: a look a day is some three thousand events a year.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow

from workflows import policies
from workflows import search_attributes as sa
from workflows.erasure.messages import (
    PROCESS,
    WORKFLOW,
    CancelErasure,
    CheckAgain,
    ErasureInput,
    ErasureResult,
    ErasureState,
    RequestErasure,
    Timeline,
)
from workflows.erasure.steps import Steps
from workflows.failures import refusal
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.erasure import Announce, Cancel, ErasedPerson, ErasureActivities, Finish
    from models.errors import NotNow
    from models.repositories.processes import Progress
    from models.types import ErasureStatus, Party

CLOSES_CONNECTED = "2026-11-22-closes-connected-account"
"""Runs that began to ask partners before then end without that receipt."""


@workflow.defn(name=WORKFLOW)
class ErasureWorkflow:
    @workflow.init
    def __init__(self, start: ErasureInput) -> None:
        self._start = start
        self._id = workflow.info().workflow_id
        self._story = Story(PROCESS)
        self._steps = Steps(start.person_id, self._story, start.deadlines.try_again_after)
        self._status = ErasureStatus.SCHEDULED
        self._erase_at = workflow.now() + start.deadlines.ponder
        self._is_open = False
        self._cancel: CancelErasure | None = None
        self._cancelled = False
        self._look = False
        self._looks = 0
        self._looked_at: datetime | None = None
        self._waits_for = ""
        self._story.tell(
            Party.CUSTOMER,
            "erasure_requested",
            waiting_on=Party.NOBODY,
            until=self._erase_at,
            then="erasure_begins",
        )

    @workflow.run
    async def run(self, start: ErasureInput) -> ErasureResult:
        await self._announce()
        erased = None
        if not await self._until(lambda: False, self._erase_at, "time to think"):
            await self._close_shop()
            erased = await self._erase_when_clear()
        if erased is None:
            await self._close_cancelled()
            await workflow.wait_condition(workflow.all_handlers_finished)
            return ErasureResult(self._status)
        receipts = await self._fan_out(erased)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return ErasureResult(self._status, receipts)

    # Phases

    async def _announce(self) -> None:
        await self._steps.write(
            ErasureActivities.announce,
            Announce(
                erasure_id=self._id,
                person_id=self._start.person_id,
                number=self._start.number,
                requested_at=workflow.now(),
                erase_at=self._erase_at,
                progress=self._progress(),
            ),
        )
        self._is_open = True
        telling = asyncio.create_task(self._steps.send_letter("erasure_scheduled", "scheduled"))
        # Whoever changes their mind is not kept waiting for a mail service that is away.
        await workflow.wait_condition(lambda: telling.done() or self._cancel is not None)
        telling.cancel()

    async def _close_shop(self) -> None:
        """No new order comes in from here on; whoever was about to buy has by the first look."""
        self._move(ErasureStatus.WAITING)
        settled = workflow.now() + self._start.deadlines.settle
        self._story.tell(Party.SYSTEM, "erasure_due", until=settled, then="erasure_is_checked")
        await self._steps.write(ErasureActivities.close_shop, self._steps.recorded(self._progress()))
        await self._until(lambda: False, settled, "shop settles")

    async def _erase_when_clear(self) -> ErasedPerson | None:
        """None: it was cancelled. What came in between the last look and the pivot is waited for like the rest."""
        attempt = 0
        while await self._clear():
            attempt += 1
            self._move(ErasureStatus.ERASING)
            self._story.tell(Party.SYSTEM, "erasure_begun", waiting_on=Party.SYSTEM)
            await self._steps.record(self._progress())
            await self._steps.send_letter("erasure_done", f"done-{attempt}")
            await self._steps.forget_mail(attempt, self._tell_refused)
            self._story.tell(Party.SYSTEM, "person_erased", waiting_on=Party.SYSTEM)
            erased = await self._steps.pivot(self._progress())
            if not erased.obligations:
                return erased
            self._move(ErasureStatus.WAITING)
            self._waits_for = ""  # the page says that it has begun: told anew, even if it is what was waited for before
        return None

    async def _clear(self) -> bool:
        """Looks every day, and when the person asks, until nothing is open any more. False: it was cancelled."""
        while not self._cancel:
            self._look = False
            open_ = await self._steps.check()
            self._looks, self._looked_at = self._looks + 1, workflow.now()
            if not open_.obligations:
                return not self._cancel
            again = workflow.now() + self._start.deadlines.check_every
            if open_.obligations[0] != self._waits_for:
                self._waits_for = open_.obligations[0]
                self._story.tell(
                    Party.SYSTEM, "erasure_waits", why=self._waits_for, until=again, then="erasure_is_checked"
                )
                await self._steps.record(self._progress())
            await self._until(lambda: self._look, again, "another look")
        return False

    async def _fan_out(self, erased: ErasedPerson) -> int:
        """Everybody at once; one who refuses holds up nobody else."""
        connected = erased.connected and workflow.patched(CLOSES_CONNECTED)
        asked = [
            self._steps.forget_search(),
            self._steps.forget_payments(self._tell_refused),
            *(self._steps.forget_courier(code, self._tell_refused) for code in erased.couriers),
            *([self._steps.close_connected(self._tell_refused)] if connected else []),
        ]
        await asyncio.gather(*asked)
        self._move(ErasureStatus.ERASED)
        self._story.tell(Party.SYSTEM, "erasure_done")
        finished = await self._steps.write(
            ErasureActivities.finish, Finish(self._id, erased.couriers, self._progress(), connected)
        )
        return len(finished.receipts)

    async def _close_cancelled(self) -> None:
        self._move(ErasureStatus.CANCELLED)
        self._story.tell(Party.CUSTOMER, "erasure_cancelled")
        by_link = self._cancel is not None and self._cancel.by_link
        await self._steps.write(
            ErasureActivities.cancel, Cancel(self._id, self._start.person_id, by_link, self._progress())
        )
        self._cancelled = True
        await self._steps.send_letter("erasure_cancelled", "cancelled")

    # Messages

    @workflow.update
    async def request(self, message: RequestErasure) -> ErasureState:
        """The click starts the process; a repeated one is told where it stands."""
        await workflow.wait_condition(lambda: self._is_open)
        return self._state()

    @workflow.update
    async def cancel(self, message: CancelErasure) -> ErasureState:
        """Nothing is erased, and everything is as it was; a closed shop's pieces can be put on sale again."""
        self._cancel = self._cancel or message
        await workflow.wait_condition(lambda: self._cancelled)
        return self._state()

    @cancel.validator
    def _may_cancel(self, message: CancelErasure) -> None:
        if self._status not in {ErasureStatus.SCHEDULED, ErasureStatus.WAITING}:
            raise refusal(NotNow, "The deletion has begun, so it can't be stopped any more.")

    @workflow.update
    async def check_again(self, message: CheckAgain) -> ErasureState:
        """Looks at once whether what it waits for is over."""
        self._look, before = True, self._looks
        await workflow.wait_condition(lambda: self._looks > before or self._cancel is not None)
        return self._state()

    @check_again.validator
    def _may_check_again(self, message: CheckAgain) -> None:
        if self._status is not ErasureStatus.WAITING or self._looked_at is None:
            raise refusal(NotNow, "There is nothing to look at now. Reload the page to see where the deletion stands.")
        if workflow.now() - self._looked_at < policies.CHECK_AGAIN_AFTER:
            raise refusal(NotNow, "We have just looked. Try again in a moment.")

    @workflow.query
    def timeline(self) -> Timeline:
        return Timeline(self._status.value, tuple(self._story.entries))

    # Helpers

    async def _until(self, condition: Callable[[], bool], at: datetime, name: str) -> bool:
        """Whether it was cancelled before `at`. Ends early on `condition`, too."""
        remaining = at - workflow.now()
        if remaining > timedelta():
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: self._cancel is not None or condition(), timeout=remaining, timeout_summary=name
                )
        return self._cancel is not None

    async def _tell_refused(self, target: str) -> None:
        again = workflow.now() + self._start.deadlines.try_again_after
        self._story.tell(
            Party.SYSTEM,
            "erasure_refused",
            subject=target,
            waiting_on=Party.ADMINISTRATOR,
            until=again,
            then="erasure_is_retried",
        )
        await self._steps.record(self._progress())

    def _move(self, status: ErasureStatus) -> None:
        self._status = status
        workflow.upsert_search_attributes([sa.STATUS.value_set(status.value)])

    def _state(self) -> ErasureState:
        return ErasureState(self._id, self._status, self._erase_at)

    def _progress(self) -> Progress:
        return self._story.progress(self._status.value, is_final=self._status.is_final)
