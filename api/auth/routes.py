"""Sign-in for API clients. Browsers sign in on a page, which sets a cookie through the same service."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import access
from api.auth.schemas import NewCustomer, PersonView, SessionView, SignIn
from api.auth.service import AuthService
from api.auth.throttle import Throttle
from api.dependencies import CurrentVisitor, Session, SignedIn
from api.errors import error_responses

router = APIRouter(prefix="/api/v1", tags=["people"])


async def auth_service(request: Request, session: Session) -> AuthService:
    throttle = request.app.state.sign_in_throttle
    assert isinstance(throttle, Throttle)  # noqa: S101 - set by create_app
    return AuthService(session, throttle)


Auth = Annotated[AuthService, Depends(auth_service)]


def client_address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


@router.post(
    "/sessions",
    status_code=201,
    summary="Sign in",
    responses=error_responses(400, 401, 403, 422, 429),
    dependencies=[access("visitor", "high")],
)
async def sign_in(request: Request, body: SignIn, auth: Auth, visitor: CurrentVisitor) -> SessionView:
    """Answers a token for `Authorization: Bearer`. It takes no idempotency key: its answer is a secret, which we don't
    keep, and a second session does no harm."""
    entered = await auth.sign_in(body.email, body.password, visitor, client_address(request))
    return SessionView(token=entered.token, person=PersonView.of(entered.person))


@router.delete(
    "/sessions/current",
    status_code=204,
    summary="Sign out",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "low")],
)
async def sign_out(auth: Auth, visitor: CurrentVisitor) -> Response:
    await auth.sign_out(visitor)
    return Response(status_code=204)


@router.get(
    "/me",
    summary="Who is signed in",
    responses=error_responses(401),
    dependencies=[access("customer", "low")],
)
async def me(person: SignedIn) -> PersonView:
    return PersonView.of(person)


@router.post(
    "/customers",
    status_code=201,
    summary="Register as a customer",
    responses=error_responses(400, 403, 409, 422),
    dependencies=[access("visitor", "high")],
)
async def register(body: NewCustomer, auth: Auth, visitor: CurrentVisitor) -> SessionView:
    """Signs in as well. Sent twice, the second is told that the account exists."""
    entered = await auth.register(body.name, body.email, body.password, visitor)
    return SessionView(token=entered.token, person=PersonView.of(entered.person))
