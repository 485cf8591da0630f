"""All SQL of placing, paying and closing a checkout, except stock and ledger, which have modules of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, DateTime, Row, String, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.clock import now
from core.database import keys_of
from models.errors import CartNotOpen, InvalidInput, NotFound, PriceChanged
from models.ports import PostalAddress, TaxClass
from models.repositories import addresses, fee_rules
from models.repositories.catalogue import FOR_SALE, listed_in
from models.repositories.people import email_of
from models.repositories.person_keys import PersonErased
from models.rules.baskets import Piece
from models.rules.pricing import PricedLine, Quote, ShopTerms
from models.tables.catalogue import Listing, ShippingProfile, Shop
from models.tables.currencies import CheckoutExchange, ListingPrice
from models.tables.orders import Order, OrderLine
from models.tables.people import Address, PersonKey, User
from models.tables.processes import Process
from models.tables.selling import Cart, CartLine, Checkout, CheckoutLine, CheckoutShop, Payment
from models.types import CheckoutStatus, Money


@dataclass(frozen=True)
class ShopFacts:
    """What fulfilment will need to know of a shop; frozen with the checkout."""

    terms: ShopTerms
    owner_id: str
    accept_within_hours: int | None


async def open_cart(session: AsyncSession, cart_id: str, attempt: int, buyer_id: str) -> Cart:
    """Locks the cart for this attempt. Raises `NotFound`, or `CartNotOpen` when another attempt has it or had it."""
    cart = await session.get(Cart, cart_id, with_for_update=True)
    if cart is None or cart.user_id != buyer_id:
        raise NotFound("This cart does not exist. Put something into a new one.")
    if cart.status != "open" or cart.attempt != attempt:
        raise CartNotOpen("This cart is being paid for already, or has been. Look at your orders before paying again.")
    return cart


async def find_active_cart(session: AsyncSession, buyer_id: str) -> Cart | None:
    """The person's cart that is not ordered yet: open, or being paid for."""
    return await session.scalar(select(Cart).where(Cart.user_id == buyer_id, Cart.status != "ordered"))


async def cart_pieces(session: AsyncSession, cart: Cart) -> tuple[list[Piece], list[str]]:
    """Lines at the prices that their artisans ask today, in the order they were added; and the listings whose price
    differs from what was shown.

    Raises `InvalidInput` when a piece has been withdrawn from sale.
    """
    rows = (
        await session.execute(
            select(CartLine, Listing, ListingPrice.price_minor, FOR_SALE)
            .join(Listing, Listing.id == CartLine.listing_id)
            .join(Shop, Shop.id == Listing.shop_id)
            .outerjoin(ListingPrice, listed_in(cart.currency))
            .where(CartLine.cart_id == cart.id)
            .order_by(CartLine.added_at, CartLine.listing_id)
        )
    ).all()
    gone = [listing.id for _, listing, _, for_sale in rows if not for_sale]
    if gone:
        raise InvalidInput("Not everything in the cart is for sale any more. Remove what is not to go on.", gone=gone)
    pieces = [
        Piece(
            PricedLine(
                listing_id=listing.id,
                shop_id=listing.shop_id,
                category=listing.category,
                title=listing.title,
                quantity=line.quantity,
                unit=Money(listing.price_minor, listing.currency),
                weight_grams=listing.weight_grams,
                lead_time_days=listing.lead_time_days,
                tax_class=TaxClass(listing.tax_class),
            ),
            listed,
        )
        for line, listing, listed, _ in rows
    ]
    changed = [line.listing_id for line, listing, listed, _ in rows if _asked(listing, listed, cart) != _seen(line)]
    return pieces, changed


def _asked(listing: Listing, listed_minor: int | None, cart: Cart) -> tuple[int, str | None]:
    """What the artisan asks, and in which currency where it is not their shop's."""
    return (listing.price_minor, None) if listed_minor is None else (listed_minor, cart.currency)


def _seen(line: CartLine) -> tuple[int, str | None]:
    return line.unit_price_minor, line.shown_currency


