"""JSON routes of orders: the buyer's and the artisan's. Thin: who may, what in, what out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.access import access
from api.catalogue.schemas import Page
from api.dependencies import Session, ShopKeeper, SignedIn, get_parts
from api.errors import error_responses
from api.fulfillment.schemas import DeclineInput, OrderCard, OrderView, PackInput, ParcelView, QuoteView
from api.fulfillment.service import OrderService
from api.idempotency import Once
from models.types import OrderStatus

router = APIRouter(prefix="/api/v1")


async def order_service(request: Request, session: Session) -> OrderService:
    parts = get_parts(request)
    return OrderService(session, parts.processes, parts.gateways.couriers)


Orders = Annotated[OrderService, Depends(order_service)]
OrderId = Annotated[str, Path(max_length=40)]
PageNumber = Annotated[int, Query(ge=1, le=10_000)]
PerPage = Annotated[int, Query(ge=1, le=100)]

READ = error_responses(401, 403, 404, 422)
MOVE = error_responses(400, 401, 403, 404, 409, 422)


@router.get(
    "/orders",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="self", again=True)],
    summary="My orders",
    responses=READ,
)
async def my_orders(person: SignedIn, service: Orders, page: PageNumber = 1, per_page: PerPage = 20) -> Page[OrderCard]:
    return await service.bought(person, page, per_page)


@router.get(
    "/orders/{order_id}",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order")],
    summary="One of my orders",
    responses=READ,
)
async def my_order(order_id: OrderId, person: SignedIn, service: Orders) -> OrderView:
    """Status, who must act by when and what happens otherwise, where the money is, parcels, and the whole story."""
    return await service.bought_order(person, order_id)


@router.post(
    "/orders/{order_id}/confirm-receipt",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order")],
    summary="It has arrived",
    response_model=OrderView,
    responses=MOVE,
)
async def confirm_receipt(order_id: OrderId, person: SignedIn, service: Orders, once: Once) -> Response:
    return await once.respond(lambda: service.confirm_receipt(person, order_id))


@router.get(
    "/shop/orders",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="self")],
    summary="The shop's orders",
    responses=READ,
)
async def shop_orders(
    keeper: ShopKeeper,
    service: Orders,
    status: Annotated[list[OrderStatus], Query()] = [],  # noqa: B006 - FastAPI copies it
    page: PageNumber = 1,
    per_page: PerPage = 20,
) -> Page[OrderCard]:
    return await service.sold(keeper, page, per_page, [one.value for one in status])


@router.get(
    "/shop/orders/{order_id}",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="One order",
    responses=READ,
)
async def shop_order(order_id: OrderId, keeper: ShopKeeper, service: Orders) -> OrderView:
    return await service.sold_order(keeper, order_id)


@router.post(
    "/shop/orders/{order_id}/accept",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="Take the order",
    response_model=OrderView,
    responses=MOVE,
)
async def accept_order(order_id: OrderId, keeper: ShopKeeper, service: Orders, once: Once) -> Response:
    """The promise to ship runs from here."""
    return await once.respond(lambda: service.accept(keeper, order_id))


@router.post(
    "/shop/orders/{order_id}/decline",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="Refuse the order and refund its buyer",
    response_model=OrderView,
    responses=MOVE,
)
async def decline_order(
    order_id: OrderId, given: DeclineInput, keeper: ShopKeeper, service: Orders, once: Once
) -> Response:
    return await once.respond(lambda: service.decline(keeper, order_id, given.reason, restock=given.restock))


@router.post(
    "/shop/orders/{order_id}/finish-making",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="Everything is made",
    response_model=OrderView,
    responses=MOVE,
)
async def finish_making(order_id: OrderId, keeper: ShopKeeper, service: Orders, once: Once) -> Response:
    return await once.respond(lambda: service.finish_making(keeper, order_id))


@router.get(
    "/shop/orders/{order_id}/shipping-quotes",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="What couriers ask for a parcel",
    responses=READ | error_responses(503),
)
async def shipping_quotes(
    order_id: OrderId,
    keeper: ShopKeeper,
    service: Orders,
    weight_grams: Annotated[int, Query(ge=1, le=100_000)],
    courier: Annotated[str | None, Query(max_length=31)] = None,
) -> list[QuoteView]:
    return await service.quotes(keeper, order_id, weight_grams, courier)


@router.post(
    "/shop/orders/{order_id}/parcels",
    status_code=201,
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="Pack a parcel and buy its label",
    response_model=ParcelView,
    responses=MOVE | error_responses(503),
)
async def pack_parcel(order_id: OrderId, given: PackInput, keeper: ShopKeeper, service: Orders, once: Once) -> Response:
    """Several parcels split an order; each piece is in one of them. Send the same request again after a 503: it waits
    for the same label."""
    return await once.respond(lambda: service.pack(keeper, order_id, given, once.key), status=201)


@router.post(
    "/shop/orders/{order_id}/parcels/{parcel_id}/hand-over",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="The courier has the parcel",
    response_model=OrderView,
    responses=MOVE,
)
async def hand_over_parcel(
    order_id: OrderId,
    parcel_id: Annotated[str, Path(max_length=40)],
    keeper: ShopKeeper,
    service: Orders,
    once: Once,
) -> Response:
    return await once.respond(lambda: service.hand_over(keeper, order_id, parcel_id))
