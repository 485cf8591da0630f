"""Withdrawals as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access import access
from api.dependencies import CurrentParts, Session, ShopKeeper
from api.errors import error_responses
from api.idempotency import Once
from api.payouts.money_schemas import PayoutDetails
from api.withdrawal.schemas import WithdrawalInput
from api.withdrawal.service import Withdrawals

router = APIRouter(prefix="/api/v1/shop/withdrawals", tags=["money"])


async def withdrawals(session: Session, parts: CurrentParts) -> Withdrawals:
    return Withdrawals(session, parts.processes, parts.settings.allow_time_scale)


CurrentWithdrawals = Annotated[Withdrawals, Depends(withdrawals)]


@router.post(
    "",
    status_code=201,
    response_model=PayoutDetails,
    summary="Take money out",
    responses=error_responses(400, 401, 403, 409, 422, 503),
    dependencies=[access("artisan", "high", owns="self", second_factor=True)],
)
async def withdraw_money(
    body: WithdrawalInput, keeper: ShopKeeper, service: CurrentWithdrawals, once: Once
) -> Response:
    """Answers when the money is set aside: from then on nothing else can spend it. `payout_refused` says in its
    details why it was not, and how much is available. With an `Idempotency-Key` a repeated request is one withdrawal.
    """
    return await once.respond(lambda: service.request(keeper, body, once), status=201)