async def shop_facts(session: AsyncSession, shop_ids: set[str]) -> dict[str, ShopFacts]:
    """With the fees that hold now. What shops take off is the cart's matter, see `promotions.in_reach`."""
    fees = await fee_rules.of_shops(session, shop_ids, now())
    rows = await session.execute(
        select(Shop, ShippingProfile)
        .join(ShippingProfile, ShippingProfile.shop_id == Shop.id)
        .where(Shop.id.in_(shop_ids))
    )
    return {
        shop.id: ShopFacts(
            terms=ShopTerms(
                shop_id=shop.id,
                name=shop.name,
                country=shop.country,
                home_first_minor=profile.home_first_minor,
                home_more_minor=profile.home_more_minor,
                abroad_first_minor=profile.abroad_first_minor,
                abroad_more_minor=profile.abroad_more_minor,
                ships_abroad=profile.ships_abroad,
                handling_days=profile.handling_days,
                fees=fees[shop.id],
            ),
            owner_id=shop.owner_id,
            accept_within_hours=shop.accept_within_hours,
        )
        for shop, profile in rows
    }


async def postal_address(session: AsyncSession, address_id: str, user_id: str) -> PostalAddress:
    """Raises `NotFound` for somebody else's address too."""
    return (await addresses.find(session, address_id, user_id)).postal


def refuse_changed_prices(changed: Sequence[str], quote: Quote, expected_total_minor: int | None) -> None:
    """Raises `PriceChanged` when the buyer would pay another sum than the page said."""
    if changed or (expected_total_minor is not None and expected_total_minor != quote.total_minor):
        raise PriceChanged(
            "A price, a discount or an exchange rate has changed since you last looked. The new total is shown; "
            "nothing has been charged.",
            listing_ids=list(changed),
            total_minor=quote.total_minor,
        )


async def freeze(
    session: AsyncSession, checkout_id: str, cart: Cart, address_id: str, quote: Quote, *, credit_minor: int = 0
) -> None:
    """Writes everything the buyer agreed to, and takes the cart out of their hands until the payment is decided."""
    connection = await session.connection()
    await connection.execute(update(Cart).where(Cart.id == cart.id).values(status="checking_out"))
    await connection.execute(
        insert(Checkout).values(
            id=checkout_id,
            cart_id=cart.id,
            attempt=cart.attempt,
            buyer_id=cart.user_id,
            address_id=address_id,
            currency=quote.currency,
            items_minor=quote.items_minor,
            shipping_minor=quote.shipping_minor,
            tax_minor=quote.tax_minor,
            total_minor=quote.total_minor,
            credit_minor=credit_minor,
        )
    )
    await connection.execute(
        insert(CheckoutLine),
        [
            {
                "checkout_id": checkout_id,
                "listing_id": quoted.line.listing_id,
                "shop_id": quoted.line.shop_id,
                "title": quoted.line.title,
                "quantity": quoted.line.quantity,
                "unit_price_minor": quoted.line.unit.minor,
                "discount_minor": quoted.taken.minor,
                "promotion_id": quoted.taken.promotion.id if quoted.taken.promotion else None,
                "fee_minor": quoted.fee_minor,
                "fee_rule_id": quoted.fee_rule_id or None,
                "tax_minor": quoted.tax_minor,
                "tax_rate_bp": quoted.tax_rate_bp,
                "tax_jurisdiction": quoted.tax_jurisdiction,
                "lead_time_days": quoted.line.lead_time_days,
                "weight_grams": quoted.line.weight_grams,
            }
            for quoted in quote.lines
        ],
    )
    await connection.execute(
        insert(CheckoutShop),
        [
            {
                "checkout_id": checkout_id,
                "shop_id": shop.shop_id,
                "items_minor": shop.items_minor,
                "shipping_minor": shop.shipping_minor,
                "tax_minor": shop.tax_minor,
                "fee_minor": shop.fee_minor,
                "handling_days": shop.handling_days,
            }
            for shop in quote.shops
        ],
    )
    exchanged = [
        {
            "checkout_id": checkout_id,
            "shop_id": shop.shop_id,
            "currency": shop.owed.currency,
            "quote_id": shop.fx.id,
            "billionths": shop.fx.billionths,
            "items_minor": shop.owed.items_minor,
            "shipping_minor": shop.owed.shipping_minor,
            "fee_minor": shop.owed.fee_minor,
            "discount_minor": shop.owed.discount_minor,
        }
        for shop in quote.shops
        if shop.fx is not None and shop.owed is not None
    ]
    if exchanged:
        await connection.execute(insert(CheckoutExchange), exchanged)


