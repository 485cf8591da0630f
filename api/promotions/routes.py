"""An artisan's promotions and codes as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.access import access
from api.dependencies import Session, ShopKeeper
from api.errors import error_responses
from api.idempotency import Once
from api.promotions.schemas import NewPromotionInput, PromotionView
from api.promotions.service import Promotions

router = APIRouter(prefix="/api/v1/shop/promotions", tags=["desk"])


async def promotions_service(session: Session) -> Promotions:
    return Promotions(session)


CurrentPromotions = Annotated[Promotions, Depends(promotions_service)]


@router.get(
    "",
    dependencies=[access("artisan", "medium", owns="self")],
    summary="The shop's promotions and codes",
    responses=error_responses(401, 403, 404, 422),
)
async def list_promotions(
    keeper: ShopKeeper,
    service: CurrentPromotions,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 50,
) -> list[PromotionView]:
    """Those that run or will run first, then those that are over."""
    return await service.listed(keeper.shop_id, page, per_page)


@router.post(
    "",
    status_code=201,
    dependencies=[access("artisan", "medium", owns="self")],
    summary="Open a promotion or give out a code",
    response_model=PromotionView,
    responses=error_responses(400, 401, 403, 404, 409, 422),
)
async def open_promotion(
    given: NewPromotionInput, keeper: ShopKeeper, service: CurrentPromotions, once: Once
) -> Response:
    """What comes off is the shop's: tax and fee are on what remains. It can't be changed, only ended."""
    return await once.respond(lambda: service.open(keeper, given), status=201)


@router.post(
    "/{promotion_id}/end",
    dependencies=[access("artisan", "medium", owns="self")],
    summary="End a promotion or a code",
    responses=error_responses(400, 401, 403, 404, 409, 422),
)
async def end_promotion(
    promotion_id: Annotated[str, Path(max_length=40, pattern=r"^[!-~]+$")],
    keeper: ShopKeeper,
    service: CurrentPromotions,
) -> PromotionView:
    """From now on nobody gets it. Checkouts that were placed before keep it."""
    return await service.end(keeper, promotion_id)
