"""JSON routes of commissions for administrators: finding one, looking at it, stopping its clocks, deciding about it."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.commissions import lists
from api.commissions.inputs import DecisionInput
from api.commissions.routes import MOVE, READ, CommissionId, Commissions, Limit
from api.commissions.schemas import CommissionView, ConsequenceView, TeamCommissionList
from api.dependencies import Session, SignedIn
from api.errors import error_responses
from api.fulfillment.schemas import IdText
from api.idempotency import Once

NUMBER = r"^(CC-[0-9A-Z]{8})?$"
"""As it stands on the pages and mails of both sides."""

router = APIRouter(prefix="/api/v1/admin", tags=["administration"])


@router.get(
    "/commissions",
    dependencies=[access("administrator", "high", owns="any")],
    summary="Commissions that wait for our team, or the one of a number",
    responses=READ,
)
async def team_commissions(
    session: Session,
    number: Annotated[str, Query(max_length=20, pattern=NUMBER)] = "",
    before: IdText | None = None,
    limit: Limit = 20,
) -> TeamCommissionList:
    """Nothing of what the two wrote: a look at one of them is written down."""
    return await lists.for_team(session, number=number, before=before, limit=limit)


@router.get(
    "/commissions/{commission_id}",
    dependencies=[access("administrator", "high", owns="any"), audits_reading("commissions", "commission_id")],
    summary="One commission, for our team",
    responses=READ,
)
async def commission_for_team(commission_id: CommissionId, person: SignedIn, service: Commissions) -> CommissionView:
    return await service.for_team(person, commission_id)


@router.post(
    "/commissions/{commission_id}/pause",
    dependencies=[access("administrator", "high", owns="any")],
    summary="Stop a commission's clocks",
    response_model=CommissionView,
    responses=MOVE,
)
async def pause_commission(commission_id: CommissionId, person: SignedIn, service: Commissions, once: Once) -> Response:
    """Until a question about it is decided. While a payment is under way it can't be paused."""
    return await once.respond(lambda: service.pause(person, commission_id))


@router.post(
    "/commissions/{commission_id}/resume",
    dependencies=[access("administrator", "high", owns="any")],
    summary="Let a paused commission go on",
    response_model=CommissionView,
    responses=MOVE,
)
async def resume_commission(
    commission_id: CommissionId, person: SignedIn, service: Commissions, once: Once
) -> Response:
    """Every open deadline is as far away as it was."""
    return await once.respond(lambda: service.pause(person, commission_id, resume=True))


@router.get(
    "/commissions/{commission_id}/decision",
    dependencies=[access("administrator", "high", owns="any")],
    summary="What ending a paused commission would mean",
    responses=error_responses(401, 403, 404, 409, 422),
)
async def preview_commission_decision(
    commission_id: CommissionId, service: Commissions, artisan_bp: Annotated[int, Query(ge=0, le=10_000)]
) -> ConsequenceView:
    """With this share of what is not approved for the artisan."""
    return await service.decision(commission_id, artisan_bp)


@router.post(
    "/commissions/{commission_id}/decision",
    dependencies=[access("administrator", "high", owns="any")],
    summary="End a paused commission",
    response_model=CommissionView,
    responses=MOVE,
)
async def decide_commission(
    given: DecisionInput, commission_id: CommissionId, person: SignedIn, service: Commissions, once: Once
) -> Response:
    """By the result of a dispute about it. Carries the figure that was shown: if that has changed, nothing happens."""
    return await once.respond(lambda: service.decide(person, commission_id, given))
