"""Another password or another address: forgotten, or changed by somebody who has just proved who they are."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth.registration import LinkNotValid
from api.auth.registration_routes import TO_RESET, Recovering
from api.auth.registration_schemas import EmailInput, NewPassword, ResetPassword
from api.auth.routes import CurrentCaller
from api.dependencies import CurrentVisitor, SignedIn
from api.web import forms
from api.web.account.sign_in import WAYS_IN
from api.web.account.telling import tell
from api.web.page import CurrentPage, Page
from models.errors import DomainError

router = APIRouter(include_in_schema=False)

MORE = (
    "More than the password can open your account: passkeys, linked accounts, one-time codes or apps. When you have "
    "signed in, we show you all of it, and you remove what is not yours.",
    "Until then no passkey and no linked account opens your account by itself.",
)


@router.get("/forgotten", dependencies=[access("visitor", "low")])
async def forgotten_form(page: CurrentPage) -> Response:
    return await _forgotten(page, {}, {})


@router.post("/forgotten", dependencies=[access("visitor", "high")])
async def forgotten(page: CurrentPage, recovering: Recovering, caller: CurrentCaller) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(EmailInput, typed)
    if given is None:
        return await _forgotten(page, typed, errors, 422)
    try:
        await recovering.forgotten(given.email, caller)
    except DomainError as problem:
        return await _forgotten(page, typed, {"email": problem.message}, problem.status)
    return page.go("/forgotten/sent")


@router.get("/forgotten/sent", dependencies=[access("visitor", "low")])
async def sent(page: CurrentPage) -> Response:
    """The same whether or not anybody has the address."""
    return await tell(page, "Look into your mailbox", TO_RESET.message, action=("/sign-in", "Back to signing in"))


@router.get("/reset", dependencies=[access("visitor", "low")])
async def reset_form(page: CurrentPage, recovering: Recovering) -> Response:
    token = page.request.query_params.get("token", "")[:200]
    try:
        await recovering.find_reset(token)
    except LinkNotValid as problem:
        return await _too_late(page, problem)
    return await _reset(page, token, {})


@router.post("/reset", dependencies=[access("visitor", "high")])
async def reset(page: CurrentPage, recovering: Recovering) -> Response:
    typed = await forms.typed(page.request)
    token = typed.get("token", "")[:200]
    given, errors = forms.checked(ResetPassword, {**typed, "token": token})
    if given is None:
        return await _reset(page, token, errors, 422)
    try:
        more = await recovering.reset(given.token, given.password)
    except LinkNotValid as problem:
        return await _too_late(page, problem)
    except DomainError as problem:
        return await _reset(page, token, forms.refusal(problem, "password"), problem.status)
    return page.go("/reset/done?more=1" if more else "/reset/done")


@router.get("/reset/done", dependencies=[access("visitor", "low")])
async def done(page: CurrentPage) -> Response:
    return await tell(
        page,
        "Your password is changed",
        "Everybody who was signed in to your account is signed out, apps too. Sign in with the new password.",
        more=MORE if "more" in page.request.query_params else (),
        action=(f"/sign-in?next={WAYS_IN}" if "more" in page.request.query_params else "/sign-in", "Sign in"),
    )


@router.get("/account/password", dependencies=[access("customer", "high", owns="self")])
async def password_form(page: CurrentPage) -> Response:
    return await _password(page, {})


@router.post("/account/password", dependencies=[access("customer", "high", owns="self")])
async def change_password(
    page: CurrentPage, person: SignedIn, visitor: CurrentVisitor, recovering: Recovering
) -> Response:
    given, errors = forms.checked(NewPassword, await forms.typed(page.request))
    if given is None:
        return await _password(page, errors, 422)
    try:
        await recovering.change_password(person, given.password, visitor)
    except DomainError as problem:
        return await _password(page, forms.refusal(problem, "password"), problem.status)
    return page.go("/account/password?done=1")


@router.get("/account/email", dependencies=[access("customer", "high", owns="self")])
async def email_form(page: CurrentPage) -> Response:
    return await _email(page, {}, {})


@router.post("/account/email", dependencies=[access("customer", "high", owns="self")])
async def change_email(page: CurrentPage, person: SignedIn, recovering: Recovering, caller: CurrentCaller) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(EmailInput, typed)
    if given is None:
        return await _email(page, typed, errors, 422)
    try:
        await recovering.ask_for_email(person, given.email, caller)
    except DomainError as problem:
        return await _email(page, typed, {"email": problem.message}, problem.status)
    return page.go("/account/email?done=1")


async def _too_late(page: Page, problem: DomainError) -> Response:
    return await tell(
        page,
        "This link does nothing any more",
        problem.message,
        action=("/forgotten", "Send me a new letter"),
        status=problem.status,
    )


async def _forgotten(page: Page, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    return await page.html("account/forgotten.html", status=status, values=values, errors=errors)


async def _reset(page: Page, token: str, errors: dict[str, str], status: int = 200) -> Response:
    return await page.html("account/reset.html", status=status, token=token, errors=errors)


async def _password(page: Page, errors: dict[str, str], status: int = 200) -> Response:
    done = "done" in page.request.query_params and not errors
    return await page.html("account/password.html", status=status, account_here="password", errors=errors, done=done)


async def _email(page: Page, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    done = "done" in page.request.query_params and not errors
    return await page.html(
        "account/email.html", status=status, account_here="email", values=values, errors=errors, done=done
    )
