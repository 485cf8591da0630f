"""What a commission charges, when, and what each milestone holds of it.

Owns the payment plan of a contract. The provider charges, the ledger holds; this says how much.

All amounts lie on one line from 0 to the contract's total: the milestones in their order, shipping behind the last.
Charges cover it from the left, each with its tax spread evenly over its own stretch. So what a milestone holds never
changes by a later charge or a later version of the contract, and nothing is lost between two roundings.

The desk of `contract`, with 8 % tax on 1,280.00 (102.40), is paid in charges of 300.00 + 24.00 (deposit), 500.00 +
40.00 before the frame (600.00 less the 100.00 that the deposit left over), and 480.00 + 38.40 before the finish (400.00
and 80.00 of shipping).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from models.errors import InvalidInput
from models.rules.commission.contract import Terms, funded_by
from models.rules.money import LEAST, nearest, step_of, written
from models.rules.refunds import Share
from models.rules.splits import basis_points

AUTHORISED_FOR = timedelta(days=5)
"""How long every card's authorisation can be relied on; the provider's `capture_before` is often two days later
(https://docs.stripe.com/payments/place-a-hold-on-a-payment-method)."""


class Plan(StrEnum):
    """How the money is taken (`plan_for`)."""

    AUTHORISE = "authorise_then_capture"
    CHARGE = "charge_and_hold"


def plan_for(work: timedelta, answer_within: timedelta) -> Plan:
    """An authorisation is enough only where work and the customer's answer fit into its life. Whatever takes longer is
    charged before its work begins, and held: an authorisation of last month would have lapsed without a word."""
    return Plan.AUTHORISE if work + answer_within <= AUTHORISED_FOR else Plan.CHARGE


@dataclass(frozen=True, slots=True)
class Charge:
    """One payment, in minor units of the contract's currency."""

    before: int
    """Number of the milestone that can't begin without it."""
    amount_minor: int
    """Work and shipping, before tax."""
    tax_minor: int

    @property
    def total_minor(self) -> int:
        return self.amount_minor + self.tax_minor


def planned(terms: Terms, tax_minor: int, made: Sequence[Charge] = ()) -> list[Charge]:
    """The charges still to come, after those that were `made` (under this or an earlier version of the contract).

    `tax_minor` is the tax on the whole contract; all charges together carry it exactly. An amount too small for a card
    is charged together with the next one, in time for the earlier of the two, and one at the very end with the one
    before. What is to come does not change by being charged: the plan that was shown is the plan that is carried out.
    """
    paid = covered = sum(charge.amount_minor for charge in made)
    last = terms.milestones[-1].number
    amounts: list[tuple[int, int]] = []
    for number, goal in funded_by(terms).items():
        end = terms.total_minor if number == last else goal
        if not made and not amounts:
            end = max(end, terms.deposit_minor)
        if end > covered:
            amounts.append((number, end - covered))
            covered = end
    left = terms.total_minor - paid
    tax_left = max(0, tax_minor - sum(charge.tax_minor for charge in made))
    to_come = []
    for number, amount in _chargeable(amounts, LEAST[terms.currency]):
        tax = _at(tax_left, amount, left, step_of(terms.currency))
        to_come.append(Charge(number, amount, tax))
        left, tax_left = left - amount, tax_left - tax
    return to_come


def refuse_small_rest(terms: Terms, made: Sequence[Charge]) -> None:
    """Raises `InvalidInput` for terms that leave less to be charged than any card can pay: the charge could never be
    made, and nothing would ever come after it."""
    least = LEAST[terms.currency]
    for charge in planned(terms, 0, made):
        if charge.amount_minor < least:
            raise InvalidInput(
                f"This would leave {terms.currency} {written(charge.amount_minor, terms.currency)} to be paid, and a "
                f"card payment is {terms.currency} {written(least, terms.currency)} at the least. Change the price by "
                "more, or not at all.",
                field="price",
            )


def is_funded(number: int, to_come: Sequence[Charge]) -> bool:
    """Whether work on a milestone may begin: no funds, no start. `to_come` is what `planned` says."""
    return all(charge.before > number for charge in to_come)


def shares(terms: Terms, fee_bp: int, made: Sequence[Charge]) -> dict[int, Share]:
    """What each milestone holds of the charges made, and its fee, by number. They sum to all that was charged, and one
    milestone's share is the same from when it is funded to the end."""
    step = step_of(terms.currency)
    paid = sum(charge.amount_minor for charge in made)
    last = terms.milestones[-1].number
    held: dict[int, Share] = {}
    start = 0
    for number, end in funded_by(terms).items():
        stop = terms.total_minor if number == last else end
        items = max(0, min(end, paid) - start)
        shipping = max(0, min(stop, paid) - max(start, end)) if number == last else 0
        tax = _tax_at(made, min(stop, paid), step) - _tax_at(made, min(start, paid), step)
        fee = basis_points(min(end, paid), fee_bp) - basis_points(min(start, paid), fee_bp)
        held[number] = Share(items, shipping, tax, fee)
        start = end
    return held


def trimmed(terms: Terms, tax_minor: int, made: Sequence[Charge]) -> tuple[list[Charge], int]:
    """The charges as they stand under cheaper terms, and what of them goes back, tax included. What has been paid is
    cut from its end, so that no milestone in front loses anything."""
    kept: list[Charge] = []
    room = terms.total_minor
    for charge in made:
        amount = min(charge.amount_minor, room)
        if amount <= 0:
            break
        kept.append(replace(charge, amount_minor=amount))
        room -= amount
    too_much = sum(charge.tax_minor for charge in kept) - tax_minor
    if kept and too_much > 0:
        last = kept.pop()
        kept.append(replace(last, tax_minor=max(0, last.tax_minor - too_much)))
    back = sum(charge.total_minor for charge in made) - sum(charge.total_minor for charge in kept)
    return kept, back


def most(terms: Terms, tax_minor: int) -> int:
    """The maximum of the mandate: what the customer agrees may be charged in all, without being asked again."""
    return terms.total_minor + tax_minor


def needs_new_mandate(terms: Terms, tax_minor: int, agreed_minor: int) -> bool:
    """Whether a change raises the sum above what the customer's card was authenticated for."""
    return most(terms, tax_minor) > agreed_minor


def _tax_at(made: Sequence[Charge], point: int, step: int) -> int:
    """The tax charged on the line from 0 to `point`, which has been paid."""
    start = tax = 0
    for charge in made:
        if point >= start + charge.amount_minor:
            tax += charge.tax_minor
            start += charge.amount_minor
            continue
        return tax + _at(charge.tax_minor, point - start, charge.amount_minor, step)
    return tax


def _at(tax: int, part: int, whole: int, step: int) -> int:
    """`part` of `whole`'s tax, half up, as a card can carry it. It grows with `part`, and for the whole it is `tax`."""
    return tax if part == whole else min(tax, nearest((2 * tax * part + whole) // (2 * whole), step))


def _chargeable(amounts: Sequence[tuple[int, int]], least: int) -> list[tuple[int, int]]:
    """Puts together what no card can pay by itself; each amount stands behind the milestone that it comes before."""
    kept: list[tuple[int, int]] = []
    for number, amount in amounts:
        if kept and kept[-1][1] < least:
            earlier, small = kept.pop()
            kept.append((earlier, small + amount))
        else:
            kept.append((number, amount))
    if len(kept) > 1 and kept[-1][1] < least:
        _, small = kept.pop()
        earlier, amount = kept.pop()
        kept.append((earlier, amount + small))
    return kept
