"""JSON routes of refund requests and cancellations: the buyer's, the artisan's and finance's. Thin: who may, what in,
what out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.catalogue.schemas import Page
from api.dependencies import Session, ShopKeeper, SignedIn, get_parts
from api.errors import error_responses
from api.fulfillment.routes import OrderId, Orders
from api.fulfillment.schemas import OrderView
from api.idempotency import Once
from api.refund.schemas import (
    AnswerCancellationInput,
    AnswerInput,
    AskFinanceInput,
    CancelInput,
    ConfirmReturnInput,
    DecideInput,
    ReportInput,
    RequestView,
    RetryInput,
    SendBackInput,
)
from api.refund.service import RefundService, pieces_of

router = APIRouter(prefix="/api/v1")
READING = "refund_requests"


async def refund_service(request: Request, session: Session) -> RefundService:
    parts = get_parts(request)
    return RefundService(session, parts.processes, parts.settings.allow_time_scale)


Refunds = Annotated[RefundService, Depends(refund_service)]
RequestId = Annotated[str, Path(max_length=40)]

READ = error_responses(401, 403, 404, 422)
MOVE = error_responses(400, 401, 403, 404, 409, 422)


@router.post(
    "/orders/{order_id}/cancellation",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order")],
    summary="Cancel what has not been sent",
    response_model=OrderView,
    responses=MOVE,
)
async def cancel_order(
    order_id: OrderId, given: CancelInput, person: SignedIn, service: Orders, once: Once
) -> Response:
    """Before the maker has accepted, and once the ship-by date has been missed, it counts at once. In between the maker
    is asked; the order's timeline says until when, and what happens without an answer."""
    return await once.respond(lambda: service.cancel(person, order_id, pieces_of(given.lines)))


@router.post(
    "/shop/orders/{order_id}/cancellation/answer",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="Agree to a cancellation, or refuse it",
    response_model=OrderView,
    responses=MOVE,
)
async def answer_cancellation(
    order_id: OrderId, given: AnswerCancellationInput, keeper: ShopKeeper, service: Orders, once: Once
) -> Response:
    return await once.respond(
        lambda: service.answer_cancellation(keeper, order_id, agree=given.agree, restock=given.restock)
    )


@router.get(
    "/orders/{order_id}/refund-requests",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order")],
    summary="What I have reported about an order",
    responses=READ,
)
async def my_requests(order_id: OrderId, person: SignedIn, service: Refunds) -> list[RequestView]:
    return await service.of_order(person, order_id)


@router.post(
    "/orders/{order_id}/refund-requests",
    status_code=201,
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order")],
    summary="Report a problem and ask for money back",
    response_model=RequestView,
    responses=MOVE,
)
async def report_problem(
    order_id: OrderId, given: ReportInput, person: SignedIn, service: Refunds, once: Once
) -> Response:
    """One request at a time for an order. The maker answers first; without an answer our team decides."""
    return await once.respond(lambda: service.report(person, order_id, given), status=201)


@router.post(
    "/orders/{order_id}/refund-requests/{request_id}/accept",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order")],
    summary="Accept the maker's answer",
    response_model=RequestView,
    responses=MOVE,
)
async def accept_answer(
    order_id: OrderId, request_id: RequestId, person: SignedIn, service: Refunds, once: Once
) -> Response:
    """An offer is carried out; a refusal closes the request."""
    return await once.respond(lambda: service.accept(person, order_id, request_id))


@router.post(
    "/orders/{order_id}/refund-requests/{request_id}/ask-finance",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order")],
    summary="Ask the platform's team to decide",
    response_model=RequestView,
    responses=MOVE,
)
async def ask_finance(
    order_id: OrderId, request_id: RequestId, given: AskFinanceInput, *, person: SignedIn, service: Refunds, once: Once
) -> Response:
    return await once.respond(lambda: service.ask_finance(person, order_id, request_id, given.text))


@router.post(
    "/orders/{order_id}/refund-requests/{request_id}/send-back",
    tags=["orders"],
    dependencies=[access("customer", "medium", owns="order")],
    summary="The pieces are on their way back",
    response_model=RequestView,
    responses=MOVE,
)
async def send_back(
    order_id: OrderId, request_id: RequestId, given: SendBackInput, *, person: SignedIn, service: Refunds, once: Once
) -> Response:
    return await once.respond(lambda: service.send_back(person, order_id, request_id, given))


@router.get(
    "/shop/orders/{order_id}/refund-requests",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="What the buyer has reported about an order",
    responses=READ,
)
async def shop_requests(order_id: OrderId, keeper: ShopKeeper, service: Refunds) -> list[RequestView]:
    return await service.of_shop_order(keeper, order_id)


@router.post(
    "/shop/orders/{order_id}/refund-requests/{request_id}/answer",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="Offer a refund, or refuse it",
    response_model=RequestView,
    responses=MOVE,
)
async def answer_request(
    order_id: OrderId, request_id: RequestId, given: AnswerInput, *, keeper: ShopKeeper, service: Refunds, once: Once
) -> Response:
    return await once.respond(lambda: service.answer(keeper, order_id, request_id, given))


@router.post(
    "/shop/orders/{order_id}/refund-requests/{request_id}/confirm-return",
    tags=["desk"],
    dependencies=[access("artisan", "medium", owns="shop_order")],
    summary="The pieces are back",
    response_model=RequestView,
    responses=MOVE,
)
async def confirm_return(
    order_id: OrderId,
    request_id: RequestId,
    given: ConfirmReturnInput,
    *,
    keeper: ShopKeeper,
    service: Refunds,
    once: Once,
) -> Response:
    """What came back and is not as agreed goes before the platform's team."""
    return await once.respond(lambda: service.confirm_return(keeper, order_id, request_id, given))


@router.get(
    "/admin/refund-requests",
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)],
    summary="Refunds to decide or to mend",
    responses=READ,
)
async def waiting_requests(
    service: Refunds,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Page[RequestView]:
    """The nearest deadline first."""
    return await service.waiting(page, per_page)


@router.get(
    "/admin/refund-requests/{request_id}",
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any"), audits_reading(READING, "request_id")],
    summary="One refund request",
    responses=READ,
)
async def one_request(request_id: RequestId, service: Refunds) -> RequestView:
    return await service.one(request_id)


@router.post(
    "/admin/refund-requests/{request_id}/decision",
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any")],
    summary="Decide about a refund",
    response_model=RequestView,
    responses=MOVE,
)
async def decide_request(
    request_id: RequestId, given: DecideInput, person: SignedIn, service: Refunds, once: Once
) -> Response:
    """Final: there is no second decision."""
    return await once.respond(lambda: service.decide(person, request_id, given))


@router.post(
    "/admin/refund-requests/{request_id}/retry",
    tags=["administration"],
    dependencies=[access("administrator", "high", owns="any")],
    summary="Send a refund again that did not get through",
    response_model=RequestView,
    responses=MOVE,
)
async def retry_refund(
    request_id: RequestId, given: RetryInput, person: SignedIn, service: Refunds, once: Once
) -> Response:
    return await once.respond(lambda: service.retry(person, request_id, given.reason))
