"""JSON routes of erasures that can't go on: administrators see what each waits for, and end a wait that nothing else
would end."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.access import access
from api.audit.reading import audits_reading
from api.dependencies import CurrentParts, Session, SignedIn
from api.erasure.desk_service import ErasureDesk, HeldUpView, WriteOffInput
from api.errors import error_responses

router = APIRouter(prefix="/api/v1/admin/erasures", tags=["administration"])

READING = "erasures_held_up"


async def erasure_desk(session: Session, parts: CurrentParts) -> ErasureDesk:
    return ErasureDesk(session, parts.processes)


CurrentErasureDesk = Annotated[ErasureDesk, Depends(erasure_desk)]


@router.get(
    "",
    summary="Erasures that wait for something",
    responses=error_responses(401, 403),
    dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)],
)
async def erasures_held_up(desk: CurrentErasureDesk) -> list[HeldUpView]:
    """Those past their 14 days, the longest wait first: what each waits for, and what ends it."""
    return await desk.held_up()


@router.post(
    "/{erasure_id}/write-offs",
    summary="Write a shop's debt off, so that its keeper can be erased",
    responses=error_responses(400, 401, 403, 404, 409, 422, 503),
    dependencies=[access("administrator", "high", owns="any")],
)
async def write_debt_off(
    erasure_id: Annotated[str, Path(max_length=100)], body: WriteOffInput, person: SignedIn, desk: CurrentErasureDesk
) -> HeldUpView:
    """All of it in one currency, as it was shown; the erasure looks again at once. A repeated request finds nothing
    left to write off, and says so."""
    return await desk.write_off(person, erasure_id, body)
