"""What administrators give away, as JSON: one proposes, another one decides."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.catalogue.schemas import Page
from api.credit.routes import CurrentCredit
from api.credit.schemas import DecidedGrant, DecideGrantInput, GiftCardView, GrantView, ProposeGrantInput
from api.dependencies import SignedIn
from api.errors import error_responses
from api.idempotency import Once

router = APIRouter(prefix="/api/v1/admin", tags=["operators"])
READING = "credit_grants"
GrantId = Annotated[str, Path(max_length=40)]
Number = Annotated[int, Query(ge=1, le=10_000)]


@router.get(
    "/credit-grants",
    summary="What is given away, and what waits for a second administrator",
    responses=error_responses(401, 403, 422),
    dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)],
)
async def credit_grants(service: CurrentCredit, page: Number = 1, decided: bool = False) -> Page[GrantView]:
    """What waits, the oldest first; what is decided, the newest first."""
    return await service.grants(page, decided=decided)


@router.post(
    "/credit-grants",
    status_code=201,
    summary="Propose to give store credit or a gift card",
    response_model=GrantView,
    responses=error_responses(400, 401, 403, 409, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def propose_credit(body: ProposeGrantInput, person: SignedIn, service: CurrentCredit, once: Once) -> Response:
    """Nothing is given before another administrator approves it. Neither of them may be who gets it."""
    return await once.respond(lambda: service.propose(person, body), status=201)


@router.post(
    "/credit-grants/{grant_id}/decision",
    summary="Approve or decline what is proposed",
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def decide_credit(
    grant_id: GrantId, body: DecideGrantInput, person: SignedIn, service: CurrentCredit
) -> DecidedGrant:
    """Approving needs somebody else than who proposed it. A gift card's code is told in this answer and never again."""
    return await service.decide(person, grant_id, approve=body.decision == "approve")


@router.get(
    "/gift-cards",
    summary="Gift cards",
    responses=error_responses(401, 403, 422),
    dependencies=[access("administrator", "high", owns="any"), audits_reading("gift_cards")],
)
async def gift_cards(service: CurrentCredit, page: Number = 1) -> Page[GiftCardView]:
    """The newest first, without their codes: nobody has those but their holders."""
    return await service.cards(page)


@router.post(
    "/gift-cards/{card_id}/block",
    summary="Block a gift card",
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def block_gift_card(card_id: GrantId, person: SignedIn, service: CurrentCredit) -> GiftCardView:
    """Its code can't be redeemed any more. 409 when it has been."""
    return await service.block(person, card_id)
