"""A cart in the currency that its owner pays in: one charge, whatever currencies its shops keep.

Owns the way from the artisans' prices to a `Quote`, the same for the page that shows it and the step that freezes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from models.ports import PostalAddress, TaxEngine, TaxExemption
from models.rules.fx import Exchange
from models.rules.offers import offer
from models.rules.pricing import PricedLine, Quote, ShopTerms, quote


@dataclass(frozen=True, slots=True)
class Piece:
    """A line at the price that its artisan asks."""

    line: PricedLine
    """In the shop's currency."""
    listed_minor: int | None = None
    """The artisan's own price in the buyer's currency."""


@dataclass(frozen=True, slots=True)
class Basket:
    pieces: Sequence[Piece]
    terms: Mapping[str, ShopTerms]
    """In each shop's own currency."""
    chosen: str | None = None
    """What the owner wants to pay in. Without a choice it is what the first piece is priced in."""

    @property
    def currency(self) -> str:
        return self.chosen or self.pieces[0].line.unit.currency

    @property
    def crosses(self) -> bool:
        """Whether any of it has to be converted."""
        return any(piece.line.unit.currency != self.currency for piece in self.pieces)

    def quote(
        self,
        exchange: Exchange,
        to: PostalAddress,
        tax: TaxEngine,
        *,
        at: date | None = None,
        exemptions: Sequence[TaxExemption] = (),
    ) -> Quote:
        """Raises as `pricing.quote`, and `CurrencyMismatch` where there is no rate."""
        if not self.pieces:
            return quote([], {}, to, tax)  # which says so
        own = {piece.line.shop_id: piece.line.unit.currency for piece in self.pieces}
        return quote(
            [self._line(piece, exchange) for piece in self.pieces],
            {
                shop_id: replace(terms, fx=exchange.need(own[shop_id], self.currency))
                for shop_id, terms in self.terms.items()
            },
            to,
            tax,
            at=at,
            exemptions=exemptions,
            rates=exchange.worth(self.currency),
        )

    def agreed(
        self,
        exchanges: Sequence[Exchange],
        expected_total_minor: int | None,
        to: PostalAddress,
        tax: TaxEngine,
        *,
        at: date | None = None,
        exemptions: Sequence[TaxExemption] = (),
    ) -> Quote:
        """At the rates of now; or, where its owner expects the total that older rates make, at those, while they have
        not expired."""
        newest, *older = (self.quote(exchange, to, tax, at=at, exemptions=exemptions) for exchange in exchanges)
        if expected_total_minor in (None, newest.total_minor):
            return newest
        return next((known for known in older if known.total_minor == expected_total_minor), newest)

    def _line(self, piece: Piece, exchange: Exchange) -> PricedLine:
        made = offer(piece.line.unit, piece.listed_minor, self.currency, exchange)
        return replace(piece.line, unit=made.unit, owed=made.owed(piece.line.quantity))
