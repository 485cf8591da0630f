"""Held checkouts: what speaks against each, and the decision. The checkout service stores it and tells the process."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading, note_reading
from api.checkout.routes import Checkouts
from api.checkout.schemas import DecisionInput
from api.checkout.service import CheckoutService
from api.dependencies import SignedIn
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import Conflict, Forbidden, NotFound

router = APIRouter(prefix="/admin/held", include_in_schema=False)
READING = "held_checkouts"


@router.get("", dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)])
async def held(page: CurrentPage, service: Checkouts) -> Response:
    return await _board(page, service)


@router.post("/{checkout_id}", dependencies=[access("administrator", "high", owns="any")])
async def decide(page: CurrentPage, person: SignedIn, service: Checkouts, checkout_id: str) -> Response:
    """Both buttons belong to one form, so neither can be pressed without a reason."""
    typed = await forms.typed(page.request)

    async def again(reason: str, words: str, status: int) -> Response:
        await note_reading(page.session, person, READING)
        return await _board(page, service, checkout_id, reason=reason, words=words, status=status)

    verdict = {"approve": True, "refuse": False}.get(typed.get("decision", ""))
    given, errors = forms.checked(DecisionInput, {"approve": verdict, "reason": typed.get("reason", "")})
    if given is None or verdict is None:
        return await again(typed.get("reason", ""), errors.get("reason", "Choose one of the two buttons."), 422)
    try:
        await service.decide(person, checkout_id, approve=given.approve, reason=given.reason)
    except NotFound:
        raise
    except (Conflict, Forbidden) as problem:
        return await again(given.reason, problem.message, problem.status)
    return page.go(f"/admin/held?done={'approved' if given.approve else 'refused'}")


async def _board(
    page: Page,
    service: CheckoutService,
    checkout_id: str = "",
    *,
    reason: str = "",
    words: str = "",
    status: int = 200,
) -> Response:
    return await page.html(
        "admin/held.html",
        status=status,
        desk_here="held",
        held=await service.held(),
        problem_at=checkout_id,
        reason=reason,
        words=words,
        done=page.request.query_params.get("done", "") if not words else "",
    )
