"""The table-driven tax engine: the marketplace as facilitator collects sales tax at the destination."""

from collections.abc import Sequence

from models.ports import PostalAddress, TaxLine, TaxResult
from models.rules.pricing import SHIPPING
from models.rules.splits import basis_points
from models.rules.tax_rates import BY_COUNTRY, Rate
from models.types import Money

NO_TAX = Rate(0, taxes_shipping=False)


class TableTax:
    """Implements `TaxEngine` from `models.rules.tax_rates`; half up for each line."""

    def assess(self, lines: Sequence[TaxLine], to: PostalAddress) -> Sequence[TaxResult]:
        region = to.region.strip().upper()
        rate = BY_COUNTRY.get(to.country, {}).get(region, NO_TAX)
        jurisdiction = f"{to.country}-{region}" if rate is not NO_TAX else to.country
        return [self._assess(line, rate, jurisdiction) for line in lines]

    @staticmethod
    def _assess(line: TaxLine, rate: Rate, jurisdiction: str) -> TaxResult:
        applied = 0 if line.category == SHIPPING and not rate.taxes_shipping else rate.basis_points
        tax = Money(basis_points(line.net.minor, applied), line.net.currency)
        return TaxResult(line.listing_id, tax, applied, jurisdiction)
