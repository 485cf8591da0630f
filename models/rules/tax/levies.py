"""One tax on one base before it is rounded, and how shipping takes after the goods that it carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from models.ports import PostalAddress
from models.ports.pricing import TaxExemption, TaxLine, TaxReason
from models.rules.splits import split
from models.rules.tax.platform import Platform


@dataclass(frozen=True, slots=True)
class Levy:
    name: str
    jurisdiction: str
    base_minor: int
    rate: int = 0
    """Millionths."""
    reason: TaxReason = TaxReason.TAXABLE
    because: str = ""


@dataclass(frozen=True, slots=True)
class Consignment:
    """What one shop sends to one address: the lines of goods and what decides how they are taxed."""

    goods: Sequence[TaxLine]
    to: PostalAddress
    on: date
    platform: Platform
    exemptions: Sequence[TaxExemption] = ()
    rates: Mapping[str, Fraction] | None = None
    """What one unit of the goods' currency is worth in others."""

    @property
    def sent_from(self) -> str:
        return self.goods[0].sent_from or self.to.country

    def exemption(self, jurisdiction: str) -> TaxExemption | None:
        """The buyer's certificate that holds there on the day."""
        for one in self.exemptions:
            over = one.valid_to is not None and one.valid_to < self.on
            if one.jurisdiction == jurisdiction and one.valid_from <= self.on and not over:
                return one
        return None

    def levied(self, name: str, jurisdiction: str, base_minor: int, rate: int) -> Levy:
        """Taxable, unless the buyer holds a certificate."""
        held = self.exemption(jurisdiction)
        if held is not None:
            return Levy(name, jurisdiction, base_minor, 0, TaxReason.EXEMPT, held.id)
        return Levy(name, jurisdiction, base_minor, rate)


def spread(goods: Sequence[Sequence[Levy]], shipping_minor: int) -> list[Levy]:
    """The levies of what is charged for sending: in each jurisdiction it is divided over the goods' bases, by the
    largest remainder, and each part is taxed as its goods are."""
    every = [levy for line in goods for levy in line]
    found: dict[Levy, int] = {}
    for jurisdiction in dict.fromkeys(levy.jurisdiction for levy in every):
        own = [levy for levy in every if levy.jurisdiction == jurisdiction]
        for levy, share in zip(own, split(shipping_minor, [levy.base_minor for levy in own]), strict=True):
            kind = replace(levy, base_minor=0)
            found[kind] = found.get(kind, 0) + share
    levies = [replace(kind, base_minor=base) for kind, base in found.items()]
    return [levy for levy in levies if levy.base_minor] or levies[:1]
