"""All SQL of what shops take off: what a cart can have, uses held and freed with its checkout, and the artisan's list.

A voucher's uses are counted on its own row, which whoever places a checkout holds: the last one goes to one of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import now
from models.errors import Conflict, InvalidInput, NotFound
from models.repositories.checkouts import ShopFacts
from models.rules.pricing import Quote, ShopTerms
from models.rules.promotions import MOST_AT_ONCE, CodeProblem, Promotion, Voucher, problem_of
from models.tables.catalogue import Listing, Shop
from models.tables.promotions import PromotionRow, PromotionUse
from models.tables.selling import Cart, Checkout, CheckoutLine
from models.types import new_id


class CodeTaken(Conflict):
    code = "code_taken"


class PromotionOver(Conflict):
    code = "promotion_over"


def _promotion(row: PromotionRow) -> Promotion:
    return Promotion(
        id=row.id,
        name=row.name,
        percent_bp=row.percent_bp,
        amount_minor=row.amount_minor,
        minimum_minor=row.minimum_minor,
        listings=frozenset(row.listings),
        categories=frozenset(row.categories),
        code=row.code,
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """What the owner of a cart can have of its shops."""

    by_shop: Mapping[str, tuple[Promotion, ...]] = field(default_factory=dict)
    vouchers: Sequence[Voucher] = ()
    """Of the shops in the cart that know the code, whether it can be used or not."""
    at: datetime | None = None

    def of(self, shop_id: str) -> tuple[Promotion, ...]:
        return self.by_shop.get(shop_id, ())

    @property
    def problem(self) -> CodeProblem | None:
        """Why the code is good for nothing; None where one of the shops takes it."""
        assert self.at is not None  # noqa: S101 - asked only where a code was looked for
        problems = [problem_of(voucher, self.at) for voucher in self.vouchers]
        return None if None in problems else next(iter(problems), CodeProblem.UNKNOWN)


async def in_reach(
    session: AsyncSession, shop_ids: Collection[str], code: str | None, person_id: str | None, *, lock: bool = False
) -> Reach:
    """`lock` holds the code's rows until the transaction ends, so that their uses are the last word."""
    at = now()
    rows = await session.scalars(
        select(PromotionRow).where(
            PromotionRow.shop_id.in_(shop_ids),
            PromotionRow.code.is_(None),
            PromotionRow.ended_at.is_(None),
            PromotionRow.since <= at,
            PromotionRow.until > at,
        )
    )
    found: dict[str, list[Promotion]] = {}
    for row in rows:
        found.setdefault(row.shop_id, []).append(_promotion(row))
    vouchers = await _vouchers(session, shop_ids, code, person_id, lock=lock) if code else []
    for voucher in vouchers:
        if problem_of(voucher, at) is None:
            found.setdefault(voucher.shop_id, []).append(voucher.promotion)
    return Reach({shop_id: tuple(promotions) for shop_id, promotions in found.items()}, vouchers, at)


async def _vouchers(
    session: AsyncSession, shop_ids: Collection[str], code: str, person_id: str | None, *, lock: bool
) -> list[Voucher]:
    query = (
        select(PromotionRow)
        .where(PromotionRow.shop_id.in_(shop_ids), PromotionRow.code == code)
        # Of a code that was given out again, the one that holds now; without it, the last that did.
        .order_by(PromotionRow.shop_id, PromotionRow.ended_at.desc().nulls_first(), PromotionRow.id)
        .execution_options(populate_existing=True)
    )
    rows: dict[str, PromotionRow] = {}
    for row in await session.scalars(query.with_for_update() if lock else query):
        rows.setdefault(row.shop_id, row)
    used = await _used_by(session, person_id, [row.id for row in rows.values()])
    shops = await session.execute(select(Shop.id, Shop.currency).where(Shop.id.in_(rows)))
    currencies = {shop.id: shop.currency for shop in shops}
    return [
        Voucher(
            promotion=_promotion(row),
            shop_id=row.shop_id,
            currency=currencies[row.shop_id],
            since=row.since,
            until=row.until,
            ended=row.ended_at is not None,
            most_uses=row.most_uses,
            most_per_person=row.most_per_person,
            used=row.used,
            used_by_person=used.get(row.id, 0),
        )
        for row in rows.values()
    ]


