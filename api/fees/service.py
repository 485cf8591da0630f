"""Setting and ending fee rules, putting shops on plans, and saying what a shop pays. One transaction each, audited."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.fees.schemas import CategoryFee, FeeRulePage, FeeRuleView, NewFeeRule, SetFeeRule, ShopFeesView
from api.fees.words import PLANS
from api.money import money
from core import clock
from models.audited import Audited
from models.repositories import audit, fee_rules, shops
from models.repositories.fee_rules import KeptRule
from models.rules.fees import FeeRule, Scope, ShopFees, charge, refuse_rule
from models.types import CURRENCY_DECIMALS


@dataclass(frozen=True)
class Fees:
    session: AsyncSession

    async def listed(self, page: int, per_page: int) -> FeeRulePage:
        """Whatever was ever set, the latest beginning first."""
        found, total = await fee_rules.listed(self.session, limit=per_page, offset=(page - 1) * per_page)
        now = clock.now()
        return FeeRulePage(items=[FeeRuleView.of(one, now) for one in found], total=total)

    async def put(self, administrator: Person, given: NewFeeRule) -> SetFeeRule:
        """Raises `InvalidInput`, `FeeRuleOverlaps`."""
        now = clock.now()
        rule = FeeRule(
            "",
            given.rate_bp,
            given.fixed_minor,
            given.minimum_minor,
            Scope(given.shop_id, given.plan, given.category, given.currency),
        )
        since = given.since or now
        refuse_rule(rule, since, given.until, now)
        kept, ended = await fee_rules.put(self.session, rule, since, given.until, administrator_id=administrator.id)
        await self._note(Audited.FEE_RULE_SET, administrator, kept)
        return SetFeeRule(
            rule=FeeRuleView.of(kept, now), ended=FeeRuleView.of(ended, now) if ended is not None else None
        )

    async def end(self, administrator: Person, rule_id: str) -> FeeRuleView:
        """Raises `NotFound`, `FeeRuleOver`."""
        now = clock.now()
        kept = await fee_rules.end(self.session, rule_id, now)
        await self._note(Audited.FEE_RULE_ENDED, administrator, kept)
        return FeeRuleView.of(kept, now)

    async def put_on_plan(self, administrator: Person, shop_id: str, plan: str) -> None:
        """For what is placed from now on. Raises `NotFound`, `InvalidInput`."""
        before = await fee_rules.put_on_plan(self.session, shop_id, plan)
        if before != plan:
            await audit.append(
                self.session,
                Audited.PLAN_CHANGED,
                actor=administrator.id,
                role=administrator.role,
                subject=shop_id,
                details={"before": before, "plan": plan},
            )

    async def of_shop(self, shop_id: str) -> ShopFeesView:
        now = clock.now()
        fees, plan = await _of(self.session, shop_id, now), await fee_rules.plan_of(self.session, shop_id)
        shop = await shops.get(self.session, shop_id)
        assert shop is not None  # noqa: S101 - it has a plan
        hundred = 100 * 10 ** CURRENCY_DECIMALS[shop.currency]

        def row(category: str, name: str, rule: FeeRule) -> CategoryFee:
            return CategoryFee.for_piece(category, name, rule, money(charge(rule, hundred), shop.currency))

        names = await fee_rules.categories(self.session)
        own = [(slug, name, fees.of(slug)) for slug, name in names.items() if fees.of(slug) != fees.otherwise]
        return ShopFeesView(
            plan=plan,
            plan_name=PLANS.get(plan, plan),
            fees=[
                *(row(slug, name, rule) for slug, name, rule in own),
                row("", "Everything else" if own else "Everything you sell", fees.otherwise),
            ],
        )

    async def _note(self, what: Audited, administrator: Person, kept: KeptRule) -> None:
        rule = kept.rule
        await audit.append(
            self.session,
            what,
            actor=administrator.id,
            role=administrator.role,
            subject=rule.scope.shop_id or rule.id,
            details={
                "rule": rule.id,
                "rate_bp": rule.rate_bp,
                "fixed_minor": rule.fixed_minor,
                "minimum_minor": rule.minimum_minor,
                "plan": rule.scope.plan,
                "category": rule.scope.category,
                "currency": rule.scope.currency,
                "since": kept.since.isoformat(),
                "until": kept.until.isoformat() if kept.until else "",
            },
        )


async def _of(session: AsyncSession, shop_id: str, now: datetime) -> ShopFees:
    return (await fee_rules.of_shops(session, [shop_id], now)).get(shop_id, ShopFees())
