"""What amounts can be charged in each currency, and rounding to them.

Owns the payment provider's limits that a price has to respect. Formatting and reading are `api.money`'s, conversion is
`models.rules.fx`'s. Figures: https://docs.stripe.com/currencies (minimum amounts; three-decimal currencies).
"""

from models.errors import InvalidInput
from models.types import CURRENCY_DECIMALS, Money

STEP: dict[str, int] = {"KWD": 10}
"""The smallest difference between two chargeable amounts, in minor units; 1 where nothing is said. Card networks carry
two decimals, so the last of a dinar's three has to be 0."""
LEAST: dict[str, int] = {"USD": 50, "EUR": 50, "CAD": 50, "GBP": 30, "MXN": 1000, "JPY": 50, "KWD": 200}
"""The smallest charge, in minor units. The provider names none for the dinar and wants the worth of 0.50 of what it
settles in; 0.200 is above that with room to spare."""

MOST = 99_999_999
"""The largest charge, in minor units of any currency: the provider takes eight digits."""


def step_of(currency: str) -> int:
    return STEP.get(currency, 1)


def chargeable(minor: int, currency: str) -> int:
    """The nearest amount that can be charged, half up: KWD 5.124 is 5.120, KWD 5.125 is 5.130."""
    return nearest(minor, step_of(currency))


def nearest(amount: int, step: int) -> int:
    """`amount`, not negative, rounded half up to a multiple of `step`."""
    return (2 * amount + step) // (2 * step) * step


def refuse_unchargeable(price: Money, field: str = "price") -> None:
    """Raises `InvalidInput` for a price that no card payment can carry."""
    step = step_of(price.currency)
    if price.minor % step:
        decimals = CURRENCY_DECIMALS[price.currency]
        raise InvalidInput(
            f"Card payments carry {price.currency} in steps of {written(step, price.currency)}. "
            f"Make the last of the {decimals} decimals a 0.",
            field=field,
        )


def refuse_too_little(total: Money) -> None:
    """Raises `InvalidInput` for a charge below what the payment provider takes."""
    least = LEAST[total.currency]
    if total.minor < least:
        raise InvalidInput(
            f"A card payment is {total.currency} {written(least, total.currency)} at the least. "
            "Put something more into the cart."
        )


def written(minor: int, currency: str) -> str:
    """`1050, "USD"` is `10.50`: digits for messages of the rules, which know no language."""
    decimals = CURRENCY_DECIMALS[currency]
    whole, part = divmod(minor, 10**decimals)
    return f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
