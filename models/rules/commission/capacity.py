"""How many commissions an artisan takes at once, and when the next one could begin.

Owns the arithmetic of slots. A slot is taken from the request's acceptance to the piece's completion. Who waits is
offered a free slot in the order in which they asked; an offer that nobody takes in time moves on.

Worked example: two slots, 30 days of lead time. One is free from 10 May, the other from 1 June, and one person waits
already. They would begin on 10 May, so the next one begins on 1 June and has the piece on 1 July.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heapify, heapreplace

MOST_SLOTS = 50
LONGEST_LEAD_DAYS = 730


@dataclass(frozen=True, slots=True)
class Promise:
    """When a piece could begin and be finished, and why not earlier."""

    starts_on: date
    finished_on: date
    slots: int
    taken: int
    """Slots in use on the day of the question."""
    ahead: int
    """People who wait and come first."""

    @property
    def waits(self) -> bool:
        """Whether the request joins the waitlist."""
        return self.taken + self.ahead >= self.slots


def promise(slots: int, lead_days: int, free_on: Sequence[date], ahead: int, today: date) -> Promise:
    """The earliest dates for one more request.

    `free_on` holds the day on which each commission under way is due (one that is late is due today at the earliest);
    `ahead` counts those who wait already, each for a piece of `lead_days`. Raises `ValueError` without any slot: then
    the shop takes no commissions, and nobody is asked this.
    """
    if slots < 1 or lead_days < 1:
        raise ValueError("a shop that takes commissions has a slot and a lead time")
    free = [max(day, today) for day in free_on]
    # More under way than slots (the artisan has lowered them): the first to end free nothing.
    days = sorted(free)[max(0, len(free) - slots) :] + [today] * max(0, slots - len(free))
    heapify(days)
    lead = timedelta(days=lead_days)
    for _ in range(ahead):
        heapreplace(days, days[0] + lead)
    return Promise(days[0], days[0] + lead, slots, len(free), ahead)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody on a waitlist. An offer is open while `offered_until` lies ahead."""

    id: str
    asked_at: datetime
    offered_until: datetime | None = None
    passed: bool = False
    """An offer of theirs ran out or was declined."""


def next_offers(waiting: Sequence[Waiting], free_slots: int, now: datetime) -> list[str]:
    """Whom to offer a slot now, in their order. An open offer keeps its slot; one that passed is not made again."""
    queue = sorted((one for one in waiting if not one.passed), key=lambda one: (one.asked_at, one.id))
    open_offers = sum(1 for one in queue if one.offered_until is not None and now < one.offered_until)
    fresh = [one.id for one in queue if one.offered_until is None]
    return fresh[: max(0, free_slots - open_offers)]


def refuse_capacity(slots: int, lead_days: int) -> str | None:
    """Why an artisan can't work like that, in words; None when they can. No slot at all closes commissions."""
    if not 0 <= slots <= MOST_SLOTS:
        return f"Take 0 to {MOST_SLOTS} commissions at once; 0 takes none."
    if not 1 <= lead_days <= LONGEST_LEAD_DAYS:
        return f"A lead time lies between 1 and {LONGEST_LEAD_DAYS} days."
    return None
