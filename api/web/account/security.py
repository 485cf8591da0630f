"""How somebody signs in: password, one-time codes, passkeys, recovery codes. `api.auth.enrolment` decides; these are
its forms.

Who needs a second factor for something comes here with `needed=1`, sets one up, and goes on to `next`.
"""

from typing import Annotated
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel

from api.access import access
from api.auth import factors, sessions
from api.auth.cross_site import local_path
from api.auth.enrolment import Enrolled
from api.auth.factor_routes import CurrentEnrolment
from api.auth.factor_schemas import PasskeyName
from api.auth.passkeys import LARGEST
from api.dependencies import SignedIn
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import DomainError
from models.repositories import factors as stored
from models.repositories import passkeys as stored_passkeys
from models.repositories import people
from models.rules.proof import LIFETIME

router = APIRouter(prefix="/account/security", include_in_schema=False)

HERE = "/account/security"
DONE = {
    "codes": "One-time codes are set up. From now on we ask for one when you sign in.",
    "passkey": "The passkey is set up. You can sign in with it from now on.",
    "codes_removed": "One-time codes are removed, and you are signed out everywhere else.",
    "passkey_removed": "The passkey is removed, and you are signed out everywhere else.",
    "ways_in": "Nothing but what you signed in with opens your account now. Draw new recovery codes if you use them.",
    "renamed": "The passkey has its new name.",
}


class _Named(BaseModel):
    name: PasskeyName


async def onward(page: CurrentPage) -> str:
    """Where they were going when a second factor was missing; empty when they came by themselves."""
    if page.request.method == "POST":
        return local_path((await forms.typed(page.request)).get("next"), "")
    return local_path(page.request.query_params.get("next"), "")


Onward = Annotated[str, Depends(onward)]


@router.get("", dependencies=[access("customer", "high", owns="self")])
async def security(page: CurrentPage, person: SignedIn, onward: Onward) -> Response:
    needed = page.request.query_params.get("needed") == "1"
    if needed and not page.visitor.second_factor and await factors.methods_of(page.session, person.id):
        # They have one, and came in without it: proving it again asks for both.
        return page.go(_with_next("/sign-in/again", onward))
    if needed and page.visitor.second_factor:
        return page.go(onward or HERE)
    return await _security(page, onward, needed=needed)


@router.post("/codes", dependencies=[access("customer", "high", owns="self")])
async def offer_codes(page: CurrentPage, enrolment: CurrentEnrolment, onward: Onward) -> Response:
    await enrolment.offer_codes()
    return page.go(_with_next(f"{HERE}/codes", onward))


@router.get("/codes", dependencies=[access("customer", "high", owns="self")])
async def codes(page: CurrentPage, enrolment: CurrentEnrolment, onward: Onward) -> Response:
    return await _codes(page, await enrolment.offered_secret(), onward)


@router.post("/codes/confirm", dependencies=[access("customer", "high", owns="self")])
async def confirm_codes(page: CurrentPage, enrolment: CurrentEnrolment, onward: Onward) -> Response:
    typed = await forms.typed(page.request)
    secret = await enrolment.offered_secret()
    try:
        enrolled = await enrolment.confirm_codes(typed.get("code", "")[:40])
    except DomainError as problem:
        return await _codes(page, secret, onward, problem)
    return await _enrolled(page, enrolled, "codes", onward)


@router.post("/codes/remove", dependencies=[access("customer", "high", owns="self")])
async def remove_codes(page: CurrentPage, enrolment: CurrentEnrolment, onward: Onward) -> Response:
    try:
        await enrolment.remove_codes()
    except DomainError as problem:
        return await _refused(page, problem)
    return page.go(onward or f"{HERE}?done=codes_removed")


