"""Shop applications as JSON: an artisan's own, and all of them for administrators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access import access
from api.catalogue.schemas import Page
from api.dependencies import Letterbox, Search, Session, SignedIn
from api.errors import error_responses
from api.shops.schemas import OwnShopView, ShopApplicationView, ShopDecisionInput, ShopDescription, ShopStatus
from api.shops.service import ShopService

router = APIRouter(prefix="/api/v1", tags=["desk"])


async def shop_service(session: Session, search: Search, post: Letterbox) -> ShopService:
    return ShopService(session, search, post)


Shops = Annotated[ShopService, Depends(shop_service)]


@router.post(
    "/shop",
    status_code=201,
    summary="Apply for a shop with your own account",
    responses=error_responses(400, 401, 403, 409, 422, 429),
    dependencies=[access("customer", "high", owns="self")],
)
async def apply(body: ShopDescription, person: SignedIn, service: Shops) -> OwnShopView:
    """You become an artisan at once and may prepare listings; others see the shop when it has been approved."""
    return await service.apply(person, body)


@router.get(
    "/shop",
    summary="Your shop's application",
    responses=error_responses(401, 403, 404),
    dependencies=[access("artisan", "medium", owns="self")],
)
async def own(person: SignedIn, service: Shops) -> OwnShopView:
    return await service.own(person)


@router.put(
    "/shop",
    summary="Change a refused application and send it again",
    responses=error_responses(400, 401, 403, 404, 409, 422, 429),
    dependencies=[access("artisan", "medium", owns="self")],
)
async def resubmit(body: ShopDescription, person: SignedIn, service: Shops) -> OwnShopView:
    """The currency stays as it was."""
    return await service.resubmit(person, body)


@router.get(
    "/admin/shops",
    summary="Shops by where their application stands",
    responses=error_responses(401, 403, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def applications(
    person: SignedIn,
    service: Shops,
    status: ShopStatus | None = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[ShopApplicationView]:
    """Those that wait first, the longest wait on top."""
    return await service.applications(person, status, page, per_page)


@router.post(
    "/admin/shops/{shop_id}/decision",
    summary="Approve or refuse a shop",
    responses=error_responses(400, 401, 403, 404, 409, 422, 429),
    dependencies=[access("administrator", "high", owns="any")],
)
async def decide(shop_id: str, body: ShopDecisionInput, person: SignedIn, service: Shops) -> ShopApplicationView:
    """The first decision about an application counts; another one answers 409."""
    return await service.decide(person, shop_id, body)
