"""Signing in and out, and opening an account. The auth service proves who somebody is; these are its forms."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.access import access
from api.auth import sessions
from api.auth.cross_site import local_path
from api.auth.routes import Auth, client_address
from api.auth.schemas import NewCustomer
from api.auth.service import SignedIn
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import DomainError
from models.types import Role

router = APIRouter(include_in_schema=False)

HOME_OF = {Role.CUSTOMER: "/", Role.ARTISAN: "/studio", Role.ADMINISTRATOR: "/admin/held"}


@router.get("/sign-in", dependencies=[access("visitor", "low")])
async def sign_in_form(page: CurrentPage) -> Response:
    target = page.request.query_params.get("next", "")
    if page.visitor.person is not None and not target:
        return page.go(HOME_OF[page.visitor.person.role])
    return await _sign_in(page, {"next": target}, {})


@router.post("/sign-in", dependencies=[access("visitor", "high")])
async def sign_in(page: CurrentPage, auth: Auth) -> Response:
    typed = await forms.typed(page.request)
    try:
        entered = await auth.sign_in(
            typed.get("email", ""), typed.get("password", "")[:200], page.visitor, client_address(page.request)
        )
    except DomainError as problem:
        return await _sign_in(page, typed, {"email": problem.message}, problem.status)
    return _entered(page.request, entered, typed.get("next", ""))


@router.get("/register", dependencies=[access("visitor", "low")])
async def register_form(page: CurrentPage) -> Response:
    return await _register(page, {"next": page.request.query_params.get("next", "")}, {})


@router.post("/register", dependencies=[access("visitor", "high")])
async def register(page: CurrentPage, auth: Auth) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(NewCustomer, typed)
    if given is None:
        return await _register(page, typed, errors, 422)
    try:
        entered = await auth.register(given.name, given.email, given.password, page.visitor)
    except DomainError as problem:
        return await _register(page, typed, forms.refusal(problem, "email"), problem.status)
    return _entered(page.request, entered, typed.get("next", ""))


@router.post("/sign-out", dependencies=[access("visitor", "low")])
async def sign_out(page: CurrentPage, auth: Auth) -> RedirectResponse:
    await auth.sign_out(page.visitor)
    sessions.clear_cookie(page.request)
    return page.go("/")


def _entered(request: Request, entered: SignedIn, target: str) -> RedirectResponse:
    role = entered.person.role
    sessions.set_cookie(request, entered.token, sessions.LIFETIME[role])
    return Page.go(local_path(target, HOME_OF[role]))


async def _sign_in(page: Page, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    return await page.html(
        "shop/sign_in.html", status=status, values={**values, "next": local_path(values.get("next"), "")}, errors=errors
    )


async def _register(page: Page, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    return await page.html(
        "shop/register.html",
        status=status,
        values={**values, "next": local_path(values.get("next"), "")},
        errors=errors,
    )
