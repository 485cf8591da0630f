"""The terms of a commission: what two people agree on, and which terms nobody can agree on.

Owns the numbers and dates of one version of a contract. Words, pictures and titles stand in SQL beside it; what is
charged when is `charges`', what happens when somebody leaves is `endings`'.

Worked example: a walnut desk for USD 1,200.00 and 80.00 of shipping. Milestones: drawing 200.00 in 10 days, frame
600.00 in 30 days, finish 400.00 in 20 days. Deposit 300.00: the drawing's 200.00, and 100.00 towards the frame.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate

from models.errors import CurrencyMismatch, InvalidInput
from models.rules.money import LEAST, MOST, refuse_unchargeable, written
from models.types import MAX_MINOR, Money

MOST_MILESTONES = 40
MOST_REVISIONS = 10
LONGEST_DAYS = 730
"""Of all milestones together: what takes longer is another commission."""
MOST_KEPT_BP = 10_000
MOST_AT_ONCE = MOST * 3 // 4
"""Of one charge before tax, which is known only once both have agreed: no tax of the world fills the rest."""


class Stage(StrEnum):
    """Where one milestone stands."""

    PLANNED = "planned"
    FUNDED = "funded"  # its money is held, its work may begin
    WORKING = "working"
    SUBMITTED = "submitted"  # proof is given, the customer's answer is awaited
    APPROVED = "approved"  # by the customer, or by their silence

    @property
    def is_begun(self) -> bool:
        return self in {Stage.WORKING, Stage.SUBMITTED, Stage.APPROVED}


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step of the work. Its number stays its own through all versions of the contract."""

    number: int
    amount_minor: int
    """Before tax, which is charged on top."""
    days: int
    """Of work, from when its money is held and the milestone before is approved."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a contract. Amounts are minor units of `currency`, before tax."""

    currency: str
    milestones: tuple[Milestone, ...]
    deposit_minor: int
    """Paid at acceptance. It funds the first milestone; what is more counts towards the next ones."""
    shipping_minor: int
    """Charged with the last milestone."""
    starts_on: date
    revisions: int = 2
    """That the customer may ask for, of each milestone."""
    reserved_bp: int = 1_000
    """The artisan's share of a funded milestone whose work has not begun, when the customer leaves."""
    begun_bp: int = 5_000
    """The same once its work has begun. What has been submitted is the artisan's whole."""

    @property
    def price_minor(self) -> int:
        """Of the work, without shipping."""
        return sum(milestone.amount_minor for milestone in self.milestones)

    @property
    def total_minor(self) -> int:
        return self.price_minor + self.shipping_minor

    @property
    def days(self) -> int:
        return sum(milestone.days for milestone in self.milestones)

    def numbered(self, number: int) -> Milestone:
        """Raises `KeyError` for a number that the contract does not have."""
        for milestone in self.milestones:
            if milestone.number == number:
                return milestone
        raise KeyError(number)


def refuse_terms(terms: Terms, *, price_minor: int, asked_in: str, today: date) -> None:
    """Raises `InvalidInput`, or `CurrencyMismatch`, with the field and what to do, for terms that nobody may offer.

    `price_minor` is the price that was written beside the milestones, `asked_in` the currency of the request.
    """
    if terms.currency != asked_in:
        raise CurrencyMismatch(f"The customer asked in {asked_in}. Make your quote in {asked_in}.", field="currency")
    _refuse_milestones(terms)
    price = written(terms.price_minor, terms.currency)
    if price_minor != terms.price_minor:
        raise InvalidInput(
            f"The milestones add up to {price} {terms.currency}, the price says "
            f"{written(price_minor, terms.currency)}. Make them equal.",
            field="price",
        )
    _refuse_money(terms)
    if terms.starts_on < today:
        raise InvalidInput("Work can't begin in the past. Choose today or a later day.", field="starts_on")
    if terms.starts_on > today + timedelta(days=LONGEST_DAYS):
        raise InvalidInput("Work can begin within two years at the latest.", field="starts_on")
    if not 0 <= terms.revisions <= MOST_REVISIONS:
        raise InvalidInput(f"Agree on 0 to {MOST_REVISIONS} revisions of each milestone.", field="revisions")
    if not 0 <= terms.reserved_bp <= terms.begun_bp <= MOST_KEPT_BP:
        raise InvalidInput(
            "What you keep when the customer leaves lies between 0 and 100 per cent, and is not less once work has "
            "begun.",
            field="begun_bp",
        )


