"""How much store credit a checkout may use, how it is shared over the orders, and where a refund goes back to.

Store credit is spent before the card, as far as the buyer wants. What is left for the card is nothing, or at least
what the payment provider takes. Orders share a checkout's credit by their totals. A refund goes back to the card first,
up to what the card paid for that order, and then to store credit: what was paid in money comes back as money.

    total   credit   used   the card pays
    40.00   100.00  40.00    0.00
    40.00    15.00  15.00   25.00
    40.00    39.80  39.50    0.50             the provider takes no less
     0.40     0.30   0.00    0.40             which it refuses: such an order needs credit for all of it

    an order of 106.00, of which 20.00 were credit: refunds of 50.00, 50.00 and 6.00 give
        the card 50.00, 36.00, 0.00           store credit 0.00, 14.00, 6.00
"""

from collections.abc import Sequence
from enum import StrEnum

from models.errors import CreditChanged, InvalidInput
from models.rules.money import LEAST, step_of, written
from models.rules.splits import split_in_steps
from models.types import Money


class GrantReason(StrEnum):
    """Why we give somebody credit or a gift card. Words for people stand in `api.credit.words`."""

    GOODWILL = "goodwill"
    LATE_DELIVERY = "late_delivery"
    OUR_MISTAKE = "our_mistake"
    CAMPAIGN = "campaign"


CARD_AMOUNTS: dict[str, tuple[int, ...]] = {
    # In minor units, as a person would give them.
    "USD": (2_500, 5_000, 10_000, 20_000),
    "CAD": (2_500, 5_000, 10_000, 20_000),
    "EUR": (2_500, 5_000, 10_000, 20_000),
    "GBP": (2_000, 4_000, 8_000, 15_000),
    "MXN": (50_000, 100_000, 200_000, 400_000),
    "JPY": (3_000, 5_000, 10_000, 30_000),
    "KWD": (10_000, 20_000, 30_000, 60_000),
}
MOST_CARDS = 5
"""Of the dearest ones: nobody gives away more than USD 1,000.00 by one slip of the hand."""


def usable(total: Money, available: Money) -> Money:
    """The most of `available` that a checkout of `total` can use: see the table above."""
    if available.currency != total.currency:
        raise ValueError("store credit is spent in its own currency")
    if available.minor >= total.minor:
        return total
    step = step_of(total.currency)
    most = min(available.minor, total.minor - LEAST[total.currency]) // step * step
    return Money(max(most, 0), total.currency)


def refuse_unusable(total: Money, available: Money, wanted: Money) -> None:
    """Raises `CreditChanged` when there is not as much, `InvalidInput` when it can't be used like this."""
    currency = total.currency
    if wanted.minor > available.minor:
        left = f"{currency} {written(max(available.minor, 0), currency)}"
        raise CreditChanged(
            f"You have {left} of store credit left, less than this payment was to use. Check the new sum; nothing has "
            "been charged.",
            available_minor=max(available.minor, 0),
            usable_minor=usable(total, Money(max(available.minor, 0), currency)).minor,
        )
    if wanted.minor < 0:
        raise InvalidInput("Use an amount of store credit above zero, or none.")
    if wanted.minor > total.minor:
        raise InvalidInput("This is more store credit than the whole price. Use no more than the total.")
    rest = total.minor - wanted.minor
    if rest and (rest < LEAST[currency] or wanted.minor % step_of(currency)):
        least = written(LEAST[currency], currency)
        raise InvalidInput(
            f"What store credit leaves for the card must be nothing, or {currency} {least} at the least. "
            "Use a little less credit."
        )


def shared(credit: Money, totals: Sequence[int]) -> list[int]:
    """Each order's part of a checkout's credit, in minor units, by the largest remainder; never more than its total."""
    if not 0 <= credit.minor <= sum(totals):
        raise ValueError(f"{credit.minor} can't pay for {sum(totals)} {credit.currency}")
    if credit.minor == sum(totals):
        return list(totals)
    return split_in_steps(credit.minor, totals, step_of(credit.currency))


def card_part(amount_minor: int, card_left_minor: int) -> int:
    """How much of a refund goes back to the card, of which `card_left_minor` has not gone back yet; the rest of it is
    store credit again."""
    if min(amount_minor, card_left_minor) < 0:
        raise ValueError("a refund is no payment")
    return min(amount_minor, card_left_minor)


def refuse_grant(amount: Money) -> None:
    """Raises `InvalidInput` for what nobody means to give away."""
    if amount.minor <= 0:
        raise InvalidInput("Give an amount above zero.", field="amount")
    if amount.minor % step_of(amount.currency):
        raise InvalidInput(
            "Payments in this currency have no such fraction. Make its last decimal a 0.", field="amount"
        )
    if amount.minor > _most(amount.currency):
        most = written(_most(amount.currency), amount.currency)
        raise InvalidInput(f"No more than {amount.currency} {most} are given at once.", field="amount")


def _most(currency: str) -> int:
    return max(CARD_AMOUNTS[currency]) * MOST_CARDS
