"""How the lines of a commission's record become its story, its page, its mails and what operators see."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from temporalio import workflow

from workflows import search_attributes as sa
from workflows.commission.messages import PROCESS
from workflows.steps import SharedSteps
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.commission import CommissionActivities, RecordCommission
    from models.rules.commission.advancing import Standing, standing
    from models.rules.commission.record import Commission, Line
    from models.types import Party, TimelineEntry

TO_CUSTOMER = "commission_customer_"
TO_ARTISAN = "commission_artisan_"
MAILS: Mapping[str, tuple[str, ...]] = {
    "commission_requested": (TO_ARTISAN + "requested",),
    "quoted": (TO_CUSTOMER + "quoted",),
    "offer_accepted": (TO_CUSTOMER + "accepted", TO_ARTISAN + "accepted"),
    "commission_declined": (TO_CUSTOMER + "declined", TO_ARTISAN + "declined"),
    "request_lapsed": (TO_CUSTOMER + "lapsed",),
    "offer_lapsed": (TO_CUSTOMER + "lapsed", TO_ARTISAN + "lapsed"),
    "deposit_due": (TO_CUSTOMER + "deposit_due",),
    "charge_declined": (TO_CUSTOMER + "card_declined",),
    "charge_needs_customer": (TO_CUSTOMER + "card_needs_you",),
    "work_began": (TO_ARTISAN + "work_began",),
    "proof_given": (TO_CUSTOMER + "proof",),
    "approval_reminded": (TO_CUSTOMER + "approval_reminder",),
    "milestone_approved": (TO_ARTISAN + "approved",),
    "silence_approved": (TO_CUSTOMER + "silence_approved", TO_ARTISAN + "approved"),
    "revision_asked": (TO_ARTISAN + "revision",),
    "milestone_late": (TO_CUSTOMER + "late", TO_ARTISAN + "late"),
    "change_holds": (TO_CUSTOMER + "changed", TO_ARTISAN + "changed"),
    "everything_approved": (TO_ARTISAN + "send_it",),
    "commission_ended": (TO_CUSTOMER + "ended", TO_ARTISAN + "ended"),
    "commission_completed": (TO_CUSTOMER + "completed", TO_ARTISAN + "completed"),
}
"""Line of the story → the mails that go with it."""
TO_THE_OTHER: Mapping[str, str] = {
    "counter_offered": "offered",
    "change_proposed": "change",
    "change_declined": "change_declined",
    "end_offered": "end_offered",
    "end_declined": "end_declined",
}
"""The same, where the line is said by either side and the mail goes to the other one."""


class Told(SharedSteps):
    """The story of one commission, over all its runs."""

    def __init__(self, it: Commission, told: int) -> None:
        super().__init__(Story(PROCESS, told))
        self._it = it
        self._shown: tuple[str, Standing] | None = None
        self._writing = asyncio.Lock()

    @property
    def lines(self) -> int:
        """Of all runs so far."""
        return self._story.told

    @property
    def entries(self) -> tuple[TimelineEntry, ...]:
        return tuple(self._story.entries)

    async def write_story(self) -> None:
        """All new lines, with the record as it is now. Who comes while others write waits until theirs are in SQL."""
        async with self._writing:
            while self._it.lines:
                lines, self._it.lines = self._it.lines, []
                now = standing(self._it, workflow.now())
                for line in lines:
                    self._tell(line, now)
                self._show_operators(now)
                status = self._it.status
                progress = self._story.progress(status.value, is_final=status.is_final)
                # What is still to be done or told, and ids of messages, are of no use to a page.
                record = replace(self._it, tasks=[], lines=[], heard=[])
                await self.write(CommissionActivities.record, RecordCommission(record, progress))
                for line in lines:
                    self._mail(line)

    def _tell(self, line: Line, now: Standing) -> None:
        self._story.tell(
            line.actor,
            line.what,
            why=line.why,
            subject=line.subject,
            waiting_on=now.waiting_on,
            until=now.until,
            then=now.then,
        )

    def _mail(self, line: Line) -> None:
        kinds = MAILS.get(line.what, ())
        if line.what in TO_THE_OTHER:
            kinds = ((TO_ARTISAN if line.actor is Party.CUSTOMER else TO_CUSTOMER) + TO_THE_OTHER[line.what],)
        for kind in kinds:
            self.mail(kind, self._it.id, self._story.told)

    def _show_operators(self, now: Standing) -> None:
        status = self._it.status.value
        if (status, now) == self._shown:
            return
        self._shown = (status, now)
        details = f"{status}, waiting on {now.waiting_on.value}"
        if now.until is not None:
            details += f" until {now.until:%Y-%m-%d %H:%M} UTC, then {now.then}"
        workflow.set_current_details(details)
        workflow.upsert_search_attributes(
            [
                sa.STATUS.value_set(status),
                sa.WAITING_ON.value_set(now.waiting_on.value),
                sa.DEADLINE.value_set(now.until) if now.until else sa.DEADLINE.value_unset(),
            ]
        )
