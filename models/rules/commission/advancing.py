"""What goes on by itself: the step that follows from a message, and what happens when a wait is over.

`advance` is called after every message and every timer, so that nobody else has to know what comes next. Of a message
and a timer that come at the same instant the message wins: the process asks the record once more before it fires.
"""

from dataclasses import dataclass
from datetime import datetime

from models.rules.commission import altering, bargaining, funding, leaving, making
from models.rules.commission.contract import Stage
from models.rules.commission.endings import Ending
from models.rules.commission.record import Commission, Do, Status, other
from models.types import Party


@dataclass(frozen=True, slots=True)
class Timer:
    """A wait of somebody's, and what it is called in the process's history."""

    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Who must act now, until when, and what happens then, in codes."""

    waiting_on: Party = Party.NOBODY
    until: datetime | None = None
    then: str = ""


def advance(it: Commission, now: datetime) -> None:
    if it.status in {Status.WORKING, Status.IN_REVIEW}:
        if it.ending is not None:
            it.status = Status.ENDING
            it.must(Do.SETTLE)
            return
        if it.agreed_change is not None and it.change_tax_minor is not None:
            altering.carry_out(it, now)
    if it.status is Status.WORKING:
        funding.next_step(it, now)


def timers(it: Commission, now: datetime) -> list[Timer]:
    """All that run now, the next one first."""
    found: list[Timer | None] = []
    if it.ending is None and not it.status.is_final and it.status is not Status.PAUSED:
        found = [*_of_status(it, now), _at(it.change.until if it.change else None, "change")]
        found.append(_at(it.end_offer[2] if it.end_offer else None, "end_offer"))
    return sorted((timer for timer in found if timer is not None), key=lambda timer: (timer.at, timer.name))


def _of_status(it: Commission, now: datetime) -> list[Timer | None]:
    match it.status:
        case Status.REQUESTED:
            return [Timer(it.asked_at + it.waits.quote_within, "quote")]
        case Status.OFFERED:
            return [_at(it.offer.until if it.offer else None, "offer")]
        case Status.AWAITING_DEPOSIT:
            return [_at(funding.gives_up_at(it), "deposit"), _at(funding.looks_at(it), "look")]
        case Status.AWAITING_FUNDS:
            again, look, over = funding.retries_at(it), funding.looks_at(it), funding.gives_up_at(it)
            return [_at(again, "charge_again"), _at(look, "look"), _at(over, "funds")]
        case Status.WORKING:
            return _of_work(it, now)
        case Status.IN_REVIEW:
            return _of_review(it)
    return []


def _of_work(it: Commission, now: datetime) -> list[Timer | None]:
    number = it.current
    if number is None:
        return []
    progress = it.milestones[number]
    if progress.stage is Stage.FUNDED:
        return [Timer(funding.begins_at(it, number, now), "begin")]
    late = making.leaves_late_at(it)
    return [
        None if progress.late_told else _at(progress.due_at, "due"),
        _at(late + it.waits.silent_grace if late else None, "artisan_silent"),
    ]


def _of_review(it: Commission) -> list[Timer | None]:
    number = it.current
    progress = it.milestones[number] if number is not None else None
    if progress is None or progress.submitted_at is None:
        return []
    reminders = [progress.submitted_at + wait for wait in it.waits.remind_after]
    return [
        _at(reminders[progress.reminded], "reminder") if progress.reminded < len(reminders) else None,
        Timer(progress.submitted_at + it.waits.approve_within, "silence"),
    ]


def fire(it: Commission, name: str, now: datetime) -> None:
    """A wait is over."""
    number = it.current if it.terms is not None else None
    match name, number:
        case (("quote" | "offer"), _):
            bargaining.lapse(it, "request_lapsed" if name == "quote" else "offer_lapsed")
        case (("deposit" | "funds"), _):
            leaving.end(it, Ending.CUSTOMER_SILENT, Party.SYSTEM)
        case "look", _:
            funding.look(it)
        case "charge_again", _:
            funding.try_again(it)
        case "begin", int(turn):
            funding.begin(it, turn, now)
        case "due", int(turn):
            making.run_late(it, turn)
        case "artisan_silent", _:
            leaving.end(it, Ending.ARTISAN_LATE, Party.SYSTEM)
        case "reminder", int(turn):
            making.remind(it, turn)
        case "silence", int(turn):
            making.approve(it, turn, now, by=Party.SYSTEM)
        case "change", _:
            altering.lapse(it)
        case "end_offer", _:
            it.end_offer = None
            it.tell(Party.SYSTEM, "end_offer_lapsed")
        case _:
            raise RuntimeError(f"no wait is called {name}")
    advance(it, now)


_THEN = {
    "quote": (Party.ARTISAN, "request_lapses"),
    "deposit": (Party.CUSTOMER, "contract_lapses"),
    "charge_again": (Party.CUSTOMER, "card_is_tried_again"),
    "funds": (Party.CUSTOMER, "commission_ends"),
    "begin": (Party.NOBODY, "work_begins"),
    "due": (Party.ARTISAN, "customer_is_told"),
    "artisan_silent": (Party.ARTISAN, "commission_ends_with_refund"),
    "reminder": (Party.CUSTOMER, "silence_approves"),
    "silence": (Party.CUSTOMER, "silence_approves"),
}


def standing(it: Commission, now: datetime) -> Standing:
    """The one sentence at the top of the page: what now, by when, what happens if not."""
    if it.status is Status.OFFERED and it.offer is not None:
        return Standing(other(it.offer.by), it.offer.until, "offer_lapses")
    if it.status in {Status.FUNDING, Status.ENDING, Status.ACCEPTED} or it.ending is not None:
        return Standing(Party.NOBODY if it.status.is_final else Party.PROVIDER)
    if it.status is Status.PAUSED:
        return Standing(Party.ADMINISTRATOR)
    own = [timer for timer in timers(it, now) if timer.name in _THEN]
    if it.status is Status.AWAITING_FUNDS:  # the day on which it matters, not that of the next try
        own = [timer for timer in own if timer.name == "funds"] or own
    if it.status is Status.IN_REVIEW:
        own = [timer for timer in own if timer.name == "silence"] or own
    asked = _asked(it)
    if asked is not None and (not own or asked.at < own[0].at):
        return Standing(asked.of, asked.at, f"{asked.name}_lapses")
    if not own:
        return Standing(Party.COURIER if it.status is Status.FINISHED else Party.NOBODY)
    waiting_on, then = _THEN[own[0].name]
    return Standing(waiting_on, own[0].at, then)


@dataclass(frozen=True, slots=True)
class _Asked:
    at: datetime
    name: str
    of: Party


def _asked(it: Commission) -> _Asked | None:
    """What one side has proposed to the other, the one that lapses first: the work goes on meanwhile."""
    found = []
    if it.change is not None:
        found.append(_Asked(it.change.until, "change", other(it.change.by)))
    if it.end_offer is not None:
        by, _, until = it.end_offer
        found.append(_Asked(until, "end_offer", other(by)))
    return min(found, key=lambda one: one.at, default=None)


def _at(at: datetime | None, name: str) -> Timer | None:
    return None if at is None else Timer(at, name)
