"""The lines of balances over time as an SVG's paths: geometry only, in the chart's own units. The page draws the words
beside it as text of its own size, so that they are read on a telephone, too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import count

from babel.numbers import format_compact_currency

from api.finance.schemas import BalancesOfDay, BalancesView
from api.finance.words import SERIES
from api.money import MoneyView
from models.types import CURRENCY_DECIMALS

WIDTH, HEIGHT = 720, 240
TICKS = 5
"""Lines across, at the most."""
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Line:
    code: str
    label: str
    path: str
    now: MoneyView


@dataclass(frozen=True, slots=True)
class Chart:
    lines: Sequence[Line]
    ticks: Sequence[tuple[str, str]]
    """Words and height of each line across, from the top."""
    zero: str
    """The height of nothing."""


def chart_of(balances: BalancesView) -> Chart | None:
    """None where nothing was ever booked."""
    if not balances.days:
        return None
    values = {code: [_amount(day, code).minor for day in balances.days] for code, *_ in SERIES}
    decimals = CURRENCY_DECIMALS[balances.currency]
    lowest, highest, step = _scale([minor for found in values.values() for minor in found], decimals)
    height = highest - lowest

    def y(minor: int) -> str:
        return f"{float(Fraction(highest - minor, height) * HEIGHT):.1f}"

    def path(found: Sequence[int]) -> str:
        points = found if len(found) > 1 else [*found, *found]
        wide = Fraction(WIDTH, len(points) - 1)
        return "M" + "L".join(f"{float(n * wide):.1f} {y(minor)}" for n, minor in enumerate(points))

    return Chart(
        lines=[Line(code, label, path(values[code]), _amount(balances.days[-1], code)) for code, label, *_ in SERIES],
        ticks=[(_short(minor, balances.currency), y(minor)) for minor in reversed(range(lowest, highest + step, step))],
        zero=y(0),
    )


def _amount(day: BalancesOfDay, code: str) -> MoneyView:
    found: MoneyView = getattr(day, code)
    return found


def _scale(values: Sequence[int], decimals: int) -> tuple[int, int, int]:
    """The lowest and the highest line across and their distance, all of them whole units; nothing is always among
    them, for a chart that begins higher makes small moves look large."""
    lowest, highest = min(0, *values), max(0, *values)
    for power in count(decimals):
        for factor in STEPS:
            step = factor * 10**power
            bottom, top = lowest // step * step, -(-highest // step) * step
            if (top - bottom) // step < TICKS:
                return bottom, max(top, bottom + step), step
    raise AssertionError("some step is wide enough")


def _short(minor: int, currency: str) -> str:
    amount = Decimal(minor).scaleb(-CURRENCY_DECIMALS[currency])
    words = format_compact_currency(amount, currency, locale="en_US", fraction_digits=1 if abs(amount) >= 1000 else 0)
    return re.sub(r"([A-Z]{3})(\d)", "\\1\N{NO-BREAK SPACE}\\2", words)  # as full amounts have it
