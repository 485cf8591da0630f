"""JSON routes of commissions for their two people. Thin: who may, what in, what out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.access import access
from api.commissions import lists
from api.commissions.inputs import (
    AcceptInput,
    AnswerChangeInput,
    AnswerEndInput,
    DeclineInput,
    EndInput,
    LeaveInput,
    RequestInput,
    RetryInput,
    TermsInput,
)
from api.commissions.lists import Group
from api.commissions.requests import RequestService
from api.commissions.schemas import CommissionList, CommissionView, PaymentView, ReturnedView
from api.commissions.service import CommissionService
from api.dependencies import Session, ShopKeeper, SignedIn, get_parts
from api.errors import error_responses
from api.fulfillment.schemas import IdText
from api.idempotency import Once

router = APIRouter(prefix="/api/v1", tags=["commissions"])


async def commission_service(request: Request, session: Session, once: Once) -> CommissionService:
    return CommissionService(session, get_parts(request).processes, once.key)


async def request_service(request: Request, session: Session) -> RequestService:
    parts = get_parts(request)
    return RequestService(session, parts.processes, parts.settings.allow_time_scale)


Commissions = Annotated[CommissionService, Depends(commission_service)]
Requests = Annotated[RequestService, Depends(request_service)]
CommissionId = Annotated[str, Path(max_length=40)]
Limit = Annotated[int, Query(ge=1, le=100)]

READ = error_responses(401, 403, 404, 422)
MOVE = error_responses(400, 401, 403, 404, 409, 422)


@router.post(
    "/commissions",
    status_code=201,
    dependencies=[access("customer", "medium")],
    summary="Ask a shop for a piece of one's own",
    response_model=CommissionView,
    responses=MOVE,
)
async def request_commission(given: RequestInput, person: SignedIn, service: Requests, once: Once) -> Response:
    """The artisan makes an offer, or declines; nothing is charged before both agree. What looks like a way around the
    platform is answered with a warning (`contact_leak`) that can be confirmed."""
    return await once.respond(lambda: service.place(person, given), status=201)


@router.get(
    "/commissions",
    dependencies=[access("customer", "medium", owns="self")],
    summary="What I have asked for",
    responses=READ,
)
async def my_commissions(
    person: SignedIn,
    session: Session,
    waiting_on: Group | None = None,
    before: IdText | None = None,
    limit: Limit = 20,
) -> CommissionList:
    """The newest first."""
    return await lists.bought(session, person, group=waiting_on, before=before, limit=limit)


@router.get(
    "/shop/commissions",
    dependencies=[access("artisan", "medium", owns="self")],
    summary="What my shop was asked for, by who must act",
    responses=READ,
)
async def shop_commissions(
    keeper: ShopKeeper,
    session: Session,
    waiting_on: Group | None = None,
    before: IdText | None = None,
    limit: Limit = 20,
) -> CommissionList:
    """The newest first."""
    return await lists.sold(session, keeper, group=waiting_on, before=before, limit=limit)


@router.get(
    "/commissions/{commission_id}",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="One commission, as its customer or its artisan sees it",
    responses=READ,
)
async def one_commission(commission_id: CommissionId, person: SignedIn, service: Commissions) -> CommissionView:
    """With what the reader may do now, and what leaving would mean."""
    return await service.view(person, commission_id)


@router.post(
    "/commissions/{commission_id}/offers",
    status_code=201,
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Make an offer, or a counter-offer",
    response_model=CommissionView,
    responses=MOVE,
)
async def make_offer(
    commission_id: CommissionId, given: TermsInput, person: SignedIn, service: Commissions, once: Once
) -> Response:
    """The artisan makes the first one. An offer that crosses another one is refused: its number is taken."""
    return await once.respond(lambda: service.offer(person, commission_id, given), status=201)


@router.post(
    "/commissions/{commission_id}/acceptance",
    dependencies=[access("customer", "high", owns="commission")],
    summary="Accept the newest offer: it becomes the contract",
    response_model=CommissionView,
    responses=MOVE,
)
async def accept_offer(
    commission_id: CommissionId, given: AcceptInput, person: SignedIn, service: Commissions, once: Once
) -> Response:
    """Of the customer it is the mandate to charge up to `most_minor`, and the tax at their address, in the parts that
    the contract says. The tax is shown before the deposit is paid."""
    return await once.respond(lambda: service.accept(person, commission_id, given))


@router.post(
    "/commissions/{commission_id}/decline",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Decline, or withdraw, while nothing is agreed",
    response_model=CommissionView,
    responses=MOVE,
)
async def decline_commission(
    commission_id: CommissionId, given: DeclineInput, person: SignedIn, service: Commissions, once: Once
) -> Response:
    return await once.respond(lambda: service.decline(person, commission_id, given.reason))


@router.post(
    "/commissions/{commission_id}/changes",
    status_code=201,
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Propose a change of the contract",
    response_model=CommissionView,
    responses=MOVE,
)
async def propose_change(
    commission_id: CommissionId, given: TermsInput, person: SignedIn, service: Commissions, once: Once
) -> Response:
    """The whole contract as it would be. What has begun keeps its price; the deposit and the first day stay."""
    return await once.respond(lambda: service.propose_change(person, commission_id, given), status=201)


@router.post(
    "/commissions/{commission_id}/changes/answer",
    dependencies=[access("customer", "high", owns="commission")],
    summary="Agree to a change, or decline it",
    response_model=CommissionView,
    responses=MOVE,
)
async def answer_change(
    commission_id: CommissionId, given: AnswerChangeInput, person: SignedIn, service: Commissions, once: Once
) -> Response:
    """By the side that did not propose it. A sum above the customer's mandate is paid on the payment page."""
    return await once.respond(lambda: service.answer_change(person, commission_id, given))


