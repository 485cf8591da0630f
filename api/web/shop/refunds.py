"""The buyer's side of cancelling and of problems: two forms, and the page of a request. The processes decide."""

from collections.abc import Awaitable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import SignedIn
from api.fulfillment.routes import Orders
from api.fulfillment.schemas import OrderView
from api.money import parse_amount
from api.refund.routes import Refunds
from api.refund.schemas import AskFinanceInput, CancelInput, ReportInput, RequestView, SendBackInput
from api.refund.service import pieces_of
from api.web import forms
from api.web.page import CurrentPage, Page
from api.wording import WHY
from models.errors import Conflict, DomainError, InvalidInput
from models.rules.refund_requests import PROBLEMS

router = APIRouter(prefix="/orders", include_in_schema=False)


@router.get("/{order_id}/cancel", dependencies=[access("customer", "medium", owns="order")])
async def cancel_form(page: CurrentPage, person: SignedIn, service: Orders, order_id: str) -> Response:
    order = await service.bought_order(person, order_id)
    if not order.can_cancel:
        return page.go(f"/orders/{order_id}")
    seen = order.timeline[-1].sequence if order.timeline else 0
    return await page.html("shop/cancel.html", order=order, values={"seen": str(seen)}, errors={})


@router.post("/{order_id}/cancel", dependencies=[access("customer", "medium", owns="order")])
async def cancel(page: CurrentPage, person: SignedIn, service: Orders, order_id: str) -> Response:
    """How far the story went stands in the form, so that a second click cancels nothing more."""
    order = await service.bought_order(person, order_id)
    typed = await forms.typed(page.request)
    lines, errors = taken(order, typed, {line.listing_id: line.unsent for line in order.lines})
    given, refused = forms.checked(CancelInput, {"lines": lines})
    errors = {**refused, **errors}
    if given is not None and not errors:
        try:
            seen = forms.whole_number(typed.get("seen", "0"))
            await service.cancel(person, order_id, pieces_of(given.lines), seen)
            return page.go(f"/orders/{order_id}")
        except ValueError:
            errors = {"": "This page is out of date. Open it again."}
        except (Conflict, InvalidInput) as problem:
            errors, page_status = forms.refusal(problem), problem.status
            page.session.expire_all()
            order = await service.bought_order(person, order_id)
            return await page.html("shop/cancel.html", status=page_status, order=order, values=typed, errors=errors)
    return await page.html("shop/cancel.html", status=422, order=order, values=typed, errors=errors)


@router.get("/{order_id}/problem", dependencies=[access("customer", "medium", owns="order")])
async def problem_form(page: CurrentPage, person: SignedIn, service: Orders, order_id: str) -> Response:
    return await _problem(page, await service.bought_order(person, order_id), {}, {})


@router.post("/{order_id}/problem", dependencies=[access("customer", "medium", owns="order")])
async def report(page: CurrentPage, person: SignedIn, service: Orders, refunds: Refunds, order_id: str) -> Response:
    order = await service.bought_order(person, order_id)
    typed = await forms.typed(page.request)
    lines, errors = taken(order, typed, {line.listing_id: line.sent for line in order.lines})
    values: dict[str, Any] = {
        "problem": typed.get("problem", ""),
        "text": typed.get("text", ""),
        "lines": lines,
        "amount_minor": amount_of(typed, order.total.currency, errors),
    }
    given, refused = forms.checked(ReportInput, values)
    if "problem" in refused:
        refused["problem"] = "Choose what is wrong."
    errors = {**refused, **errors}
    if given is None or errors:
        return await _problem(page, order, typed, errors, status=422)
    try:
        request = await refunds.report(person, order_id, given)
    except (Conflict, InvalidInput) as problem:
        page.session.expire_all()
        order = await service.bought_order(person, order_id)
        found = {name.replace("amount_minor", "amount"): words for name, words in forms.refusal(problem).items()}
        return await _problem(page, order, typed, found, status=problem.status)
    return page.go(f"/orders/{order_id}/requests/{request.id}")


