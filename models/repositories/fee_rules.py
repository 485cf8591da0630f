"""All SQL of the platform's fee rules and of shops' plans. Which rule wins is `models.rules.fees`'."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Conflict, InvalidInput, NotFound
from models.rules.fees import PLANS, FeeRule, Scope, ShopFees, rule_for
from models.tables.catalogue import Category, Shop
from models.tables.promotions import FeeRow
from models.tables.selling import CheckoutLine
from models.types import new_id


class FeeRuleOverlaps(Conflict):
    code = "fee_rule_overlaps"


class FeeRuleOver(Conflict):
    code = "fee_rule_over"


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule with its time, and the name of the shop that it is for, if it is for one."""

    rule: FeeRule
    since: datetime
    until: datetime | None
    shop_name: str = ""

    def holds(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)

    def lies_ahead(self, now: datetime) -> bool:
        return now < self.since


def _rule(row: FeeRow) -> FeeRule:
    scope = Scope(row.shop_id, row.plan, row.category, row.currency)
    return FeeRule(row.id, row.rate_bp, row.fixed_minor, row.minimum_minor, scope)


async def of_shops(session: AsyncSession, shop_ids: Collection[str], now: datetime) -> dict[str, ShopFees]:
    """What holds for each of these shops at `now`, in every category that a rule names."""
    shops = (await session.execute(select(Shop.id, Shop.plan, Shop.currency).where(Shop.id.in_(shop_ids)))).all()
    rules = [
        _rule(row)
        for row in await session.scalars(
            select(FeeRow).where(
                or_(FeeRow.shop_id == "", FeeRow.shop_id.in_(shop_ids)),
                FeeRow.since <= now,
                or_(FeeRow.until.is_(None), FeeRow.until > now),
            )
        )
    ]
    named = {rule.scope.category for rule in rules} - {""}
    return {
        shop_id: ShopFees(
            {category: rule_for(rules, shop_id, plan, category, currency) for category in named},
            # No category has this name, so what comes back is what holds where none is named.
            rule_for(rules, shop_id, plan, "-", currency),
        )
        for shop_id, plan, currency in shops
    }


