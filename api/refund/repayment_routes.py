"""JSON routes of repayment plans: finance proposes, eases and ends them, the artisan agrees or declines."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.catalogue.schemas import Page
from api.dependencies import Letterbox, Session, ShopKeeper, SignedIn
from api.errors import error_responses
from api.idempotency import Once
from api.refund.repayment_schemas import AnswerPlanInput, OwingView, PlanView, ProposeInput, TermsInput
from api.refund.repayment_service import Repayments

router = APIRouter(prefix="/api/v1")

READ = error_responses(401, 403, 404, 422)
MOVE = error_responses(400, 401, 403, 404, 409, 422)
READING = "repayment_plans"
PlanId = Annotated[str, Path(max_length=40)]


async def repayment_service(session: Session, post: Letterbox) -> Repayments:
    return Repayments(session, post)


CurrentRepayments = Annotated[Repayments, Depends(repayment_service)]


@router.get(
    "/admin/repayment-plans",
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)],
    summary="How shops repay what they owe",
    responses=error_responses(401, 403, 422),
)
async def repayment_plans(
    service: CurrentRepayments, page: Annotated[int, Query(ge=1, le=10_000)] = 1, over: bool = False
) -> Page[PlanView]:
    """Newest first; open ones, or those that are over."""
    return await service.listed(page, 50, over=over)


@router.get(
    "/admin/repayment-plans/owing",
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)],
    summary="Shops that owe something without a plan",
    responses=error_responses(401, 403),
)
async def owing_shops(service: CurrentRepayments) -> list[OwingView]:
    """The largest debt first."""
    return await service.owing()


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
    shop_id: Annotated[str, Path(max_length=40)],
    given: ProposeInput,
    person: SignedIn,
    service: CurrentRepayments,
    once: Once,
) -> Response:
    """Nothing changes before the artisan agrees: until then payouts net the whole debt."""
    return await once.respond(lambda: service.propose(person, shop_id, given), status=201)


@router.post(
    "/admin/repayment-plans/{plan_id}/terms",
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any")],
    summary="Change what a plan asks for",
    responses=MOVE,
)
async def change_plan(plan_id: PlanId, given: TermsInput, person: SignedIn, service: CurrentRepayments) -> PlanView:
    """What was only proposed may become any plan; what was agreed may only become easier. The artisan is told."""
    return await service.change(person, plan_id, given)


@router.post(
    "/admin/repayment-plans/{plan_id}/end",
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any")],
    summary="Withdraw a proposal, or end a plan",
    responses=MOVE,
)
async def end_plan(plan_id: PlanId, person: SignedIn, service: CurrentRepayments) -> PlanView:
    """What is left nets against the next payouts again. The artisan is told."""
    return await service.end(person, plan_id)


@router.get(
    "/shop/repayment-plans",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="How the shop repays what it owes",
    responses=READ,
)
async def my_plans(keeper: ShopKeeper, service: CurrentRepayments) -> list[PlanView]:
    """Newest first."""
    return await service.of_shop(keeper.shop_id)


@router.post(
    "/shop/repayment-plans/{plan_id}/answer",
    tags=["desk"],
    dependencies=[access("artisan", "high", owns="self")],
    summary="Agree to a repayment plan, or decline it",
    response_model=PlanView,
    responses=MOVE,
)
async def answer_plan(
    plan_id: PlanId, given: AnswerPlanInput, keeper: ShopKeeper, service: CurrentRepayments, once: Once
) -> Response:
    """Agreed, sales are paid out again, less an instalment; declined, payouts net the whole debt as before."""
    return await once.respond(lambda: service.answer(keeper, plan_id, agree=given.agree))
