"""Carts: adding, changing, taking over at sign-in. A cart is plain data; only its checkout is a process.

Does not reserve anything: pieces are promised to nobody until a checkout holds them.
"""

from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.counters import PER_ACCOUNT, PER_NETWORK, Counters
from api.carts.schemas import CartView
from api.carts.views import EMPTY, asked, checkout_id, paid_in, view
from core.reads import Reads
from models.errors import CartNotOpen, CurrencyMismatch, InvalidInput, NotFound, OutOfStock
from models.repositories import carts, promotions
from models.repositories.carts import CartRow, OfferRow
from models.repositories.promotions import CODE_PROBLEMS
from models.repositories.rates import Rates
from models.rules.promotions import CodeProblem, normalised

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
    """`currency` is what whoever asks has chosen to pay in; a cart that they begin is in it."""

    session: AsyncSession
    rates: Rates = field(default_factory=Rates)
    currency: str | None = None

    async def current(self, owner: CartOwner) -> CartView:
        """The owner's cart, empty when there is none. Also finishes taking over a cart filled before sign-in."""
        cart = await self._cart(owner)
        if cart is None:
            return EMPTY
        return await self._view(cart)

    async def choose(self, owner: CartOwner, currency: str | None) -> None:
        """What an open cart is paid in from now on, and what its prices are shown in at once. None: as its first piece
        is priced. One that is being paid for stays as it is."""
        cart = await self._cart(owner, lock=True)
        if cart is not None and cart.status == "open":
            await carts.choose_currency(self.session, cart.id, currency)
            await carts.adopt_prices(self.session, cart.id, currency)
            await carts.touch(self.session, cart.id)

    async def add(self, owner: CartOwner, listing_id: str, quantity: int = 1) -> CartView:
        """Adds to what is already there. Raises `InvalidInput`, `NotFound`, `OutOfStock`, `CurrencyMismatch`,
        `CartNotOpen`."""
        _check_quantity(quantity)
        offer = await self._offer(listing_id)
        if owner.person_id is not None and offer.owner_id == owner.person_id:
            raise InvalidInput("This piece is your own. Edit it at your desk instead.", listing_id=listing_id)
        cart = await self._open_cart(owner, create=True)
        lines = await carts.lines(self.session, cart)
        if not lines and cart.currency != self.currency:
            await carts.choose_currency(self.session, cart.id, self.currency)
            cart = replace(cart, currency=self.currency)
        currency = paid_in(cart, lines) or offer.currency
        if not (await self.rates.exchange(self.session)).converts(offer.currency, currency):
            raise CurrencyMismatch(
                f"Your cart is paid in {currency}; this piece is priced in {offer.currency}, and there is no exchange "
                "rate between them now. Buy them one after the other.",
                cart_currency=currency,
                listing_currency=offer.currency,
            )
        there = sum(line.quantity for line in lines if line.listing_id == listing_id)
        if not there and len(lines) >= MAX_LINES:
            raise InvalidInput(f"A cart holds up to {MAX_LINES} different pieces. Buy these first.")
        _check_available(offer, there + quantity, there)
        own = await carts.asked_price(self.session, listing_id, cart.currency) if cart.currency else None
        seen = (offer.price_minor, None) if own is None else (own, cart.currency)
        await carts.put_line(self.session, cart.id, listing_id, there + quantity, seen)
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
        await carts.adopt_prices(self.session, cart.id, cart.currency)
        return await self._changed(cart)

    async def enter_code(self, owner: CartOwner, given: str, network: str) -> CartView:
        """Keeps a shop's code with the cart; it takes the place of the one before. Wrong ones are counted like wrong
        passwords, so that nobody tries them all. Raises `InvalidInput` with the reason, `NotFound`, `CartNotOpen`,
        `TooManyAttempts`."""
        cart = await self._open_cart(owner)
        code, counters = normalised(given), Counters(self.session)
        limits = {f"codes {owner.person_id or owner.session_hash}": PER_ACCOUNT, f"codes from {network}": PER_NETWORK}
        await counters.attempt(limits, what="codes were wrong")
        shop_ids = {line.shop_id for line in await carts.lines(self.session, cart)}
        reach = await promotions.in_reach(self.session, shop_ids, code or None, owner.person_id)
        problem = reach.problem
        if problem is CodeProblem.UNKNOWN:
            await self.session.commit()  # the try counts, although the request is refused
        else:
            await counters.taken_back(limits)
        if problem is not None:
            raise InvalidInput(CODE_PROBLEMS[problem], field="code", reason=problem.value)
        await carts.keep_code(self.session, cart.id, code)
        return await self._changed(replace(cart, code=code))

    async def remove_code(self, owner: CartOwner) -> CartView:
        """Raises `NotFound` without a cart, `CartNotOpen`."""
        cart = await self._open_cart(owner)
        await carts.keep_code(self.session, cart.id, None)
        return await self._changed(replace(cart, code=None))

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
        """As many of each piece as there are, in the currency of the person's own cart; nothing where a piece can't be
        paid for in it."""
        mine = await carts.lines(self.session, own)
        there = {line.listing_id: line for line in mine}
        coming = await carts.lines(self.session, replace(brought, currency=own.currency))
        currency = paid_in(own, [*mine, *coming])
        exchange = await self.rates.exchange(self.session)
        if currency is not None and not all(exchange.converts(line.currency, currency) for line in coming):
            return
        for line in coming:
            already = there[line.listing_id].quantity if line.listing_id in there else 0
            wanted = min(already + line.quantity, max(line.available, already, 1), MAX_QUANTITY)
            if wanted > already and len(there) < MAX_LINES:
                seen = (line.shown_minor, line.shown_currency)
                if line.shown_currency not in (None, own.currency):
                    seen = asked(line, own)
                await carts.put_line(self.session, own.id, line.listing_id, wanted, seen)
        if own.code is None:
            await carts.keep_code(self.session, own.id, brought.code)
        await carts.delete(self.session, brought.id)

    async def _open_cart(self, owner: CartOwner, *, create: bool = False) -> CartRow:
        cart = await self._cart(owner, lock=True)
        if cart is None and create:
            await carts.create(self.session, owner.person_id, owner.session_hash, self.currency)
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
        return await self._view(cart)

    async def _view(self, cart: CartRow) -> CartView:
        lines = await carts.lines(self.session, cart)
        shop_ids = {line.shop_id for line in lines}
        reach = await promotions.in_reach(self.session, shop_ids, cart.code, cart.user_id)
        return view(cart, lines, await self.rates.exchange(self.session), reach)

    async def _offer(self, listing_id: str) -> OfferRow:
        offer = await carts.find_offer(self.session, listing_id)
        if offer is None:
            raise NotFound("This piece is not for sale (any more). Choose another one.", listing_id=listing_id)
        return offer

    async def _require_line(self, cart: CartRow, listing_id: str) -> None:
        if not await carts.has_line(self.session, cart.id, listing_id):
            raise NotFound("This piece is not in your cart.", listing_id=listing_id)


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
