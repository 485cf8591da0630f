"""Offers free places of one shop to those who wait, in their order, until nobody waits.

    looking ──> waiting for the next moment or a word ──> looking ... ──> nobody waits

A look moves on what ran out and offers what is free, in one transaction in SQL, which holds the whole list; this
process remembers the open offers alone. Where the message that takes a place crosses the end of its offer, the instant
counts at which it reaches the process. Before the end it takes the place, and the next look finds it taken; at the end
or later it is refused, and the place moves on.
"""

import asyncio
from contextlib import suppress
from datetime import datetime

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows import policies, waiting
from workflows import search_attributes as sa
from workflows.commission import messages as commission
from workflows.failures import refusal
from workflows.waitlist.messages import WORKFLOW, OpenOffer, PlaceTaken, TakePlace, WaitlistInput, WaitlistResult

with workflow.unsafe.imports_passed_through():
    from activities.waitlist import Began, OfferPlaces, TakeOffered, WaitlistActivities
    from models.errors import Forbidden, NotNow

OVER = "This offer is over. Reload the page to see where your request stands."


@workflow.defn(name=WORKFLOW)
class WaitlistWorkflow:
    @workflow.init
    def __init__(self, start: WaitlistInput) -> None:
        self._start = start
        self._offers = {offer.commission_id: offer for offer in start.offers}
        self._words = 0
        """Signals that have come."""
        self._taken: dict[str, str] = {}
        """Commission → its customer, of this run: the same click again is the same place."""
        self._one_at_a_time = asyncio.Lock()

    @workflow.run
    async def run(self, start: WaitlistInput) -> WaitlistResult:
        while True:
            heard = self._words
            again_at, anybody = await self._look()
            if not anybody:
                await workflow.wait_condition(workflow.all_handlers_finished)
                if self._words == heard:
                    return WaitlistResult(len(self._taken))
                continue
            await self._wait(heard, again_at)
            if workflow.info().get_current_history_length() > policies.WAITLIST_HISTORY:
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(
                    WaitlistInput(start.shop_id, start.offer_stands, offers=tuple(self._offers.values()))
                )

    async def _look(self) -> tuple[datetime | None, bool]:
        async with self._one_at_a_time:
            found = await workflow.execute_local_activity_method(
                WaitlistActivities.offer_places,
                OfferPlaces(self._start.shop_id, workflow.now(), self._start.offer_stands, policies.SHORTEST),
                start_to_close_timeout=policies.DATABASE_STEP,
                retry_policy=policies.DATABASE,
            )
            self._offers = {
                one.commission_id: OpenOffer(one.commission_id, one.customer_id, one.until) for one in found.offers
            }
        return found.look_again_at, found.anybody

    async def _wait(self, heard: int, again_at: datetime | None) -> None:
        """Also without any word somebody looks once a day: a place may be free for a reason that nobody told."""
        latest = workflow.now() + policies.WAITLIST_LOOKED_AT_EVERY
        at = min(again_at or latest, latest)
        await waiting.until(lambda: self._words > heard, at, "next moment")

    @workflow.signal
    def look(self) -> None:
        """Somebody has joined or left, or a place may be free."""
        self._words += 1

    @workflow.update
    async def take(self, message: TakePlace) -> PlaceTaken:
        at = workflow.now()
        async with self._one_at_a_time:
            if message.commission_id not in self._taken:
                began = await workflow.execute_local_activity_method(
                    WaitlistActivities.take_place,
                    TakeOffered(self._start.shop_id, message.commission_id, at),
                    start_to_close_timeout=policies.DATABASE_STEP,
                    retry_policy=policies.DATABASE,
                )
                await self._begin(began)
                self._taken[message.commission_id] = message.actor_id
                self._offers.pop(message.commission_id, None)
        return PlaceTaken(message.commission_id)

    @take.validator
    def _may_take(self, message: TakePlace) -> None:
        if self._taken.get(message.commission_id) == message.actor_id:
            return
        offer = self._offers.get(message.commission_id)
        if offer is not None and offer.customer_id != message.actor_id:
            raise refusal(Forbidden, "This place is offered to somebody else.")
        if offer is None or offer.until <= workflow.now():
            raise refusal(NotNow, OVER)

    async def _begin(self, began: Began) -> None:
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                commission.WORKFLOW,
                commission.CommissionInput(
                    commission_id=began.commission_id,
                    customer_id=began.customer_id,
                    artisan_id=began.artisan_id,
                    currency=began.currency,
                    fee_bp=began.fee_bp,
                    deadlines=policies.resolve_commission(scale=began.time_scale),
                ),
                id=commission.workflow_id(began.commission_id),
                task_queue=commission.TASK_QUEUE,
                # It lives for months; this list may be empty tomorrow.
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(sa.PROCESS, commission.PROCESS),
                        SearchAttributePair(sa.CUSTOMER_ID, began.customer_id),
                        SearchAttributePair(sa.ARTISAN_IDS, [began.artisan_id]),
                        SearchAttributePair(sa.CURRENCY, began.currency),
                    ]
                ),
            )
