"""What a change order may change, and what it does to time.

Owns the rules between two versions of a contract. What has been begun stands: nobody changes the price of work that is
under way, or takes away money that somebody has earned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.errors import InvalidInput
from models.rules.commission.contract import Milestone, Stage, Terms, refuse_terms
from models.rules.money import written


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions side by side, as both sides read it before they agree."""

    price_minor: int
    """More (positive) or less, before tax and with shipping."""
    days: int
    added: tuple[int, ...]
    """Milestones by number."""
    dropped: tuple[int, ...]
    changed: tuple[int, ...]


def difference(old: Terms, new: Terms) -> Difference:
    before = {milestone.number: milestone for milestone in old.milestones}
    after = {milestone.number: milestone for milestone in new.milestones}
    return Difference(
        price_minor=new.total_minor - old.total_minor,
        days=new.days - old.days,
        added=tuple(number for number in after if number not in before),
        dropped=tuple(number for number in before if number not in after),
        changed=tuple(number for number in after if number in before and after[number] != before[number]),
    )


def refuse_change(
    old: Terms,
    new: Terms,
    stages: Mapping[int, Stage],
    revisions_used: Mapping[int, int],
    *,
    price_minor: int,
    today: date,
) -> None:
    """Raises `InvalidInput` with what to do, for a change that nobody may propose. `revisions_used` is by milestone."""
    # The first day and the deposit lie behind both; what they were is no question any more.
    refuse_terms(_from_today(new, old, today), price_minor=price_minor, asked_in=old.currency, today=today)
    if new == old:
        raise InvalidInput("Nothing is changed by this. Change a milestone, its price or its days first.")
    if (new.starts_on, new.deposit_minor) != (old.starts_on, old.deposit_minor):
        raise InvalidInput("The deposit is paid and work may have begun. Change the milestones ahead.", field="deposit")
    proposed = {milestone.number: milestone for milestone in new.milestones}
    for milestone in old.milestones:
        stage = stages[milestone.number]
        if stage.is_begun:
            _refuse_touching(milestone, proposed.get(milestone.number), stage, old.currency)
    begun = [number for number, stage in stages.items() if stage.is_begun]
    fresh = [milestone.number for milestone in new.milestones if milestone.number not in stages]
    if begun and fresh and min(fresh) < max(begun):
        raise InvalidInput("A new milestone comes after those that have begun.", field="milestones")
    if fresh and min(fresh) <= max(stages):
        raise InvalidInput(
            f"A number is used once: give new milestones numbers from {max(stages) + 1} on.", field="milestones"
        )
    most_used = max(revisions_used.values(), default=0)
    if new.revisions < most_used:
        raise InvalidInput(f"{most_used} revisions of one milestone were used already.", field="revisions")
    if (new.reserved_bp, new.begun_bp) != (old.reserved_bp, old.begun_bp):
        raise InvalidInput("What leaving costs was agreed on with the contract, and stays.", field="begun_bp")


def retimed(deadline: datetime, old: Terms, new: Terms, number: int) -> datetime:
    """An open deadline of milestone `number` under the changed contract: as much later, or earlier, as its days are.

    A frame due on 1 June gets ten days more: 11 June. Time that somebody has for an answer moves with nothing.
    """
    return deadline + timedelta(days=new.numbered(number).days - old.numbered(number).days)


def _from_today(new: Terms, old: Terms, today: date) -> Terms:
    first = new.milestones[0].amount_minor if new.milestones else 0
    return Terms(
        currency=new.currency,
        milestones=new.milestones,
        deposit_minor=min(max(old.deposit_minor, first), new.price_minor),
        shipping_minor=new.shipping_minor,
        starts_on=max(old.starts_on, today),
        revisions=new.revisions,
        reserved_bp=new.reserved_bp,
        begun_bp=new.begun_bp,
    )


def _refuse_touching(milestone: Milestone, proposed: Milestone | None, stage: Stage, currency: str) -> None:
    where = f"milestones.{milestone.number}"
    if proposed is None:
        raise InvalidInput(f"Milestone {milestone.number} has begun and can't be left out.", field=where)
    if proposed.amount_minor != milestone.amount_minor:
        raise InvalidInput(
            f"Milestone {milestone.number} has begun for {written(milestone.amount_minor, currency)} {currency}. "
            "Put what is more into a new milestone.",
            field=where,
        )
    if proposed.days != milestone.days and stage is not Stage.WORKING:
        raise InvalidInput(f"Milestone {milestone.number} is made. Its days can't change any more.", field=where)
