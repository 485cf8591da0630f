"""Where a form that carries a passkey's answer goes: signing in, the second step, proving it again."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth.factor_routes import CurrentPasskeySignIn
from api.auth.passkey_sign_in import browser_of
from api.auth.passkeys import LARGEST
from api.auth.routes import CurrentCaller
from api.auth.service import SecondFactorNeeded
from api.web import forms
from api.web.account.again import again_page
from api.web.account.sign_in import entered_page, second_step, sign_in_page
from api.web.page import CurrentPage, Page
from models.errors import DomainError

router = APIRouter(prefix="/sign-in", include_in_schema=False)


@router.post("/passkey", dependencies=[access("visitor", "high")])
async def sign_in_with_passkey(page: CurrentPage, signing_in: CurrentPasskeySignIn, caller: CurrentCaller) -> Response:
    typed = await forms.typed(page.request)
    credential, token = typed.get("credential", "")[:LARGEST], typed.get("pending", "")[:2000]
    try:
        entered = await signing_in.enter(credential, caller, browser_of(page.request), token)
    except DomainError as problem:
        return await _refused(page, typed, problem)
    return entered_page(page.request, entered, typed.get("next", ""), typed.get("parked", ""))


async def _refused(page: Page, typed: dict[str, str], problem: DomainError) -> Response:
    """The page that they came from, with what was wrong."""
    target, parked, token = typed.get("next", ""), typed.get("parked", ""), typed.get("pending", "")[:2000]
    match typed.get("seen"):
        case "again":
            return await again_page(page, target, parked, problem, field="")
        case "second_step" if problem.code != "sign_in_too_old":
            needed = SecondFactorNeeded(
                problem.message, methods=typed.get("methods", "passkey").split(","), pending=token
            )
            return await second_step(page, needed, target=target, parked=parked, problem=problem, field="")
    return await sign_in_page(page, {"next": target}, {"": problem.message}, problem.status)