async def listed(session: AsyncSession, *, limit: int, offset: int = 0) -> tuple[list[KeptRule], int]:
    """Whatever was ever set, the latest beginning first."""
    rows = await session.execute(
        select(FeeRow, func.coalesce(Shop.name, ""))
        .outerjoin(Shop, Shop.id == FeeRow.shop_id)
        .order_by(FeeRow.since.desc(), FeeRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    total = await session.scalar(select(func.count()).select_from(FeeRow))
    return [KeptRule(_rule(row), row.since, row.until, name) for row, name in rows], total or 0


async def find(session: AsyncSession, rule_id: str) -> KeptRule:
    """Raises `NotFound`."""
    row = await session.get(FeeRow, rule_id, populate_existing=True)
    if row is None:
        raise NotFound("There is no such fee rule.")
    return KeptRule(_rule(row), row.since, row.until)


async def put(
    session: AsyncSession, rule: FeeRule, since: datetime, until: datetime | None, *, administrator_id: str
) -> tuple[KeptRule, KeptRule | None]:
    """The new rule, and the one that ends by it: whatever held for the same scope until then. Raises
    `FeeRuleOverlaps` where another one is planned within its time, `InvalidInput` for a shop or category that we don't
    have."""
    await _lock(session)
    scope = rule.scope
    if scope.shop_id and await session.get(Shop, scope.shop_id) is None:
        raise InvalidInput("There is no shop with this id. Copy it from the shop's page.", field="shop_id")
    if scope.category and await session.get(Category, scope.category) is None:
        raise InvalidInput("There is no such category.", field="category")
    same = (
        await session.scalars(
            select(FeeRow)
            .where(
                FeeRow.shop_id == scope.shop_id,
                FeeRow.plan == scope.plan,
                FeeRow.category == scope.category,
                FeeRow.currency == scope.currency,
                or_(FeeRow.until.is_(None), FeeRow.until > since),
            )
            .order_by(FeeRow.since)
            .execution_options(populate_existing=True)
        )
    ).all()
    # A rule that was called off before it began holds at no time, and is in nobody's way.
    real = [row for row in same if row.until is None or row.since < row.until]
    ahead = [row for row in real if row.since >= since and (until is None or row.since < until)]
    if ahead:
        raise FeeRuleOverlaps(
            f"Another rule for the same is planned from {ahead[0].since:%Y-%m-%d %H:%M} UTC. End that one first, or "
            "let this one end before it.",
            rule_id=ahead[0].id,
        )
    ended = None
    for row in real:
        if row.since < since:
            if until is not None and (row.until is None or row.until > until):
                raise FeeRuleOverlaps(
                    "The rule that holds now goes on behind this one. Leave the end out, and set what comes after it "
                    "as a rule of its own.",
                    rule_id=row.id,
                )
            row.until = since
            ended = KeptRule(_rule(row), row.since, since)
    kept = replace(rule, id=new_id("fee"))
    session.add(
        FeeRow(
            id=kept.id,
            shop_id=scope.shop_id,
            plan=scope.plan,
            category=scope.category,
            currency=scope.currency,
            rate_bp=rule.rate_bp,
            fixed_minor=rule.fixed_minor,
            minimum_minor=rule.minimum_minor,
            since=since,
            until=until,
            administrator_id=administrator_id,
        )
    )
    await session.flush()
    return KeptRule(kept, since, until), ended


async def end(session: AsyncSession, rule_id: str, now: datetime) -> KeptRule:
    """From now on it holds no more; one that has not begun never will. Raises `NotFound`, `FeeRuleOver`."""
    await _lock(session)
    kept = await find(session, rule_id)
    if kept.until is not None and kept.until <= max(now, kept.since):
        raise FeeRuleOver("This rule is over already.")
    until = max(now, kept.since)
    await session.execute(update(FeeRow).where(FeeRow.id == rule_id).values(until=until))
    return replace(kept, until=until)


async def put_on_plan(session: AsyncSession, shop_id: str, plan: str) -> str:
    """The plan that the shop was on. Raises `NotFound`, `InvalidInput`."""
    if plan not in PLANS:
        raise InvalidInput(f"There is no such plan. Choose one of {', '.join(PLANS)}.", field="plan")
    shop = await session.get(Shop, shop_id, with_for_update=True, populate_existing=True)
    if shop is None:
        raise NotFound("There is no such shop.")
    before, shop.plan = shop.plan, plan
    await session.flush()
    return before


async def plan_of(session: AsyncSession, shop_id: str) -> str:
    plan: str | None = await session.scalar(select(Shop.plan).where(Shop.id == shop_id))
    if plan is None:
        raise NotFound("There is no such shop.")
    return plan


async def categories(session: AsyncSession) -> Mapping[str, str]:
    """Slug → name."""
    rows = await session.execute(select(Category.slug, Category.name).order_by(Category.position))
    return {row.slug: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class FrozenFee:
    """What was charged for the lines of an order under one rule."""

    net_minor: int
    fee_minor: int
    rule: FeeRule | None
    """None for the platform's usual fee."""


async def of_order(session: AsyncSession, checkout_id: str, shop_id: str) -> Sequence[FrozenFee]:
    """In the currency of the charge. Empty for an order from before rules."""
    net = func.sum(CheckoutLine.unit_price_minor * CheckoutLine.quantity - CheckoutLine.discount_minor)
    rows = await session.execute(
        select(CheckoutLine.fee_rule_id, net, func.sum(CheckoutLine.fee_minor))
        .where(
            CheckoutLine.checkout_id == checkout_id,
            CheckoutLine.shop_id == shop_id,
            CheckoutLine.fee_minor.is_not(None),
        )
        .group_by(CheckoutLine.fee_rule_id)
        .order_by(net.desc())
    )
    found = []
    for rule_id, net_minor, fee_minor in rows.all():
        row = await session.get(FeeRow, rule_id) if rule_id else None
        found.append(FrozenFee(int(net_minor), int(fee_minor or 0), _rule(row) if row else None))
    return found


async def _lock(session: AsyncSession) -> None:
    """Until the transaction ends: two administrators at once would not see each other's rule."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('fee_rules'))"))
