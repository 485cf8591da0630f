"""What somebody agreed to, a copy of their data, and deleting the account: the pages of it."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth.visitor import Person
from api.data_export.routes import Exports, archive
from api.dependencies import Session, SignedIn
from api.erasure.routes import Erasures
from api.privacy.routes import ChangeConsents, answer
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import Conflict, DomainError
from models.repositories import privacy_consents
from models.rules.consents import OPTIONAL, Purpose
from models.rules.retention import RETENTION, Then

router = APIRouter(include_in_schema=False)

QUESTIONS = {
    Purpose.NEWSLETTER: (
        "Letters about new makers and pieces",
        "Once or twice a month, by mail. Each one has a link to stop them.",
    ),
    Purpose.MAKING_OF: (
        "Makers may show how my piece was made",
        "Pictures of the making of something you ordered. Never your name or where you live.",
    ),
}
TABLES = {
    "users": "Your name and mail address",
    "addresses": "Your addresses",
    "sessions": "Where you are signed in",
    "letters": "Mails about your account",
    "carts": "Your cart",
    "orders": "Your orders, payments and refunds",
    "inbox_events": "What couriers told us on the way",
    "audit_entries": "The log of sensitive actions",
    "data_exports": "Copies of your data that you asked for",
    "consents": "What you agreed to",
}
"""What a person may want to know about, in their words; all tables stand in `/api/v1/retention`."""


@router.get("/account/privacy", dependencies=[access("customer", "medium", owns="self")])
async def privacy(
    page: CurrentPage, person: SignedIn, session: Session, exports: Exports, erasures: Erasures
) -> Response:
    rows = {row.purpose: row for row in await privacy_consents.of_person(session, person.id)}
    return await page.html(
        "account/privacy.html",
        account_here="privacy",
        questions=[(purpose, *QUESTIONS[purpose], rows[purpose]) for purpose in OPTIONAL],
        terms=rows[Purpose.TERMS],
        export=await exports.newest(person),
        erasure=await erasures.newest(person),
        kept=[(words, RETENTION[table].how_long) for table, words in TABLES.items()],
        by_law=Then.KEPT_BY_LAW,
        done=page.request.query_params.get("done", ""),
    )


@router.post("/account/privacy/consents", dependencies=[access("customer", "medium", owns="self")])
async def consents(page: CurrentPage, person: SignedIn, session: Session) -> Response:
    """A box that is not ticked is not sent, so what is left out was taken back."""
    ticked = await forms.typed(page.request)
    given = ChangeConsents(**{purpose.value: purpose.value in ticked for purpose in OPTIONAL})
    await answer(session, person.id, person.role, given, "account")
    return page.go("/account/privacy?done=consents")


@router.post("/account/privacy/exports", dependencies=[access("customer", "high", owns="self")])
async def request_export(page: CurrentPage, person: SignedIn, exports: Exports) -> Response:
    await exports.request(person)
    return page.go("/account/privacy?done=export")


@router.get("/account/privacy/exports/{export_id}", dependencies=[access("customer", "high", owns="export")])
async def fetch_export(export_id: str, person: SignedIn, exports: Exports) -> Response:
    return archive(await exports.archive(person, export_id))


@router.get("/account/erasure", dependencies=[access("customer", "medium", owns="self")])
async def erasure(page: CurrentPage, erasures: Erasures, person: SignedIn) -> Response:
    return await _erasure(page, person, erasures)


@router.post("/account/erasure", dependencies=[access("customer", "high", owns="self")])
async def request_erasure(page: CurrentPage, person: SignedIn, erasures: Erasures) -> Response:
    typed = await forms.typed(page.request)
    try:
        await erasures.request(person, typed.get("email", "")[:254])
    except DomainError as problem:
        if problem.status >= 500:
            raise
        return await _erasure(page, person, erasures, problem)
    return page.go("/account/erasure")


@router.post("/account/erasure/cancel", dependencies=[access("customer", "medium", owns="self")])
async def cancel_erasure(page: CurrentPage, person: SignedIn, erasures: Erasures) -> Response:
    try:
        await erasures.cancel_mine(person)
    except Conflict as problem:
        return await _erasure(page, person, erasures, problem)
    return page.go("/account/erasure")


@router.post("/account/erasure/check", dependencies=[access("customer", "medium", owns="self")])
async def check_erasure(page: CurrentPage, person: SignedIn, erasures: Erasures) -> Response:
    try:
        await erasures.check_mine(person)
    except Conflict as problem:
        return await _erasure(page, person, erasures, problem)
    return page.go("/account/erasure")


@router.get("/erasures/{code}", dependencies=[access("visitor", "low")])
async def receipt(code: str, page: CurrentPage, erasures: Erasures) -> Response:
    """For whoever has the letter, also when there is no account any more."""
    return await page.html("account/receipt.html", erasure=await erasures.by_code(code), code=code, problem=None)


@router.post("/erasures/{code}/cancel", dependencies=[access("visitor", "medium")])
async def cancel_by_code(code: str, page: CurrentPage, erasures: Erasures) -> Response:
    try:
        await erasures.cancel_by_code(code)
    except Conflict as problem:
        found = await erasures.by_code(code)
        return await page.html(
            "account/receipt.html", status=problem.status, erasure=found, code=code, problem=problem.message
        )
    return page.go(f"/erasures/{code}")


async def _erasure(page: Page, person: Person, erasures: Erasures, problem: DomainError | None = None) -> Response:
    return await page.html(
        "account/erasure.html",
        status=problem.status if problem else 200,
        account_here="privacy",
        erasure=await erasures.newest(person),
        errors=forms.refusal(problem, "") if problem else {},
    )