async def reopen_cart(session: AsyncSession, cart_id: str, attempt: int) -> None:
    """Gives the cart back for its next attempt. Safe to repeat: only the attempt that ends moves the number on."""
    await session.execute(
        update(Cart)
        .where(Cart.id == cart_id, Cart.attempt == attempt, Cart.status != "ordered")
        .values(status="open", attempt=attempt + 1, updated_at=func.now())
    )


async def mark_paid(session: AsyncSession, checkout_id: str) -> None:
    """The cart has become orders; its owner's next piece opens a new one."""
    paid = update(Checkout).where(Checkout.id == checkout_id).values(paid=True).returning(Checkout.cart_id).cte("paid")
    await (await session.connection()).execute(
        update(Cart).where(Cart.id == paid.c.cart_id).values(status="ordered", updated_at=func.now())
    )


async def get_checkout(session: AsyncSession, checkout_id: str) -> Checkout:
    checkout = await session.get(Checkout, checkout_id)
    if checkout is None:
        raise NotFound("This checkout does not exist.")
    return checkout


async def checkout_lines(session: AsyncSession, checkout_id: str) -> Sequence[CheckoutLine]:
    rows = await session.scalars(
        select(CheckoutLine).where(CheckoutLine.checkout_id == checkout_id).order_by(CheckoutLine.listing_id)
    )
    return rows.all()


async def save_payment(
    session: AsyncSession,
    checkout_id: str,
    provider_id: str,
    *,
    state: str,
    amount: Money,
    redirect_url: str | None = None,
    intent_id: str | None = None,
    capture_before: datetime | None = None,
    fee_minor: int | None = None,
    balance_transaction_id: str | None = None,
) -> None:
    """The payment as the provider last described it."""
    seen = {
        "state": state,
        "redirect_url": redirect_url,
        "intent_id": intent_id,
        "capture_before": capture_before,
        "fee_minor": fee_minor,
        "balance_transaction_id": balance_transaction_id,
    }
    statement = insert(Payment).values(
        checkout_id=checkout_id,
        provider_id=provider_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        **seen,
    )
    await (await session.connection()).execute(
        statement.on_conflict_do_update(
            index_elements=[Payment.checkout_id],
            set_={key: value for key, value in seen.items() if value is not None} | {"updated_at": func.now()},
        )
    )


@dataclass(frozen=True)
class BuyerFacts:
    """What we know ourselves of a checkout's risk."""

    total: Money
    opened_at: datetime
    """The buyer's account."""
    paid_checkouts: int
    ship_country: str
    pieces: int


