"""Opening an account, confirming an address, choosing another password or address, for API clients. The pages use the
same services."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access import access
from api.auth.cross_site import local_path
from api.auth.letter_limits import LetterLimits
from api.auth.password_rules import PasswordRules
from api.auth.recovery import Recovery
from api.auth.registration import Registration, Shown
from api.auth.registration_schemas import (
    AnotherLetter,
    ConfirmAddress,
    EmailInput,
    LookForALetter,
    NewArtisan,
    NewCustomer,
    NewPassword,
    ResetPassword,
    TokenInput,
)
from api.auth.routes import Auth, CurrentCaller
from api.auth.schemas import PersonView, SessionView
from api.dependencies import CurrentParts, CurrentVisitor, Letterbox, Session, SignedIn
from api.errors import error_responses
from api.shops.routes import Shops

router = APIRouter(prefix="/api/v1", tags=["people"])

TO_CONFIRM = LookForALetter(
    message="We have sent a letter to this address. The link in it opens the account, and works for two days."
)
TO_RESET = LookForALetter(
    message="If this address has an account, a letter is on its way to it. Its link works once, for an hour."
)
TO_CHANGE = LookForALetter(
    message="We have sent a letter to the new address. It counts when its link is used, within a day."
)


async def letter_limits(session: Session) -> LetterLimits:
    return LetterLimits(session)


async def password_rules(parts: CurrentParts) -> PasswordRules:
    return PasswordRules(parts.gateways.breached_passwords)


Limits = Annotated[LetterLimits, Depends(letter_limits)]
Rules = Annotated[PasswordRules, Depends(password_rules)]


async def registration(  # noqa: PLR0917 - what the framework fills in by type
    session: Session, auth: Auth, rules: Rules, limits: Limits, shops: Shops, post: Letterbox
) -> Registration:
    return Registration(session, auth, rules, limits, shops, post)


Registering = Annotated[Registration, Depends(registration)]


async def recovery(
    session: Session, registering: Registering, rules: Rules, limits: Limits, post: Letterbox
) -> Recovery:
    return Recovery(session, registering, rules, limits, post)


Recovering = Annotated[Recovery, Depends(recovery)]


def page_only(target: str) -> str:
    """Where somebody was on their way to, as it may stand in a letter's row: one of our pages, without a query."""
    path = local_path(target, "").partition("?")[0]
    return path if re.fullmatch(r"/[a-z0-9/_-]{0,80}", path) else ""


@router.post(
    "/customers",
    status_code=202,
    summary="Register as a customer",
    responses=error_responses(400, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def register_customer(body: NewCustomer, registering: Registering, caller: CurrentCaller) -> LookForALetter:
    """The account opens with the link of the letter. The answer is the same for an address that has an account: only
    its owner is told, by letter."""
    await registering.customer(body, caller)
    return TO_CONFIRM


@router.post(
    "/artisans",
    status_code=202,
    summary="Register as an artisan with a shop",
    responses=error_responses(400, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def register_artisan(body: NewArtisan, registering: Registering, caller: CurrentCaller) -> LookForALetter:
    """As for customers. The shop waits for an administrator's approval; listings can be prepared meanwhile. Somebody
    with an account applies with it: `POST /api/v1/shop`."""
    await registering.artisan(body, caller)
    return TO_CONFIRM


@router.post(
    "/email-verifications",
    status_code=201,
    summary="Confirm your address with the letter's link",
    responses=error_responses(400, 401, 403, 409, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def confirm_email(body: ConfirmAddress, registering: Registering, caller: CurrentCaller) -> SessionView:
    """Signs in as well, and what the browser had in its cart comes along. Beside the token it takes the password that
    was chosen at the registration, or a new one in its place: without either it answers 403 `password_needed`, because
    anybody may have registered the address. Where it was registered several times with several passwords
    (`details.chosen` is false), only a new one will do."""
    shown = Shown(password=body.password, new_password=body.new_password or "")
    entered = (await registering.confirm(body.token, shown, caller)).entered
    return SessionView(token=entered.token, person=PersonView.of(entered.person))


@router.post(
    "/email-verifications/refusals",
    status_code=204,
    summary="Say that you did not register this address",
    responses=error_responses(400, 403, 409, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def refuse_registration(body: TokenInput, registering: Registering) -> Response:
    """With the token of the letter that asks to confirm it. Nothing opens the account any more, and it is
    erased within a day."""
    await registering.refuse(body.token)
    return Response(status_code=204)


@router.post(
    "/email-verifications/letters",
    status_code=202,
    summary="Another letter to confirm your address",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def another_letter(body: AnotherLetter, registering: Registering, caller: CurrentCaller) -> LookForALetter:
    """For whom signing in answered `email_not_verified`. Only the newest letter's link works."""
    await registering.another_letter(body.pending, caller)
    return TO_CONFIRM


@router.post(
    "/password-resets",
    status_code=202,
    summary="Ask for a letter to choose a new password",
    responses=error_responses(400, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def forgotten(body: EmailInput, recovering: Recovering, caller: CurrentCaller) -> LookForALetter:
    """The same answer whether or not anybody has this address."""
    await recovering.forgotten(body.email, caller)
    return TO_RESET


@router.post(
    "/password-resets/completions",
    status_code=204,
    summary="Choose a new password with the letter's link",
    responses=error_responses(400, 403, 409, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def reset(body: ResetPassword, recovering: Recovering) -> Response:
    """Ends every session of the account, apps' too, which have to be allowed anew. Sign in with the new password
    afterwards: until its owner has then said which passkeys and linked accounts are theirs (`/api/v1/me/ways-in`), no
    other way begins a sign-in."""
    await recovering.reset(body.token, body.password)
    return Response(status_code=204)


@router.post(
    "/second-factor-undoings",
    status_code=204,
    summary="Undo a first second factor with the letter's link",
    responses=error_responses(400, 403, 409, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def undo_first_factor(body: ResetPassword, recovering: Recovering) -> Response:
    """For whoever did not set it up. Removes every second factor, ends every session, and takes a new password; sign in
    with that afterwards. The link works once, for 7 days."""
    await recovering.undo_factor(body.token, body.password)
    return Response(status_code=204)


@router.put(
    "/me/password",
    status_code=204,
    summary="Change your password",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("customer", "high", owns="self")],
)
async def change_password(
    body: NewPassword, person: SignedIn, visitor: CurrentVisitor, recovering: Recovering
) -> Response:
    """This session goes on, all others end."""
    await recovering.change_password(person, body.password, visitor)
    return Response(status_code=204)


@router.post(
    "/email-changes",
    status_code=202,
    summary="Change your e-mail address",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("customer", "high", owns="self")],
)
async def change_email(
    body: EmailInput, person: SignedIn, recovering: Recovering, caller: CurrentCaller
) -> LookForALetter:
    """Nothing changes before the new address has answered."""
    await recovering.ask_for_email(person, body.email, caller)
    return TO_CHANGE


@router.post(
    "/email-changes/confirmations",
    status_code=204,
    summary="Confirm your new address with the letter's link",
    responses=error_responses(400, 403, 409, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def confirm_new_email(body: TokenInput, recovering: Recovering) -> Response:
    await recovering.confirm_email(body.token)
    return Response(status_code=204)
