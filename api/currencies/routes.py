"""The currencies that we deal in, and choosing one of them, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import access
from api.carts.dependencies import Carts, Owner
from api.catalogue.schemas import View
from api.currencies import choice
from api.dependencies import CurrentReads, CurrentVisitor, Session, get_parts
from api.errors import error_responses
from models.repositories import people
from models.repositories.rates import Rates
from models.rules.money import LEAST, step_of
from models.types import CURRENCY_DECIMALS

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


class CurrencyView(View):
    code: str
    decimals: int
    """How many of them an amount has; 0 for yen, 3 for dinars."""
    step_minor: int
    """The smallest difference between two prices, in minor units."""
    least_minor: int
    """The smallest charge."""
    from_currencies: list[str]
    """Which shops' prices can be converted into it now."""


class Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None
    """None: each shop's own."""


class Chosen(View):
    currency: str | None


class Asking:
    """Who asks, and where the choice is left."""

    def __init__(self, request: Request, response: Response, visitor: CurrentVisitor) -> None:
        self.request, self.response, self.visitor = request, response, visitor


async def current_rates(request: Request) -> Rates:
    return get_parts(request).rates


CurrentRates = Annotated[Rates, Depends(current_rates)]


@router.get("/currencies", summary="Currencies that prices are shown in", dependencies=[access("public", "low")])
async def list_currencies(rates: CurrentRates, reads: CurrentReads) -> list[CurrencyView]:
    exchange = await rates.exchange(reads)
    return [
        CurrencyView(
            code=code,
            decimals=decimals,
            step_minor=step_of(code),
            least_minor=LEAST[code],
            from_currencies=[base for base in sorted(CURRENCY_DECIMALS) if exchange.find(base, code)],
        )
        for code, decimals in sorted(CURRENCY_DECIMALS.items())
    ]


@router.put(
    "/currency",
    summary="Choose what prices are shown in",
    responses=error_responses(401, 403, 422),
    dependencies=[access("visitor", "low", owns="self")],
)
async def choose_currency(
    body: Choice, asking: Annotated[Asking, Depends(Asking)], session: Session, carts: Carts, owner: Owner
) -> Chosen:
    """For this browser, for the account where somebody is signed in, and for the cart that is open."""
    currency = None if body.currency is None else choice.checked(body.currency)
    await carts.choose(owner, currency)
    if asking.visitor.person is not None:
        await people.choose_currency(session, asking.visitor.person.id, currency)
    choice.remember(asking.response, asking.request, currency)
    return Chosen(currency=currency)
