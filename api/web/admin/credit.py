"""The desk's page of what we give away: proposals, their decisions, and gift cards. A code is shown once, in the answer
to the click that made it."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.audit.reading import audits_reading, note_reading
from api.credit.admin_routes import READING
from api.credit.routes import CurrentCredit
from api.credit.schemas import DecidedGrant, ProposeGrantInput
from api.credit.words import REASONS
from api.dependencies import SignedIn
from api.money import parse_amount
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.shop.orders import page_number
from models.errors import Conflict, Forbidden, InvalidInput
from models.types import CURRENCY_DECIMALS

router = APIRouter(prefix="/admin/credit", include_in_schema=False)
DONE = {
    "proposed": "Proposed. Another administrator has to approve it.",
    "approve": "Given.",
    "decline": "Declined; nothing was given.",
    "blocked": "Blocked. Its code is worth nothing any more.",
}


@router.get("", dependencies=[access("administrator", "high", owns="any"), audits_reading(READING)])
async def credit_desk(page: CurrentPage, person: SignedIn, service: CurrentCredit) -> Response:
    return await _desk(page, person, service, done=DONE.get(page.request.query_params.get("done", ""), ""))


@router.post("", dependencies=[access("administrator", "high", owns="any")])
async def propose(page: CurrentPage, person: SignedIn, service: CurrentCredit) -> Response:
    """The form's own key makes a double click one proposal: two would be approved, and given, twice."""
    typed = await forms.typed(page.request)
    errors: dict[str, str] = {}
    currency = typed.get("currency", "")
    try:
        minor = parse_amount(typed.get("amount", ""), currency) if currency in CURRENCY_DECIMALS else 0
        given, errors = forms.checked(ProposeGrantInput, {**typed, "amount_minor": minor})
        if given is not None:
            body = given.model_dump_json().encode()
            await page.once(typed).respond(lambda: service.propose(person, given), status=201, body=body)
            return page.go("/admin/credit?done=proposed")
        errors = {**errors, "amount": errors.pop("amount_minor")} if "amount_minor" in errors else errors
    except (Conflict, Forbidden) as problem:
        return await _desk(page, person, service, words=problem.message, values=typed, status=problem.status)
    except InvalidInput as problem:
        errors = forms.refusal(problem, "amount")
        errors = {"amount" if name == "price" else name: words for name, words in errors.items()}
    return await _desk(page, person, service, errors=errors, values=typed, status=422)


@router.post("/{grant_id}", dependencies=[access("administrator", "high", owns="any")])
async def decide(page: CurrentPage, person: SignedIn, service: CurrentCredit, grant_id: str) -> Response:
    typed = await forms.typed(page.request)
    decision = typed.get("decision", "")
    if decision not in {"approve", "decline"}:
        return await _desk(page, person, service, words="Choose one of the buttons.", status=422)
    try:
        decided = await service.decide(person, grant_id, approve=decision == "approve")
    except (Conflict, Forbidden) as problem:
        page.session.expire_all()
        return await _desk(page, person, service, words=problem.message, status=problem.status)
    if decided.code:
        return await _desk(page, person, service, made=decided)
    return page.go(f"/admin/credit?done={decision}")


@router.post("/cards/{card_id}/block", dependencies=[access("administrator", "high", owns="any")])
async def block(page: CurrentPage, person: SignedIn, service: CurrentCredit, card_id: str) -> Response:
    try:
        await service.block(person, card_id)
    except Conflict as problem:
        page.session.expire_all()
        return await _desk(page, person, service, words=problem.message, status=problem.status)
    return page.go("/admin/credit?done=blocked")


async def _desk(
    page: Page,
    person: SignedIn,
    service: CurrentCredit,
    *,
    done: str = "",
    words: str = "",
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    made: DecidedGrant | None = None,
    status: int = 200,
) -> Response:
    if page.request.method != "GET":
        await note_reading(page.session, person, READING, "")
    number = page_number(page.request)
    return await page.html(
        "admin/credit.html",
        status=status,
        desk_here="credit",
        waiting=await service.grants(1, decided=False),
        decided=await service.grants(number, decided=True),
        cards=await service.cards(1),
        reasons={reason.value: text for reason, text in REASONS.items()},
        currencies=sorted(CURRENCY_DECIMALS),
        own=person.id,
        done=done,
        words=words,
        errors=errors or {},
        values=values or {"currency": "USD"},
        made=made,
        address=lambda n: f"/admin/credit?page={n}",
    )
