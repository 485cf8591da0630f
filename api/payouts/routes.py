"""A shop's bank account as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.access import access
from api.dependencies import CurrentParts, Session, ShopKeeper
from api.errors import error_responses
from api.payouts.schemas import GivenAccount, PayoutAccountView
from api.payouts.service import PayoutAccounts

router = APIRouter(prefix="/api/v1/shop/payout-account", tags=["desk"])


async def payout_accounts(session: Session, parts: CurrentParts) -> PayoutAccounts:
    return PayoutAccounts(session, parts.processes, parts.settings.allow_time_scale)


CurrentPayoutAccounts = Annotated[PayoutAccounts, Depends(payout_accounts)]


@router.get(
    "",
    summary="Where the shop's money goes",
    responses=error_responses(401, 403, 404),
    dependencies=[access("artisan", "high", owns="self")],
)
async def payout_account(keeper: ShopKeeper, accounts: CurrentPayoutAccounts) -> PayoutAccountView:
    return await accounts.shown(keeper)


@router.put(
    "",
    summary="Say where the shop's money goes",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("artisan", "high", owns="self", second_factor=True)],
)
async def change_payout_account(
    body: GivenAccount, keeper: ShopKeeper, accounts: CurrentPayoutAccounts
) -> PayoutAccountView:
    """Only the last four digits are ever shown again. Payouts pause for three days after a change."""
    return await accounts.change(keeper, body)
