"""Places of one shop: setting and showing them, what a newcomer is told, and the place that somebody is offered."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.capacity.explaining import CLOSED, NOTHING_SAID, dates, day, explain
from api.capacity.schemas import (
    BusyView,
    CapacityInput,
    CapacityView,
    CommissionTermsView,
    PlaceView,
    PromiseView,
    WaitView,
)
from api.process_client import ProcessClient
from core import clock
from models.errors import NotFound, NotNow
from models.repositories import capacity, commission_reading, commissions
from models.rules.commission.capacity import Promise, promise
from models.tables.capacity import CommissionWait
from workflows.waitlist import messages


@dataclass(frozen=True)
class CapacityService:
    """`session` is the request's; it is committed before a process is told."""

    session: AsyncSession
    processes: ProcessClient

    async def shown(self, shop_id: str) -> CapacityView:
        """To its artisan."""
        said = await capacity.get(self.session, shop_id)
        terms = await self._terms(shop_id)
        return CapacityView(
            slots=said.slots if said else None,
            lead_days=said.lead_days if said else None,
            backlog=[
                BusyView(commission_id=one.commission_id, number=one.number, agreed=one.agreed, due=one.due)
                for one in await capacity.busy(self.session, shop_id, clock.now())
            ],
            waiting=[
                WaitView(
                    commission_id=one.commission_id,
                    number=(await commissions.get(self.session, one.commission_id)).number,
                    asked_at=one.asked_at,
                    offered_until=one.offered_until,
                )
                for one in await capacity.waits(self.session, shop_id)
            ],
            text=terms.text,
        )

    async def put(self, shop_id: str, given: CapacityInput) -> CapacityView:
        """Whoever waits is offered what is free by it. Raises `InvalidInput`."""
        await capacity.put(self.session, shop_id, given.slots, given.lead_days)
        await self.session.commit()
        if await capacity.waits(self.session, shop_id):
            await self.processes.look_at_waitlist(shop_id)
        return await self.shown(shop_id)

    async def terms(self, slug: str) -> CommissionTermsView:
        """Raises `NotFound`."""
        shop = await commission_reading.shop(self.session, slug)
        if shop is None or not shop.is_open:
            raise NotFound("There is no such shop, or it is closed.")
        return await self._terms(shop.id)

    async def _terms(self, shop_id: str) -> CommissionTermsView:
        said = await capacity.get(self.session, shop_id)
        if said is None:
            return CommissionTermsView(takes_commissions=True, promise=None, text=NOTHING_SAID)
        found = await capacity.promise_for(self.session, shop_id, clock.now().date())
        if found is None:
            return CommissionTermsView(takes_commissions=False, promise=None, text=CLOSED)
        text = explain(found, await self._free_on(shop_id))
        return CommissionTermsView(takes_commissions=True, promise=_view(found), text=text)

    async def _free_on(self, shop_id: str) -> date | None:
        days = await capacity.due_dates(self.session, shop_id, clock.now())
        return max(days[0], clock.now().date()) if days else None

    async def place(self, commission_id: str) -> PlaceView | None:
        """None: this request is on no waitlist, and never was."""
        wait = await capacity.wait_of(self.session, commission_id)
        if wait is None:
            return None
        queue = [one.commission_id for one in await capacity.waits(self.session, wait.shop_id)]
        ahead = queue.index(commission_id) if commission_id in queue else 0
        return PlaceView(
            commission_id=commission_id,
            state=wait.state,
            offered_until=wait.offered_until if wait.state == "offered" else None,
            ahead=ahead,
            text=await self._stands(wait, ahead),
        )

    async def own_place(self, person: Person, commission_id: str) -> PlaceView:
        """To the customer who waits. Raises `NotFound`."""
        await self._own(person, commission_id)
        return await self._now(commission_id)

    async def take(self, person: Person, commission_id: str) -> PlaceView:
        """The place that they are offered; their commission begins. Raises `NotFound`, `NotNow`, `Unavailable`."""
        wait = await self._own(person, commission_id)
        if wait.state != "taken":
            if wait.state != "offered":
                raise NotNow(_stands(wait, 0))
            shop_id = wait.shop_id
            await self.session.commit()
            await self.processes.update(
                messages.workflow_id(shop_id),
                "take",
                messages.TakePlace(person.id, commission_id),
                messages.PlaceTaken,
                update_id=f"take-{commission_id}",
            )
        return await self._now(commission_id)

    async def leave(self, person: Person, commission_id: str) -> PlaceView:
        """The list, and with it the request. Raises `NotFound`, `NotNow`."""
        wait = await self._own(person, commission_id)
        shop_id = wait.shop_id
        await capacity.leave(self.session, commission_id, clock.now())
        await self.session.commit()
        await self.processes.look_at_waitlist(shop_id)
        return await self._now(commission_id)

    async def _stands(self, wait: CommissionWait, ahead: int) -> str:
        """Who still waits is told when their turn could be, counted as for a newcomer with as many ahead."""
        said = await capacity.get(self.session, wait.shop_id)
        if wait.state != "waiting" or said is None or said.slots == 0:
            return _stands(wait, ahead)
        taken = await capacity.due_dates(self.session, wait.shop_id, clock.now())
        found = promise(said.slots, said.lead_days, taken, ahead, clock.now().date())
        return f"{_stands(wait, ahead)} {dates(found)}"

    async def _own(self, person: Person, commission_id: str) -> CommissionWait:
        wait = await capacity.wait_of(self.session, commission_id)
        if wait is None or wait.customer_id != person.id:
            raise NotFound("This request is on no waitlist.")
        return wait

    async def _now(self, commission_id: str) -> PlaceView:
        found = await self.place(commission_id)
        assert found is not None  # noqa: S101 - a wait is never deleted
        return found


def _view(found: Promise) -> PromiseView:
    return PromiseView(
        slots=found.slots,
        taken=found.taken,
        ahead=found.ahead,
        waits=found.waits,
        begins=found.starts_on,
        finished=found.finished_on,
    )


def _stands(wait: CommissionWait, ahead: int) -> str:
    if wait.state == "waiting":
        people = {0: "You are next", 1: "1 person is ahead of you"}.get(ahead, f"{ahead} people are ahead of you")
        return f"{people}. You hear by mail when there is a place for you; nothing is charged."
    if wait.state == "offered" and wait.offered_until is not None:
        until = f"{wait.offered_until:%H:%M} UTC on {day(wait.offered_until.date())}"
        return f"There is a place for you until {until}. After that it goes to whoever is next."
    return {
        "taken": "You took the place that was offered, and your commission has begun.",
        "passed": "The place that was offered was not taken in time, so this request has ended. You can ask again.",
    }.get(wait.state, "You left the waitlist, so this request has ended. You can ask again.")
