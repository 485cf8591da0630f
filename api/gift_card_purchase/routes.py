"""Gift cards that people buy, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.access import access
from api.credit.schemas import BoughtCardView, BuyGiftCardInput, BuyingView, CurrencyCode, GiftCardsOnSale
from api.dependencies import Session, SignedIn, get_parts
from api.errors import error_responses
from api.gift_card_purchase.service import GiftCards
from api.idempotency import Once

router = APIRouter(prefix="/api/v1/gift-cards", tags=["checkout"])
CardId = Annotated[str, Path(max_length=40)]


async def gift_card_service(request: Request, session: Session) -> GiftCards:
    parts = get_parts(request)
    return GiftCards(session, parts.processes, parts.settings.public_url.rstrip("/"))


CurrentGiftCards = Annotated[GiftCards, Depends(gift_card_service)]


@router.get(
    "/amounts",
    summary="Gift cards on sale",
    responses=error_responses(401, 403, 422),
    dependencies=[access("customer", "low", owns="nothing")],
)
async def gift_cards_on_sale(service: CurrentGiftCards, currency: Annotated[CurrencyCode, Query()]) -> GiftCardsOnSale:
    """What they are sold over in a currency."""
    return GiftCardsOnSale(amounts=service.on_sale(currency))


@router.get(
    "",
    summary="Gift cards that I bought",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "medium", owns="self")],
)
async def my_gift_cards(person: SignedIn, service: CurrentGiftCards) -> list[BoughtCardView]:
    """Paid ones and those under way, the newest first, without their codes: those were mailed and are not kept."""
    return await service.all_of(person)


@router.post(
    "",
    status_code=201,
    summary="Buy a gift card",
    response_model=BuyingView,
    responses=error_responses(400, 401, 403, 409, 422, 503),
    dependencies=[access("customer", "medium", owns="self")],
)
async def buy_gift_card(body: BuyGiftCardInput, person: SignedIn, service: CurrentGiftCards, once: Once) -> Response:
    """Opens the payment provider's page for it. The code is mailed once it is paid. One that is not paid yet is the
    same card when it is asked for again."""
    return await once.respond(lambda: service.buy(person, body), status=201)


@router.get(
    "/{card_id}",
    summary="A gift card that I bought",
    responses=error_responses(401, 403, 404, 422),
    dependencies=[access("customer", "medium", owns="gift_card")],
)
async def bought_gift_card(card_id: CardId, person: SignedIn, service: CurrentGiftCards) -> BoughtCardView:
    """Where it stands."""
    return await service.of(person, card_id)


@router.post(
    "/{card_id}/new-code",
    summary="Have a new code made",
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("customer", "high", owns="gift_card")],
)
async def renew_gift_card_code(card_id: CardId, person: SignedIn, service: CurrentGiftCards) -> BoughtCardView:
    """For a mail that was lost. The new code is mailed to the buyer, and the old one is worth nothing any more."""
    return await service.renew_code(person, card_id)
