"""JSON routes of the audit log. Thin: who may, what in, what out."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from api.access import access
from api.audit.export import MEDIA_TYPES, file_response
from api.audit.schemas import AuditExportQuery, AuditPage, AuditQuery
from api.audit.service import AuditLogService
from api.dependencies import CurrentParts, Session, SignedIn
from api.errors import error_responses

router = APIRouter(prefix="/api/v1/admin/audit", tags=["audit"])


async def audit_log(session: Session, person: SignedIn) -> AuditLogService:
    return AuditLogService(session, person)


AuditLog = Annotated[AuditLogService, Depends(audit_log)]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The entries in the order of the chain, each with both hashes",
        "content": {media_type: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()},
    }
}


@router.get(
    "",
    dependencies=[access("administrator", "high", owns="any")],
    summary="Search the audit log",
    responses=error_responses(401, 403),
)
async def search_audit_log(query: Annotated[AuditQuery, Query()], log: AuditLog) -> AuditPage:
    """Newest first. Every search is itself an entry."""
    return await log.search(query)


@router.get(
    "/export",
    dependencies=[access("administrator", "high", owns="any")],
    summary="Export the audit log",
    response_class=StreamingResponse,
    responses={**error_responses(401, 403), **_FILE},
)
async def export_audit_log(
    query: Annotated[AuditExportQuery, Query()], log: AuditLog, parts: CurrentParts
) -> StreamingResponse:
    """In the order of the chain, with what somebody else needs to check it. Every export is itself an entry.

    In CSV, a value that a spreadsheet would take for a formula has an apostrophe before it.
    """
    await log.note_export(query)
    return file_response(parts.database, query.asked(), query.format)
