"""The checkout's own steps in our database. Each is one transaction that carries its part of the story with it.

Owns reserving, freezing, selling and freeing. What the payment provider is asked stands in `activities.payments`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core.clock import now
from core.database import Database
from models.ports import RiskFacts, RiskScorer, SearchIndex, TaxEngine
from models.repositories import checkouts, exchanges, ledger, promotions, stock, store_credit, taxes
from models.repositories.effects import once
from models.repositories.processes import Progress, record_progress
from models.repositories.rates import Rates
from models.rules.baskets import Basket
from models.rules.money import refuse_too_little
from models.rules.sale_postings import SoldOrder
from models.types import Money, new_id


@dataclass(frozen=True)
class ReserveAndFreeze:
    checkout_id: str
    cart_id: str
    attempt: int
    buyer_id: str
    address_id: str
    expected_total_minor: int | None
    expires_at: datetime
    progress: Progress
    credit_minor: int = 0
    """Store credit to be used, as the buyer saw it."""


@dataclass(frozen=True)
class FrozenShop:
    """One artisan's part, with what the deadlines of its fulfilment are made of."""

    shop_id: str
    artisan_id: str
    total_minor: int
    pieces: int
    ship_within_days: int
    accept_within_hours: int | None


@dataclass(frozen=True)
class Frozen:
    currency: str
    items_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    shops: tuple[FrozenShop, ...]
    credit_minor: int = 0
    """Of the total: what is paid with store credit."""

    @property
    def charge_minor(self) -> int:
        """What the payment provider is to take."""
        return self.total_minor - self.credit_minor

    @property
    def paid_with_credit(self) -> bool:
        """Whether there is nothing left for it to take."""
        return self.credit_minor > 0 and not self.charge_minor


@dataclass(frozen=True)
class AssessRisk:
    checkout_id: str
    declines: int
    card_country: str | None
    provider_risk_level: str | None
    progress: Progress


@dataclass(frozen=True)
class Assessed:
    score: int
    hold: bool


@dataclass(frozen=True)
class HoldForReview:
    checkout_id: str
    until: datetime
    progress: Progress


@dataclass(frozen=True)
class CloseUnpaid:
    """Ends an attempt without money: frees its stock and gives the cart back."""

    checkout_id: str
    cart_id: str
    attempt: int
    progress: Progress


@dataclass(frozen=True)
class CompleteSale:
    checkout_id: str
    amount_minor: int
    provider_fee_minor: int
    ship_by: Mapping[str, datetime]
    """By shop id."""
    progress: Progress


@dataclass(frozen=True)
class Sale:
    order_ids: Mapping[str, str]
    """Shop id → order id."""
    sold_out: tuple[str, ...]


@dataclass(frozen=True)
class UpdateSearch:
    listing_ids: tuple[str, ...]