async def _used_by(session: AsyncSession, person_id: str | None, promotion_ids: Sequence[str]) -> dict[str, int]:
    if person_id is None or not promotion_ids:
        return {}
    rows = await session.execute(
        select(PromotionUse.promotion_id, func.count().label("times"))
        .join(Checkout, Checkout.id == PromotionUse.checkout_id)
        .where(
            Checkout.buyer_id == person_id,
            PromotionUse.promotion_id.in_(promotion_ids),
            PromotionUse.state != "freed",
        )
        .group_by(PromotionUse.promotion_id)
    )
    return {row.promotion_id: row.times for row in rows}


CODE_PROBLEMS: Mapping[CodeProblem, str] = {
    CodeProblem.UNKNOWN: "No shop in your cart has given out this code. Check how it is written; a code is good for "
    "the pieces of the shop that gave it to you.",
    CodeProblem.NOT_YET: "This code can't be used yet. Try again on the day that came with it.",
    CodeProblem.EXPIRED: "This code is over.",
    CodeProblem.USED_UP: "This code has been used as often as it could be.",
    CodeProblem.USED_BY_YOU: "You have used this code as often as one person can.",
}


async def terms(
    session: AsyncSession, cart: Cart, shops: Mapping[str, ShopFacts], *, lock: bool = False
) -> dict[str, ShopTerms]:
    """What each shop of a cart asks, with the promotions that its owner can have. Raises `InvalidInput` for a code in
    the cart that can't be used (any more): nobody pays more than they thought without being told."""
    reach = await in_reach(session, list(shops), cart.code, cart.user_id, lock=lock)
    if cart.code and (problem := reach.problem) is not None:
        raise InvalidInput(f"{CODE_PROBLEMS[problem]} Take it out of your cart to go on without it.", field="code")
    return {shop_id: replace(facts.terms, promotions=reach.of(shop_id)) for shop_id, facts in shops.items()}


async def hold(session: AsyncSession, checkout_id: str, quote: Quote) -> None:
    """Counts one use of each voucher in the quote. `terms` has locked them and found a use left."""
    taken = {line.taken.promotion.id: line.taken.promotion for line in quote.lines if line.taken.promotion}
    vouchers = sorted(promotion.id for promotion in taken.values() if promotion.code)
    for promotion_id in vouchers:
        await session.execute(
            insert(PromotionUse).values(promotion_id=promotion_id, checkout_id=checkout_id, state="held")
        )
        await session.execute(
            update(PromotionRow).where(PromotionRow.id == promotion_id).values(used=PromotionRow.used + 1)
        )


async def free(session: AsyncSession, checkout_id: str) -> None:
    """Of a checkout that closes unpaid. Safe to repeat."""
    freed = await session.scalars(
        update(PromotionUse)
        .where(PromotionUse.checkout_id == checkout_id, PromotionUse.state == "held")
        .values(state="freed")
        .returning(PromotionUse.promotion_id)
    )
    # By shop, as whoever places a checkout holds them: or the two would wait for each other.
    in_order = select(PromotionRow.id).where(PromotionRow.id.in_(freed.all())).order_by(PromotionRow.shop_id)
    held = (await session.scalars(in_order.order_by(PromotionRow.id).with_for_update())).all()
    await session.execute(update(PromotionRow).where(PromotionRow.id.in_(held)).values(used=PromotionRow.used - 1))


async def settle(session: AsyncSession, checkout_id: str) -> None:
    """Of a checkout that was paid: its uses are never freed."""
    await session.execute(
        update(PromotionUse)
        .where(PromotionUse.checkout_id == checkout_id, PromotionUse.state == "held")
        .values(state="used")
    )


@dataclass(frozen=True, slots=True)
class KeptPromotion:
    """As its artisan sees it."""

    promotion: Promotion
    currency: str
    since: datetime
    until: datetime
    ended_at: datetime | None
    most_uses: int | None
    most_per_person: int | None
    used: int

    @property
    def over_at(self) -> datetime:
        return min(self.until, self.ended_at or self.until)


async def of_shop(session: AsyncSession, shop_id: str, *, limit: int, offset: int = 0) -> list[KeptPromotion]:
    """Those that run or will run first, then the others; the newest first."""
    over = or_(PromotionRow.ended_at.is_not(None), PromotionRow.until <= now())
    rows = await session.execute(
        select(PromotionRow, Shop.currency)
        .join(Shop, Shop.id == PromotionRow.shop_id)
        .where(PromotionRow.shop_id == shop_id)
        .order_by(over, PromotionRow.created_at.desc(), PromotionRow.id.desc())
        .limit(limit)
        .offset(offset)
        .execution_options(populate_existing=True)
    )
    return [_kept(row, currency) for row, currency in rows]


