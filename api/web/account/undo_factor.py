"""The page behind the letter that told of a first second factor: whoever did not set it up undoes it here.

Looking at it changes nothing: mail programs follow links. `api.auth.recovery` carries it out.
"""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth.registration import LinkNotValid
from api.auth.registration_routes import Recovering
from api.auth.registration_schemas import ResetPassword
from api.web import forms
from api.web.account.sign_in import WAYS_IN
from api.web.account.telling import tell
from api.web.page import CurrentPage, Page
from models.errors import DomainError

router = APIRouter(prefix="/second-factor/undo", include_in_schema=False)

MORE = (
    "More than the password can open your account: linked accounts or apps. When you have signed in, we show you all "
    "of it, and you remove what is not yours.",
)


@router.get("", dependencies=[access("visitor", "low")])
async def undo_form(page: CurrentPage, recovering: Recovering) -> Response:
    token = page.request.query_params.get("token", "")[:200]
    try:
        await recovering.find_undo(token)
    except LinkNotValid as problem:
        return await _too_late(page, problem)
    return await _form(page, token, {})


@router.post("", dependencies=[access("visitor", "high")])
async def undo(page: CurrentPage, recovering: Recovering) -> Response:
    typed = await forms.typed(page.request)
    token = typed.get("token", "")[:200]
    given, errors = forms.checked(ResetPassword, {**typed, "token": token})
    if given is None:
        return await _form(page, token, errors, 422)
    try:
        async with page.session.begin_nested():
            more = await recovering.undo_factor(given.token, given.password)
    except LinkNotValid as problem:
        return await _too_late(page, problem)
    except DomainError as problem:
        return await _form(page, token, forms.refusal(problem, "password"), problem.status)
    return page.go("/second-factor/undo/done?more=1" if more else "/second-factor/undo/done")


@router.get("/done", dependencies=[access("visitor", "low")])
async def undone(page: CurrentPage) -> Response:
    more = "more" in page.request.query_params
    return await tell(
        page,
        "The second factor is removed",
        "Everybody who was signed in to your account is signed out, apps too. Sign in with the new password, and set "
        "up a second factor of your own.",
        more=MORE if more else (),
        action=(f"/sign-in?next={WAYS_IN}" if more else "/sign-in?next=/account/security", "Sign in"),
    )


async def _too_late(page: Page, problem: DomainError) -> Response:
    return await tell(
        page,
        "This link does nothing any more",
        "It worked once, for 7 days. If you can't get into your account, write to us from the address that it has.",
        action=("/sign-in", "Go to signing in"),
        status=problem.status,
    )


async def _form(page: Page, token: str, errors: dict[str, str], status: int = 200) -> Response:
    return await page.html("account/undo_factor.html", status=status, token=token, errors=errors)
