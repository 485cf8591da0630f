"""Repayment plans for the artisan and for finance: proposed, answered, eased, ended; each in the audit log, each told
by letter. What a payout then repays happens where it is set aside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.catalogue.schemas import Page
from api.dependencies import Keeper
from api.letter.post import Post
from api.money import money, money_view
from api.refund.repayment_schemas import InstalmentView, OwingView, PlanView, ProposeInput, TermsInput
from core import clock
from models.audited import Audited
from models.errors import NotFound
from models.repositories import audit, letters, repayments, shops
from models.repositories.repayments import OPEN, Repaid
from models.rules import repayment
from models.rules.letters import LetterKind
from models.tables.refunds import RepaymentPlan
from models.types import Money

AT_ONCE = 50
"""Shops that owe something, on one page."""
STATUSES = {
    "proposed": "Waits for the artisan’s answer",
    "agreed": "Being repaid",
    "declined": "Declined by the artisan",
    "withdrawn": "Withdrawn",
    "ended": "Ended: the rest nets against the next payouts",
    "repaid": "Repaid",
}


@dataclass(frozen=True)
class Repayments:
    session: AsyncSession
    post: Post

    async def of_shop(self, shop_id: str) -> list[PlanView]:
        """Newest first."""
        return await self._views(await repayments.of_shop(self.session, shop_id))

    async def one(self, plan_id: str) -> PlanView:
        """Raises `NotFound`."""
        return (await self._views([await repayments.get(self.session, plan_id)]))[0]

    async def listed(self, page: int, per_page: int, *, over: bool) -> Page[PlanView]:
        rows, total = await repayments.listed(self.session, over=over, limit=per_page, offset=(page - 1) * per_page)
        return Page[PlanView](
            items=await self._views(rows),
            total=total,
            total_is_floor=False,
            page=page,
            pages=max(1, math.ceil(total / per_page)),
        )

    async def owing(self) -> list[OwingView]:
        """The largest debt first."""
        return [
            OwingView(
                shop_id=one.shop_id,
                shop_name=await shops.name_of(self.session, one.shop_id),
                currency=one.owed.currency,
                owed=money_view(one.owed),
            )
            for one in await repayments.owing(self.session, AT_ONCE)
        ]

    async def propose(self, person: Person, shop_id: str, given: ProposeInput) -> PlanView:
        """Raises `NotFound`, `InvalidInput`, `Conflict`."""
        if await shops.get(self.session, shop_id) is None:
            raise NotFound("There is no such shop.")
        debt = Money(given.debt_minor, given.currency)
        plan_id = await repayments.propose(
            self.session,
            shop_id,
            debt,
            floor_minor=given.floor_minor,
            share_bp=given.share_bp,
            by=person.id,
            reason=given.reason,
        )
        plan = await repayments.get(self.session, plan_id)
        await self._audit(Audited.REPAYMENT_PROPOSED, person, plan, **_terms(plan))
        await self._tell(LetterKind.REPAYMENT_PROPOSED, plan)
        return await self.one(plan_id)

    async def answer(self, keeper: Keeper, plan_id: str, *, agree: bool) -> PlanView:
        """Raises `NotFound` for another shop's, too, and `NotNow`."""
        plan = await repayments.answer(self.session, keeper.shop_id, plan_id, agree=agree, now=clock.now())
        await self._audit(Audited.REPAYMENT_ANSWERED, keeper.person, plan, agree=agree)
        return await self.one(plan_id)

    async def change(self, person: Person, plan_id: str, given: TermsInput) -> PlanView:
        """Raises `NotFound`, `NotNow`, `InvalidInput`."""
        plan = await repayments.change(self.session, plan_id, floor_minor=given.floor_minor, share_bp=given.share_bp)
        await self._audit(Audited.REPAYMENT_CHANGED, person, plan, **_terms(plan))
        await self._tell(LetterKind.REPAYMENT_CHANGED, plan)
        return await self.one(plan_id)

    async def end(self, person: Person, plan_id: str) -> PlanView:
        """Raises `NotFound`, `NotNow`."""
        plan = await repayments.end(self.session, plan_id)
        left = plan.debt_minor - plan.repaid_minor
        await self._audit(Audited.REPAYMENT_ENDED, person, plan, left_minor=left, currency=plan.currency)
        await self._tell(LetterKind.REPAYMENT_ENDED, plan)
        return await self.one(plan_id)

    async def _views(self, plans: Sequence[RepaymentPlan]) -> list[PlanView]:
        told = await repayments.instalments(self.session, [plan.id for plan in plans])
        return [await self._view(plan, told[plan.id]) for plan in plans]

    async def _view(self, plan: RepaymentPlan, repaid: Sequence[Repaid]) -> PlanView:
        now, left = clock.now(), plan.debt_minor - plan.repaid_minor
        since = now - repayment.FLOOR_COUNTS
        lately = await repayments.received(self.session, plan.shop_id, plan.currency, now)
        lately += sum(one.amount_minor for one in repaid if one.at > since)
        days = repayment.days_left(repayment.Plan(left, plan.floor_minor, plan.share_bp), lately)
        return PlanView(
            id=plan.id,
            shop_id=plan.shop_id,
            shop_name=await shops.name_of(self.session, plan.shop_id),
            status=plan.status,
            status_text=STATUSES[plan.status],
            currency=plan.currency,
            debt=money(plan.debt_minor, plan.currency),
            repaid=money(plan.repaid_minor, plan.currency),
            left=money(left, plan.currency),
            floor=money(plan.floor_minor, plan.currency),
            floor_minor=plan.floor_minor,
            share_percent=plan.share_bp / 100,
            share_bp=plan.share_bp,
            reason=plan.reason,
            created_at=plan.created_at,
            answered_at=plan.answered_at,
            lately=money(lately, plan.currency),
            over_on=(now + timedelta(days=days)).date() if days is not None and plan.status in OPEN else None,
            instalments=[
                InstalmentView(at=one.at, amount=money(one.amount_minor, plan.currency), payout_id=one.payout_id)
                for one in repaid
            ],
            can_answer=plan.status == "proposed",
            can_end=plan.status in OPEN,
        )

    async def _audit(self, what: Audited, person: Person, plan: RepaymentPlan, **details: str | int | bool) -> None:
        await audit.append(
            self.session,
            what,
            actor=person.id,
            role=person.role,
            subject=plan.shop_id,
            details={"plan": plan.id, **details},
        )

    async def _tell(self, kind: LetterKind, plan: RepaymentPlan) -> None:
        shop = await shops.get(self.session, plan.shop_id)
        assert shop is not None  # noqa: S101 - a plan is a shop's, and shops are never deleted
        left = plan.debt_minor - plan.repaid_minor
        told: dict[str, str | int] = {"shop_id": plan.shop_id, "amount_minor": left, "currency": plan.currency}
        await letters.write(self.session, kind, shop.owner_id, details=told)
        self.post.wake()


def _terms(plan: RepaymentPlan) -> dict[str, str | int]:
    return {
        "debt_minor": plan.debt_minor,
        "currency": plan.currency,
        "floor_minor": plan.floor_minor,
        "share_bp": plan.share_bp,
    }
