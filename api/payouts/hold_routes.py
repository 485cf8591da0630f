"""Money that is kept back, as JSON: an artisan objects, an administrator decides."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.access import access
from api.audit.reading import audits_reading
from api.dependencies import CurrentParts, Letterbox, Session, ShopKeeper, SignedIn
from api.errors import error_responses
from api.payouts.hold_service import Holds
from api.payouts.money_schemas import Appeal, AppealedHoldView, HoldDecision, HoldView, NewHold

router = APIRouter(prefix="/api/v1", tags=["money"])


async def holds(session: Session, post: Letterbox, parts: CurrentParts) -> Holds:
    return Holds(session, post, parts.settings.allow_time_scale)


CurrentHolds = Annotated[Holds, Depends(holds)]


@router.post(
    "/shop/holds/{hold_id}/appeal",
    status_code=202,
    summary="Object to money being kept back",
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("artisan", "medium", owns="hold")],
)
async def appeal_hold(hold_id: str, body: Appeal, keeper: ShopKeeper, service: CurrentHolds) -> HoldView:
    """Once for each. Somebody of ours looks at it, and a letter says what was decided and why."""
    return await service.appeal(keeper, hold_id, body.text)


@router.get(
    "/admin/holds",
    summary="Objections that wait for a decision",
    responses=error_responses(401, 403),
    dependencies=[access("administrator", "high", owns="any"), audits_reading("hold_appeals")],
)
async def appealed_holds(service: CurrentHolds) -> list[AppealedHoldView]:
    """The longest wait first."""
    return await service.waiting()


@router.post(
    "/admin/holds/{hold_id}/decision",
    summary="Decide about an objection",
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def decide_hold(hold_id: str, body: HoldDecision, person: SignedIn, service: CurrentHolds) -> AppealedHoldView:
    """The first decision counts; another one answers 409. What is let go is available at once."""
    return await service.decide(person, hold_id, body)


@router.post(
    "/admin/shops/{shop_id}/holds",
    status_code=201,
    summary="Keep some of a shop's money back for a while",
    responses=error_responses(400, 401, 403, 404, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def place_hold(shop_id: str, body: NewHold, person: SignedIn, service: CurrentHolds) -> HoldView:
    """For 45 days at most. The shop's keeper is told why, until when, and that they can object."""
    return await service.place(person, shop_id, body)
