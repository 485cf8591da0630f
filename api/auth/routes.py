"""Sign-in for API clients. Browsers sign in on a page, which sets a cookie through the same service."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import access
from api.auth.schemas import (
    DevicesView,
    DeviceView,
    EndedView,
    PersonView,
    ProveAgain,
    SessionView,
    SignIn,
)
from api.auth.service import AuthService, Caller
from api.auth.throttle import address_of
from api.dependencies import CurrentVisitor, Session, SignedIn
from api.errors import error_responses
from core import clock
from models.audited import Audited
from models.errors import NotFound
from models.repositories import audit
from models.repositories import sessions as stored
from models.rules.scopes import Scope

router = APIRouter(prefix="/api/v1", tags=["people"])


async def auth_service(session: Session) -> AuthService:
    return AuthService(session)


Auth = Annotated[AuthService, Depends(auth_service)]


async def caller(request: Request, visitor: CurrentVisitor) -> Caller:
    return Caller(visitor, address_of(request), request.headers.get("user-agent", "")[:300])


CurrentCaller = Annotated[Caller, Depends(caller)]


@router.post(
    "/sessions",
    status_code=201,
    summary="Sign in",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def sign_in(body: SignIn, auth: Auth, caller: CurrentCaller) -> SessionView:
    """Answers a token for `Authorization: Bearer`. An account with a second factor answers 401
    `second_factor_needed` until a `code` comes along. It takes no idempotency key: its answer is a secret, which we
    don't keep, and a second session does no harm."""
    entered = await auth.sign_in(body.email, body.password, caller, body.code)
    return SessionView(token=entered.token, person=PersonView.of(entered.person))


@router.post(
    "/sessions/current/proofs",
    status_code=201,
    summary="Prove again who you are",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def prove_again(body: ProveAgain, auth: Auth, caller: CurrentCaller) -> SessionView:
    """For requests that answered 401 `reauthentication_required`: the same session goes on under the new token that
    this answers, and the old token is void."""
    entered = await auth.prove_again(body.password, body.code, caller)
    return SessionView(token=entered.token, person=PersonView.of(entered.person))


@router.get(
    "/sessions",
    summary="Where you are signed in",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "medium", owns="self")],
)
async def devices(person: SignedIn, visitor: CurrentVisitor, session: Session) -> DevicesView:
    rows = await stored.devices_of(session, person.id, clock.now())
    return DevicesView(sessions=[DeviceView.of(row, visitor.session_id) for row in rows])


@router.delete(
    "/sessions",
    summary="Sign out everywhere else",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "medium", owns="self")],
)
async def sign_out_elsewhere(person: SignedIn, visitor: CurrentVisitor, session: Session) -> EndedView:
    ended = await stored.revoke_all(session, person.id, except_hash=visitor.session_hash)
    await audit.append(
        session, Audited.SESSION_REVOKED, actor=person.id, role=person.role, subject=person.id, details={"ended": ended}
    )
    return EndedView(ended=ended)


@router.delete(
    "/sessions/current",
    status_code=204,
    summary="Sign out",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "low", owns="self")],
)
async def sign_out(auth: Auth, visitor: CurrentVisitor) -> Response:
    await auth.sign_out(visitor)
    return Response(status_code=204)


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="Sign out somewhere",
    responses=error_responses(401, 403, 404),
    dependencies=[access("customer", "medium", owns="session")],
)
async def sign_out_there(session_id: str, person: SignedIn, session: Session) -> Response:
    await end_session(session, person.id, person.role, session_id)
    return Response(status_code=204)


async def end_session(session: Session, person_id: str, role: str, session_id: str) -> None:
    """Raises `NotFound` for a session that is not the person's own."""
    if not await stored.revoke(session, person_id, session_id):
        raise NotFound("You have no such sign-in; it may have ended already.")
    await audit.append(session, Audited.SESSION_REVOKED, actor=person_id, role=role, subject=session_id)


@router.get(
    "/me",
    summary="Who is signed in",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "low", owns="self")],
)
async def me(person: SignedIn, visitor: CurrentVisitor) -> PersonView:
    """An app is told the name only where its person has allowed `profile`, and never the mail address."""
    told = PersonView.of(person)
    if visitor.client_id is None:
        return told
    return told.model_copy(update={"name": told.name if Scope.PROFILE in visitor.scopes else "", "email": ""})
