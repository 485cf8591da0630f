"""All SQL of places for commissions: how many a shop has, which are taken, who waits, and whom one is offered.

Every change of a waitlist locks its shop's row first, so that two requests for the last place, an offer and a change of
the number of places come one after the other. Mails are `activities.waitlist`'s.

A place is taken by a commission whose contract holds and that has not ended, and by a request that is being bargained
over, for its first `BARGAINING` days: whoever talks for longer without agreeing keeps nobody else out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.errors import InvalidInput, NotFound, NotNow
from models.repositories import commission_versions
from models.rules.commission.capacity import Promise, Waiting, next_offers, promise, refuse_capacity
from models.tables.capacity import CommissionWait, ShopCapacity
from models.tables.catalogue import Shop
from models.tables.commissions import CommissionMilestone, CommissionRow

BARGAINING = timedelta(days=7)
OPEN = ("waiting", "offered")
CLOSED_TO_COMMISSIONS = "This shop takes no commissions at the moment. Its ready pieces are still for sale."
NOT_WAITING = "This request is not on a waitlist any more. Reload the page to see where it stands."
OFFER_OVER = "This offer is over, and the place went to whoever was next. You can ask the shop again at any time."


@dataclass(frozen=True)
class Capacity:
    slots: int
    lead_days: int


@dataclass(frozen=True)
class Admission:
    """What becomes of a request. With `waits` its process does not begin now."""

    waits: bool
    promise: Promise | None
    """None: the artisan has not said how many pieces they take, so nothing is promised."""


@dataclass(frozen=True)
class Busy:
    """A commission that takes a place."""

    commission_id: str
    number: str
    agreed: bool
    due: date
    counts_until: datetime | None
    """Of one that is still bargained over."""


@dataclass(frozen=True)
class Looked:
    """The waitlist after a look at it."""

    offers: tuple[CommissionWait, ...]
    """Open ones, the new ones among them."""
    fresh: tuple[str, ...]
    passed: tuple[str, ...]
    anybody: bool
    look_again_at: datetime | None
    """When an offer runs out, or a bargain counts no more."""


async def get(session: AsyncSession, shop_id: str) -> Capacity | None:
    row = await session.get(ShopCapacity, shop_id, populate_existing=True)
    return Capacity(row.slots, row.lead_days) if row is not None else None


async def put(session: AsyncSession, shop_id: str, slots: int, lead_days: int) -> None:
    """Whoever waits keeps waiting, also when there is no place at all. Raises `InvalidInput`."""
    problem = refuse_capacity(slots, lead_days)
    if problem is not None:
        raise InvalidInput(problem, field="slots" if refuse_capacity(slots, 1) else "lead_days")
    values = {"slots": slots, "lead_days": lead_days, "changed_at": clock.now()}
    await session.execute(
        insert(ShopCapacity)
        .values(shop_id=shop_id, **values)
        .on_conflict_do_update(index_elements=["shop_id"], set_=values)
    )


async def busy(session: AsyncSession, shop_id: str, now: datetime, *, without: str = "") -> list[Busy]:
    """What takes a place now, the first to be finished in front."""
    capacity = await get(session, shop_id)
    lead = timedelta(days=capacity.lead_days if capacity else 1)
    since = func.coalesce(CommissionWait.decided_at, CommissionRow.created_at)
    bargained = and_(
        CommissionRow.agreed_at.is_(None),
        or_(CommissionWait.state.is_(None), CommissionWait.state == "taken"),
        since > now - BARGAINING,
    )
    rows = await session.execute(
        select(CommissionRow, since)
        .outerjoin(CommissionWait, CommissionWait.commission_id == CommissionRow.id)
        .where(
            CommissionRow.shop_id == shop_id,
            CommissionRow.ended_at.is_(None),
            CommissionRow.id != without,
            or_(CommissionRow.agreed_at.is_not(None), bargained),
        )
        .execution_options(populate_existing=True)
    )
    found = []
    for row, began in rows:
        due = await _due(session, row) if row.agreed_at is not None else (began + lead).date()
        until = began + BARGAINING if row.agreed_at is None else None
        found.append(Busy(row.id, row.number, row.agreed_at is not None, due, until))
    return sorted(found, key=lambda one: (one.due, one.commission_id))


async def due_dates(session: AsyncSession, shop_id: str, now: datetime) -> list[date]:
    """When each place that is taken should be free, soonest first."""
    return [one.due for one in await busy(session, shop_id, now)]


async def waits(session: AsyncSession, shop_id: str) -> Sequence[CommissionWait]:
    """Who waits or has an open offer, in their order."""
    rows = await session.scalars(
        select(CommissionWait)
        .where(CommissionWait.shop_id == shop_id, CommissionWait.state.in_(OPEN))
        .order_by(CommissionWait.asked_at, CommissionWait.commission_id)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def wait_of(session: AsyncSession, commission_id: str) -> CommissionWait | None:
    return await session.get(CommissionWait, commission_id, populate_existing=True)


async def promise_for(session: AsyncSession, shop_id: str, today: date, *, without: str = "") -> Promise | None:
    """For one more request. None for a shop that takes no commissions, or that has not said how many."""
    capacity = await get(session, shop_id)
    if capacity is None or capacity.slots == 0:
        return None
    taken = await busy(session, shop_id, clock.now(), without=without)
    ahead = len([one for one in await waits(session, shop_id) if one.commission_id != without])
    return promise(capacity.slots, capacity.lead_days, [one.due for one in taken], ahead, today)


async def admit(session: AsyncSession, shop_id: str, commission_id: str, customer_id: str, today: date) -> Admission:
    """A request whose row has just been added, in the same transaction: it begins now, or joins the waitlist.

    Safe to repeat: who waits already keeps their turn. Raises `NotNow` for a shop that takes no commissions.
    """
    capacity = await _locked(session, shop_id)
    if capacity is None:
        return Admission(False, None)
    found = await promise_for(session, shop_id, today, without=commission_id)
    earlier = await wait_of(session, commission_id)
    if earlier is not None:
        return Admission(earlier.state != "taken", found)
    if found is None:
        raise NotNow(CLOSED_TO_COMMISSIONS)
    if found.waits:
        session.add(
            CommissionWait(
                commission_id=commission_id,
                shop_id=shop_id,
                customer_id=customer_id,
                asked_at=clock.now(),
                state="waiting",
            )
        )
        await session.flush()
    return Admission(found.waits, found)


async def offer_places(session: AsyncSession, shop_id: str, now: datetime) -> Looked:
    """Moves on what ran out, and marks those whom a place is offered now. The caller says until when: `stands_until`.
    A shop that we have closed offers none until it is open again. Safe to repeat with the same instant."""
    capacity = await _locked(session, shop_id)
    passed = []
    for one in await waits(session, shop_id):
        if one.offered_until is not None and one.offered_until <= now:
            await _decide(session, one.commission_id, "passed", now)
            passed.append(one.commission_id)
    queue = await waits(session, shop_id)
    taken = await busy(session, shop_id, now)
    is_open = await session.scalar(select(Shop.status).where(Shop.id == shop_id)) == "approved"
    free = max(0, (capacity.slots if capacity and is_open else 0) - len(taken))
    fresh = next_offers([Waiting(one.commission_id, one.asked_at, one.offered_until) for one in queue], free, now)
    moments = [one.counts_until for one in taken if one.counts_until is not None]
    moments += [one.offered_until for one in queue if one.offered_until is not None]
    return Looked(
        offers=tuple(one for one in queue if one.state == "offered"),
        fresh=tuple(fresh),
        passed=tuple(passed),
        anybody=bool(queue),
        look_again_at=min(moments) if queue and moments else None,
    )


async def stands_until(session: AsyncSession, commission_id: str, until: datetime) -> None:
    """This one has an offer now. The shop's row is locked by `offer_places`."""
    await session.execute(
        update(CommissionWait)
        .where(CommissionWait.commission_id == commission_id, CommissionWait.state == "waiting")
        .values(state="offered", offered_until=until)
    )


