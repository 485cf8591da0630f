"""Signing in, in one or two steps, and out. The auth service proves who somebody is; these are its forms."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.access import access
from api.auth import sessions
from api.auth.cross_site import local_path
from api.auth.routes import Auth, CurrentCaller
from api.auth.service import EmailNotVerified, SecondFactorNeeded, SignedIn
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import DomainError
from models.rules.proof import LIFETIME
from models.types import Role

router = APIRouter(include_in_schema=False)

WAYS_IN = "/account/security/ways-in"
HOME_OF = {Role.CUSTOMER: "/", Role.ARTISAN: "/studio", Role.ADMINISTRATOR: "/admin/held"}


@router.get("/sign-in", dependencies=[access("visitor", "low")])
async def sign_in_form(page: CurrentPage) -> Response:
    target = page.request.query_params.get("next", "")
    if page.visitor.person is not None and not target:
        return page.go(HOME_OF[page.visitor.person.role])
    return await sign_in_page(page, {"next": target}, {})


@router.post("/sign-in", dependencies=[access("visitor", "high")])
async def sign_in(page: CurrentPage, auth: Auth, caller: CurrentCaller) -> Response:
    typed = await forms.typed(page.request)
    try:
        entered = await auth.sign_in(typed.get("email", ""), typed.get("password", "")[:200], caller)
    except SecondFactorNeeded as needed:
        return await second_step(page, needed, target=typed.get("next", ""))
    except EmailNotVerified as early:
        another = {**typed, "another_letter": str(early.details["pending"])}
        return await sign_in_page(page, another, {"email": early.message}, early.status)
    except DomainError as problem:
        return await sign_in_page(page, typed, {"email": problem.message}, problem.status)
    return entered_page(page.request, entered, typed.get("next", ""))


@router.post("/sign-in/code", dependencies=[access("visitor", "high")])
async def sign_in_with_code(page: CurrentPage, auth: Auth, caller: CurrentCaller) -> Response:
    """The second step, also of proving it again."""
    typed = await forms.typed(page.request)
    token, code = typed.get("pending", "")[:2000], typed.get("code", "")[:40]
    target, parked = typed.get("next", ""), typed.get("parked", "")
    try:
        entered = await auth.resume(token, code, caller)
    except DomainError as problem:
        if problem.code == "sign_in_too_old":
            return await sign_in_page(page, {"next": target}, {"email": problem.message}, problem.status)
        needed = SecondFactorNeeded(problem.message, methods=typed.get("methods", "").split(","), pending=token)
        return await second_step(page, needed, target=target, parked=parked, problem=problem)
    return entered_page(page.request, entered, target, parked)


@router.post("/sign-out", dependencies=[access("visitor", "low")])
async def sign_out(page: CurrentPage, auth: Auth) -> RedirectResponse:
    await auth.sign_out(page.visitor)
    sessions.clear_cookie(page.request)
    return page.go("/")


def entered_page(request: Request, entered: SignedIn, target: str, parked: str = "") -> RedirectResponse:
    """Sets the cookie and leads on: to the form that waits, to where they were going, or to their own first page."""
    role = entered.person.role
    sessions.set_cookie(request, entered.token, LIFETIME[role])
    if parked.isalnum() or parked.replace("_", "").isalnum():
        return Page.go(f"/sign-in/continue/{parked[:40]}")
    onward = local_path(target, HOME_OF[role])
    if entered.has_to_review and not onward.startswith(WAYS_IN):
        return Page.go(f"{WAYS_IN}?{urlencode({'next': onward})}")
    return Page.go(onward)


async def second_step(
    page: Page,
    needed: SecondFactorNeeded,
    *,
    target: str,
    parked: str = "",
    problem: DomainError | None = None,
    field: str = "code",
) -> Response:
    """Asks for the code of an account whose first step was right."""
    return await page.html(
        "account/second_step.html",
        status=problem.status if problem else 200,
        values={"next": local_path(target, ""), "parked": parked},
        methods=needed.details["methods"],
        pending=needed.details["pending"],
        errors={field: problem.message} if problem else {},
    )


async def sign_in_page(page: Page, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    return await page.html(
        "account/sign_in.html",
        status=status,
        values={**values, "next": local_path(values.get("next"), "")},
        errors=errors,
    )
