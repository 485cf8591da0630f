"""A shop's money as JSON: what is available and why not more, payouts, payout days, and what the provider wants."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access import access
from api.audit.reading import audits_reading
from api.dependencies import CurrentParts, Session, ShopKeeper
from api.errors import error_responses
from api.payouts.money_schemas import (
    ChosenPayoutDays,
    LinkView,
    MoneyStandingView,
    PayoutDaysView,
    PayoutDetails,
    PayoutView,
)
from api.payouts.money_service import ShopMoney

router = APIRouter(prefix="/api/v1", tags=["money"])


async def shop_money(session: Session, parts: CurrentParts) -> ShopMoney:
    return ShopMoney(session, parts.settings.allow_time_scale)


CurrentMoney = Annotated[ShopMoney, Depends(shop_money)]


@router.get(
    "/shop/balance",
    summary="What is available, held and on its way, each part with its reason",
    responses=error_responses(401, 403, 404),
    dependencies=[access("artisan", "medium", owns="self")],
)
async def balance(keeper: ShopKeeper, service: CurrentMoney) -> MoneyStandingView:
    """One balance for each currency. What waits names its rule, its reason and the day on which it is let go."""
    return await service.standing(keeper.shop_id, service.pause_of(keeper.person))


@router.get(
    "/shop/payouts",
    summary="The shop's payouts",
    responses=error_responses(401, 403, 422),
    dependencies=[access("artisan", "medium", owns="self")],
)
async def list_payouts(
    keeper: ShopKeeper,
    service: CurrentMoney,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[PayoutView]:
    """Newest first."""
    return await service.payouts(keeper, page, per_page)


@router.get(
    "/shop/payouts/{payout_id}",
    summary="One payout and its story",
    responses=error_responses(401, 403, 404),
    dependencies=[access("artisan", "medium", owns="payout")],
)
async def find_payout(payout_id: str, keeper: ShopKeeper, service: CurrentMoney) -> PayoutDetails:
    """What happened, who must act now, by when, and what happens otherwise."""
    return await service.payout(keeper, payout_id)


@router.get(
    "/shop/payout-days",
    summary="When the shop is paid without asking",
    responses=error_responses(401, 403),
    dependencies=[access("artisan", "medium", owns="self")],
)
async def payout_days(keeper: ShopKeeper, service: CurrentMoney) -> PayoutDaysView:
    """Every Monday, until the shop chooses otherwise."""
    return await service.days(keeper)


@router.put(
    "/shop/payout-days",
    summary="Choose when the shop is paid",
    responses=error_responses(400, 401, 403, 422),
    dependencies=[access("artisan", "high", owns="self")],
)
async def choose_payout_days(body: ChosenPayoutDays, keeper: ShopKeeper, service: CurrentMoney) -> PayoutDaysView:
    """Days are UTC's. Less than the minimum waits for the next day."""
    return await service.choose_days(keeper, body)


@router.post(
    "/shop/payout-account/link",
    summary="Where to give the payment provider what it wants",
    responses=error_responses(401, 403, 409, 503),
    dependencies=[access("artisan", "high", owns="self", second_factor=True)],
)
async def provider_link(keeper: ShopKeeper, service: CurrentMoney, parts: CurrentParts) -> LinkView:
    """A page of the provider's own. It works once, for minutes, and is kept nowhere."""
    back = f"{parts.settings.public_url.rstrip('/')}/studio/payout-account"
    return await service.link(keeper, parts.gateways.payouts, back)


@router.get(
    "/admin/shops/{shop_id}/balance",
    summary="What a shop has with us",
    responses=error_responses(401, 403, 404),
    dependencies=[access("administrator", "high", owns="any"), audits_reading("shop_balance", of="shop_id")],
)
async def balance_of(shop_id: str, service: CurrentMoney) -> MoneyStandingView:
    """As its keeper sees it."""
    return await service.standing(shop_id)
