"""A person's own credit as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.access import access
from api.auth.counters import PER_ACCOUNT, PER_NETWORK
from api.auth.throttle import address_of
from api.credit.schemas import CreditView, GiveUpInput, RedeemedView, RedeemInput
from api.credit.service import Credit
from api.dependencies import Session, SignedIn
from api.errors import error_responses
from models.repositories.rate_limits import Limit
from models.types import Money

router = APIRouter(prefix="/api/v1/me/credit", tags=["checkout"])


async def credit_service(session: Session) -> Credit:
    return Credit(session)


CurrentCredit = Annotated[Credit, Depends(credit_service)]


async def guesses(request: Request, person: SignedIn) -> dict[str, Limit]:
    """Tries at codes are counted as tries at passwords are: by whoever types them, and by network."""
    return {f"codes by {person.id}": PER_ACCOUNT, f"codes from {address_of(request)}": PER_NETWORK}


Guesses = Annotated[dict[str, Limit], Depends(guesses)]


@router.get(
    "",
    summary="My store credit",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "medium", owns="self")],
)
async def my_credit(person: SignedIn, service: CurrentCredit) -> CreditView:
    """What there is in each currency, and what moved it. Credit is spent at the till, before the card."""
    return await service.of(person)


@router.post(
    "/redemptions",
    status_code=201,
    summary="Redeem a gift card",
    responses=error_responses(400, 401, 403, 409, 422, 429),
    dependencies=[access("customer", "medium", owns="self")],
)
async def redeem_gift_card(
    body: RedeemInput, person: SignedIn, service: CurrentCredit, limits: Guesses
) -> RedeemedView:
    """The whole card becomes store credit, once. The same 422 for a code that never was, is blocked, or was somebody
    else's; 429 after too many of them."""
    return RedeemedView(redeemed=await service.redeem(person, body.code, limits))


@router.post(
    "/give-up",
    summary="Give up store credit",
    responses=error_responses(400, 401, 403, 409, 422),
    dependencies=[access("customer", "high", owns="self")],
)
async def give_up_credit(body: GiveUpInput, person: SignedIn, service: CurrentCredit) -> RedeemedView:
    """For who wants their account deleted, which waits for it. Can't be undone. 409 when there is another amount than
    the one named."""
    return RedeemedView(redeemed=await service.give_up(person, Money(body.amount_minor, body.currency)))
