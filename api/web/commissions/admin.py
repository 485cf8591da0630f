"""A commission as our team sees it, with its clocks stopped and let go on."""

from collections.abc import Awaitable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.commissions.routes import CommissionId, Commissions
from api.dependencies import SignedIn
from api.web.commissions.screen import screen
from api.web.page import CurrentPage, Page
from models.errors import Conflict, DomainError, InvalidInput

router = APIRouter(prefix="/admin/commissions", include_in_schema=False)


@router.get(
    "/{commission_id}",
    dependencies=[access("administrator", "high", owns="any"), audits_reading("commissions", "commission_id")],
)
async def one(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    return await _show(page, person, service, commission_id)


@router.post("/{commission_id}/pause", dependencies=[access("administrator", "high", owns="any")])
async def pause(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    return await _move(page, person, service, service.pause(person, commission_id), commission_id)


@router.post("/{commission_id}/resume", dependencies=[access("administrator", "high", owns="any")])
async def resume(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    return await _move(page, person, service, service.pause(person, commission_id, resume=True), commission_id)


async def _move(
    page: Page, person: SignedIn, service: Commissions, step: Awaitable[Any], commission_id: str
) -> Response:
    try:
        await step
    except (Conflict, InvalidInput) as problem:
        page.session.expire_all()
        return await _show(page, person, service, commission_id, problem=problem)
    return page.go(f"/admin/commissions/{commission_id}")


async def _show(
    page: Page, person: SignedIn, service: Commissions, commission_id: str, *, problem: DomainError | None = None
) -> Response:
    """It does not keep itself up to date: each look at it is written down, and nobody looked again by themselves."""
    view = await service.for_team(person, commission_id)
    shown = screen(view, "", problem=problem, is_live=False)
    return await page.html("commissions/screen.html", status=problem.status if problem else 200, **shown)
