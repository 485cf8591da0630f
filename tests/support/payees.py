"""Artisans with money to be paid out, in a running stack: shops, accounts at the provider, and sales that the product's
own steps have reserved, charged, captured, booked and released.

Owns what was before the first payout, on both sides. What is then paid out is its users'.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from activities.checkout import CheckoutActivities, CompleteSale, ReserveAndFreeze
from activities.fulfillment import FulfillmentActivities, ReleaseFunds
from activities.gateways.partners import Gateways
from activities.gateways.postgres_search import PostgresSearch
from activities.gateways.rule_risk import RuleRisk
from activities.gateways.table_tax import TableTax
from activities.payments import CapturePayment, CreatePayment, PaymentActivities
from core import clock
from core.database import Database
from models.ports import BankDetails, ConnectedAccount
from models.repositories import payouts_connected, payouts_plans
from models.repositories.payout_accounts import BankAccount
from models.repositories.payouts_plans import Plan
from models.repositories.processes import Progress
from models.rules.payout_calendar import Calendar, PayoutDays
from models.tables.orders import DeliveryAttempt, Parcel
from models.tables.people import User
from models.types import new_id
from tests.support.buying import add_address, add_cart
from tests.support.marketplace import Piece, TestShop, add_listing, add_person, add_shop
from tests.support.payouts import BANK, give_bank
from tests.support.signing_in import session_of

SHOPS_A_SALE = 25
"""Of one checkout: one charge for as many orders."""
AT_ONCE = 8
"""Requests to the provider."""
PUBLIC_URL = "https://shop.example"
WITHIN = timedelta(minutes=10)
T = TypeVar("T")


@dataclass(frozen=True)
class Wish:
    """What one artisan is like."""

    price_minor: int = 12_000
    currency: str = "USD"
    bank: BankAccount = BANK
    time_scale: int = 1
    connected: bool = True
    """Whether the provider knows the shop already, and has been given all that it wanted."""


@dataclass(frozen=True)
class Payee:
    shop: TestShop
    token: str
    """Of its keeper, who has just proved twice who they are."""
    listing_id: str
    bank_saved_at: datetime
    wish: Wish


@dataclass(frozen=True)
class Provider:
    """The stand-in's doors: our own gateways, and the switches that make things happen there."""

    gateways: Gateways
    control: httpx.AsyncClient

    async def do(self, method: str, path: str, body: object = None) -> Any:
        answer = await self.control.request(method, f"/_control/{path}", json=body)
        answer.raise_for_status()
        return answer.json()


async def add_payees(database: Database, provider: Provider, wishes: Sequence[Wish]) -> list[Payee]:
    """Each has sold one piece, and the provider has let go of the money. What it tells about that goes nowhere."""
    await provider.do("PUT", "faults", {"rates": {"webhook_lost": 1}})
    payees: list[Payee] = []
    for some in _batches(list(enumerate(wishes, 1))):
        async with database.transaction() as session:
            payees += [await _open(session, wish, number) for number, wish in some]
    await _connect(database, provider, [payee for payee in payees if payee.wish.connected])
    for currency in sorted({payee.wish.currency for payee in payees}):
        for sellers in _batches([payee for payee in payees if payee.wish.currency == currency]):
            await _sell(database, provider, sellers)
    await provider.do("POST", "stripe/hurry")
    await provider.do("PUT", "faults", {})
    return payees


def _batches(all_: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(all_), SHOPS_A_SALE):
        yield all_[first : first + SHOPS_A_SALE]


async def _open(session: AsyncSession, wish: Wish, number: int) -> Payee:
    shop = await add_shop(session, name=f"Workshop {number}", currency=wish.currency)
    await session.execute(update(User).where(User.id == shop.owner_id).values(time_scale=wish.time_scale))
    saved_at = await give_bank(session, shop, wish.bank)
    await payouts_plans.save(session, shop.id, Plan(PayoutDays(Calendar.DAILY)), clock.now())
    listing_id = await add_listing(session, shop, Piece(title=f"Jug {number}", price_minor=wish.price_minor))
    token = await session_of(session, shop.owner_id, two_factors=True)
    return Payee(shop, token, listing_id, saved_at, wish)


