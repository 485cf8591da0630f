"""A copy of everything we keep about the signed-in person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access import access
from api.data_export.service import ExportService, ExportView
from api.dependencies import CurrentParts, Session, SignedIn
from api.errors import error_responses

router = APIRouter(prefix="/api/v1/me/exports", tags=["privacy"])

FILE_NAME = "artisanconnect-my-data.zip"


async def export_service(session: Session, parts: CurrentParts) -> ExportService:
    return ExportService(session, parts.processes, parts.settings.allow_time_scale)


Exports = Annotated[ExportService, Depends(export_service)]


@router.post(
    "",
    status_code=202,
    summary="Ask for a copy of everything about me",
    responses=error_responses(400, 401, 403, 409, 503),
    dependencies=[access("customer", "high", owns="self")],
)
async def request_export(person: SignedIn, exports: Exports) -> ExportView:
    """One a day: asked for again, it is the same. A letter tells when it is ready."""
    return await exports.request(person)


@router.get(
    "/{export_id}",
    summary="How far my copy is",
    responses=error_responses(401, 403, 404),
    dependencies=[access("customer", "medium", owns="export")],
)
async def find_export(export_id: str, person: SignedIn, exports: Exports) -> ExportView:
    return await exports.find(person, export_id)


@router.get(
    "/{export_id}/archive",
    summary="Fetch my copy",
    response_class=Response,
    responses={
        200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
        **error_responses(401, 403, 404),
    },
    dependencies=[access("customer", "high", owns="export")],
)
async def fetch_export(export_id: str, person: SignedIn, exports: Exports) -> Response:
    """A ZIP of JSON files with a README, until it expires."""
    return archive(await exports.archive(person, export_id))


def archive(body: bytes) -> Response:
    return Response(
        body,
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{FILE_NAME}"',
            "Cache-Control": "no-store",
        },
    )
