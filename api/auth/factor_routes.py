"""Second factors and passkeys as JSON: setting them up, removing them, and signing in with a passkey."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic_core import PydanticSerializationError

from api.access import access
from api.auth import factors, sessions
from api.auth.enrolment import Enrolled, Enrolment
from api.auth.factor_schemas import (
    AskPasskey,
    ConfirmCodes,
    CreationOptions,
    Credential,
    EnrolledView,
    FactorsView,
    NewPasskeyBody,
    OfferedCodes,
    PasskeyAnswer,
    RecoveryCodesView,
    RenamedPasskey,
    RequestOptions,
)
from api.auth.passkey_sign_in import PasskeySignIn, browser_of, give_cookie
from api.auth.passkeys import Passkeys, RelyingParty, refused
from api.auth.routes import Auth, CurrentCaller
from api.auth.schemas import PersonView, SessionView
from api.dependencies import CurrentParts, Session, SignedIn
from api.errors import error_responses
from models.repositories import factors as stored
from models.repositories import passkeys as stored_passkeys
from models.rules.proof import LIFETIME

router = APIRouter(prefix="/api/v1", tags=["people"])


async def passkeys_of(session: Session, parts: CurrentParts) -> Passkeys:
    return Passkeys(session, RelyingParty.at(parts.settings.public_url))


CurrentPasskeys = Annotated[Passkeys, Depends(passkeys_of)]


async def enrolment(session: Session, auth: Auth, passkeys: CurrentPasskeys, caller: CurrentCaller) -> Enrolment:
    return Enrolment(session, auth, passkeys, caller)


CurrentEnrolment = Annotated[Enrolment, Depends(enrolment)]


async def passkey_sign_in(auth: Auth, passkeys: CurrentPasskeys) -> PasskeySignIn:
    return PasskeySignIn(auth, passkeys)


CurrentPasskeySignIn = Annotated[PasskeySignIn, Depends(passkey_sign_in)]


@router.post(
    "/sessions/passkey-options",
    summary="Ask for a passkey",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def ask_for_passkey(
    body: AskPasskey, signing_in: CurrentPasskeySignIn, caller: CurrentCaller, response: Response, request: Request
) -> RequestOptions:
    """Sets a cookie for five minutes: only this browser can answer."""
    browser = give_cookie(response, request)
    options = await signing_in.begin(caller, browser, token=body.pending, again=body.again)
    return RequestOptions.model_validate(options)


@router.post(
    "/sessions/passkeys",
    status_code=201,
    summary="Sign in with a passkey",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def sign_in_with_passkey(
    body: PasskeyAnswer, request: Request, signing_in: CurrentPasskeySignIn, caller: CurrentCaller
) -> SessionView:
    """Also the second step of a sign-in, and proving it again: what the passkey was asked for decides."""
    entered = await signing_in.enter(_text(body.credential), caller, browser_of(request), body.pending)
    return SessionView(token=entered.token, person=PersonView.of(entered.person))


@router.get(
    "/me/factors",
    summary="Your second factors and passkeys",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "high", owns="self")],
)
async def my_factors(person: SignedIn, session: Session) -> FactorsView:
    has = await stored.of_person(session, person.id)
    return FactorsView.of(has, await stored_passkeys.of_person(session, person.id))


@router.post(
    "/me/factors/one-time-codes",
    status_code=201,
    summary="Offer a secret for an authenticator app",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "high", owns="self")],
)
async def offer_codes(person: SignedIn, enrolment: CurrentEnrolment) -> OfferedCodes:
    """Changes nothing by itself: confirm a code of it."""
    secret = await enrolment.offer_codes()
    return OfferedCodes(secret=secret, address=factors.address_for_app(secret, person.email))


@router.post(
    "/me/factors/one-time-codes/confirmation",
    status_code=201,
    summary="Confirm one-time codes",
    responses=error_responses(400, 401, 403, 404, 422, 429),
    dependencies=[access("customer", "high", owns="self")],
)
async def confirm_codes(body: ConfirmCodes, enrolment: CurrentEnrolment, request: Request) -> EnrolledView:
    """Signs out wherever somebody came in with one factor."""
    return _enrolled(request, await enrolment.confirm_codes(body.code))


@router.delete(
    "/me/factors/one-time-codes",
    status_code=204,
    summary="Remove one-time codes",
    responses=error_responses(401, 403, 404, 409),
    dependencies=[access("customer", "high", owns="self")],
)
async def remove_codes(enrolment: CurrentEnrolment) -> Response:
    """Signs out everywhere else."""
    await enrolment.remove_codes()
    return Response(status_code=204)


@router.post(
    "/me/factors/recovery-codes",
    status_code=201,
    summary="Draw new recovery codes",
    responses=error_responses(401, 403, 409),
    dependencies=[access("customer", "high", owns="self")],
)
async def draw_recovery_codes(enrolment: CurrentEnrolment) -> RecoveryCodesView:
    """The ones before are void. It takes no idempotency key: its answer is a secret, which we don't keep."""
    return RecoveryCodesView(recovery_codes=list(await enrolment.draw_recovery_codes()))


@router.post(
    "/me/factors/passkeys/options",
    summary="Ask for a new passkey",
    responses=error_responses(401, 403, 409),
    dependencies=[access("customer", "high", owns="self")],
)
async def ask_for_new_passkey(enrolment: CurrentEnrolment) -> CreationOptions:
    return CreationOptions.model_validate(await enrolment.ask_for_passkey())


@router.post(
    "/me/factors/passkeys",
    status_code=201,
    summary="Add a passkey",
    responses=error_responses(400, 401, 403, 409, 422),
    dependencies=[access("customer", "high", owns="self")],
)
async def add_passkey(body: NewPasskeyBody, enrolment: CurrentEnrolment, request: Request) -> EnrolledView:
    """Signs out wherever somebody came in with one factor."""
    return _enrolled(request, await enrolment.add_passkey(body.name, _text(body.credential)))


@router.patch(
    "/me/factors/passkeys/{passkey_id}",
    status_code=204,
    summary="Rename a passkey",
    responses=error_responses(400, 401, 403, 404, 422),
    dependencies=[access("customer", "high", owns="passkey")],
)
async def rename_passkey(passkey_id: str, body: RenamedPasskey, enrolment: CurrentEnrolment) -> Response:
    await enrolment.rename_passkey(passkey_id[:40], body.name)
    return Response(status_code=204)


@router.delete(
    "/me/factors/passkeys/{passkey_id}",
    status_code=204,
    summary="Remove a passkey",
    responses=error_responses(401, 403, 404, 409),
    dependencies=[access("customer", "high", owns="passkey")],
)
async def remove_passkey(passkey_id: str, enrolment: CurrentEnrolment) -> Response:
    """Signs out everywhere else."""
    await enrolment.remove_passkey(passkey_id[:40])
    return Response(status_code=204)


def _enrolled(request: Request, enrolled: Enrolled) -> EnrolledView:
    """A browser goes on with its cookie, a program with the token."""
    if not request.state.visitor.bearer:
        sessions.set_cookie(request, enrolled.entered.token, LIFETIME[enrolled.entered.person.role])
    return EnrolledView.of(enrolled.entered, list(enrolled.recovery_codes))


def _text(credential: Credential) -> str:
    """Raises `PasskeyRefused` for what can be read and not written: half a character, far too many brackets."""
    try:
        return credential.model_dump_json(by_alias=True)
    except PydanticSerializationError as error:
        raise refused() from error