@router.post(
    "/commissions/{commission_id}/leave",
    dependencies=[access("customer", "high", owns="commission")],
    summary="Cancel at the terms of the contract",
    response_model=CommissionView,
    responses=MOVE,
)
async def leave_commission(
    commission_id: CommissionId, given: LeaveInput, person: SignedIn, service: Commissions, once: Once
) -> Response:
    """`leaving` of the commission says what it means; if that has changed since, nothing happens and the answer names
    the new figure."""
    return await once.respond(lambda: service.leave(person, commission_id, given))


@router.post(
    "/commissions/{commission_id}/end-offers",
    status_code=201,
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Propose to part as friends",
    response_model=CommissionView,
    responses=MOVE,
)
async def offer_end(
    commission_id: CommissionId, given: EndInput, person: SignedIn, service: Commissions, once: Once
) -> Response:
    """A newer proposal takes the place of the one before."""
    return await once.respond(lambda: service.offer_end(person, commission_id, given.agreed_bp), status=201)


@router.post(
    "/commissions/{commission_id}/end-offers/answer",
    dependencies=[access("customer", "high", owns="commission")],
    summary="Agree to part, or decline",
    response_model=CommissionView,
    responses=MOVE,
)
async def answer_end(
    commission_id: CommissionId, given: AnswerEndInput, person: SignedIn, service: Commissions, once: Once
) -> Response:
    return await once.respond(lambda: service.answer_end(person, commission_id, given))


@router.get(
    "/commissions/{commission_id}/payment",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Where to pay, or to confirm a payment",
    responses=READ,
)
async def commission_payment(commission_id: CommissionId, person: SignedIn, service: Commissions) -> PaymentView:
    """For the customer."""
    return await service.payment(person, commission_id)


@router.post(
    "/commissions/{commission_id}/payment",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Try a payment again that did not go through",
    response_model=PaymentView,
    responses=MOVE,
)
async def retry_commission_payment(
    commission_id: CommissionId, person: SignedIn, service: Commissions, once: Once, given: RetryInput | None = None
) -> Response:
    """With the card that is kept now, or with `another_card`: then there is soon a page on which to pay."""
    return await once.respond(lambda: service.retry_payment(person, commission_id, given))


@router.post(
    "/commissions/{commission_id}/payment/returned",
    status_code=202,
    dependencies=[access("customer", "low", owns="commission")],
    summary="The browser is back from the payment page",
    responses=error_responses(401, 403, 404, 422),
)
async def returned_from_payment(commission_id: CommissionId, person: SignedIn, service: Commissions) -> ReturnedView:
    await service.returned(person, commission_id)
    return ReturnedView(id=commission_id, status="noted")
