"""The artisan's answers: to a buyer who wants to cancel, and to one who reports a problem. The processes decide."""

from collections.abc import Awaitable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import Keeper, ShopKeeper
from api.fulfillment.routes import Orders
from api.refund.routes import Refunds
from api.refund.schemas import AnswerInput, ConfirmReturnInput, RequestView
from api.refund.service import RefundService
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.shop.refunds import amount_of
from models.errors import Conflict, DomainError, InvalidInput

router = APIRouter(prefix="/studio/orders", include_in_schema=False)
ANSWERS = {"whole", "part", "refuse"}


@router.post("/{order_id}/cancellation", dependencies=[access("artisan", "medium", owns="shop_order")])
async def answer_cancellation(page: CurrentPage, keeper: ShopKeeper, service: Orders, order_id: str) -> Response:
    typed = await forms.typed(page.request)
    try:
        await service.answer_cancellation(
            keeper, order_id, agree=typed.get("agree") == "1", restock=typed.get("restock") == "1"
        )
    except Conflict:
        page.session.expire_all()  # answered meanwhile: the order's page says how
    return page.go(f"/studio/orders/{order_id}")


@router.get("/{order_id}/requests/{request_id}", dependencies=[access("artisan", "medium", owns="shop_order")])
async def request(page: CurrentPage, keeper: ShopKeeper, refunds: Refunds, order_id: str, request_id: str) -> Response:
    return await _show(page, await refunds.sold(keeper, order_id, request_id))


@router.post("/{order_id}/requests/{request_id}/answer", dependencies=[access("artisan", "medium", owns="shop_order")])
async def answer(page: CurrentPage, keeper: ShopKeeper, refunds: Refunds, order_id: str, request_id: str) -> Response:
    found = await refunds.sold(keeper, order_id, request_id)
    typed = await forms.typed(page.request)
    errors: dict[str, str] = {}
    chosen = typed.get("answer", "")
    amount = amount_of(typed, found.asked.currency, errors) if chosen == "part" else None
    if chosen not in ANSWERS:
        errors["answer"] = "Choose what you offer."
    elif chosen == "part" and amount is None and not errors:
        errors["amount"] = "Say how much."
    values: dict[str, Any] = {
        "answer": "refuse" if chosen == "refuse" else "refund",
        "amount_minor": amount or None,
        "with_return": typed.get("with_return") == "1" and chosen != "refuse",
        "text": typed.get("text", ""),
    }
    given, refused = forms.checked(AnswerInput, values)
    errors = {**refused, **errors}
    if given is None or errors:
        return await _show(page, found, errors=errors, values=typed)
    step = refunds.answer(keeper, order_id, request_id, given)
    return await _move(page, keeper, refunds, (order_id, request_id), step)


@router.post(
    "/{order_id}/requests/{request_id}/confirm-return", dependencies=[access("artisan", "medium", owns="shop_order")]
)
async def confirm_return(
    page: CurrentPage, keeper: ShopKeeper, refunds: Refunds, order_id: str, request_id: str
) -> Response:
    typed = await forms.typed(page.request)
    values = {"as_agreed": typed.get("as_agreed") == "1", "text": typed.get("text", "")}
    given, errors = forms.checked(ConfirmReturnInput, values)
    if given is None:
        return await _show(page, await refunds.sold(keeper, order_id, request_id), errors=errors, values=typed)
    step = refunds.confirm_return(keeper, order_id, request_id, given)
    return await _move(page, keeper, refunds, (order_id, request_id), step)


async def _move(
    page: Page, keeper: Keeper, refunds: RefundService, ids: tuple[str, str], step: Awaitable[RequestView]
) -> Response:
    order_id, request_id = ids
    try:
        await step
    except (Conflict, InvalidInput) as problem:
        page.session.expire_all()
        return await _show(page, await refunds.sold(keeper, order_id, request_id), problem=problem)
    return page.go(f"/studio/orders/{order_id}/requests/{request_id}")


async def _show(
    page: Page,
    request: RequestView,
    *,
    problem: DomainError | None = None,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    return await page.html(
        "studio/request.html",
        status=problem.status if problem else 422 if errors else 200,
        desk_here="orders",
        request=request,
        problem=problem,
        errors=errors or {},
        values=values or {},
    )
