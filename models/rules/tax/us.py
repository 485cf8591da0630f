"""Sales tax of the states, collected by the marketplace as facilitator at the place that the parcel goes to.

Rates: the states' own general rates as their revenue departments publish them; taxes of counties and cities are not
included (an engine with addresses' rates plugs into the same port). California's includes the 1.25 % that every county
has. Facilitator laws and thresholds: the states' statutes as collected by the Streamlined Sales Tax Governing Board
and the Multistate Tax Commission. Shipping: each state's rule for delivery charges that are stated separately.
Clothing: New York Tax Law s. 1115(a)(30), Massachusetts G.L. c. 64H s. 6(k), Rhode Island G.L. s. 44-18-30(27),
Pennsylvania 61 Pa. Code ch. 53, N.J.S.A. 54:32B-8.4, Minn. Stat. s. 297A.67 subd. 8, 32 V.S.A. s. 9741(45).

Alaska, Delaware, Montana, New Hampshire and Oregon have no sales tax of the state.
"""

from dataclasses import dataclass
from datetime import date

from models.rules.tax.rates import Rate, rates


@dataclass(frozen=True, slots=True)
class State:
    rates: tuple[Rate, ...]
    taxes_shipping: bool
    facilitator_since: date
    """From when a marketplace above the threshold must collect for its sellers."""
    threshold_usd: int
    """A year's sales into the state from which on it must; below, it collects nothing."""
    threshold_sales: int | None = None
    """So many sales are enough, too (in New York and Connecticut: are needed, too)."""


NO_SALES_TAX = frozenset({"AK", "DE", "MT", "NH", "OR"})

STATES: dict[str, State] = {
    "AL": State(rates("4"), False, date(2019, 1, 1), 250_000),
    "AZ": State(rates("5.6"), False, date(2019, 10, 1), 100_000),
    "AR": State(rates("6.5"), True, date(2019, 7, 1), 100_000, 200),
    "CA": State(rates("7.25"), False, date(2019, 10, 1), 500_000),
    "CO": State(rates("2.9"), False, date(2019, 10, 1), 100_000),
    "CT": State(rates("6.35"), True, date(2018, 12, 1), 250_000, 200),
    "DC": State(rates("6"), True, date(2019, 4, 1), 100_000, 200),
    "FL": State(rates("6"), False, date(2021, 7, 1), 100_000),
    "GA": State(rates("4"), True, date(2020, 4, 1), 100_000, 200),
    "HI": State(rates("4"), True, date(2020, 1, 1), 100_000, 200),
    "ID": State(rates("6"), False, date(2019, 6, 1), 100_000),
    "IL": State(rates("6.25"), False, date(2020, 1, 1), 100_000),
    "IN": State(rates("7"), True, date(2019, 7, 1), 100_000),
    "IA": State(rates("6"), False, date(2019, 1, 1), 100_000),
    "KS": State(rates("6.5"), True, date(2021, 7, 1), 100_000),
    "KY": State(rates("6"), True, date(2019, 7, 1), 100_000, 200),
    "LA": State(rates("4.45", ("5", date(2025, 1, 1))), False, date(2020, 7, 1), 100_000),
    "ME": State(rates("5.5"), False, date(2019, 10, 1), 100_000),
    "MD": State(rates("6"), False, date(2019, 10, 1), 100_000, 200),
    "MA": State(rates("6.25"), False, date(2019, 10, 1), 100_000),
    "MI": State(rates("6"), True, date(2020, 1, 1), 100_000, 200),
    "MN": State(rates("6.875"), True, date(2018, 10, 1), 100_000, 200),
    "MS": State(rates("7"), True, date(2020, 7, 1), 250_000),
    "MO": State(rates("4.225"), False, date(2023, 1, 1), 100_000),
    "NE": State(rates("5.5"), True, date(2019, 4, 1), 100_000, 200),
    "NV": State(rates("6.85"), False, date(2019, 10, 1), 100_000, 200),
    "NJ": State(rates("6.625"), True, date(2018, 11, 1), 100_000, 200),
    "NM": State(
        rates("5.125", ("5", date(2022, 7, 1)), ("4.875", date(2023, 7, 1))), True, date(2019, 7, 1), 100_000
    ),
    "NY": State(rates("4"), True, date(2019, 6, 1), 500_000, 100),
    "NC": State(rates("4.75"), True, date(2020, 2, 1), 100_000),
    "ND": State(rates("5"), True, date(2019, 10, 1), 100_000),
    "OH": State(rates("5.75"), True, date(2019, 9, 1), 100_000, 200),
    "OK": State(rates("4.5"), False, date(2018, 7, 1), 100_000),
    "PA": State(rates("6"), True, date(2018, 4, 1), 100_000),
    "RI": State(rates("7"), True, date(2019, 7, 1), 100_000, 200),
    "SC": State(rates("6"), True, date(2019, 4, 26), 100_000),
    "SD": State(rates("4.5", ("4.2", date(2023, 7, 1))), True, date(2019, 3, 1), 100_000),
    "TN": State(rates("7"), True, date(2020, 10, 1), 100_000),
    "TX": State(rates("6.25"), True, date(2019, 10, 1), 500_000),
    "UT": State(rates("4.85"), False, date(2019, 10, 1), 100_000),
    "VT": State(rates("6"), True, date(2019, 6, 7), 100_000, 200),
    "VA": State(rates("4.3"), False, date(2019, 7, 1), 100_000, 200),
    "WA": State(rates("6.5"), True, date(2018, 1, 1), 100_000),
    "WV": State(rates("6"), True, date(2019, 7, 1), 100_000, 200),
    "WI": State(rates("5"), True, date(2020, 1, 1), 100_000),
    "WY": State(rates("4"), False, date(2019, 7, 1), 100_000),
}  # fmt: skip
BOTH_NEEDED = frozenset({"CT", "NY"})

REGIONS = NO_SALES_TAX | frozenset(STATES)


@dataclass(frozen=True, slots=True)
class Clothing:
    """What a state leaves untaxed of a garment, by the price of one piece in US cents."""

    exempt_below: int | None = None
    """A piece below this price is exempt whole, one that reaches it is taxed whole."""
    exempt_up_to: int | None = None
    """So much of each piece is exempt, and only what is above it is taxed."""

    def exempt_of(self, unit_cents: int | None) -> int | None:
        """How much of one piece is exempt; None for all of it. A piece whose price in dollars nobody can tell is
        taxed where a threshold decides."""
        if self.exempt_below is None and self.exempt_up_to is None:
            return None
        if unit_cents is None:
            return 0
        if self.exempt_below is not None:
            return None if unit_cents < self.exempt_below else 0
        assert self.exempt_up_to is not None  # noqa: S101 - one of the two is set
        return min(unit_cents, self.exempt_up_to)


CLOTHING: dict[str, Clothing] = {
    "MA": Clothing(exempt_up_to=17_500),
    "MN": Clothing(),
    "NJ": Clothing(),
    "NY": Clothing(exempt_below=11_000),
    "PA": Clothing(),
    "RI": Clothing(exempt_up_to=25_000),
    "VT": Clothing(),
}


def must_register(state: str, year_usd: int, sales: int) -> bool:
    """Whether a facilitator with these sales of a year into the state has to collect there."""
    found = STATES.get(state)
    if found is None:
        return False
    enough = year_usd >= found.threshold_usd
    if found.threshold_sales is None:
        return enough
    many = sales >= found.threshold_sales
    return enough and many if state in BOTH_NEEDED else enough or many