async def buyer_facts(session: AsyncSession, checkout_id: str) -> BuyerFacts:
    earlier = aliased(Checkout)
    paid = select(func.count()).where(earlier.buyer_id == Checkout.buyer_id, earlier.paid)
    pieces = select(func.sum(CheckoutLine.quantity)).where(CheckoutLine.checkout_id == Checkout.id)
    row = (
        await (await session.connection()).execute(
            select(
                Checkout.total_minor,
                Checkout.currency,
                User.created_at,
                paid.correlate(Checkout).scalar_subquery(),
                Address.country,
                pieces.correlate(Checkout).scalar_subquery(),
            )
            .join(User, User.id == Checkout.buyer_id)
            .join(Address, Address.id == Checkout.address_id)
            .where(Checkout.id == checkout_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("This checkout does not exist.")
    total_minor, currency, opened_at, paid_checkouts, country, count = row
    return BuyerFacts(Money(total_minor, currency), opened_at, paid_checkouts, country, int(count))


async def keep_risk(session: AsyncSession, checkout_id: str, score: int, reasons: Sequence[str]) -> None:
    await (await session.connection()).execute(
        update(Checkout).where(Checkout.id == checkout_id).values(risk_score=score, risk_reasons=list(reasons))
    )


async def buyer_email(session: AsyncSession, checkout_id: str) -> str:
    """Raises `PersonErased`: there is nobody left to pay."""
    person_id, wrapped, sealed = (
        await session.execute(
            select(User.id, PersonKey.wrapped_key, User.email_sealed)
            .join(PersonKey, PersonKey.person_id == User.id)
            .join(Checkout, Checkout.buyer_id == User.id)
            .where(Checkout.id == checkout_id)
        )
    ).one()
    email = email_of(keys_of(session), person_id, wrapped, sealed)
    if not email:
        raise PersonErased("The buyer's data has been erased, so this checkout can't be paid any more.")
    return email


@dataclass(frozen=True)
class OpenedOrder:
    id: str
    shop_id: str
    currency: str
    items_minor: int
    shipping_minor: int
    tax_minor: int


async def open_orders(
    session: AsyncSession, checkout_id: str, order_ids: Mapping[str, str], ship_by: Mapping[str, datetime]
) -> Sequence[OpenedOrder]:
    """One order per artisan out of a paid checkout, with its lines; mappings go by shop id. Raises `NotFound`."""
    connection = await session.connection()
    named = (
        func.unnest(
            cast(list(order_ids.values()), ARRAY(String)),
            cast(list(order_ids), ARRAY(String)),
            cast([ship_by[shop_id] for shop_id in order_ids], ARRAY(DateTime(timezone=True))),
        )
        .table_valued("order_id", "shop_id", "ship_by")
        .render_derived(name="named")
    )
    opened = await connection.execute(
        insert(Order)
        .from_select(
            [
                *("id", "number", "checkout_id", "shop_id", "buyer_id", "address_id", "currency"),
                *("items_minor", "shipping_minor", "tax_minor", "total_minor", "fee_minor", "ship_by"),
            ],
            select(
                named.c.order_id,
                func.concat("AC-", func.upper(func.right(named.c.order_id, 8))),
                Checkout.id,
                CheckoutShop.shop_id,
                Checkout.buyer_id,
                Checkout.address_id,
                Checkout.currency,
                CheckoutShop.items_minor,
                CheckoutShop.shipping_minor,
                CheckoutShop.tax_minor,
                CheckoutShop.items_minor + CheckoutShop.shipping_minor + CheckoutShop.tax_minor,
                CheckoutShop.fee_minor,
                named.c.ship_by,
            )
            .select_from(Checkout)
            .join(CheckoutShop, CheckoutShop.checkout_id == Checkout.id)
            # An outer join: a shop that was forgotten has no order id, and nothing is opened without it.
            .outerjoin(named, named.c.shop_id == CheckoutShop.shop_id)
            .where(Checkout.id == checkout_id),
        )
        .returning(Order.id, Order.shop_id, Order.currency, Order.items_minor, Order.shipping_minor, Order.tax_minor)
    )
    await connection.execute(
        insert(OrderLine).from_select(
            [
                *("order_id", "listing_id", "title", "quantity"),
                *("unit_price_minor", "discount_minor", "tax_minor", "weight_grams"),
            ],
            select(
                Order.id,
                CheckoutLine.listing_id,
                CheckoutLine.title,
                CheckoutLine.quantity,
                CheckoutLine.unit_price_minor,
                CheckoutLine.discount_minor,
                CheckoutLine.tax_minor,
                CheckoutLine.weight_grams,
            )
            .join(Order, (Order.checkout_id == CheckoutLine.checkout_id) & (Order.shop_id == CheckoutLine.shop_id))
            .where(CheckoutLine.checkout_id == checkout_id),
        )
    )
    orders = sorted((OpenedOrder(*row) for row in opened), key=lambda order: order.shop_id)
    if not orders:
        raise NotFound("This checkout does not exist.")
    return orders


async def held_for_review(session: AsyncSession) -> Sequence[Row[Checkout, Process, datetime]]:
    """(checkout, its process, when the buyer's account was opened), the most urgent first."""
    rows = await session.execute(
        select(Checkout, Process, User.created_at)
        .join(Process, Process.workflow_id == Checkout.id)
        .join(User, User.id == Checkout.buyer_id)
        .where(Process.process == "checkout", Process.status == CheckoutStatus.HELD_FOR_REVIEW.value)
        .order_by(Process.deadline)
    )
    return rows.all()
