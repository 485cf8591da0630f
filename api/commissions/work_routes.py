"""JSON routes of the work on a commission: showing it, approving it, asking for a revision."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.access import access
from api.commissions.inputs import AnswerProofInput, ProofInput
from api.commissions.routes import MOVE, CommissionId, Commissions
from api.commissions.schemas import CommissionView
from api.dependencies import SignedIn
from api.idempotency import Once

router = APIRouter(prefix="/api/v1/commissions/{commission_id}/milestones/{number}", tags=["commissions"])

MilestoneNumber = Annotated[int, Path(ge=1, le=10_000)]


@router.post(
    "/proof",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Show the work on a milestone",
    response_model=CommissionView,
    responses=MOVE,
)
async def give_proof(
    commission_id: CommissionId,
    number: MilestoneNumber,
    given: ProofInput,
    *,
    person: SignedIn,
    service: Commissions,
    once: Once,
) -> Response:
    """By the artisan, once its pictures are uploaded. The customer approves what they see, or asks for a revision;
    after some days of silence it counts as approved."""
    return await once.respond(lambda: service.give_proof(person, commission_id, number, given))


@router.post(
    "/answer",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Approve a milestone, or ask for a revision",
    response_model=CommissionView,
    responses=MOVE,
)
async def answer_proof(
    commission_id: CommissionId,
    number: MilestoneNumber,
    given: AnswerProofInput,
    *,
    person: SignedIn,
    service: Commissions,
    once: Once,
) -> Response:
    """By the customer. What is approved belongs to the artisan; the contract says how often a milestone may be
    revised."""
    return await once.respond(lambda: service.answer_proof(person, commission_id, number, given))
