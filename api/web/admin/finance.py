"""The finance desk: what did not arrive, who objects to what is kept back, where all the money is, how it was over
time, how long it waits."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading, note_reading
from api.dependencies import SignedIn
from api.finance.chart import HEIGHT, WIDTH, chart_of
from api.finance.export import file_of
from api.finance.routes import CurrentFinance
from api.finance.service import Finance
from api.payouts.hold_routes import CurrentHolds
from api.payouts.hold_service import Holds
from api.payouts.money_schemas import HoldDecision
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import Conflict
from models.repositories import repayments, shops

router = APIRouter(prefix="/admin/finance", include_in_schema=False)

READING = "finance"
SPANS = {30: "30 days", 90: "90 days", 366: "A year"}
USUAL = 90
LOOKED_AT = 50
"""Shops that owe something: who plans their repayment has a page for them."""
DONE = {
    "released": "Released: the money is available to the shop now, and its keeper is told why.",
    "kept": "Kept: it waits until its day, and the shop’s keeper is told why.",
}


@router.get("", dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)])
async def desk(page: CurrentPage, service: CurrentFinance, holds: CurrentHolds) -> Response:
    return await _desk(page, service, holds)


@router.get("/balances.csv", dependencies=[access("administrator", "high", owns="any"), audits_reading("finance_file")])
async def file(service: CurrentFinance) -> Response:
    """Here too, and not only under /api: a browser that has to prove itself again comes back to it."""
    return file_of(await service.movements())


@router.post("/holds/{hold_id}", dependencies=[access("administrator", "high", owns="any")])
async def decide(
    hold_id: str, page: CurrentPage, person: SignedIn, service: CurrentFinance, holds: CurrentHolds
) -> Response:
    """Both buttons belong to one form, so neither can be pressed without a reason."""
    typed = await forms.typed(page.request)
    reason = typed.get("reason", "")

    async def again(problem_at: str, words: str, status: int) -> Response:
        await note_reading(page.session, person, READING)
        return await _desk(page, service, holds, problem_at=problem_at, reason=reason, words=words, status=status)

    verdict = {"release": True, "keep": False}.get(typed.get("decision", ""))
    given, errors = forms.checked(HoldDecision, {"release": verdict, "reason": reason})
    if given is None or verdict is None:
        return await again(hold_id, errors.get("reason", "Choose one of the two buttons."), 422)
    try:
        await holds.decide(person, hold_id, given)
    except Conflict as problem:
        return await again("", problem.message, problem.status)
    return page.go(f"/admin/finance?done={given.outcome.value}")


async def _desk(
    page: Page,
    service: Finance,
    holds: Holds,
    *,
    problem_at: str = "",
    reason: str = "",
    words: str = "",
    status: int = 200,
) -> Response:
    params = page.request.query_params
    wanted = params.get("days", "")
    days = int(wanted) if wanted in {str(span) for span in SPANS} else USUAL
    balances = await service.balances(params.get("currency"), days)
    appeals = await holds.waiting()
    return await page.html(
        "admin/finance.html",
        status=status,
        desk_here="finance",
        found=await service.overview(),
        appeals=appeals,
        owing=await repayments.owing(page.session, LOOKED_AT),
        names={one.shop_id: await shops.name_of(page.session, one.shop_id) for one in appeals},
        balances=balances,
        chart=chart_of(balances),
        size=(WIDTH, HEIGHT),
        spans=SPANS,
        days=days,
        problem_at=problem_at,
        reason=reason,
        words=words,
        done="" if words else DONE.get(params.get("done", ""), ""),
    )
