"""JSON routes of repayment plans: finance proposes, the artisan agrees or declines. One transaction each; what a payout
then repays happens where it is set aside."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.access import access
from api.catalogue.schemas import View
from api.dependencies import Session, ShopKeeper, SignedIn
from api.errors import error_responses
from api.idempotency import Once
from api.money import MoneyView, money
from api.refund.schemas import Amount, Words
from core import clock
from models.audited import Audited
from models.errors import NotFound
from models.repositories import audit, repayments, shops
from models.tables.refunds import RepaymentPlan
from models.types import MAX_MINOR, Money

router = APIRouter(prefix="/api/v1")

READ = error_responses(401, 403, 404, 422)
MOVE = error_responses(400, 401, 403, 404, 409, 422)


class PlanView(View):
    id: str
    status: str
    """`proposed`, `agreed`, `declined` or `repaid`."""
    debt: MoneyView
    repaid: MoneyView
    floor: MoneyView
    """What the artisan keeps of each payout at least."""
    share_percent: float
    """Of each payout, that is repaid."""
    reason: str
    created_at: datetime
    can_answer: bool


class ProposeInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    currency: Literal["USD", "CAD", "MXN", "EUR", "GBP", "JPY", "KWD"]
    debt_minor: Amount
    floor_minor: Annotated[int, Field(ge=0, le=MAX_MINOR, strict=True)]
    share_bp: Annotated[int, Field(ge=500, le=9_000, strict=True)]
    """Hundredths of a per cent of each payout."""
    reason: Words


class AnswerPlanInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agree: bool


@router.post(
    "/admin/shops/{shop_id}/repayment-plans",
    status_code=201,
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any")],
    summary="Propose how a shop repays what it owes",
    response_model=PlanView,
    responses=MOVE,
)
async def propose_plan(
    shop_id: Annotated[str, Path(max_length=40)], given: ProposeInput, person: SignedIn, session: Session, once: Once
) -> Response:
    """Nothing changes before the artisan agrees: until then payouts net the whole debt."""

    async def propose() -> PlanView:
        if await shops.get(session, shop_id) is None:
            raise NotFound("There is no such shop.")
        debt = Money(given.debt_minor, given.currency)
        plan_id = await repayments.propose(
            session,
            shop_id,
            debt,
            floor_minor=given.floor_minor,
            share_bp=given.share_bp,
            by=person.id,
            reason=given.reason,
        )
        await audit.append(
            session,
            Audited.REPAYMENT_PROPOSED,
            actor=person.id,
            role=person.role,
            subject=shop_id,
            details={
                "plan": plan_id,
                "debt_minor": debt.minor,
                "currency": debt.currency,
                "floor_minor": given.floor_minor,
                "share_bp": given.share_bp,
            },
        )
        return plan_view((await repayments.of_shop(session, shop_id))[0])

    return await once.respond(propose, status=201)


@router.get(
    "/shop/repayment-plans",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="How the shop repays what it owes",
    responses=READ,
)
async def my_plans(keeper: ShopKeeper, session: Session) -> list[PlanView]:
    """Newest first."""
    return [plan_view(plan) for plan in await repayments.of_shop(session, keeper.shop_id)]


@router.post(
    "/shop/repayment-plans/{plan_id}/answer",
    tags=["desk"],
    dependencies=[access("artisan", "high", owns="self")],
    summary="Agree to a repayment plan, or decline it",
    response_model=PlanView,
    responses=MOVE,
)
async def answer_plan(
    plan_id: Annotated[str, Path(max_length=40)],
    given: AnswerPlanInput,
    keeper: ShopKeeper,
    session: Session,
    once: Once,
) -> Response:
    """Agreed, sales are paid out again, less an instalment; declined, payouts net the whole debt as before."""

    async def answer() -> PlanView:
        plan = await repayments.answer(session, keeper.shop_id, plan_id, agree=given.agree, now=clock.now())
        await audit.append(
            session,
            Audited.REPAYMENT_ANSWERED,
            actor=keeper.person.id,
            role=keeper.person.role,
            subject=keeper.shop_id,
            details={"plan": plan_id, "agree": given.agree},
        )
        return plan_view(plan)

    return await once.respond(answer)


def plan_view(plan: RepaymentPlan) -> PlanView:
    return PlanView(
        id=plan.id,
        status=plan.status,
        debt=money(plan.debt_minor, plan.currency),
        repaid=money(plan.repaid_minor, plan.currency),
        floor=money(plan.floor_minor, plan.currency),
        share_percent=plan.share_bp / 100,
        reason=plan.reason,
        created_at=plan.created_at,
        can_answer=plan.status == "proposed",
    )
