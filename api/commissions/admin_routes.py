"""JSON routes of commissions for administrators: looking at one, and stopping its clocks."""

from fastapi import APIRouter
from starlette.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.commissions.routes import MOVE, READ, CommissionId, Commissions
from api.commissions.schemas import CommissionView
from api.dependencies import SignedIn
from api.idempotency import Once

router = APIRouter(prefix="/api/v1/admin", tags=["administration"])


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
