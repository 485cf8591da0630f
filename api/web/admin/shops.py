"""Shops that ask to be opened, and the decision. The shop service stores it and writes to the artisan."""

from typing import get_args

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import SignedIn
from api.shops.routes import Shops
from api.shops.schemas import ShopDecisionInput, ShopStatus
from api.web import forms
from api.web.page import CurrentPage
from api.web.shop.orders import page_number
from models.errors import Conflict

router = APIRouter(prefix="/admin/shops", include_in_schema=False)

PER_PAGE = 25


@router.get("", dependencies=[access("administrator", "high", owns="any")])
async def shops(page: CurrentPage, person: SignedIn, service: Shops) -> Response:
    return await _board(page, person, service)


@router.post("/{shop_id}", dependencies=[access("administrator", "high", owns="any")])
async def decide(page: CurrentPage, person: SignedIn, service: Shops, shop_id: str) -> Response:
    """Both buttons belong to one form, so neither can be pressed without a reason."""
    typed = await forms.typed(page.request)
    verdict, reason = {"approve": True, "refuse": False}.get(typed.get("decision", "")), typed.get("reason", "")
    given, errors = forms.checked(ShopDecisionInput, {"approve": verdict, "reason": reason})
    if given is None or verdict is None:
        words = errors.get("reason", "Choose one of the two buttons.")
        return await _board(page, person, service, problem_at=shop_id, reason=reason, words=words, status=422)
    try:
        await service.decide(person, shop_id, given)
    except Conflict as problem:
        return await _board(
            page, person, service, problem_at=shop_id, reason=reason, words=problem.message, status=problem.status
        )
    return page.go(f"/admin/shops?done={'approved' if given.approve else 'refused'}")


async def _board(
    page: CurrentPage,
    person: SignedIn,
    service: Shops,
    *,
    problem_at: str = "",
    reason: str = "",
    words: str = "",
    status: int = 200,
) -> Response:
    wanted = page.request.query_params.get("status", "")
    chosen = wanted if wanted in get_args(ShopStatus) else None
    shown = await service.applications(person, chosen, page_number(page.request), PER_PAGE)
    return await page.html(
        "admin/shops.html",
        status=status,
        desk_here="shops",
        page=shown,
        address=lambda n: f"/admin/shops?status={chosen or ''}&page={n}",
        problem_at=problem_at,
        reason=reason,
        words=words,
        done=page.request.query_params.get("done", "") if not words else "",
        chosen=chosen or "",
    )
