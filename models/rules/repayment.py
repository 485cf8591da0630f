"""How a shop's debt is repaid: a share of each payout, and never so much that the artisan is left below a floor.

A refund after the money was paid out leaves the shop's balance below zero; the next payouts net against it. Where that
would leave nothing to live on, finance proposes a plan and the artisan agrees to it.

The floor is what the artisan keeps of all that is paid out within 30 days, so that somebody who is paid every day
repays as somebody does who is paid once a month.

Worked example: EUR 300.00 are owed, the floor is 200.00, the share 25 %. Paid once in 30 days, a payout of 500.00
repays 125.00; one of 240.00 repays 40.00, because 60.00 would leave less than the floor; one of 150.00 repays nothing.
Paid 50.00 a day, the first four days fill the floor and repay nothing; from the fifth on 37.50 are paid out and 12.50
repaid each day, so that the plan is over after 24 such days.
"""

from dataclasses import dataclass
from datetime import timedelta

from models.rules.splits import basis_points

LEAST_SHARE_BP, MOST_SHARE_BP = 500, 9_000
"""A plan that leaves nothing to be paid out would repay nothing either: what is not paid out repays nothing."""
FLOOR_COUNTS = timedelta(days=30)
"""So far back what was paid out fills the floor."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed, in minor units of one currency, and what of it is still owed."""

    left_minor: int
    floor_minor: int
    """What the artisan keeps at least of what is paid out within `FLOOR_COUNTS`."""
    share_bp: int
    """Of each payout, in hundredths of a per cent."""


def instalment(plan: Plan, available_minor: int, received_minor: int = 0) -> int:
    """What this payout repays; `available_minor` is what could be paid out without the plan, `received_minor` what was
    paid out within the time that the floor is for."""
    above_floor = received_minor + available_minor - plan.floor_minor
    if available_minor <= 0:
        return 0
    return max(0, min(basis_points(available_minor, plan.share_bp), plan.left_minor, above_floor))


def days_left(plan: Plan, earned_minor: int) -> int | None:
    """In how many days it is repaid if each 30 days bring `earned_minor`, before instalments; None if never."""
    if plan.left_minor <= 0:
        return 0
    repaid = instalment(Plan(earned_minor, plan.floor_minor, plan.share_bp), earned_minor)
    return -(-plan.left_minor * FLOOR_COUNTS.days // repaid) if repaid else None


def is_easier(plan: Plan, floor_minor: int, share_bp: int) -> bool:
    """Whether new terms ask for no more of any payout: such may be set without asking the artisan once more."""
    return floor_minor >= plan.floor_minor and share_bp <= plan.share_bp


def why_not(debt_minor: int, owed_minor: int, floor_minor: int, share_bp: int) -> str | None:
    """Why such a plan can't be proposed, in words for finance; None when it can. `owed_minor` is the debit balance."""
    if owed_minor <= 0:
        return "This shop owes nothing in this currency."
    if not 1 <= debt_minor <= owed_minor:
        return "A plan covers what is owed, or a part of it, and not more."
    return why_not_terms(floor_minor, share_bp)


def why_not_terms(floor_minor: int, share_bp: int) -> str | None:
    if floor_minor < 0:
        return "What the artisan keeps can't be less than nothing."
    if not LEAST_SHARE_BP <= share_bp <= MOST_SHARE_BP:
        return f"A share lies between {LEAST_SHARE_BP // 100} and {MOST_SHARE_BP // 100} per cent."
    return None
