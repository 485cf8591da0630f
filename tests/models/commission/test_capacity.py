"""Slots, promised dates and the order of a waitlist."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.commission.capacity import Waiting, next_offers, promise, refuse_capacity

TODAY = date(2026, 5, 4)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_worked_example() -> None:
    told = promise(2, 30, [date(2026, 5, 10), date(2026, 6, 1)], 1, TODAY)
    assert (told.starts_on, told.finished_on, told.waits) == (date(2026, 6, 1), date(2026, 7, 1), True)


@pytest.mark.parametrize(
    ("slots", "free_on", "ahead", "starts", "waits"),
    [
        (1, [], 0, TODAY, False),
        (2, [date(2026, 5, 10)], 0, TODAY, False),
        (1, [date(2026, 5, 10)], 0, date(2026, 5, 10), True),
        (1, [date(2026, 4, 1)], 0, TODAY, True),  # late: it ends today at the earliest
        (1, [date(2026, 5, 10)], 2, date(2026, 7, 9), True),
        (1, [date(2026, 5, 10), date(2026, 6, 1)], 0, date(2026, 6, 1), True),  # slots were lowered
        (3, [], 1, TODAY, False),
    ],
)
def test_when_the_next_one_begins(slots: int, free_on: list[date], ahead: int, starts: date, waits: bool) -> None:
    told = promise(slots, 30, free_on, ahead, TODAY)
    assert (told.starts_on, told.waits) == (starts, waits)


def test_without_a_slot_nothing_is_promised() -> None:
    with pytest.raises(ValueError, match="slot"):
        promise(0, 30, [], 0, TODAY)


@given(
    slots=st.integers(1, 6),
    lead=st.integers(1, 90),
    days=st.lists(st.integers(-30, 200), max_size=10),
    ahead=st.integers(0, 10),
)
def test_who_comes_later_never_begins_earlier(slots: int, lead: int, days: list[int], ahead: int) -> None:
    free_on = [TODAY + timedelta(days=day) for day in days]
    earlier = promise(slots, lead, free_on, ahead, TODAY)
    later = promise(slots, lead, free_on, ahead + 1, TODAY)
    assert TODAY <= earlier.starts_on <= later.starts_on
    assert promise(slots + 1, lead, free_on, ahead, TODAY).starts_on <= earlier.starts_on


def waiting(*states: tuple[datetime | None, bool]) -> list[Waiting]:
    return [Waiting(f"w{n}", NOW + n * HOUR, until, passed) for n, (until, passed) in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "free", "offered"),
    [
        ([(None, False), (None, False)], 1, ["w0"]),
        ([(None, False), (None, False)], 0, []),
        ([(NOW + HOUR, False), (None, False)], 1, []),  # the open offer keeps the slot
        ([(NOW + HOUR, False), (None, False)], 2, ["w1"]),
        ([(NOW - HOUR, True), (None, False)], 1, ["w1"]),  # passed: it moves on
        ([(NOW - HOUR, True), (NOW - HOUR, True)], 5, []),
    ],
)
def test_a_free_slot_is_offered_in_order(
    states: list[tuple[datetime | None, bool]], free: int, offered: list[str]
) -> None:
    assert next_offers(waiting(*states), free, NOW) == offered


@pytest.mark.parametrize(
    ("slots", "lead", "fine"),
    [(0, 30, True), (50, 730, True), (51, 30, False), (-1, 30, False), (2, 0, False), (2, 731, False)],
)
def test_what_an_artisan_may_set(slots: int, lead: int, fine: bool) -> None:
    assert (refuse_capacity(slots, lead) is None) is fine
