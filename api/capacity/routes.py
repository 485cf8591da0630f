"""JSON routes of places for commissions. Thin: who may, what in, what out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from api.access import access
from api.capacity.schemas import CapacityInput, CapacityView, CommissionTermsView
from api.capacity.service import CapacityService
from api.dependencies import Session, ShopKeeper, get_parts
from api.errors import error_responses

router = APIRouter(prefix="/api/v1", tags=["commissions"])


async def capacity_service(request: Request, session: Session) -> CapacityService:
    return CapacityService(session, get_parts(request).processes)


CurrentCapacity = Annotated[CapacityService, Depends(capacity_service)]
Slug = Annotated[str, Path(max_length=80, pattern=r"^[!-~]+$")]


@router.get(
    "/shop/capacity",
    dependencies=[access("artisan", "medium", owns="self")],
    summary="How many commissions my shop takes, and who waits",
    responses=error_responses(401, 403),
)
async def my_capacity(keeper: ShopKeeper, service: CurrentCapacity) -> CapacityView:
    """With what takes a place now, and until when."""
    return await service.shown(keeper.shop_id)


@router.put(
    "/shop/capacity",
    dependencies=[access("artisan", "medium", owns="self")],
    summary="Say how many commissions my shop takes at once, and how long one takes",
    responses=error_responses(400, 401, 403, 422),
)
async def put_capacity(given: CapacityInput, keeper: ShopKeeper, service: CurrentCapacity) -> CapacityView:
    """What is under way goes on, and an offer that stands keeps standing. With more places, those who wait are offered
    them in their order."""
    return await service.put(keeper.shop_id, given)


@router.get(
    "/shops/{slug}/commission-terms",
    dependencies=[access("public", "low")],
    summary="Whether a shop takes commissions, and when one could be ready",
    responses=error_responses(404, 422),
)
async def commission_terms(slug: Slug, service: CurrentCapacity) -> CommissionTermsView:
    """Counted from what the shop has to do, and from who waits already."""
    return await service.terms(slug)