def timetable(terms: Terms, begun: dict[int, date], approved: dict[int, date], today: date) -> dict[int, date]:
    """The day by which each milestone is due, by number.

    `begun` and `approved` hold the days on which milestones did. What lies ahead follows what is before it: it begins
    on its predecessor's due day (or today, when that has passed), so that one late milestone moves all later ones.
    """
    due = {}
    free = terms.starts_on
    for milestone in terms.milestones:
        starts = begun.get(milestone.number, max(free, today) if milestone.number not in approved else free)
        due[milestone.number] = starts + timedelta(days=milestone.days)
        free = approved.get(milestone.number, due[milestone.number])
    return due


def finished_by(terms: Terms, begun: dict[int, date], approved: dict[int, date], today: date) -> date:
    """The promise that the customer reads: when the last milestone is due."""
    return timetable(terms, begun, approved, today)[terms.milestones[-1].number]


def funded_by(terms: Terms) -> dict[int, int]:
    """What must have been paid before each milestone begins: all milestones up to it, by number."""
    sums = accumulate(milestone.amount_minor for milestone in terms.milestones)
    return {milestone.number: total for milestone, total in zip(terms.milestones, sums, strict=True)}


def _refuse_milestones(terms: Terms) -> None:
    if not 1 <= len(terms.milestones) <= MOST_MILESTONES:
        raise InvalidInput(f"A contract has 1 to {MOST_MILESTONES} milestones.", field="milestones")
    numbers = [milestone.number for milestone in terms.milestones]
    if numbers != sorted(set(numbers)) or numbers[0] < 1:
        raise InvalidInput("Number the milestones in their order, each once.", field="milestones")
    for milestone in terms.milestones:
        where = f"milestones.{milestone.number}"
        if not 0 < milestone.amount_minor <= MAX_MINOR:
            raise InvalidInput(f"Milestone {milestone.number} needs an amount above zero.", field=where)
        refuse_unchargeable(Money(milestone.amount_minor, terms.currency), where)
        if milestone.days < 1:
            raise InvalidInput(f"Milestone {milestone.number} takes a day at the least.", field=where)
    if terms.days > LONGEST_DAYS:
        raise InvalidInput("A commission takes two years at the most. Split it into two.", field="milestones")


def _refuse_money(terms: Terms) -> None:
    if terms.shipping_minor < 0:
        raise InvalidInput("Shipping can't cost less than nothing.", field="shipping")
    if terms.total_minor > MAX_MINOR:
        raise InvalidInput("This is more than can be paid. Split it into two commissions.", field="price")
    refuse_unchargeable(Money(terms.shipping_minor, terms.currency), "shipping")
    _refuse_too_much(terms)
    first = terms.milestones[0].amount_minor
    if not first <= terms.deposit_minor <= terms.price_minor:
        raise InvalidInput(
            f"The deposit pays for the first milestone, {written(first, terms.currency)} {terms.currency}, "
            "and is not more than the price.",
            field="deposit",
        )
    refuse_unchargeable(Money(terms.deposit_minor, terms.currency), "deposit")
    if terms.deposit_minor < LEAST[terms.currency]:
        least = written(LEAST[terms.currency], terms.currency)
        raise InvalidInput(f"A card payment is {terms.currency} {least} at the least.", field="deposit")


def _refuse_too_much(terms: Terms) -> None:
    """What is charged at once: the deposit, each milestone, and shipping with the last one."""
    last = terms.milestones[-1]
    parts = [(f"milestones.{one.number}", one.amount_minor) for one in terms.milestones]
    parts += [("deposit", terms.deposit_minor), (f"milestones.{last.number}", last.amount_minor + terms.shipping_minor)]
    for where, minor in parts:
        if minor > MOST_AT_ONCE:
            most = written(MOST_AT_ONCE, terms.currency)
            raise InvalidInput(
                f"At most {terms.currency} {most} can be charged at once, the last milestone with shipping. Make "
                "more milestones of it, and the deposit smaller.",
                field=where,
            )
