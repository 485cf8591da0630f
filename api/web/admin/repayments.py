"""Finance's plans by which shops repay what they owe: who owes, what was proposed and agreed, how far it has come."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading, note_reading
from api.dependencies import SignedIn
from api.money import parse_amount
from api.refund.repayment_routes import READING, CurrentRepayments
from api.refund.repayment_schemas import ProposeInput, TermsInput
from api.refund.repayment_service import Repayments
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.shop.orders import page_number
from models.errors import Conflict, InvalidInput
from models.rules.repayment import LEAST_SHARE_BP, MOST_SHARE_BP

router = APIRouter(prefix="/admin/repayments", include_in_schema=False)

PER_PAGE = 20
LABELS = {"debt": "How much of it", "floor": "The artisan keeps", "share": "Of each payout", "reason": "Why"}
DONE = {
    "propose": "Proposed. The artisan has a letter, and nothing changes before they agree.",
    "change": "Changed. The artisan has a letter.",
    "end": "Ended. What was left nets against the next payouts, and the artisan has a letter.",
}


@router.get("", dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)])
async def plans(page: CurrentPage, service: CurrentRepayments) -> Response:
    return await _board(page, service)


@router.post("/shops/{shop_id}", dependencies=[access("administrator", "high", owns="any")])
async def propose(shop_id: str, page: CurrentPage, person: SignedIn, service: CurrentRepayments) -> Response:
    typed = await forms.typed(page.request)
    currency = typed.get("currency", "")
    at = f"{shop_id}-{currency}"
    values, errors = _terms(typed, currency)
    try:
        values["debt_minor"] = parse_amount(typed.get("debt", ""), currency)
    except (InvalidInput, KeyError) as problem:
        errors["debt"] = problem.message if isinstance(problem, InvalidInput) else "This currency is not known."
    given, refused = forms.checked(ProposeInput, {**values, "currency": currency, "reason": typed.get("reason", "")})
    errors = {**_typed_as(refused), **errors}
    if given is None or errors:
        return await _again(page, person, service, at=at, typed=typed, errors=errors, status=422)
    try:
        await service.propose(person, shop_id[:40], given)
    except (Conflict, InvalidInput) as problem:
        return await _again(
            page, person, service, at=at, typed=typed, errors={"": problem.message}, status=problem.status
        )
    return page.go("/admin/repayments?done=propose")


@router.post("/{plan_id}", dependencies=[access("administrator", "high", owns="any")])
async def decide(plan_id: str, page: CurrentPage, person: SignedIn, service: CurrentRepayments) -> Response:
    typed = await forms.typed(page.request)
    decision = typed.get("decision", "")
    plan = await service.one(plan_id[:40])
    try:
        if decision == "end":
            await service.end(person, plan.id)
        elif decision == "change":
            values, errors = _terms(typed, plan.currency)
            given, refused = forms.checked(TermsInput, values)
            errors = {**_typed_as(refused), **errors}
            if given is None or errors:
                return await _again(page, person, service, at=plan.id, typed=typed, errors=errors, status=422)
            await service.change(person, plan.id, given)
        else:
            return await _again(
                page, person, service, at=plan.id, typed=typed, errors={"": "Choose one of the buttons."}, status=422
            )
    except (Conflict, InvalidInput) as problem:
        return await _again(
            page, person, service, at=plan.id, typed=typed, errors={"": problem.message}, status=problem.status
        )
    return page.go(f"/admin/repayments?done={decision}")


def _terms(typed: Mapping[str, str], currency: str) -> tuple[dict[str, object], dict[str, str]]:
    """In minor units and hundredths of a per cent, out of what people type; and what is wrong by field."""
    values: dict[str, object] = {}
    errors: dict[str, str] = {}
    try:
        values["floor_minor"] = parse_amount(typed.get("floor", "").strip() or "0", currency)
    except (InvalidInput, KeyError) as problem:
        errors["floor"] = problem.message if isinstance(problem, InvalidInput) else "This currency is not known."
    least, most = LEAST_SHARE_BP // 100, MOST_SHARE_BP // 100
    try:
        share = Decimal(typed.get("share", "").strip().rstrip("%").strip()) * 100
        if share != int(share) or not LEAST_SHARE_BP <= share <= MOST_SHARE_BP:
            raise ValueError
        values["share_bp"] = int(share)
    except (InvalidOperation, ValueError, OverflowError):
        errors["share"] = f"Enter a percentage between {least} and {most}, with two decimals at most."
    return values, errors


def _typed_as(refused: Mapping[str, str]) -> dict[str, str]:
    """By the fields that people see; what is missing there has been told by then."""
    names = {"debt_minor": "debt", "floor_minor": "floor", "share_bp": "share"}
    return {names.get(name, name): words for name, words in refused.items()}


async def _again(
    page: Page,
    person: SignedIn,
    service: Repayments,
    *,
    at: str,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    status: int,
) -> Response:
    page.session.expire_all()
    await note_reading(page.session, person, READING)
    return await _board(page, service, at=at, typed=typed, errors=errors, status=status)


async def _board(
    page: Page,
    service: Repayments,
    *,
    at: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    over = page.request.query_params.get("show") == "over"
    found = await service.listed(page_number(page.request), PER_PAGE, over=over)
    owing = [] if over else await service.owing()
    known = {*(plan.id for plan in found.items), *(f"{one.shop_id}-{one.currency}" for one in owing)}
    errors = errors or {}
    return await page.html(
        "admin/repayments.html",
        status=status,
        desk_here="repayments",
        page=found,
        owing=owing,
        over=over,
        address=lambda n: f"/admin/repayments?show={'over' if over else 'open'}&page={n}",
        at=at if at in known else "",
        typed=typed or {},
        errors=errors,
        words="" if at in known else next(iter(errors.values()), ""),
        labels=LABELS,
        done="" if errors else DONE.get(page.request.query_params.get("done", ""), ""),
    )