async def take(session: AsyncSession, shop_id: str, commission_id: str, at: datetime) -> CommissionRow:
    """The offered place, at the instant at which its process heard of it. Safe to repeat. Raises `NotNow`."""
    await _locked(session, shop_id)
    wait = await wait_of(session, commission_id)
    if wait is None or wait.shop_id != shop_id or wait.state not in {"offered", "taken"}:
        raise NotNow(OFFER_OVER if wait is not None and wait.state == "passed" else NOT_WAITING)
    if wait.state == "offered":
        if wait.offered_until is None or wait.offered_until <= at:
            raise NotNow(OFFER_OVER)
        await _decide(session, commission_id, "taken", at)
    return await session.get_one(CommissionRow, commission_id)


async def leave(session: AsyncSession, commission_id: str, now: datetime) -> str:
    """The list, and with it the request. Answers the shop's id. Raises `NotFound`, `NotNow`."""
    wait = await wait_of(session, commission_id)
    if wait is None:
        raise NotFound("This request is on no waitlist.")
    await _locked(session, wait.shop_id)
    await session.refresh(wait)
    if wait.state not in {*OPEN, "withdrawn"}:
        raise NotNow(NOT_WAITING)
    if wait.state != "withdrawn":
        await _decide(session, commission_id, "withdrawn", now)
    return wait.shop_id


async def shop_that_waits(session: AsyncSession, commission_id: str) -> str | None:
    """The shop of a commission, if anybody waits for a place there."""
    return await session.scalar(
        select(CommissionWait.shop_id)
        .join(CommissionRow, CommissionRow.shop_id == CommissionWait.shop_id)
        .where(CommissionRow.id == commission_id, _is_open())
        .limit(1)
    )


def _is_open() -> ColumnElement[bool]:
    return CommissionWait.state.in_(OPEN)


async def _locked(session: AsyncSession, shop_id: str) -> Capacity | None:
    row = await session.scalar(
        select(ShopCapacity)
        .where(ShopCapacity.shop_id == shop_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return Capacity(row.slots, row.lead_days) if row is not None else None


async def _decide(session: AsyncSession, commission_id: str, state: str, at: datetime) -> None:
    """An end of the wait. Unless the place was taken, it is the end of the request, too."""
    await session.execute(
        update(CommissionWait)
        .where(CommissionWait.commission_id == commission_id)
        .values(state=state, decided_at=at)
        .execution_options(synchronize_session=False)
    )
    if state != "taken":
        await session.execute(
            update(CommissionRow)
            .where(CommissionRow.id == commission_id)
            .values(ended_at=at)
            .execution_options(synchronize_session=False)
        )


async def _due(session: AsyncSession, row: CommissionRow) -> date:
    """When the last milestone should be done: the newest due date that is known, and the days of what comes after."""
    terms = (await commission_versions.version(session, row.id, row.version)).terms if row.version else None
    rows = await session.execute(
        select(CommissionMilestone.number, CommissionMilestone.due_at).where(
            CommissionMilestone.commission_id == row.id, CommissionMilestone.due_at.is_not(None)
        )
    )
    known = {number: at for number, at in rows if at is not None}
    agreed = row.agreed_at or row.created_at
    if terms is None:
        return max((at.date() for at in known.values()), default=agreed.date())
    ahead = timedelta(days=sum(one.days for one in terms.milestones if one.number not in known))
    begins = max((at.date() for at in known.values()), default=max(terms.starts_on, agreed.date()))
    return begins + ahead
