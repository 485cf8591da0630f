"""How a shop's debt is repaid: a share of each payout, and never so much that the artisan is left below a floor.

A refund after the money was paid out leaves the shop's balance below zero; the next payouts net against it. Where that
would leave nothing to live on, finance proposes a plan and the artisan agrees to it. Worked example: EUR 300.00 are
owed, the floor is 200.00, the share 25 %. A payout of 500.00 repays 125.00; one of 240.00 repays 40.00, because 60.00
would leave less than the floor; one of 150.00 repays nothing.
"""

from dataclasses import dataclass

from models.rules.splits import basis_points

LEAST_SHARE_BP, MOST_SHARE_BP = 500, 9_000
"""A plan that leaves nothing to be paid out would repay nothing either: what is not paid out repays nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed, in minor units of one currency, and what of it is still owed."""

    left_minor: int
    floor_minor: int
    """What the artisan keeps of each payout at least."""
    share_bp: int
    """Of each payout, in hundredths of a per cent."""


def instalment(plan: Plan, available_minor: int) -> int:
    """What this payout repays; `available_minor` is what could be paid out without the plan."""
    if available_minor <= plan.floor_minor or plan.left_minor <= 0:
        return 0
    share = basis_points(available_minor, plan.share_bp)
    return min(share, plan.left_minor, available_minor - plan.floor_minor)


def why_not(debt_minor: int, owed_minor: int, floor_minor: int, share_bp: int) -> str | None:
    """Why such a plan can't be proposed, in words for finance; None when it can. `owed_minor` is the debit balance."""
    if owed_minor <= 0:
        return "This shop owes nothing in this currency."
    if not 1 <= debt_minor <= owed_minor:
        return "A plan covers what is owed, or a part of it, and not more."
    if floor_minor < 0:
        return "What the artisan keeps can't be less than nothing."
    if not LEAST_SHARE_BP <= share_bp <= MOST_SHARE_BP:
        return f"A share lies between {LEAST_SHARE_BP // 100} and {MOST_SHARE_BP // 100} per cent."
    return None
