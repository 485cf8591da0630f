"""What the artisan owes under a plan: why, what each payout repays, what is left, when it is over; and the answer."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import Keeper, ShopKeeper
from api.refund.repayment_routes import CurrentRepayments
from api.refund.repayment_service import Repayments
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import Conflict

router = APIRouter(prefix="/studio/repayments", include_in_schema=False)

DONE = {
    "agree": "Agreed. Your sales are paid out again, less the part that each payout repays.",
    "decline": "Declined. What you earn next repays all of it before anything is paid out.",
}


@router.get("", dependencies=[access("artisan", "medium", owns="self")])
async def repayments(page: CurrentPage, keeper: ShopKeeper, service: CurrentRepayments) -> Response:
    return await _plans(page, keeper, service)


@router.post("/{plan_id}", dependencies=[access("artisan", "high", owns="self")])
async def answer(plan_id: str, page: CurrentPage, keeper: ShopKeeper, service: CurrentRepayments) -> Response:
    decision = (await forms.typed(page.request)).get("decision", "")
    if decision not in DONE:
        return await _plans(page, keeper, service, words="Choose one of the two buttons.", status=422)
    try:
        await service.answer(keeper, plan_id[:40], agree=decision == "agree")
    except Conflict as problem:
        return await _plans(page, keeper, service, words=problem.message, status=problem.status)
    return page.go(f"/studio/repayments?done={decision}")


async def _plans(page: Page, keeper: Keeper, service: Repayments, *, words: str = "", status: int = 200) -> Response:
    found = await service.of_shop(keeper.shop_id)
    return await page.html(
        "studio/repayments.html",
        status=status,
        desk_here="money",
        current=[plan for plan in found if plan.can_end],
        earlier=[plan for plan in found if not plan.can_end],
        words=words,
        done="" if words else DONE.get(page.request.query_params.get("done", ""), ""),
    )
