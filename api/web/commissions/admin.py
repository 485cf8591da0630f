"""Commissions for our team: which wait for it, finding one, and one with its clocks stopped,
let go on, and ended by decision."""

import re
from collections.abc import Awaitable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.commissions import lists
from api.commissions.admin_routes import NUMBER
from api.commissions.inputs import DecisionInput
from api.commissions.routes import CommissionId, Commissions
from api.dependencies import Session, SignedIn
from api.web import forms
from api.web.commissions import editor, looks
from api.web.commissions.screen import OUT_OF_DATE, context, screen
from api.web.commissions.sides import before_of
from api.web.page import CurrentPage, Page
from models.errors import Conflict, DomainError, InvalidInput

router = APIRouter(prefix="/admin/commissions", include_in_schema=False)


@router.get("", dependencies=[access("administrator", "high", owns="any")])
async def board(page: CurrentPage, person: SignedIn, session: Session) -> Response:
    typed = page.request.query_params.get("number", "").strip().upper()
    words = (
        "" if re.fullmatch(NUMBER, typed) else "A number looks like CC-1A2B3C4D. It stands on the commission’s page."
    )
    found = await lists.for_team(session, number="" if words else typed, before=before_of(page))
    shown = {"found": found, "typed": typed, "words": words, "desk_here": "commissions"}
    return await page.html("commissions/team.html", status=422 if words else 200, **shown)


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


@router.get("/{commission_id}/decide", dependencies=[access("administrator", "high", owns="any")])
async def decision_form(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    """First the share, then what it means, then the click."""
    return await _decision(page, person, service, commission_id, page.request.query_params.get("share", ""))


@router.post("/{commission_id}/decide", dependencies=[access("administrator", "high", owns="any")])
async def decide(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    typed = await forms.typed(page.request)
    share = typed.get("share", "")
    try:
        shown = forms.whole_number(typed.get("shown_back", ""))
        given, _ = forms.checked(DecisionInput, {"artisan_bp": editor.share_of(share), "shown_back_minor": shown})
    except ValueError:
        given = None
    try:
        if given is None:
            raise InvalidInput(OUT_OF_DATE)
        await service.decide(person, commission_id, given)
    except (Conflict, InvalidInput) as problem:
        page.session.expire_all()
        return await _decision(page, person, service, commission_id, share, problem=problem)
    return page.go(f"/admin/commissions/{commission_id}")


async def _decision(
    page: Page,
    person: SignedIn,
    service: Commissions,
    commission_id: str,
    share: str,
    *,
    problem: DomainError | None = None,
) -> Response:
    view = await service.for_team(person, commission_id)
    if "decide" not in looks.acts(view):
        return page.go(f"/admin/commissions/{commission_id}")
    artisan_bp, errors, meant = editor.share_of(share), {}, None
    if artisan_bp is not None:
        meant = await service.decision(commission_id, artisan_bp)
    elif share:
        errors = {"share": editor.NO_SHARE}
    status = problem.status if problem else 422 if errors else 200
    shown = context(view, problem=problem, values={"share": share or "50"}, errors=errors, meant=meant)
    return await page.html("commissions/decide.html", status=status, **shown)


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
