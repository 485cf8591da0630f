"""Cases as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.access import access
from api.audit.reading import audits_reading
from api.catalogue.schemas import Page
from api.dependencies import Processes, Session, SignedIn
from api.errors import error_responses
from api.reconciliation.schemas import CaseView, DecideRepairInput, ProposeRepairInput
from api.reconciliation.service import Cases

router = APIRouter(prefix="/api/v1/admin/cases", tags=["operators"])
READING = "reconciliation_cases"
CaseId = Annotated[str, Path(max_length=40)]


async def cases_service(session: Session, processes: Processes) -> Cases:
    return Cases(session, processes)


CurrentCases = Annotated[Cases, Depends(cases_service)]


@router.get(
    "",
    summary="Differences between our books and the provider's",
    responses=error_responses(401, 403, 422),
    dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)],
)
async def cases(
    service: CurrentCases, page: Annotated[int, Query(ge=1, le=10_000)] = 1, closed: bool = False
) -> Page[CaseView]:
    """Open ones the oldest first; closed ones the newest first."""
    return await service.listed(page, 50, closed=closed)


@router.get(
    "/{case_id}",
    summary="One difference, and what would put it right",
    responses=error_responses(401, 403, 404, 422),
    dependencies=[access("administrator", "high", owns="any"), audits_reading(READING, of="case_id")],
)
async def case(case_id: CaseId, service: CurrentCases) -> CaseView:
    """The entries are what the repair would book."""
    return await service.one(case_id)


@router.post(
    "/{case_id}/proposal",
    summary="Propose the repair",
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("administrator", "high", owns="any")],
)
async def propose_repair(
    case_id: CaseId, body: ProposeRepairInput, person: SignedIn, service: CurrentCases
) -> CaseView:
    """Nothing is booked before another administrator approves it."""
    return await service.propose(person, case_id, body.reason)


@router.post(
    "/{case_id}/decision",
    summary="Approve or decline a proposed repair",
    responses=error_responses(400, 401, 403, 404, 409, 422, 503),
    dependencies=[access("administrator", "high", owns="any")],
)
async def decide_repair(case_id: CaseId, body: DecideRepairInput, person: SignedIn, service: CurrentCases) -> CaseView:
    """Approving needs somebody else than who proposed it. The books are looked at once more before anything is booked:
    409 when the difference is no longer what it was."""
    return await service.decide(person, case_id, approve=body.decision == "approve")
