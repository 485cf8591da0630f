"""What a sale is judged by: tax engines and risk scorers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from models.ports.delivery import PostalAddress
from models.types import Money


class TaxClass(StrEnum):
    """What a piece is for the tax office, as its artisan says. Few pieces are anything but standard."""

    STANDARD = "standard"
    CLOTHING = "clothing"
    CHILDRENS_CLOTHING = "childrens_clothing"
    BOOK = "book"  # printed


class TaxReason(StrEnum):
    """Why a part of a price bears the tax that it does."""

    TAXABLE = "taxable"
    EXEMPT = "exempt"  # by the kind of goods, or by the buyer's certificate
    REVERSE_CHARGE = "reverse_charge"  # the buyer, a business, accounts for it
    ZERO_RATED_EXPORT = "zero_rated_export"
    OUT_OF_SCOPE = "out_of_scope"  # no tax there, or none that the platform collects


@dataclass(frozen=True, slots=True)
class TaxLine:
    listing_id: str
    category: str
    net: Money
    """Of all its pieces, after discounts."""
    quantity: int = 1
    tax_class: TaxClass = TaxClass.STANDARD
    shop_id: str = ""
    """Lines of one shop are one consignment; its shipping is taxed as the goods in it."""
    sent_from: str = ""
    """ISO 3166-1 alpha-2; empty for the country that it goes to."""


@dataclass(frozen=True, slots=True)
class TaxExemption:
    """A buyer's certificate. `jurisdiction` is that of the taxes it lifts (`US-NY`, `CA-BC`); a European business is
    the union's as a whole (`EU`)."""

    id: str
    kind: str
    """`reseller`, `nonprofit`, `government`, `vat_business`."""
    jurisdiction: str
    valid_from: date
    valid_to: date | None = None
    """Its last day."""


@dataclass(frozen=True, slots=True)
class TaxComponent:
    """One tax on one base: a line of an invoice's tax table."""

    name: str
    """`HST`, `VAT`, `New York sales tax`."""
    jurisdiction: str
    """`CA-ON`, `DE`, `US-NY`."""
    base: Money
    rate_millionths: int
    """9.975 % is 99,750. 0 unless taxable."""
    tax: Money
    reason: TaxReason
    because: str = ""
    """The id of the exemption that lifted it."""


@dataclass(frozen=True, slots=True)
class TaxResult:
    listing_id: str
    tax: Money
    """The sum of its components'."""
    rate_bp: int
    """All its taxes together in hundredths of a per cent, half up: for showing, never for computing."""
    jurisdiction: str
    components: tuple[TaxComponent, ...] = ()


class TaxEngine(Protocol):
    def assess(
        self,
        lines: Sequence[TaxLine],
        to: PostalAddress,
        *,
        at: date | None = None,
        exemptions: Sequence[TaxExemption] = (),
        rates: Mapping[str, Fraction] | None = None,
    ) -> Sequence[TaxResult]:
        """One result a line, in their order. `at` is the day of supply, today where none is given. `rates` are what
        one unit of the lines' currency is worth in others, for limits that a law gives in its own currency."""
        ...


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known about a checkout when its payment is authorised; no personal data."""

    total: Money
    buyer_age_days: int
    buyer_paid_checkouts: int
    declines: int
    ship_country: str
    card_country: str | None
    provider_risk_level: str | None
    pieces: int


@dataclass(frozen=True, slots=True)
class RiskVerdict:
    score: int
    """0 (nothing speaks against it) to 100."""
    hold: bool
    reasons: tuple[str, ...] = field(default=())
    """Codes that the reviewer's page explains."""


class RiskScorer(Protocol):
    def score(self, facts: RiskFacts) -> RiskVerdict: ...
