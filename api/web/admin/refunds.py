"""Refunds that an administrator has to decide or to mend. The refund service stores it and tells the process."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading, note_reading
from api.dependencies import SignedIn
from api.refund.routes import READING, Refunds
from api.refund.schemas import DecideInput, RetryInput
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.shop.orders import page_number
from api.web.shop.refunds import amount_of
from models.errors import Conflict, Forbidden, InvalidInput

router = APIRouter(prefix="/admin/refunds", include_in_schema=False)
PER_PAGE = 20


@router.get("", dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)])
async def refunds(page: CurrentPage, service: Refunds) -> Response:
    return await _board(page, service)


@router.post("/{request_id}", dependencies=[access("administrator", "high", owns="any")])
async def decide(page: CurrentPage, person: SignedIn, service: Refunds, request_id: str) -> Response:
    """All buttons belong to one form, so none can be pressed without a reason."""
    typed = await forms.typed(page.request)

    async def again(words: str, status: int) -> Response:
        await note_reading(page.session, person, READING)
        return await _board(page, service, problem_at=request_id, words=words, values=typed, status=status)

    request = await service.one(request_id)
    decision = typed.get("decision", "")
    errors: dict[str, str] = {}
    try:
        if decision == "retry":
            retry, errors = forms.checked(RetryInput, {"reason": typed.get("reason", "")})
            if retry is None:
                return await again(next(iter(errors.values())), 422)
            await service.retry(person, request_id, retry.reason)
        else:
            denied = decision == "deny"
            values: dict[str, Any] = {
                "decision": decision,
                "amount_minor": None if denied else amount_of(typed, request.asked.currency, errors),
                "with_return": typed.get("with_return") == "1" and not denied,
                "reason": typed.get("reason", ""),
            }
            given, refused = forms.checked(DecideInput, values)
            errors = {**refused, **errors}
            if "decision" in errors:
                return await again("Choose one of the buttons.", 422)
            if given is None or errors:
                return await again(next(iter(errors.values())), 422)
            await service.decide(person, request_id, given)
    except (Conflict, Forbidden, InvalidInput) as problem:
        page.session.expire_all()
        return await again(problem.message, problem.status)
    return page.go(f"/admin/refunds?done={decision}")


async def _board(
    page: Page,
    service: Refunds,
    *,
    problem_at: str = "",
    words: str = "",
    values: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    return await page.html(
        "admin/refunds.html",
        status=status,
        desk_here="refunds",
        page=await service.waiting(page_number(page.request), PER_PAGE),
        address=lambda n: f"/admin/refunds?page={n}",
        problem_at=problem_at,
        words=words,
        values=values or {},
        done=page.request.query_params.get("done", "") if not words else "",
    )
