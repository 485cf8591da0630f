"""Proving again who you are, and going on with what you were doing: a page, or a form that waits."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth import parking
from api.auth.cross_site import local_path
from api.auth.routes import Auth, CurrentCaller
from api.auth.service import SecondFactorNeeded
from api.dependencies import CurrentParts, SignedIn, get_parts
from api.web import forms
from api.web.account.sign_in import entered_page, second_step
from api.web.page import CurrentPage, Page
from models.errors import DomainError
from models.repositories import factors, identities, people

router = APIRouter(prefix="/sign-in", include_in_schema=False)


@router.get("/again", dependencies=[access("visitor", "low")])
async def again_form(page: CurrentPage) -> Response:
    query = page.request.query_params
    if page.visitor.known is None:
        return page.go("/sign-in")
    return await again_page(page, query.get("next", ""), query.get("parked", ""))


@router.post("/again", dependencies=[access("visitor", "high")])
async def again(page: CurrentPage, auth: Auth, caller: CurrentCaller) -> Response:
    typed = await forms.typed(page.request)
    target, parked = typed.get("next", ""), typed.get("parked", "")
    try:
        entered = await auth.prove_again(typed.get("password", "")[:200], "", caller)
    except SecondFactorNeeded as needed:
        return await second_step(page, needed, target=target, parked=parked)
    except DomainError as problem:
        return await again_page(page, target, parked, problem)
    return entered_page(page.request, entered, target, parked)


@router.get("/continue/{form_id}", dependencies=[access("customer", "low", owns="form")])
async def go_on(form_id: str, page: CurrentPage, person: SignedIn, parts: CurrentParts) -> Response:
    """What was sent before the proof, ready to be sent again; a script presses the button."""
    kept = await parking.take(parts.database, form_id[:40], person.id)
    return await page.html("account/continue.html", kept=kept)


async def again_page(
    page: Page, target: str, parked: str, problem: DomainError | None = None, *, field: str = "password"
) -> Response:
    """The form, with what was wrong with which field of it; an empty name is none of them."""
    known = page.visitor.known
    if known is None:
        return page.go("/sign-in")
    found = await people.credentials(page.session, known.email)
    linked = await identities.providers_of(page.session, known.id)
    providers = get_parts(page.request).settings.identity_providers
    return await page.html(
        "account/again.html",
        status=problem.status if problem else 200,
        known=known,
        has_password=found is not None and found[1] is not None,
        linked=[(one.code, one.name) for one in providers if one.code in linked],
        values={"next": local_path(target, ""), "parked": parked[:40]},
        has_passkeys=(await factors.of_person(page.session, known.id)).passkeys > 0,
        errors={field: "That is not the password. Try again."}
        if problem is not None and problem.code == "wrong_credentials"
        else {field: problem.message}
        if problem is not None
        else {},
    )
