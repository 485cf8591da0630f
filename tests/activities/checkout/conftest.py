"""A buyer with a cart from two shops, and the checkout's own activities on the test's database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.checkout import CheckoutActivities, CloseUnpaid, CompleteSale, Frozen, ReserveAndFreeze
from activities.gateways.postgres_search import PostgresSearch
from activities.gateways.rule_risk import RuleRisk
from activities.gateways.table_tax import TableTax
from core import clock
from core.database import Database
from models.repositories.processes import Progress
from models.tables.catalogue import Stock
from models.tables.selling import Cart
from models.types import CheckoutStatus, Party, TimelineEntry
from tests.support.buying import add_address, add_cart
from tests.support.marketplace import Piece, TestShop, add_listing, add_person, add_shop


def progress(checkout_id: str, status: CheckoutStatus, sequence: int = 1, what: str = "checkout_placed") -> Progress:
    """What the workflow sends along with a step: one more line of its story."""
    entry = TimelineEntry(sequence, clock.now(), Party.CUSTOMER, what)
    return Progress(checkout_id, "checkout", status.value, sequence, is_final=status.is_final, entries=(entry,))


@dataclass(frozen=True)
class Case:
    """One attempt at one cart: two mugs at USD 48.00 of the pottery, a scarf at USD 90.00 of the weavers, to New York.

    Frozen it is items 186.00, shipping 8.00 + 6.00, tax 4 % of each line 3.84 + 3.60 and of shipping 0.32 + 0.24.
    """

    database: Database
    steps: CheckoutActivities
    buyer_id: str
    cart_id: str
    address_id: str
    pottery: TestShop
    weavers: TestShop
    mug: str
    scarf: str

    @property
    def checkout_id(self) -> str:
        return f"checkout-{self.cart_id}-1"

    def request(self, **changes: object) -> ReserveAndFreeze:
        asked = ReserveAndFreeze(
            checkout_id=self.checkout_id,
            cart_id=self.cart_id,
            attempt=1,
            buyer_id=self.buyer_id,
            address_id=self.address_id,
            expected_total_minor=20_800,
            expires_at=clock.now() + timedelta(minutes=15),
            progress=progress(self.checkout_id, CheckoutStatus.PLACING),
        )
        return replace(asked, **changes)  # type: ignore[arg-type] # the tests' own names and types

    async def reserve(self, **changes: object) -> Frozen:
        return await self.steps.reserve_and_freeze(self.request(**changes))

    async def refused(self, **changes: object) -> ApplicationError:
        with pytest.raises(ApplicationError) as refused:
            await self.reserve(**changes)
        return refused.value

    def sale(self) -> CompleteSale:
        due = clock.now() + timedelta(days=5)
        return CompleteSale(
            checkout_id=self.checkout_id,
            amount_minor=20_800,
            provider_fee_minor=633,
            ship_by={self.pottery.id: due, self.weavers.id: due},
            progress=progress(self.checkout_id, CheckoutStatus.PAID, 3, "checkout_paid"),
        )

    def close(self, attempt: int = 1) -> CloseUnpaid:
        told = progress(self.checkout_id, CheckoutStatus.EXPIRED, 2, "checkout_expired")
        return CloseUnpaid(self.checkout_id, self.cart_id, attempt, told)

    async def stock(self) -> Mapping[str, tuple[int, int]]:
        """Listing → (on hand, reserved)."""
        async with self.database.transaction() as session:
            rows = [await session.get_one(Stock, listing_id) for listing_id in (self.mug, self.scarf)]
        return {row.listing_id: (row.on_hand, row.reserved) for row in rows}

    async def cart(self) -> tuple[str, int]:
        """(status, attempt)"""
        async with self.database.transaction() as session:
            cart = await session.get_one(Cart, self.cart_id)
        return cart.status, cart.attempt


@pytest.fixture
def steps(database: Database) -> CheckoutActivities:
    return CheckoutActivities(database, TableTax(), RuleRisk(), PostgresSearch)


@pytest.fixture
async def case(database: Database, steps: CheckoutActivities) -> Case:
    async with database.transaction() as session:
        buyer_id, _ = await add_person(session)
        pottery, weavers = await add_shop(session, name="Pottery"), await add_shop(session, name="Weavers")
        mug = await add_listing(session, pottery, Piece(on_hand=5))
        scarf = await add_listing(session, weavers, Piece(title="Indigo scarf", price_minor=9_000, on_hand=1))
        return Case(
            database=database,
            steps=steps,
            buyer_id=buyer_id,
            cart_id=await add_cart(session, buyer_id, {mug: 2, scarf: 1}),
            address_id=await add_address(session, buyer_id),
            pottery=pottery,
            weavers=weavers,
            mug=mug,
            scarf=scarf,
        )
