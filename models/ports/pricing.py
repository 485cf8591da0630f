"""What a sale is judged by: tax engines and risk scorers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.ports.delivery import PostalAddress
from models.types import Money


@dataclass(frozen=True, slots=True)
class TaxLine:
    listing_id: str
    category: str
    net: Money


@dataclass(frozen=True, slots=True)
class TaxResult:
    listing_id: str
    tax: Money
    rate_bp: int
    """Hundredths of a per cent."""
    jurisdiction: str


class TaxEngine(Protocol):
    def assess(self, lines: Sequence[TaxLine], to: PostalAddress) -> Sequence[TaxResult]: ...


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