async def _connect(database: Database, provider: Provider, payees: Sequence[Payee]) -> None:
    places, seen = asyncio.Semaphore(AT_ONCE), dict[str, ConnectedAccount]()
    gateway = provider.gateways.payouts

    async def connect(payee: Payee) -> None:
        shop, bank = payee.shop, payee.wish.bank
        details = BankDetails(
            holder=bank.holder,
            country=bank.iban[:2] or "US",
            currency=shop.currency,
            iban=bank.iban,
            routing_number=bank.routing_number,
            account_number=bank.account_number,
        )
        async with places:
            account = await gateway.create_account(shop.id, "US", shop.currency, key=f"connect-{shop.id}")
            await gateway.set_bank_account(account.id, details, key=f"bank-{shop.id}")
            await provider.do("POST", f"stripe/accounts/{account.id}/complete")
            seen[shop.id] = await gateway.get_account(account.id)

    await asyncio.gather(*(connect(payee) for payee in payees))
    async with database.transaction() as session:
        for payee in payees:
            shop, account = payee.shop, seen[payee.shop.id]
            bank_id = account.banks.get(shop.currency, "")
            await payouts_connected.mirror(session, shop.id, account, clock.now())
            await payouts_connected.bank_learned(session, shop.id, payee.bank_saved_at, bank_id=bank_id)


async def _sell(database: Database, provider: Provider, sellers: Sequence[Payee]) -> None:
    """One checkout of a piece of each, through every step of its process, and every order delivered and released."""
    checkout = CheckoutActivities(database, TableTax(), RuleRisk(), PostgresSearch)
    payments = PaymentActivities(database, provider.gateways.payments, PUBLIC_URL)
    async with database.transaction() as session:
        buyer_id, _ = await add_person(session)
        address_id = await add_address(session, buyer_id)
        cart_id = await add_cart(session, buyer_id, {seller.listing_id: 1 for seller in sellers})
    checkout_id, until = f"checkout-{cart_id}-1", clock.now() + WITHIN
    begun = Progress(checkout_id, "checkout", "awaiting_payment", 0)
    frozen = await checkout.reserve_and_freeze(
        ReserveAndFreeze(checkout_id, cart_id, 1, buyer_id, address_id, None, until, begun)
    )
    opened = await payments.create_payment(CreatePayment(checkout_id, until, begun))
    await provider.do("POST", f"stripe/sessions/{opened.payment_id}/pay", {"card": "4242424242424242"})
    captured = await payments.capture_payment(
        CapturePayment(checkout_id, opened.payment_id, frozen.total_minor, frozen.currency)
    )
    ship_by = {seller.shop.id: clock.now() for seller in sellers}
    paid = Progress(checkout_id, "checkout", "paid", 0, is_final=True)
    sale = await checkout.complete_sale(
        CompleteSale(checkout_id, captured.amount_minor, captured.provider_fee_minor, ship_by, paid)
    )
    async with database.transaction() as session:
        for order_id in sale.order_ids.values():
            await _deliver(session, order_id, frozen.currency)
    fulfillment = FulfillmentActivities(database)
    for order_id in sale.order_ids.values():
        process = f"fulfillment-{order_id}"
        over = Progress(process, "fulfillment", "completed", 0, is_final=True)
        await fulfillment.release_funds(ReleaseFunds(order_id, f"{process}/release", {}, over))


async def _deliver(session: AsyncSession, order_id: str, currency: str) -> None:
    parcel_id, now = new_id("prc"), clock.now()
    await session.execute(
        insert(Parcel).values(
            id=parcel_id,
            order_id=order_id,
            courier="northpost",
            service="standard",
            tracking_number=parcel_id,
            label_url="",
            label_price_minor=700,
            currency=currency,
            status="delivered",
            attempt=1,
            handed_over_at=now,
            delivered_at=now,
        )
    )
    await session.execute(insert(DeliveryAttempt).values(parcel_id=parcel_id, attempt=1, outcome="delivered"))