def _kept(row: PromotionRow, currency: str) -> KeptPromotion:
    return KeptPromotion(
        promotion=_promotion(row),
        currency=currency,
        since=row.since,
        until=row.until,
        ended_at=row.ended_at,
        most_uses=row.most_uses,
        most_per_person=row.most_per_person,
        used=row.used,
    )


@dataclass(frozen=True, slots=True)
class NewPromotion:
    """`promotion.id` is given by us."""

    promotion: Promotion
    since: datetime
    until: datetime
    most_uses: int | None
    most_per_person: int | None


async def add(session: AsyncSession, shop_id: str, given: NewPromotion) -> KeptPromotion:
    """Raises `InvalidInput` for pieces that are not the shop's, or too many promotions at once, `CodeTaken` for a code
    that the shop uses already."""
    # Or two at once would both be the last one. The weaker lock: nobody who buys of the shop waits meanwhile.
    shop = await session.get_one(Shop, shop_id, with_for_update={"key_share": True})
    wanted = given.promotion.listings
    if wanted:
        own = await session.scalar(select(func.count()).where(Listing.shop_id == shop_id, Listing.id.in_(wanted)))
        if own != len(wanted):
            raise InvalidInput("Choose pieces of your own shop.", field="listings")
    running = await session.scalar(
        select(func.count()).where(
            PromotionRow.shop_id == shop_id, PromotionRow.ended_at.is_(None), PromotionRow.until > now()
        )
    )
    if (running or 0) >= MOST_AT_ONCE:
        raise InvalidInput(f"A shop has up to {MOST_AT_ONCE} promotions at once. End one of them first.")
    if given.promotion.code:
        # A code whose time has passed is free again.
        await session.execute(
            update(PromotionRow)
            .where(
                PromotionRow.shop_id == shop_id,
                PromotionRow.code == given.promotion.code,
                PromotionRow.ended_at.is_(None),
                PromotionRow.until <= now(),
            )
            .values(ended_at=PromotionRow.until)
        )
    row = PromotionRow(
        id=new_id("pro"),
        shop_id=shop_id,
        name=given.promotion.name,
        code=given.promotion.code,
        percent_bp=given.promotion.percent_bp,
        amount_minor=given.promotion.amount_minor,
        minimum_minor=given.promotion.minimum_minor,
        listings=sorted(wanted),
        categories=sorted(given.promotion.categories),
        most_uses=given.most_uses,
        most_per_person=given.most_per_person,
        used=0,
        since=given.since,
        until=given.until,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as refused:
        if "uq_promotions_shop_code" not in str(refused.orig):
            raise
        raise CodeTaken("You have given out this code already. Choose another one, or end that one first.") from None
    return _kept(row, shop.currency)


async def end(session: AsyncSession, shop_id: str, promotion_id: str) -> KeptPromotion:
    """From now on nobody gets it; what was placed before keeps it. Raises `NotFound` for another shop's, too, and
    `PromotionOver`."""
    row = await session.scalar(
        select(PromotionRow)
        .where(PromotionRow.id == promotion_id, PromotionRow.shop_id == shop_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("There is no such promotion.")
    if row.ended_at is not None or row.until <= now():
        raise PromotionOver("This promotion is over already.")
    row.ended_at = now()
    await session.flush()
    shop = await session.get_one(Shop, shop_id)
    return _kept(row, shop.currency)


async def names(session: AsyncSession, checkout_id: str, shop_id: str) -> dict[str, str]:
    """Listing → the promotion that took something off it."""
    rows = await session.execute(
        select(CheckoutLine.listing_id, PromotionRow.name)
        .join(PromotionRow, PromotionRow.id == CheckoutLine.promotion_id)
        .where(CheckoutLine.checkout_id == checkout_id, CheckoutLine.shop_id == shop_id)
    )
    return {row.listing_id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class Choice:
    """A piece that a promotion can be for."""

    id: str
    title: str
    category: str


async def choices(session: AsyncSession, shop_id: str) -> list[Choice]:
    """The newest of the shop's published pieces, as many as a promotion can name."""
    rows = await session.execute(
        select(Listing.id, Listing.title, Listing.category)
        .where(Listing.shop_id == shop_id, Listing.status == "published")
        .order_by(Listing.published_at.desc(), Listing.id)
        .limit(100)
    )
    return [Choice(*row) for row in rows]
