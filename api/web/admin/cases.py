"""The pages of cases: the list, one of them, its proposal and its approval."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading, note_reading
from api.dependencies import SignedIn
from api.reconciliation.routes import READING, CurrentCases
from api.reconciliation.schemas import ProposeRepairInput
from api.reconciliation.words import FACTS, REASONS
from api.web import forms
from api.web.page import CurrentPage
from api.web.shop.orders import page_number
from models.errors import Conflict, Forbidden

router = APIRouter(prefix="/admin/cases", include_in_schema=False)
PER_PAGE = 20


@router.get("", dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)])
async def cases(page: CurrentPage, person: SignedIn, service: CurrentCases) -> Response:
    closed = page.request.query_params.get("show") == "closed"
    return await page.html(
        "admin/cases.html",
        desk_here="cases",
        page=await service.listed(page_number(page.request), PER_PAGE, closed=closed),
        closed=closed,
        own=person.id,
        address=lambda n: f"/admin/cases?show={'closed' if closed else 'open'}&page={n}",
    )


@router.get(
    "/{case_id}", dependencies=[access("administrator", "high", owns="any"), audits_reading(READING, of="case_id")]
)
async def case(page: CurrentPage, person: SignedIn, service: CurrentCases, case_id: str) -> Response:
    return await _case(page, person, service, case_id)


@router.post("/{case_id}", dependencies=[access("administrator", "high", owns="any")])
async def decide(page: CurrentPage, person: SignedIn, service: CurrentCases, case_id: str) -> Response:
    typed = await forms.typed(page.request)
    decision = typed.get("decision", "")
    words = ""
    status = 422
    try:
        if decision == "propose":
            given, _ = forms.checked(ProposeRepairInput, {"reason": typed.get("reason", "")})
            if given is None:
                words = "Say what you have checked."
            else:
                await service.propose(person, case_id, given.reason)
        elif decision in {"approve", "decline"}:
            await service.decide(person, case_id, approve=decision == "approve")
        else:
            words = "Choose one of the buttons."
    except (Conflict, Forbidden) as problem:
        page.session.expire_all()
        words, status = problem.message, problem.status
    if words:
        await note_reading(page.session, person, READING, case_id)
        return await _case(page, person, service, case_id, words=words, status=status)
    return page.go(f"/admin/cases/{case_id}?done={decision}")


async def _case(
    page: CurrentPage, person: SignedIn, service: CurrentCases, case_id: str, *, words: str = "", status: int = 200
) -> Response:
    return await page.html(
        "admin/case.html",
        status=status,
        desk_here="cases",
        case=await service.one(case_id),
        own=person.id,
        facts=FACTS,
        reasons={reason.value: text for reason, text in REASONS.items()},
        words=words,
        done=page.request.query_params.get("done", "") if not words else "",
    )
