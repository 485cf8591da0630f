"""Deletions that can't go on: since when, for what, what to do about it; and debts that are waited for no longer."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading, note_reading
from api.dependencies import SignedIn
from api.erasure.desk_routes import READING, CurrentErasureDesk
from api.erasure.desk_service import ErasureDesk, WriteOffInput
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import Conflict

router = APIRouter(prefix="/admin/erasures", include_in_schema=False)


@router.get("", dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)])
async def erasures(page: CurrentPage, desk: CurrentErasureDesk) -> Response:
    return await _board(page, desk)


@router.post("/{erasure_id}/write-offs", dependencies=[access("administrator", "high", owns="any")])
async def write_off(erasure_id: str, page: CurrentPage, person: SignedIn, desk: CurrentErasureDesk) -> Response:
    """The form carries what was shown, so that nobody writes off more than they have seen."""
    typed = await forms.typed(page.request)
    minor = typed.get("amount_minor", "")
    shown = {"currency": typed.get("currency", ""), "amount_minor": int(minor) if minor.isdecimal() else 0}
    given, _ = forms.checked(WriteOffInput, shown)
    problem, status = "This form is not complete. Reload the page, and try again.", 422
    if given is not None:
        try:
            await desk.write_off(person, erasure_id[:100], given)
            return page.go("/admin/erasures?done=written-off")
        except Conflict as refused:
            problem, status = refused.message, refused.status
    page.session.expire_all()
    await note_reading(page.session, person, READING)
    return await _board(page, desk, at=erasure_id, words=problem, status=status)


async def _board(page: Page, desk: ErasureDesk, *, at: str = "", words: str = "", status: int = 200) -> Response:
    waiting = await desk.held_up()
    return await page.html(
        "admin/erasures.html",
        status=status,
        desk_here="erasures",
        waiting=waiting,
        at=at if at in {one.id for one in waiting} else "",
        words=words,
        done=page.request.query_params.get("done") == "written-off" and not words,
    )
