"""The tax of every line of a sale: consignments are told apart, levied by their regime, and rounded.

Each tax of a line is rounded by itself, half up to an amount that can be charged, and nothing is rounded again: what a
buyer pays is the sum of what the invoice shows, line by line and tax by tax.

Worked example, CAD 100.00 to Montréal: GST 5 % is 5.00, QST 9.975 % is 9.98 (9.975 half up), the line's tax 14.98.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from models.ports import PostalAddress
from models.ports.pricing import TaxComponent, TaxExemption, TaxLine, TaxResult
from models.rules.money import step_of
from models.rules.tax import canada, us
from models.rules.tax.levies import Consignment, Levy
from models.rules.tax.platform import Platform
from models.rules.tax.rates import of
from models.rules.tax.regimes import levy
from models.types import Money

SHIPPING = "shipping"
"""Category of the line that is what a shop charges for sending."""
REGIONS: Mapping[str, frozenset[str]] = {"US": us.REGIONS, "CA": canada.REGIONS}
"""Countries where the tax depends on the state or province, and which there are."""


def assess(
    lines: Sequence[TaxLine],
    to: PostalAddress,
    *,
    on: date,
    platform: Platform,
    exemptions: Sequence[TaxExemption] = (),
    rates: Mapping[str, Fraction] | None = None,
) -> list[TaxResult]:
    """One result a line, in their order. Raises `LookupError` for a day that the tables know nothing of."""
    found: dict[int, TaxResult] = {}
    for shop_id in dict.fromkeys(line.shop_id for line in lines):
        own = [(at, line) for at, line in enumerate(lines) if line.shop_id == shop_id]
        goods = [(at, line) for at, line in own if line.category != SHIPPING]
        sending = [(at, line) for at, line in own if line.category == SHIPPING]
        # What is sent for nothing is sent all the same: shipping alone is taxed as ordinary goods are.
        carried = [line for _, line in goods] or [line for _, line in sending]
        parcel = Consignment(carried, to, on, platform, exemptions, rates)
        for at, line in sending:
            found[at] = result(line, levy(parcel, line.net.minor)[1])
        if goods:
            levied = levy(parcel, 0)[0]
            found.update((at, result(line, levies)) for (at, line), levies in zip(goods, levied, strict=True))
    return [found[at] for at in range(len(lines))]


def result(line: TaxLine, levies: Sequence[Levy]) -> TaxResult:
    currency = line.net.currency
    components = tuple(
        TaxComponent(
            name=one.name,
            jurisdiction=one.jurisdiction,
            base=Money(one.base_minor, currency),
            rate_millionths=one.rate,
            tax=Money(of(one.base_minor, one.rate, step_of(currency)), currency),
            reason=one.reason,
            because=one.because,
        )
        for one in levies
    )
    by_jurisdiction: dict[str, int] = {}
    for one in components:
        by_jurisdiction[one.jurisdiction] = max(by_jurisdiction.get(one.jurisdiction, 0), one.rate_millionths)
    return TaxResult(
        listing_id=line.listing_id,
        tax=Money(sum(one.tax.minor for one in components), currency),
        rate_bp=(sum(by_jurisdiction.values()) + 50) // 100,
        jurisdiction=components[-1].jurisdiction,
        components=components,
    )
