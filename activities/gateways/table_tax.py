"""The table-driven tax engine. Another one, with a vendor's rates of every address, would plug into the same port."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from core import clock
from models.ports import PostalAddress, TaxExemption, TaxLine, TaxResult
from models.rules.tax.assess import assess
from models.rules.tax.platform import PLATFORM, Platform


class TableTax:
    """Implements `TaxEngine` from the tables in `models.rules.tax`."""

    def __init__(self, platform: Platform = PLATFORM) -> None:
        self._platform = platform

    def assess(
        self,
        lines: Sequence[TaxLine],
        to: PostalAddress,
        *,
        at: date | None = None,
        exemptions: Sequence[TaxExemption] = (),
        rates: Mapping[str, Fraction] | None = None,
    ) -> Sequence[TaxResult]:
        on = at or clock.now().date()
        return assess(lines, to, on=on, platform=self._platform, exemptions=exemptions, rates=rates)
