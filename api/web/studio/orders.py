"""The artisan's orders: who must act today, and every step from accepting to handing over. The process decides."""

from collections.abc import Awaitable, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import Keeper, ShopKeeper
from api.fulfillment.routes import Orders
from api.fulfillment.schemas import DeclineInput, OrderView, PackInput, QuoteView
from api.fulfillment.service import OrderService
from api.refund.routes import Refunds
from api.refund.schemas import RequestView
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.shop.orders import seen
from models.errors import Conflict, DomainError, InvalidInput, PartnerRefused, PartnerUnavailable
from models.types import OrderStatus, Party, new_id

router = APIRouter(prefix="/studio", include_in_schema=False)

OPEN = [status.value for status in OrderStatus if not status.is_final]
DONE = [status.value for status in OrderStatus if status.is_final]
ON_BOARD = 100


@router.get("", dependencies=[access("artisan", "medium", owns="self")])
async def today(page: CurrentPage, keeper: ShopKeeper, service: Orders) -> Response:
    """What waits for the artisan first, the nearest deadline on top."""
    running = await service.sold(keeper, 1, ON_BOARD, OPEN)
    done = await service.sold(keeper, 1, 10, DONE)
    mine = [one for one in running.items if one.waiting_on == Party.ARTISAN]
    dated = sorted((one for one in mine if one.deadline), key=lambda one: (one.deadline, one.id))
    return await page.html(
        "studio/today.html",
        desk_here="orders",
        mine=dated + [one for one in mine if not one.deadline],
        others=[one for one in running.items if one.waiting_on != Party.ARTISAN],
        running=running,
        done=done,
    )


@router.get("/orders/{order_id}", dependencies=[access("artisan", "medium", owns="shop_order")])
async def order(page: CurrentPage, keeper: ShopKeeper, service: Orders, refunds: Refunds, order_id: str) -> Response:
    reported = await refunds.of_shop_order(keeper, order_id)
    return await _show(page, await service.sold_order(keeper, order_id), requests=reported)


@router.get("/orders/{order_id}/live", dependencies=[access("artisan", "medium", owns="shop_order")])
async def live(page: CurrentPage, keeper: ShopKeeper, service: Orders, refunds: Refunds, order_id: str) -> Response:
    found = await service.sold_order(keeper, order_id)
    reported = await refunds.of_shop_order(keeper, order_id)
    now = seen(found, reported)
    if page.request.query_params.get("seen") == now:
        return Response(status_code=204)
    return page.fragment("studio/order_live.html", order=found, requests=reported, seen=now, errors={}, values={})


@router.post("/orders/{order_id}/accept", dependencies=[access("artisan", "medium", owns="shop_order")])
async def accept(page: CurrentPage, keeper: ShopKeeper, service: Orders, order_id: str) -> Response:
    return await _move(page, keeper, service, order_id, service.accept(keeper, order_id))


@router.post("/orders/{order_id}/decline", dependencies=[access("artisan", "medium", owns="shop_order")])
async def decline(page: CurrentPage, keeper: ShopKeeper, service: Orders, order_id: str) -> Response:
    typed = await forms.typed(page.request)
    values = {"reason": typed.get("reason", ""), "restock": typed.get("restock") == "1"}
    given, errors = forms.checked(DeclineInput, values)
    if given is None:
        errors = {"reason": "Choose why you cannot take it." if "reason" in errors else next(iter(errors.values()))}
        return await _show(page, await service.sold_order(keeper, order_id), errors=errors, values=typed)
    step = service.decline(keeper, order_id, given.reason, restock=given.restock)
    return await _move(page, keeper, service, order_id, step)


@router.post("/orders/{order_id}/made", dependencies=[access("artisan", "medium", owns="shop_order")])
async def made(page: CurrentPage, keeper: ShopKeeper, service: Orders, order_id: str) -> Response:
    return await _move(page, keeper, service, order_id, service.finish_making(keeper, order_id))


@router.post(
    "/orders/{order_id}/parcels/{parcel_id}/hand-over", dependencies=[access("artisan", "medium", owns="shop_order")]
)
async def hand_over(page: CurrentPage, keeper: ShopKeeper, service: Orders, order_id: str, parcel_id: str) -> Response:
    return await _move(page, keeper, service, order_id, service.hand_over(keeper, order_id, parcel_id))


