"""The finance desk as JSON, and its file."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.dependencies import Session
from api.errors import error_responses
from api.finance.export import file_of
from api.finance.schemas import BalancesView, FinanceView
from api.finance.service import LONGEST, Finance
from models.types import CURRENCY_DECIMALS

router = APIRouter(prefix="/api/v1/admin/finance", tags=["operators"])

Currency = Annotated[str, Query(pattern=f"^({'|'.join(CURRENCY_DECIMALS)})$")]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One line a day, account and currency",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


async def finance(session: Session) -> Finance:
    return Finance(session)


CurrentFinance = Annotated[Finance, Depends(finance)]


@router.get(
    "",
    summary="Where all the money is, how long it waits, and what did not arrive",
    responses=error_responses(401, 403),
    dependencies=[access("administrator", "high", owns="any"), audits_reading("finance")],
)
async def finance_overview(service: CurrentFinance) -> FinanceView:
    """By currency. In each, where the money is equals whose it is and what is left for us."""
    return await service.overview()


@router.get(
    "/balances",
    summary="Balances over time",
    responses=error_responses(401, 403, 422),
    dependencies=[access("administrator", "high", owns="any"), audits_reading("finance")],
)
async def finance_balances(
    service: CurrentFinance,
    currency: Currency | None = None,
    days: Annotated[int, Query(ge=1, le=LONGEST, description="How many, up to and with today")] = 90,
) -> BalancesView:
    """Evening by evening, UTC. Without a currency, the first that anything was booked in."""
    return await service.balances(currency, days)


@router.get(
    "/balances.csv",
    summary="What moved each day, as a file",
    response_class=Response,
    responses={**error_responses(401, 403), **_FILE},
    dependencies=[access("administrator", "high", owns="any"), audits_reading("finance_file")],
)
async def finance_file(service: CurrentFinance) -> Response:
    """Every kind of account in every currency, from the first day on, with its balance on the evening."""
    return file_of(await service.movements())
