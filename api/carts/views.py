"""Puts a cart's rows together into what its owner reads, in the currency that they pay in. Decides nothing.

A piece that can't be converted now is shown in its shop's own currency, and is one of the cart's problems.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.carts.schemas import CartGroup, CartLineView, CartProblem, CartShop, CartView
from api.catalogue.service import cover
from api.money import money, money_view
from models.repositories.carts import CartLineRow, CartRow
from models.rules.fees import ShopFees
from models.rules.fx import Exchange
from models.rules.offers import Offer, shown
from models.rules.pricing import ShopTerms, shipping_price
from models.types import Money

EMPTY = CartView(
    id=None,
    status="open",
    attempt=1,
    checkout_id=None,
    currency=None,
    shops=[],
    items=None,
    count=0,
    problems=[],
)


@dataclass(frozen=True, slots=True)
class _Line:
    row: CartLineRow
    offer: Offer
    before: Money | None
    """What its owner last saw, where the artisan asks something else now."""

    @property
    def sum(self) -> Money:
        return self.offer.unit * self.row.quantity


def checkout_id(cart: CartRow) -> str | None:
    """The checkout that owns the cart, if one does."""
    return f"checkout-{cart.id}-{cart.attempt}" if cart.status == "checking_out" else None


def paid_in(cart: CartRow, lines: Sequence[CartLineRow]) -> str | None:
    """What the cart is paid in: its owner's choice, or what its first piece is priced in. None of an empty one."""
    return cart.currency or (lines[0].currency if lines else None)


def asked(line: CartLineRow, cart: CartRow) -> tuple[int, str | None]:
    """What the artisan asks of this cart's owner, and in which currency where it is not their shop's."""
    return (line.price_minor, None) if line.listed_minor is None else (line.listed_minor, cart.currency)


def view(cart: CartRow, rows: Sequence[CartLineRow], exchange: Exchange) -> CartView:
    currency = paid_in(cart, rows)
    lines = [_line(row, cart, currency, exchange) for row in rows]
    by_shop: dict[str, list[_Line]] = {}
    for line in lines:
        by_shop.setdefault(line.row.shop_id, []).append(line)
    whole = all(line.offer.unit.currency == currency for line in lines)
    paying = cart.status == "checking_out"
    return CartView(
        id=cart.id,
        status=cart.status,
        attempt=cart.attempt,
        checkout_id=checkout_id(cart),
        currency=currency,
        shops=[_group(own) for own in by_shop.values()],
        items=money(sum(line.sum.minor for line in lines), currency) if currency and whole else None,
        count=sum(row.quantity for row in rows),
        # While it is being paid for, its own reservation is what makes pieces look sold out.
        problems=[] if paying else list(_problems(lines, currency)),
    )


def _line(row: CartLineRow, cart: CartRow, currency: str | None, exchange: Exchange) -> _Line:
    own = Money(row.price_minor, row.currency)
    offer = shown(own, row.listed_minor, currency, exchange)
    before = None
    if asked(row, cart) != (row.shown_minor, row.shown_currency):
        seen = Money(row.shown_minor, row.shown_currency or row.currency)
        before = shown(seen, None, currency, exchange).unit
    return _Line(row, offer, before)


def _problems(lines: Iterable[_Line], currency: str | None) -> Iterable[CartProblem]:
    for line in lines:
        row, title = line.row, line.row.title
        if row.available <= 0:
            text = f"“{title}” is sold out. Remove it to go on."
            yield CartProblem(code="sold_out", listing_id=row.listing_id, message=text)
        elif row.available < row.quantity:
            text = f"Only {row.available} of “{title}” left. Choose a smaller quantity."
            yield CartProblem(code="short_stock", listing_id=row.listing_id, message=text)
        if line.offer.unit.currency != currency:
            text = (
                f"There is no exchange rate for “{title}” now, so it can't be paid for in {currency}. Choose "
                f"{row.currency} at the foot of the page, or remove it and buy it by itself."
            )
            yield CartProblem(code="no_rate", listing_id=row.listing_id, message=text)
        elif line.before is not None:
            now, before = money_view(line.offer.unit).text, money_view(line.before).text
            text = f"“{title}” now costs {now} instead of {before}. Accept the new price to go on."
            yield CartProblem(code="price_changed", listing_id=row.listing_id, message=text)


def _group(lines: Sequence[_Line]) -> CartGroup:
    row, fx = lines[0].row, lines[0].offer.fx
    terms = ShopTerms(
        shop_id=row.shop_id,
        name=row.shop_name,
        country=row.shop_country,
        home_first_minor=row.home_first_minor,
        home_more_minor=row.home_more_minor,
        abroad_first_minor=0,
        abroad_more_minor=0,
        ships_abroad=False,
        handling_days=0,
        fees=ShopFees(),
        fx=fx,
    )
    currency, pieces = lines[0].offer.unit.currency, sum(line.row.quantity for line in lines)
    return CartGroup(
        shop=CartShop(id=row.shop_id, slug=row.shop_slug, name=row.shop_name, country=row.shop_country),
        lines=[_line_view(line) for line in lines],
        items=money(sum(line.sum.minor for line in lines), currency),
        shipping=money(shipping_price(terms.charged(), pieces, row.shop_country), currency),
    )


def _line_view(line: _Line) -> CartLineView:
    row = line.row
    return CartLineView(
        listing_id=row.listing_id,
        slug=row.slug,
        title=row.title,
        picture=cover(row.content_id, row.alt, row.width, row.height),
        quantity=row.quantity,
        available=max(0, row.available),
        unit_price=money_view(line.offer.unit),
        line_total=money_view(line.sum),
        asked=money_view(line.offer.stated) if line.offer.converted else None,
        price_changed_from=money_view(line.before) if line.before else None,
        sold_out=row.available <= 0,
    )