@router.get("/{order_id}/requests/{request_id}", dependencies=[access("customer", "medium", owns="order")])
async def request(page: CurrentPage, person: SignedIn, refunds: Refunds, order_id: str, request_id: str) -> Response:
    return await _show(page, await refunds.bought(person, order_id, request_id))


@router.post("/{order_id}/requests/{request_id}/accept", dependencies=[access("customer", "medium", owns="order")])
async def accept(page: CurrentPage, person: SignedIn, refunds: Refunds, order_id: str, request_id: str) -> Response:
    step = refunds.accept(person, order_id, request_id)
    return await _move(page, person, refunds, (order_id, request_id), step)


@router.post("/{order_id}/requests/{request_id}/ask-finance", dependencies=[access("customer", "medium", owns="order")])
async def ask_finance(
    page: CurrentPage, person: SignedIn, refunds: Refunds, order_id: str, request_id: str
) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(AskFinanceInput, {"text": typed.get("text", "")})
    if given is None:
        return await _show(page, await refunds.bought(person, order_id, request_id), errors=errors, values=typed)
    step = refunds.ask_finance(person, order_id, request_id, given.text)
    return await _move(page, person, refunds, (order_id, request_id), step)


@router.post("/{order_id}/requests/{request_id}/send-back", dependencies=[access("customer", "medium", owns="order")])
async def send_back(page: CurrentPage, person: SignedIn, refunds: Refunds, order_id: str, request_id: str) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(SendBackInput, {"tracking": typed.get("tracking", "")})
    if given is None:
        return await _show(page, await refunds.bought(person, order_id, request_id), errors=errors, values=typed)
    step = refunds.send_back(person, order_id, request_id, given)
    return await _move(page, person, refunds, (order_id, request_id), step)


def taken(order: OrderView, typed: dict[str, str], most: dict[str, int]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The pieces that a form names; 0 leaves a line out."""
    lines: list[dict[str, Any]] = []
    errors: dict[str, str] = {}
    for line in order.lines:
        name = f"take-{line.listing_id}"
        try:
            quantity = forms.whole_number(typed.get(name, "0"))
            if not 0 <= quantity <= most[line.listing_id]:
                raise ValueError(f"Name between 0 and {most[line.listing_id]} pieces.")
        except ValueError as error:
            errors[name] = str(error)
            continue
        if quantity:
            lines.append({"listing_id": line.listing_id, "quantity": quantity})
    if not lines and not errors:
        errors["lines"] = "Choose at least one piece."
    return lines, errors


def amount_of(typed: dict[str, str], currency: str, errors: dict[str, str]) -> int | None:
    """What was typed, in minor units; None for nothing. What is no amount is added to `errors`."""
    text = typed.get("amount", "").strip()
    if not text:
        return None
    try:
        minor = parse_amount(text, currency)
    except InvalidInput as error:
        errors["amount"] = error.message
        return None
    if not minor:
        errors["amount"] = "Enter more than nothing, or leave it empty."
    return minor


async def _problem(
    page: Page, order: OrderView, values: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> Response:
    problems = {code: WHY[f"problem_{code}"] for code in PROBLEMS}
    return await page.html(
        "shop/problem.html", status=status, order=order, values=values, errors=errors, problems=problems
    )


async def _move(
    page: Page, person: SignedIn, refunds: Refunds, ids: tuple[str, str], step: Awaitable[RequestView]
) -> Response:
    order_id, request_id = ids
    try:
        await step
    except (Conflict, InvalidInput) as problem:
        page.session.expire_all()
        return await _show(page, await refunds.bought(person, order_id, request_id), problem=problem)
    return page.go(f"/orders/{order_id}/requests/{request_id}")


async def _show(
    page: Page,
    request: RequestView,
    *,
    problem: DomainError | None = None,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    status = problem.status if problem else 422 if errors else 200
    return await page.html(
        "shop/request.html", status=status, request=request, problem=problem, errors=errors or {}, values=values or {}
    )