class CheckoutActivities:
    """Dependencies: the database, a tax engine, a risk scorer, the search index."""

    def __init__(
        self, database: Database, tax: TaxEngine, risk: RiskScorer, search: Callable[[AsyncSession], SearchIndex]
    ) -> None:
        self._rates = Rates()
        self._database = database
        self._tax = tax
        self._risk = risk
        self._search = search

    @activity.defn(name="checkout.reserve_and_freeze")
    @translates_errors
    async def reserve_and_freeze(self, step: ReserveAndFreeze) -> Frozen:
        """All lines or none, at the prices the buyer saw. Refusals: `NotFound`, `CartNotOpen`, `OutOfStock`,
        `PriceChanged`, `InvalidInput`; none of them leaves a trace."""

        async def reserve(session: AsyncSession) -> dict[str, Any]:
            cart = await checkouts.open_cart(session, step.cart_id, step.attempt, step.buyer_id)
            address = await checkouts.postal_address(session, step.address_id, step.buyer_id)
            pieces, changed = await checkouts.cart_pieces(session, cart)
            shops = await checkouts.shop_facts(session, {piece.line.shop_id for piece in pieces})
            today = now().date()
            exempt = await taxes.exemptions_of(session, step.buyer_id, today)
            basket = Basket(pieces, await promotions.terms(session, cart, shops, lock=True), cart.currency)
            rates = await self._rates.exchanges(session, fresh=basket.crosses)
            expected = step.expected_total_minor
            quoted = basket.agreed(rates, expected, address, self._tax, at=today, exemptions=exempt)
            checkouts.refuse_changed_prices(changed, quoted, expected)
            total, credit = Money(quoted.total_minor, quoted.currency), Money(step.credit_minor, quoted.currency)
            if credit.minor:
                await store_credit.claim(session, step.buyer_id, total, credit)
            else:
                refuse_too_little(total)
            await checkouts.freeze(session, step.checkout_id, cart, step.address_id, quoted, credit_minor=credit.minor)
            if credit.minor:
                await store_credit.keep(session, step.checkout_id, step.buyer_id, credit)
            await taxes.freeze(session, step.checkout_id, quoted)
            await promotions.hold(session, step.checkout_id, quoted)
            wanted = {piece.line.listing_id: piece.line.quantity for piece in pieces}
            await stock.reserve(session, step.checkout_id, wanted, step.expires_at)
            frozen = Frozen(
                currency=quoted.currency,
                items_minor=quoted.items_minor,
                shipping_minor=quoted.shipping_minor,
                tax_minor=quoted.tax_minor,
                total_minor=quoted.total_minor,
                shops=tuple(
                    FrozenShop(
                        shop_id=part.shop_id,
                        artisan_id=shops[part.shop_id].owner_id,
                        total_minor=part.total_minor,
                        pieces=part.pieces,
                        ship_within_days=part.ship_within_days,
                        accept_within_hours=shops[part.shop_id].accept_within_hours,
                    )
                    for part in quoted.shops
                ),
                credit_minor=step.credit_minor,
            )
            return asdict(frozen)

        async with self._database.transaction() as session:
            kept = await once(session, f"{step.checkout_id}/reserve", lambda: reserve(session))
            await record_progress(session, step.progress)
        return Frozen(**{**kept, "shops": tuple(FrozenShop(**part) for part in kept["shops"])})

    @activity.defn(name="checkout.record")
    @translates_errors
    async def record(self, progress: Progress) -> None:
        """Writes status and story where a step has no other effect in our database."""
        async with self._database.transaction() as session:
            await record_progress(session, progress)

    @activity.defn(name="checkout.assess_risk")
    @translates_errors
    async def assess_risk(self, step: AssessRisk) -> Assessed:
        """Scores the authorised payment and keeps score and reasons with the checkout."""
        async with self._database.transaction() as session:
            facts = await checkouts.buyer_facts(session, step.checkout_id)
            verdict = self._risk.score(
                RiskFacts(
                    total=facts.total,
                    buyer_age_days=(now() - facts.opened_at).days,
                    buyer_paid_checkouts=facts.paid_checkouts,
                    declines=step.declines,
                    ship_country=facts.ship_country,
                    card_country=step.card_country,
                    provider_risk_level=step.provider_risk_level,
                    pieces=facts.pieces,
                )
            )
            await checkouts.keep_risk(session, step.checkout_id, verdict.score, verdict.reasons)
            await record_progress(session, step.progress)
        return Assessed(score=verdict.score, hold=verdict.hold)

    @activity.defn(name="checkout.hold_for_review")
    @translates_errors
    async def hold_for_review(self, step: HoldForReview) -> None:
        """Keeps the pieces reserved for as long as the reviewer has."""
        async with self._database.transaction() as session:
            await stock.extend(session, step.checkout_id, step.until)
            await record_progress(session, step.progress)

    @activity.defn(name="checkout.close_unpaid")
    @translates_errors
    async def close_unpaid(self, step: CloseUnpaid) -> None:
        """Only after the provider has confirmed that no money can move, or before it was ever asked."""
        async with self._database.transaction() as session:
            # First, as a reservation takes them first: or two checkouts would wait for each other.
            await promotions.free(session, step.checkout_id)
            await stock.release(session, step.checkout_id)
            await store_credit.release(session, step.checkout_id)
            await checkouts.reopen_cart(session, step.cart_id, step.attempt)
            await record_progress(session, step.progress)

    @activity.defn(name="checkout.complete_sale")
    @translates_errors
    async def complete_sale(self, step: CompleteSale) -> Sale:
        """After the pivot: pieces sold, one order per artisan, the ledger booked, the cart closed; all or nothing."""

        async def complete(session: AsyncSession) -> dict[str, Any]:
            sold_out = await stock.sell(session, step.checkout_id)
            await checkouts.mark_paid(session, step.checkout_id)
            await promotions.settle(session, step.checkout_id)
            order_ids = {shop_id: new_id("ord") for shop_id in sorted(step.ship_by)}
            opened = await checkouts.open_orders(session, step.checkout_id, order_ids, step.ship_by)
            sold = [SoldOrder(it.id, it.items_minor, it.shipping_minor, it.tax_minor) for it in opened]
            used = await store_credit.spend(session, step.checkout_id)
            await store_credit.spread(session, used, {one.order_id: one.held_minor + one.tax_minor for one in sold})
            entries = await exchanges.sale_entries(
                session, step.checkout_id, sold, step.provider_fee_minor, opened[0].currency, paid_by=used
            )
            await ledger.post(session, f"{step.checkout_id}/capture", "sale", step.checkout_id, entries)
            return {"order_ids": order_ids, "sold_out": sorted(sold_out)}

        async with self._database.transaction() as session:
            kept = await once(session, f"{step.checkout_id}/complete_sale", lambda: complete(session))
            await record_progress(session, step.progress)
        return Sale(order_ids=kept["order_ids"], sold_out=tuple(kept["sold_out"]))

    @activity.defn(name="checkout.update_search")
    @translates_errors
    async def update_search(self, step: UpdateSearch) -> None:
        """Takes sold-out pieces out of "in stock"."""
        async with self._database.transaction() as session:
            await self._search(session).index(step.listing_ids)
