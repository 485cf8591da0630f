"""Somebody's store credit: what there is, what moved it, redeeming a gift card, giving it up."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth.throttle import TooManyAttempts
from api.credit.routes import CurrentCredit, Guesses
from api.credit.schemas import GiveUpInput, RedeemInput
from api.dependencies import SignedIn
from api.gift_card_purchase.routes import CurrentGiftCards
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import Conflict, Forbidden, InvalidInput
from models.types import Money

router = APIRouter(prefix="/account/credit", include_in_schema=False)
DONE = {"redeemed": "It is in your credit now.", "given_up": "Your credit has been given up."}


@router.get("", dependencies=[access("customer", "medium", owns="self")])
async def credit(page: CurrentPage, person: SignedIn, service: CurrentCredit, bought: CurrentGiftCards) -> Response:
    return await _shown(page, person, service, bought, done=DONE.get(page.request.query_params.get("done", ""), ""))


@router.post("/redeem", dependencies=[access("customer", "medium", owns="self")])
async def redeem(
    page: CurrentPage, person: SignedIn, service: CurrentCredit, bought: CurrentGiftCards, limits: Guesses
) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(RedeemInput, typed)
    status = 422
    if given is not None:
        try:
            await service.redeem(person, given.code, limits)
            return page.go("/account/credit?done=redeemed")
        except (InvalidInput, Conflict, Forbidden, TooManyAttempts) as problem:
            errors, status = {"code": problem.message}, problem.status
    return await _shown(page, person, service, bought, errors=errors, status=status)


@router.post("/give-up", dependencies=[access("customer", "high", owns="self")])
async def give_up(page: CurrentPage, person: SignedIn, service: CurrentCredit, bought: CurrentGiftCards) -> Response:
    """The box says what is given up; without it nothing is."""
    typed = await forms.typed(page.request)
    given, _ = forms.checked(GiveUpInput, typed)
    words, status = "Tick the box if you want to give your credit up.", 422
    if given is not None and typed.get("sure") == "yes":
        try:
            await service.give_up(person, Money(given.amount_minor, given.currency))
            return page.go("/account/credit?done=given_up")
        except Conflict as problem:
            words, status = problem.message, problem.status
    return await _shown(page, person, service, bought, words=words, status=status)


async def _shown(
    page: Page,
    person: SignedIn,
    service: CurrentCredit,
    bought: CurrentGiftCards,
    *,
    done: str = "",
    words: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """A code that was refused is not shown again: whoever stands behind need not read it."""
    return await page.html(
        "account/credit.html",
        status=status,
        account_here="credit",
        credit=await service.of(person),
        cards=await bought.all_of(person),
        done=done,
        words=words,
        errors=errors or {},
    )
