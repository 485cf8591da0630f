"""Carts: adding, changing, taking over at sign-in. A cart is plain data; only its checkout is a process.

Does not reserve anything: pieces are promised to nobody until a checkout holds them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.carts.schemas import CartGroup, CartLineView, CartProblem, CartShop, CartView
from api.catalogue.service import cover
from api.money import money
from core.reads import Reads
from models.errors import CartNotOpen, CurrencyMismatch, InvalidInput, NotFound, OutOfStock
from models.repositories import carts
from models.repositories.carts import CartLineRow, CartRow, OfferRow
from models.rules.pricing import ShopTerms, shipping_price

MAX_QUANTITY = 999
MAX_LINES = 100


@dataclass(frozen=True, slots=True)
class CartOwner:
    """A signed-in person, an anonymous browser, or a person whose browser brought a cart along."""

    person_id: str | None = None
    session_hash: str | None = None


async def pieces_in_cart(reads: Reads, owner: CartOwner) -> int:
    """For the header of a page: one small query, none for a browser that we have not met."""
    return await carts.count_pieces(reads, owner.person_id, owner.session_hash)


@dataclass(frozen=True)
class CartService:
    session: AsyncSession

    async def current(self, owner: CartOwner) -> CartView:
        """The owner's cart, empty when there is none. Also finishes taking over a cart filled before sign-in."""
        cart = await self._cart(owner)
        if cart is None:
            return EMPTY
        return _view(cart, await carts.lines(self.session, cart.id))

    async def add(self, owner: CartOwner, listing_id: str, quantity: int = 1) -> CartView:
        """Adds to what is already there. Raises `InvalidInput`, `NotFound`, `OutOfStock`, `CurrencyMismatch`,
        `CartNotOpen`."""
        _check_quantity(quantity)
        offer = await self._offer(listing_id)
        if owner.person_id is not None and offer.owner_id == owner.person_id:
            raise InvalidInput("This piece is your own. Edit it at your desk instead.", listing_id=listing_id)
        cart = await self._open_cart(owner, create=True)
        lines = await carts.lines(self.session, cart.id)
        if any(line.currency != offer.currency for line in lines):
            raise CurrencyMismatch(
                f"Your cart holds pieces priced in {lines[0].currency}; this one is priced in {offer.currency}. "
                "Buy them one after the other.",
                cart_currency=lines[0].currency,
                listing_currency=offer.currency,
            )
        there = sum(line.quantity for line in lines if line.listing_id == listing_id)
        if not there and len(lines) >= MAX_LINES:
            raise InvalidInput(f"A cart holds up to {MAX_LINES} different pieces. Buy these first.")
        _check_available(offer, there + quantity, there)
        await carts.put_line(self.session, cart.id, listing_id, there + quantity, offer.price_minor)
        return await self._changed(cart)

    async def change(self, owner: CartOwner, listing_id: str, quantity: int) -> CartView:
        """Sets the quantity of a line. Raises as `add`; `NotFound` when the piece is not in the cart."""
        _check_quantity(quantity)
        cart = await self._open_cart(owner)
        await self._require_line(cart, listing_id)
        _check_available(await self._offer(listing_id), quantity, 0)
        await carts.set_quantity(self.session, cart.id, listing_id, quantity)
        return await self._changed(cart)

    async def remove(self, owner: CartOwner, listing_id: str) -> CartView:
        """Raises `NotFound` when the piece is not in the cart, `CartNotOpen`."""
        cart = await self._open_cart(owner)
        await self._require_line(cart, listing_id)
        await carts.remove_line(self.session, cart.id, listing_id)
        return await self._changed(cart)

    async def accept_prices(self, owner: CartOwner) -> CartView:
        """The buyer has seen today's prices. Raises `CartNotOpen`."""
        cart = await self._open_cart(owner)
        await carts.adopt_prices(self.session, cart.id)
        return await self._changed(cart)

    async def take_over(self, person_id: str, from_session: str, to_session: str) -> None:
        """At sign-in: what the anonymous browser collected becomes the person's.

        A cart that cannot be merged now (theirs is being paid for, or is in another currency) waits under the new
        session, and is merged as soon as it can be.
        """
        await carts.rekey(self.session, from_session, to_session)
        await self._cart(CartOwner(person_id, to_session))

    async def _cart(self, owner: CartOwner, *, lock: bool = False) -> CartRow | None:
        if owner.person_id is None:
            return (
                None
                if owner.session_hash is None
                else await carts.find_by_session(self.session, owner.session_hash, lock=lock)
            )
        own, brought = await carts.find_for_person(self.session, owner.person_id, owner.session_hash, lock=lock)
        if brought is None:
            return own
        if not lock:  # the rows have to be held before anything moves
            return await self._cart(owner, lock=True)
        await carts.remove_own_work(self.session, brought.id, owner.person_id)
        if own is None:
            await carts.give_to_person(self.session, brought.id, owner.person_id)
            return brought
        if own.status == "open":
            await self._merge(brought, own)
        return own

    async def _merge(self, brought: CartRow, own: CartRow) -> None:
        """As many of each piece as there are; one currency."""
        there = {line.listing_id: line for line in await carts.lines(self.session, own.id)}
        coming = await carts.lines(self.session, brought.id)
        if len({line.currency for line in (*there.values(), *coming)}) > 1:
            return
        for line in coming:
            already = there[line.listing_id].quantity if line.listing_id in there else 0
            wanted = min(already + line.quantity, max(line.available, already, 1), MAX_QUANTITY)
            if wanted > already and len(there) < MAX_LINES:
                await carts.put_line(self.session, own.id, line.listing_id, wanted, line.shown_minor)
        await carts.delete(self.session, brought.id)

    async def _open_cart(self, owner: CartOwner, *, create: bool = False) -> CartRow:
        cart = await self._cart(owner, lock=True)
        if cart is None and create:
            await carts.create(self.session, owner.person_id, owner.session_hash)
            cart = await self._cart(owner, lock=True)
        if cart is None:
            raise NotFound("Your cart is empty. Put something into it first.")
        if cart.status != "open":
            raise CartNotOpen(
                "You are paying for this cart just now. Go on with the payment, or cancel it to change the cart.",
                checkout_id=checkout_id(cart),
            )
        return cart

    async def _changed(self, cart: CartRow) -> CartView:
        await carts.touch(self.session, cart.id)
        return _view(cart, await carts.lines(self.session, cart.id))

    async def _offer(self, listing_id: str) -> OfferRow:
        offer = await carts.find_offer(self.session, listing_id)
        if offer is None:
            raise NotFound("This piece is not for sale (any more). Choose another one.", listing_id=listing_id)
        return offer

    async def _require_line(self, cart: CartRow, listing_id: str) -> None:
        if not await carts.has_line(self.session, cart.id, listing_id):
            raise NotFound("This piece is not in your cart.", listing_id=listing_id)


