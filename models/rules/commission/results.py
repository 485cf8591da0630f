"""What the outcome of a task means for a commission: the provider's word, or that our own step is done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.rules.commission import altering, bargaining, funding, leaving
from models.rules.commission.advancing import advance
from models.rules.commission.record import Commission, Do, Status, Task


class Outcome(StrEnum):
    DONE = "done"
    PAID = "paid"
    OPEN = "open"  # the customer may still pay
    DECLINED = "declined"
    NEEDS_CUSTOMER = "needs_customer"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    minor: int = 0
    """Of an assessment: the tax."""
    why: str = ""
    """Of a decline: the provider's code."""


def hear(it: Commission, task: Task, result: Result, now: datetime) -> None:
    """Raises `RuntimeError` for an outcome that the task can't have: the process stops there and is looked at."""
    match task.do:
        case Do.ASSESS_TAX if it.status is Status.ACCEPTED:
            bargaining.tax_assessed(it, result.minor, now)
        case Do.ASSESS_TAX:
            altering.tax_assessed(it, result.minor)
        case Do.OPEN_DEPOSIT | Do.CLOSE_DEPOSIT | Do.CHARGE | Do.CANCEL_CHARGE | Do.LOOK_UP:
            _money_in(it, task, result, now)
        case Do.RELEASE:
            it.milestones[task.number].released = True
        case Do.GIVE_BACK:
            it.back_minor += task.minor
        case Do.SETTLE:
            leaving.settled(it)
        case Do.SHIP:
            leaving.completed(it)
    advance(it, now)


def _money_in(it: Commission, task: Task, result: Result, now: datetime) -> None:
    if it.charging is None or task.attempt != it.attempt:
        return  # the answer to a question that is settled: a look-up that came after the charge's own word
    match result.outcome:
        case Outcome.PAID:
            funding.paid(it)
        case Outcome.CANCELLED if it.ending is not None:
            leaving.charge_cancelled(it)
        case Outcome.CANCELLED:
            funding.lapsed(it)
        case Outcome.DECLINED if task.do is not Do.CANCEL_CHARGE and it.status is Status.FUNDING:
            funding.declined(it, now, result.why)
        case Outcome.NEEDS_CUSTOMER if task.do is not Do.CANCEL_CHARGE and it.status is Status.FUNDING:
            funding.needs_customer(it, now)
        case Outcome.OPEN | Outcome.DECLINED | Outcome.NEEDS_CUSTOMER if task.do in {Do.OPEN_DEPOSIT, Do.LOOK_UP}:
            return  # they may still pay
        case _:
            raise RuntimeError(f"{task.do.value} can't end as {result.outcome.value}")
