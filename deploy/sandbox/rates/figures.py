"""What one euro is worth on a day in the sandbox's world: near the real thing, a little different every day, and always
the same for the same day. The bank publishes no dinar; here is one, so that three decimals can be tried.
"""

import hashlib
from datetime import date, timedelta
from decimal import Decimal

AROUND = {
    "USD": Decimal("1.1043"),
    "JPY": Decimal("171.20"),
    "GBP": Decimal("0.87145"),
    "CAD": Decimal("1.5417"),
    "MXN": Decimal("20.6310"),
    "KWD": Decimal("0.33905"),
    "CHF": Decimal("0.9385"),
    "SEK": Decimal("10.9925"),
}
SWING = 60
"""Ten-thousandths that a rate may be off its middle."""
SATURDAY = 5


def published_on(day: date) -> date:
    """The working day whose rates hold on `day`."""
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))


def rates_of(day: date) -> dict[str, Decimal]:
    return {currency: _moved(rate, f"{day.isoformat()} {currency}") for currency, rate in AROUND.items()}


def _moved(rate: Decimal, seed: str) -> Decimal:
    swing = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % (2 * SWING + 1) - SWING
    return (rate * (10_000 + swing) / 10_000).quantize(rate)