def checkout_id(cart: CartRow) -> str | None:
    """The checkout that owns the cart, if one does."""
    return f"checkout-{cart.id}-{cart.attempt}" if cart.status == "checking_out" else None


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidInput(
            f"Choose a quantity between 1 and {MAX_QUANTITY}, or remove the piece.", field="quantity", max=MAX_QUANTITY
        )


def _check_available(offer: OfferRow, wanted: int, there: int) -> None:
    if wanted <= offer.available:
        return
    if offer.available <= 0:
        message = "This piece is sold out. Have a look at what else its maker offers."
    elif there:
        message = f"Only {offer.available} left, and {there} in your cart already."
    else:
        message = f"Only {offer.available} left. Choose a smaller quantity."
    raise OutOfStock(message, listing_id=offer.listing_id, available=max(0, offer.available))


def _problems(lines: Iterable[CartLineRow]) -> Iterable[CartProblem]:
    for line in lines:
        if line.available <= 0:
            text = f"“{line.title}” is sold out. Remove it to go on."
            yield CartProblem(code="sold_out", listing_id=line.listing_id, message=text)
        elif line.available < line.quantity:
            text = f"Only {line.available} of “{line.title}” left. Choose a smaller quantity."
            yield CartProblem(code="short_stock", listing_id=line.listing_id, message=text)
        if line.shown_minor != line.price_minor:
            now, before = money(line.price_minor, line.currency).text, money(line.shown_minor, line.currency).text
            text = f"“{line.title}” now costs {now} instead of {before}. Accept the new price to go on."
            yield CartProblem(code="price_changed", listing_id=line.listing_id, message=text)


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


def _view(cart: CartRow, lines: list[CartLineRow]) -> CartView:
    currency = lines[0].currency if lines else None
    by_shop: dict[str, list[CartLineRow]] = {}
    for line in lines:
        by_shop.setdefault(line.shop_id, []).append(line)
    paying = cart.status == "checking_out"
    return CartView(
        id=cart.id,
        status=cart.status,
        attempt=cart.attempt,
        checkout_id=checkout_id(cart),
        currency=currency,
        shops=[_group(own) for own in by_shop.values()],
        items=money(sum(line.price_minor * line.quantity for line in lines), currency) if currency else None,
        count=sum(line.quantity for line in lines),
        # While it is being paid for, its own reservation is what makes pieces look sold out.
        problems=[] if paying else list(_problems(lines)),
    )


def _group(lines: list[CartLineRow]) -> CartGroup:
    first = lines[0]
    terms = ShopTerms(
        shop_id=first.shop_id,
        name=first.shop_name,
        country=first.shop_country,
        home_first_minor=first.home_first_minor,
        home_more_minor=first.home_more_minor,
        abroad_first_minor=0,
        abroad_more_minor=0,
        ships_abroad=False,
        handling_days=0,
        fee_bp=0,
    )
    return CartGroup(
        shop=CartShop(id=first.shop_id, slug=first.shop_slug, name=first.shop_name, country=first.shop_country),
        lines=[_line(line) for line in lines],
        items=money(sum(line.price_minor * line.quantity for line in lines), first.currency),
        shipping=money(shipping_price(terms, sum(line.quantity for line in lines), first.shop_country), first.currency),
    )


def _line(line: CartLineRow) -> CartLineView:
    return CartLineView(
        listing_id=line.listing_id,
        slug=line.slug,
        title=line.title,
        picture=cover(line.content_id, line.alt, line.width, line.height),
        quantity=line.quantity,
        available=max(0, line.available),
        unit_price=money(line.price_minor, line.currency),
        line_total=money(line.price_minor * line.quantity, line.currency),
        price_changed_from=money(line.shown_minor, line.currency) if line.shown_minor != line.price_minor else None,
        sold_out=line.available <= 0,
    )
