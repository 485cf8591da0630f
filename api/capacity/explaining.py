"""Promised dates in words, with why they are what they are. Knows no database."""

from datetime import date

from babel.dates import format_date

from models.rules.commission.capacity import Promise

NOTHING_SAID = (
    "This artisan has not said how many commissions they take at once. Their offer says when they could begin."
)
CLOSED = "This shop takes no commissions at the moment."
LOCALE = "en"


def day(on: date) -> str:
    """`10 May 2026`."""
    return format_date(on, "d MMMM y", locale=LOCALE)


def explain(promise: Promise, free_on: date | None = None) -> str:
    """`2 of 2 places are taken until 10 May 2026, and 1 person is ahead of you. Work could begin ...`

    `free_on` is the day on which the first of the places that are taken should be free.
    """
    return f"{_places(promise, free_on)} {_dates(promise)}"


def _places(promise: Promise, free_on: date | None) -> str:
    many = f"{promise.taken} of {promise.slots} {'place' if promise.slots == 1 else 'places'}"
    taken = f"{many} {'is' if promise.taken == 1 else 'are'} taken"
    if promise.taken >= promise.slots and free_on is not None:
        taken += f" until {day(free_on)}"
    ahead = ""
    if promise.ahead:
        people = "1 person is" if promise.ahead == 1 else f"{promise.ahead} people are"
        ahead = f", and {people} ahead of you"
    if promise.taken == 0:
        taken = "A place is free" if promise.slots == 1 else f"All {promise.slots} places are free"
    return f"{taken}{ahead}."


def dates(promise: Promise) -> str:
    """When work could begin, and when it could be finished."""
    return f"Work could begin on {day(promise.starts_on)} and be finished about {day(promise.finished_on)}."


def _dates(promise: Promise) -> str:
    return f"A request joins the waitlist. {dates(promise)}" if promise.waits else dates(promise)
