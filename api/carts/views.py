"""Puts a cart's rows together into what its owner reads, in the currency that they pay in. Decides nothing.

A piece that can't be converted now is shown in its shop's own currency, and is one of the cart's problems.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from api.carts.schemas import CartCode, CartGroup, CartLineView, CartProblem, CartShop, CartView
from api.catalogue.service import cover
from api.money import money, money_view
from models.repositories.carts import CartLineRow, CartRow
from models.repositories.promotions import CODE_PROBLEMS, Reach
from models.rules.fees import ShopFees
from models.rules.fx import Exchange
from models.rules.offers import Offer, shown
from models.rules.pricing import ShopTerms, shipping_price
from models.rules.promotions import NOTHING, Goods, Promotion, Taken, discounts
from models.types import Money

EMPTY = CartView(
    id=None,
    status="open",
    attempt=1,
    checkout_id=None,
    currency=None,
    shops=[],
    items=None,
    discount=None,
    code=None,
    count=0,
    problems=[],
)


@dataclass(frozen=True, slots=True)
class _Line:
    row: CartLineRow
    offer: Offer
    before: Money | None
    """What its owner last saw, where the artisan asks something else now."""
    taken: Taken = NOTHING

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


def view(cart: CartRow, rows: Sequence[CartLineRow], exchange: Exchange, reach: Reach) -> CartView:
    currency = paid_in(cart, rows)
    by_shop: dict[str, list[_Line]] = {}
    for row in rows:
        by_shop.setdefault(row.shop_id, []).append(_line(row, cart, currency, exchange))
    by_shop = {shop_id: _discounted(own, reach.of(shop_id)) for shop_id, own in by_shop.items()}
    lines = [line for own in by_shop.values() for line in own]
    whole = all(line.offer.unit.currency == currency for line in lines)
    paying = cart.status == "checking_out"
    code = _code(cart.code, reach, lines) if cart.code and rows else None
    problems = [] if paying else list(_problems(lines, currency))
    if code is not None and code.blocks and not paying:
        problems.append(CartProblem(code="code", listing_id="", message=f"{code.message} Take it out to go on."))
    return CartView(
        id=cart.id,
        status=cart.status,
        attempt=cart.attempt,
        checkout_id=checkout_id(cart),
        currency=currency,
        shops=[_group(own) for own in by_shop.values()],
        items=money(sum(line.sum.minor for line in lines), currency) if currency and whole else None,
        discount=money(sum(line.taken.minor for line in lines), currency) if currency and whole else None,
        # While it is being paid for, its own reservation holds the code's use, and makes pieces look sold out.
        code=None if paying else code,
        count=sum(row.quantity for row in rows),
        problems=problems,
    )


def _line(row: CartLineRow, cart: CartRow, currency: str | None, exchange: Exchange) -> _Line:
    own = Money(row.price_minor, row.currency)
    offer = shown(own, row.listed_minor, currency, exchange)
    before = None
    if asked(row, cart) != (row.shown_minor, row.shown_currency):
        seen = Money(row.shown_minor, row.shown_currency or row.currency)
        before = shown(seen, None, currency, exchange).unit
    return _Line(row, offer, before)


def _discounted(lines: list[_Line], promotions: Sequence[Promotion]) -> list[_Line]:
    """One shop's lines with what comes off them, as the till will say it."""
    offer = lines[0].offer
    if not promotions or any(line.offer.unit.currency != offer.unit.currency for line in lines):
        return lines
    goods = [Goods(line.row.listing_id, line.row.category, line.sum.minor) for line in lines]
    asked = sum((line.offer.owed(line.row.quantity) or line.sum).minor for line in lines)
    price = _terms(lines[0]).price
    taken = discounts(goods, promotions, asked, offer.unit.currency, price)
    return [replace(line, taken=off) for line, off in zip(lines, taken, strict=True)]


def _code(code: str, reach: Reach, lines: Sequence[_Line]) -> CartCode:
    applied = any(line.taken.promotion and line.taken.promotion.code for line in lines)
    if (problem := reach.problem) is not None:
        return CartCode(code=code, applied=False, blocks=True, message=CODE_PROBLEMS[problem])
    message = "Taken off your pieces." if applied else _idle(reach, lines)
    return CartCode(code=code, applied=applied, blocks=False, message=message)


def _idle(reach: Reach, lines: Sequence[_Line]) -> str:
    """Why a good code takes nothing off this cart."""
    for voucher in reach.vouchers:
        own = [line for line in lines if line.row.shop_id == voucher.shop_id]
        if not any(voucher.promotion.covers(line.row.listing_id, line.row.category) for line in own):
            continue
        asked = sum((line.offer.owed(line.row.quantity) or line.sum).minor for line in own)
        if asked < voucher.promotion.minimum_minor:
            least = money(voucher.promotion.minimum_minor, voucher.currency).text
            return f"It counts from {least} of pieces by {own[0].row.shop_name} on. Put something more in."
        return "Your pieces have a better discount already, and each gets one."
    return "It is for other pieces of the shop than those in your cart."


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


def _terms(line: _Line) -> ShopTerms:
    """Of the line's shop, as far as a cart without an address knows them."""
    row = line.row
    return ShopTerms(
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
        fx=line.offer.fx,
    )


def _group(lines: Sequence[_Line]) -> CartGroup:
    row, terms = lines[0].row, _terms(lines[0])
    currency, pieces = lines[0].offer.unit.currency, sum(line.row.quantity for line in lines)
    return CartGroup(
        shop=CartShop(id=row.shop_id, slug=row.shop_slug, name=row.shop_name, country=row.shop_country),
        lines=[_line_view(line) for line in lines],
        items=money(sum(line.sum.minor for line in lines), currency),
        discount=money(sum(line.taken.minor for line in lines), currency),
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
        discount=money(line.taken.minor, line.sum.currency) if line.taken.minor else None,
        promotion=line.taken.promotion.name if line.taken.promotion else "",
        asked=money_view(line.offer.stated) if line.offer.converted else None,
        price_changed_from=money_view(line.before) if line.before else None,
        sold_out=row.available <= 0,
    )
