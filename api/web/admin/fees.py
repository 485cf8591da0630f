"""The platform's fees: what holds for whom, what is planned, and the forms to set and end a rule or change a plan."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import SignedIn
from api.fees.routes import CurrentFees
from api.fees.schemas import NewFeeRule
from api.fees.service import Fees
from api.fees.words import PLANS
from api.money import parse_amount
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.shop.orders import page_number
from models.errors import Conflict, InvalidInput, NotFound
from models.types import CURRENCY_DECIMALS

router = APIRouter(prefix="/admin/fees", include_in_schema=False)

PER_PAGE = 30
LABELS = {
    "rate": "Per cent",
    "fixed": "Fixed part",
    "minimum": "At least",
    "currency": "Currency",
    "shop_id": "Shop",
    "plan": "Plan",
    "category": "Category",
    "since": "From",
    "until": "Until",
}
AS_TYPED = {"rate_bp": "rate", "fixed_minor": "fixed", "minimum_minor": "minimum"}
"""Where the JSON's fields are typed on the page."""
DONE = {
    "set": "Set. What held for the same until then ends by it.",
    "ended": "Ended. What is less specific holds from now on.",
    "plan": "The shop is on its new plan. Orders keep their fees.",
}


@router.get("", dependencies=[access("administrator", "medium", owns="any")])
async def fees(page: CurrentPage, service: CurrentFees) -> Response:
    return await _board(page, service)


@router.post("", dependencies=[access("administrator", "high", owns="any")])
async def set_rule(page: CurrentPage, person: SignedIn, service: CurrentFees) -> Response:
    typed = await forms.typed(page.request)
    values, errors = _values(typed)
    given = None
    if not errors:
        given, refused = forms.checked(NewFeeRule, values)
        errors = {AS_TYPED.get(name, name): words for name, words in refused.items()}
    if given is None:
        return await _board(page, service, typed=typed, errors=errors, status=422)
    try:
        async with page.session.begin_nested():
            await service.put(person, given)
    except (Conflict, InvalidInput) as problem:
        field = str(problem.details.get("field") or "")
        return await _board(
            page, service, typed=typed, errors={AS_TYPED.get(field, field): problem.message}, status=problem.status
        )
    return page.go("/admin/fees?done=set")


@router.post("/plan", dependencies=[access("administrator", "high", owns="any")])
async def choose_plan(page: CurrentPage, person: SignedIn, service: CurrentFees) -> Response:
    typed = await forms.typed(page.request)
    try:
        await service.put_on_plan(person, typed.get("shop", "").strip()[:40], typed.get("plan", ""))
    except (NotFound, InvalidInput) as problem:
        return await _board(page, service, plan_words=problem.message, typed=typed, status=problem.status)
    return page.go("/admin/fees?done=plan")


@router.post("/{rule_id}/end", dependencies=[access("administrator", "high", owns="any")])
async def end_rule(rule_id: str, page: CurrentPage, person: SignedIn, service: CurrentFees) -> Response:
    try:
        await service.end(person, rule_id.replace("\x00", "")[:40])
    except Conflict as problem:
        return await _board(page, service, words=problem.message, status=problem.status)
    return page.go("/admin/fees?done=ended")


async def _board(
    page: Page,
    service: Fees,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    words: str = "",
    plan_words: str = "",
    status: int = 200,
) -> Response:
    number = page_number(page.request)
    found = await service.listed(number, PER_PAGE)
    told = bool(words or plan_words or errors)
    return await page.html(
        "admin/fees.html",
        status=status,
        desk_here="fees",
        rules=found.items,
        number=number,
        more=number * PER_PAGE < found.total,
        values=typed or {},
        errors=errors or {},
        labels=LABELS,
        plans=PLANS,
        categories=await page.categories(),
        currencies=sorted(CURRENCY_DECIMALS),
        words=words,
        plan_words=plan_words,
        done="" if told else DONE.get(page.request.query_params.get("done", ""), ""),
    )


def _values(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """As the JSON would say it, and what is wrong by field."""
    currency = typed.get("currency", "")
    values: dict[str, Any] = {"currency": currency, "shop_id": typed.get("shop_id", "").strip()}
    values |= {name: typed.get(name, "") for name in ("plan", "category")}
    errors: dict[str, str] = {}
    try:
        points = Decimal(typed.get("rate", "").replace("%", "").replace(",", ".").strip()) * 100
        values["rate_bp"] = int(points)
        if points != values["rate_bp"]:
            raise ValueError
    except (InvalidOperation, ValueError, OverflowError):
        errors["rate"] = "Write a percentage like 6.5, with two decimals at the most."
    for name in ("fixed", "minimum"):
        if not typed.get(name, "").strip():
            continue
        if currency not in CURRENCY_DECIMALS:
            errors["currency"] = "Say in which currency the amounts are."
            continue
        try:
            values[f"{name}_minor"] = parse_amount(typed[name], currency)
        except InvalidInput as problem:
            errors[name] = problem.message
    for name in ("since", "until"):
        if not typed.get(name, "").strip():
            continue
        try:
            values[name] = datetime.fromisoformat(typed[name].strip()).replace(tzinfo=UTC)
        except ValueError:
            errors[name] = "Write a moment like 2027-01-01T00:00, in UTC."
    return values, errors