@router.get("/orders/{order_id}/pack", dependencies=[access("artisan", "medium", owns="shop_order")])
async def pack_form(page: CurrentPage, keeper: ShopKeeper, service: Orders, order_id: str) -> Response:
    """What goes in and what couriers ask for that weight; works out prices again when the weight is changed."""
    found = await service.sold_order(keeper, order_id)
    if found.desk is None or not found.desk.can_pack:
        return page.go(f"/studio/orders/{order_id}")
    asked = dict(page.request.query_params)
    values = {f"take-{line.listing_id}": str(line.unpacked) for line in found.lines if line.unpacked}
    values |= {"weight_grams": "" if found.parcels else str(found.desk.weight_grams or ""), "parcel_id": new_id("par")}
    return await _pack(page, keeper, service, found, {**values, **asked})


@router.post("/orders/{order_id}/parcels", dependencies=[access("artisan", "medium", owns="shop_order")])
async def pack(page: CurrentPage, keeper: ShopKeeper, service: Orders, order_id: str) -> Response:
    """The parcel's id is in the form, so that a second click buys no second label."""
    found = await service.sold_order(keeper, order_id)
    typed = await forms.typed(page.request)
    if typed.get("weight_grams", "").strip() != typed.get("quoted_for", ""):
        note = {"weight_grams": "The weight has changed, so here are the new prices. Choose one."}
        return await _pack(page, keeper, service, found, typed, errors=note)
    lines, errors = _taken(found, typed)
    courier, _, product = typed.get("quote", "").partition("/")
    if not product:
        errors["quote"] = "Choose who carries it."
    values: dict[str, Any] = {
        "courier": courier,
        "service": product,
        "weight_grams": typed.get("weight_grams", ""),
        "lines": lines,
        "parcel_id": typed.get("parcel_id") or None,
    }
    given, refused = forms.checked(PackInput, values)
    errors = {**refused, **errors} if refused or errors else {}
    if given is None or errors:
        return await _pack(page, keeper, service, found, typed, errors=errors)
    try:
        await service.pack(keeper, order_id, given)
    except (Conflict, InvalidInput, PartnerRefused) as problem:
        page.session.expire_all()
        found = await service.sold_order(keeper, order_id)
        # The refusal belongs to the old parcel: the next click asks about a new one.
        anew = {**typed, "parcel_id": new_id("par")}
        return await _pack(page, keeper, service, found, anew, errors=forms.refusal(problem), status=problem.status)
    return page.go(f"/studio/orders/{order_id}")


def _taken(order: OrderView, typed: dict[str, str]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The pieces that go into the parcel; 0 leaves a line for the next one."""
    lines: list[dict[str, Any]] = []
    errors: dict[str, str] = {}
    for line in order.lines:
        name = f"take-{line.listing_id}"
        if not line.unpacked:
            continue
        try:
            quantity = forms.whole_number(typed.get(name, "0"))
            if not 0 <= quantity <= line.unpacked:
                raise ValueError(f"Take between 0 and {line.unpacked}.")
        except ValueError as error:
            errors[name] = str(error)
            continue
        if quantity:
            lines.append({"listing_id": line.listing_id, "quantity": quantity})
    if not lines and not errors:
        errors["lines"] = "Put at least one piece into the parcel."
    return lines, errors


async def _pack(
    page: Page,
    keeper: Keeper,
    service: OrderService,
    order: OrderView,
    values: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    status: int = 422,
) -> Response:
    errors = dict(errors or {})
    quotes: list[QuoteView] = []
    weight = values.get("weight_grams", "").strip()
    if weight:
        try:
            grams = forms.whole_number(weight)
            if not 1 <= grams <= 100_000:
                raise ValueError("A parcel weighs between 1 and 100,000 grams.")
            quotes = await service.quotes(keeper, order.id, grams, None)
        except ValueError as error:
            errors["weight_grams"] = str(error)
        except PartnerUnavailable as silent:
            errors["quote"], status = silent.message, silent.status
    return await page.html(
        "studio/pack.html",
        status=status if errors else 200,
        desk_here="orders",
        order=order,
        quotes=quotes,
        values=values,
        errors=errors,
    )


async def _move(
    page: Page, keeper: Keeper, service: OrderService, order_id: str, step: Awaitable[OrderView]
) -> Response:
    try:
        await step
    except (Conflict, InvalidInput) as problem:
        page.session.expire_all()
        return await _show(page, await service.sold_order(keeper, order_id), problem=problem)
    return page.go(f"/studio/orders/{order_id}")


async def _show(
    page: Page,
    order: OrderView,
    *,
    problem: DomainError | None = None,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    requests: Sequence[RequestView] = (),
) -> Response:
    """A refused move is shown without what was reported: the page brings that along by itself."""
    status = problem.status if problem else 422 if errors else 200
    return await page.html(
        "studio/order.html",
        status=status,
        desk_here="orders",
        order=order,
        requests=requests,
        seen=seen(order, requests),
        problem=problem,
        errors=errors or {},
        values=values or {},
    )
