"""The buyer's orders: the list, one order with its live story, and "I have received it"."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.access import access
from api.dependencies import SignedIn
from api.fulfillment.routes import Orders
from api.fulfillment.schemas import OrderView
from api.refund.routes import Refunds
from api.refund.schemas import RequestView
from api.web import forms
from api.web.page import CurrentPage
from models.errors import Conflict

router = APIRouter(prefix="/orders", include_in_schema=False)

PER_PAGE = 20


def seen(order: OrderView, requests: Sequence[RequestView] = ()) -> str:
    """Names what a page shows of an order's story, so that a live update can say "nothing new" in one line."""
    last = order.timeline[-1].sequence if order.timeline else 0
    reported = "".join(f"-{request.status}" for request in requests)
    return f"{last}-{sum(len(parcel.scans) for parcel in order.parcels)}-{order.status}{reported}"


def page_number(request: Request) -> int:
    """The list's page that the address names; the first one for anything else."""
    try:
        return max(1, min(forms.whole_number(request.query_params.get("page", "1")), 10_000))
    except ValueError:
        return 1


@router.get("", dependencies=[access("customer", "medium", owns="self", again=True)])
async def orders(page: CurrentPage, person: SignedIn, service: Orders) -> Response:
    bought = await service.bought(person, page_number(page.request), PER_PAGE)
    return await page.html("shop/orders.html", page=bought, address=lambda n: f"/orders?page={n}")


@router.get("/{order_id}", dependencies=[access("customer", "medium", owns="order")])
async def order(page: CurrentPage, person: SignedIn, service: Orders, refunds: Refunds, order_id: str) -> Response:
    found = await service.bought_order(person, order_id)
    reported = await refunds.of_order(person, order_id)
    return await page.html("shop/order.html", order=found, requests=reported, seen=seen(found, reported), problem=None)


@router.get("/{order_id}/live", dependencies=[access("customer", "medium", owns="order")])
async def live(page: CurrentPage, person: SignedIn, service: Orders, refunds: Refunds, order_id: str) -> Response:
    """The part that keeps itself up to date; an empty answer while nothing has happened."""
    found = await service.bought_order(person, order_id)
    reported = await refunds.of_order(person, order_id)
    if page.request.query_params.get("seen") == seen(found, reported):
        return Response(status_code=204)
    return page.fragment("shop/order_live.html", order=found, requests=reported, seen=seen(found, reported))


@router.post("/{order_id}/received", dependencies=[access("customer", "medium", owns="order")])
async def received(page: CurrentPage, person: SignedIn, service: Orders, refunds: Refunds, order_id: str) -> Response:
    try:
        await service.confirm_receipt(person, order_id)
    except Conflict as problem:
        found = await service.bought_order(person, order_id)
        reported = await refunds.of_order(person, order_id)
        return await page.html(
            "shop/order.html",
            status=problem.status,
            order=found,
            requests=reported,
            seen=seen(found, reported),
            problem=problem,
        )
    return page.go(f"/orders/{order_id}")
