"""Fees as JSON: an administrator sets and ends rules and chooses plans, an artisan reads what holds."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.access import access
from api.dependencies import Session, ShopKeeper, SignedIn
from api.errors import error_responses
from api.fees.schemas import ChosenPlan, FeeRulePage, FeeRuleView, NewFeeRule, PlanOfShop, SetFeeRule, ShopFeesView
from api.fees.service import Fees
from api.idempotency import Once

router = APIRouter(prefix="/api/v1")


async def fees_service(session: Session) -> Fees:
    return Fees(session)


CurrentFees = Annotated[Fees, Depends(fees_service)]
ById = Annotated[str, Path(max_length=40, pattern=r"^[!-~]+$")]


@router.get(
    "/admin/fee-rules",
    tags=["operators"],
    dependencies=[access("administrator", "medium", owns="any")],
    summary="Fee rules",
    responses=error_responses(401, 403, 422),
)
async def list_fee_rules(
    service: CurrentFees,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 50,
) -> FeeRulePage:
    """Those that are over, too; the latest beginning first."""
    return await service.listed(page, per_page)


@router.post(
    "/admin/fee-rules",
    status_code=201,
    tags=["operators"],
    dependencies=[access("administrator", "high", owns="any")],
    summary="Set what shops are charged",
    response_model=SetFeeRule,
    responses=error_responses(400, 401, 403, 409, 422),
)
async def set_fee_rule(given: NewFeeRule, person: SignedIn, service: CurrentFees, once: Once) -> Response:
    """For what is placed from its beginning on; orders keep their fee. The rule that held for the same ends by it; one
    that is planned within its time has to be ended first."""
    return await once.respond(lambda: service.put(person, given), status=201)


@router.post(
    "/admin/fee-rules/{rule_id}/end",
    tags=["operators"],
    dependencies=[access("administrator", "high", owns="any")],
    summary="End a fee rule",
    responses=error_responses(400, 401, 403, 404, 409, 422),
)
async def end_fee_rule(rule_id: ById, person: SignedIn, service: CurrentFees) -> FeeRuleView:
    """Now; one that has not begun never will. What is less specific holds from then on."""
    return await service.end(person, rule_id)


@router.put(
    "/admin/shops/{shop_id}/plan",
    tags=["operators"],
    dependencies=[access("administrator", "high", owns="any")],
    summary="Put a shop on a plan",
    responses=error_responses(400, 401, 403, 404, 422),
)
async def put_shop_on_plan(shop_id: ById, given: ChosenPlan, person: SignedIn, service: CurrentFees) -> PlanOfShop:
    """`standard`, `plus` or `studio`. Fees of what is placed from now on follow it."""
    await service.put_on_plan(person, shop_id, given.plan)
    return PlanOfShop(shop_id=shop_id, plan=given.plan)


@router.get(
    "/shop/fees",
    tags=["money"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="What the shop is charged, and why",
    responses=error_responses(401, 403, 404),
)
async def my_fees(keeper: ShopKeeper, service: CurrentFees) -> ShopFeesView:
    """For a sale that is placed now."""
    return await service.of_shop(keeper.shop_id)
