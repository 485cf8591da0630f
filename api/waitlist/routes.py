"""JSON routes of who waits for a place: where they stand, taking what is offered, and leaving the list. Thin."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.access import access
from api.capacity.routes import CurrentCapacity
from api.capacity.schemas import PlaceView
from api.dependencies import SignedIn
from api.errors import error_responses

router = APIRouter(prefix="/api/v1", tags=["commissions"])

CommissionId = Annotated[str, Path(max_length=40, pattern=r"^[!-~]+$")]


@router.get(
    "/commissions/{commission_id}/place",
    dependencies=[access("customer", "medium", owns="place")],
    summary="Where a request stands on the waitlist",
    responses=error_responses(400, 401, 403, 404, 422),
)
async def waitlist_place(commission_id: CommissionId, person: SignedIn, service: CurrentCapacity) -> PlaceView:
    """How many are ahead, when work could begin and why, or until when a place is offered."""
    return await service.own_place(person, commission_id)


@router.post(
    "/commissions/{commission_id}/place",
    dependencies=[access("customer", "medium", owns="place")],
    summary="Take the place that the waitlist offers",
    responses=error_responses(400, 401, 403, 404, 409, 422),
)
async def take_place(commission_id: CommissionId, person: SignedIn, service: CurrentCapacity) -> PlaceView:
    """By the customer, while the offer stands. The commission begins: the artisan makes an offer. Sent again, it is the
    same place."""
    return await service.take(person, commission_id)


@router.delete(
    "/commissions/{commission_id}/place",
    dependencies=[access("customer", "medium", owns="place")],
    summary="Leave the waitlist",
    responses=error_responses(400, 401, 403, 404, 409, 422),
)
async def leave_waitlist(commission_id: CommissionId, person: SignedIn, service: CurrentCapacity) -> PlaceView:
    """The request ends with it; nothing was charged."""
    return await service.leave(person, commission_id)
