"""Buying a gift card: choosing it, and the page that the payment page leads back to."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from api.access import access
from api.credit.schemas import BuyGiftCardInput
from api.dependencies import SignedIn
from api.gift_card_purchase.routes import CurrentGiftCards
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import Conflict, InvalidInput, Unavailable
from models.rules.credit import CARD_AMOUNTS

router = APIRouter(prefix="/gift-cards", include_in_schema=False)


@router.get("", dependencies=[access("customer", "low", owns="nothing")])
async def choose(page: CurrentPage, service: CurrentGiftCards) -> Response:
    return await _choice(page, service, {}, {})


@router.post("", dependencies=[access("customer", "medium", owns="self")])
async def buy(page: CurrentPage, person: SignedIn, service: CurrentGiftCards) -> Response:
    """Sends the browser to the provider's page; no card number ever comes here."""
    typed = await forms.typed(page.request)
    asked = {name: typed.get(name, "").strip() for name in ("amount_minor", "to")} | {"currency": _currency(page)}
    if typed.get("currency") != asked["currency"]:  # chosen anew in another tab: the amounts mean something else
        return await _choice(page, service, asked, {"amount_minor": "Choose an amount in this currency."})
    given, errors = forms.checked(BuyGiftCardInput, asked)
    if given is not None:
        try:
            return page.go((await service.buy(person, given)).redirect_url)
        except (InvalidInput, Conflict, Unavailable) as problem:
            return await _choice(page, service, asked, {"amount_minor": problem.message}, problem.status)
    if "amount_minor" in errors:
        errors["amount_minor"] = "Choose an amount."
    return await _choice(page, service, asked, errors)


@router.get("/{card_id}", dependencies=[access("customer", "medium", owns="gift_card")])
async def standing(page: CurrentPage, person: SignedIn, service: CurrentGiftCards, card_id: str) -> Response:
    """The card is made whether or not anybody looks at this page; it only tells. Asks the process to look, too."""
    await service.customer_returned(person, card_id)
    left = page.request.query_params.get("back") == "1"
    asked = page.request.query_params.get("done") == "code"
    return await page.html("account/gift-card.html", card=await service.of(person, card_id), left=left, asked=asked)


@router.get("/{card_id}/pay", dependencies=[access("customer", "medium", owns="gift_card")])
async def pay(page: CurrentPage, person: SignedIn, service: CurrentGiftCards, card_id: str) -> RedirectResponse:
    return page.go(await service.pay_url(person, card_id))


@router.post("/{card_id}/new-code", dependencies=[access("customer", "high", owns="gift_card")])
async def new_code(page: CurrentPage, person: SignedIn, service: CurrentGiftCards, card_id: str) -> RedirectResponse:
    await service.renew_code(person, card_id)
    return page.go(f"/gift-cards/{card_id}?done=code")


async def _choice(
    page: Page, service: CurrentGiftCards, values: dict[str, str], errors: dict[str, str], status: int = 422
) -> Response:
    currency = _currency(page)
    return await page.html(
        "account/gift-cards.html",
        status=status if errors else 200,
        currency=currency,
        amounts=service.on_sale(currency),
        values=values,
        errors=errors,
    )


def _currency(page: Page) -> str:
    return page.currency if page.currency in CARD_AMOUNTS else "USD"