@router.post("/passkeys", dependencies=[access("customer", "high", owns="self")])
async def add_passkey(page: CurrentPage, enrolment: CurrentEnrolment, onward: Onward) -> Response:
    typed = await forms.typed(page.request)
    named, errors = forms.checked(_Named, typed)
    if named is None:
        return await _security(page, onward, errors=errors, status=422)
    try:
        enrolled = await enrolment.add_passkey(named.name, typed.get("credential", "")[:LARGEST])
    except DomainError as problem:
        return await _refused(page, problem, onward)
    return await _enrolled(page, enrolled, "passkey", onward)


@router.post("/passkeys/{passkey_id}/name", dependencies=[access("customer", "high", owns="passkey")])
async def rename_passkey(passkey_id: str, page: CurrentPage, enrolment: CurrentEnrolment) -> Response:
    named, errors = forms.checked(_Named, await forms.typed(page.request))
    if named is None:
        return await _security(page, "", errors={f"name-{passkey_id}": errors["name"]}, status=422)
    await enrolment.rename_passkey(passkey_id[:40], named.name)
    return page.go(f"{HERE}?done=renamed")


@router.post("/passkeys/{passkey_id}/remove", dependencies=[access("customer", "high", owns="passkey")])
async def remove_passkey(passkey_id: str, page: CurrentPage, enrolment: CurrentEnrolment, onward: Onward) -> Response:
    try:
        await enrolment.remove_passkey(passkey_id[:40])
    except DomainError as problem:
        return await _refused(page, problem)
    return page.go(onward or f"{HERE}?done=passkey_removed")


@router.post("/recovery-codes", dependencies=[access("customer", "high", owns="self")])
async def draw_recovery_codes(page: CurrentPage, enrolment: CurrentEnrolment) -> Response:
    try:
        drawn = await enrolment.draw_recovery_codes()
    except DomainError as problem:
        return await _refused(page, problem)
    return await page.html("account/recovery_codes.html", account_here="security", codes=drawn, onward=HERE, done="")


async def _enrolled(page: Page, enrolled: Enrolled, what: str, onward: str) -> Response:
    """Recovery codes are shown this once, so they are the answer itself; else the browser goes where it was going."""
    sessions.set_cookie(page.request, enrolled.entered.token, LIFETIME[enrolled.entered.person.role])
    if not enrolled.recovery_codes:
        return page.go(onward or f"{HERE}?done={what}")
    return await page.html(
        "account/recovery_codes.html",
        account_here="security",
        codes=enrolled.recovery_codes,
        onward=onward or HERE,
        done=DONE[what],
    )


async def _refused(page: Page, problem: DomainError, onward: str = "") -> Response:
    """On the page where the button was; what leads elsewhere (another proof, nothing there) goes its own way."""
    if problem.code in {"reauthentication_required", "second_factor_required", "not_found"}:
        raise problem
    return await _security(page, onward, errors={"": problem.message}, status=problem.status)


async def _security(
    page: Page, onward: str, *, needed: bool = False, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    person = page.visitor.person
    assert person is not None  # noqa: S101 - every route here is for somebody who is signed in
    credentials = await people.credentials(page.session, person.email)
    return await page.html(
        "account/security.html",
        status=status,
        account_here="security",
        has=await stored.of_person(page.session, person.id),
        passkeys=await stored_passkeys.of_person(page.session, person.id),
        has_password=credentials is not None and credentials[1] is not None,
        needed=needed,
        onward=onward,
        errors=errors or {},
        done=DONE.get(page.request.query_params.get("done", ""), ""),
        few=factors.FEW_LEFT,
    )


async def _codes(page: Page, secret: str, onward: str, problem: DomainError | None = None) -> Response:
    person = page.visitor.person
    assert person is not None  # noqa: S101 - every route here is for somebody who is signed in
    code = segno.make(factors.address_for_app(secret, person.email), error="m", micro=False)
    return await page.html(
        "account/codes.html",
        status=problem.status if problem else 200,
        account_here="security",
        picture=code.svg_data_uri(scale=5, border=3, dark="#251e18", light="#fffdf9"),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        onward=onward,
        errors={"code": problem.message} if problem else {},
    )


def _with_next(path: str, onward: str) -> str:
    return f"{path}?{urlencode({'next': onward})}" if onward else path
