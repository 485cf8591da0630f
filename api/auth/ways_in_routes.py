"""What can get into one's account beside the password, as JSON. The same as a page is `api.web.account.ways_in`."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access import access
from api.auth.factor_schemas import PasskeyView
from api.auth.routes import CurrentCaller
from api.auth.ways_in import Left, WaysIn, left
from api.catalogue.schemas import View
from api.dependencies import Letterbox, Session, SignedIn
from api.errors import error_responses
from api.oauth.apps import AppView
from models.repositories.identities import IdentityRow

router = APIRouter(prefix="/api/v1/me/ways-in", tags=["people"])


async def ways_in(session: Session, caller: CurrentCaller, post: Letterbox) -> WaysIn:
    return WaysIn(session, caller, post)


CurrentWaysIn = Annotated[WaysIn, Depends(ways_in)]


class LinkedAccountView(View):
    """An account elsewhere that opens this one."""

    id: str
    provider: str
    email: str
    linked_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, row: IdentityRow) -> "LinkedAccountView":
        return cls(
            id=row.id,
            provider=row.provider,
            email=row.email,
            linked_at=row.linked_at,
            last_used_at=row.last_used_at,
        )


class WaysInView(View):
    has_to_review: bool
    """The password was reset by letter. Until its owner removes or confirms the rest, the password alone begins a
    sign-in."""
    passkeys: list[PasskeyView]
    linked_accounts: list[LinkedAccountView]
    apps: list[AppView]
    one_time_codes_since: datetime | None
    recovery_codes_left: int

    @classmethod
    def of(cls, there: Left, *, has_to_review: bool) -> "WaysInView":
        return cls(
            has_to_review=has_to_review,
            passkeys=[PasskeyView.of(row) for row in there.passkeys],
            linked_accounts=[LinkedAccountView.of(row) for row in there.outside],
            apps=[AppView.of(app) for app in there.apps],
            one_time_codes_since=there.factors.codes_since,
            recovery_codes_left=there.factors.recovery_codes,
        )


class RemovedView(View):
    removed: int


@router.get(
    "",
    summary="What can get into your account",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "high", owns="self")],
)
async def ways_in_of(person: SignedIn, ways: CurrentWaysIn, session: Session) -> WaysInView:
    return WaysInView.of(await left(session, person.id), has_to_review=await ways.has_to_review())


@router.delete(
    "",
    summary="Remove all but what you signed in with",
    responses=error_responses(401, 403, 409, 429),
    dependencies=[access("customer", "high", owns="self")],
)
async def remove_all(ways: CurrentWaysIn) -> RemovedView:
    """Passkeys, linked accounts, one-time and recovery codes, apps; the password stays, and so does the factor that
    this session was opened with. Everybody else is signed out."""
    return RemovedView(removed=await ways.remove_all())


@router.post(
    "/confirmation",
    status_code=204,
    summary="Say that all of them are yours",
    responses=error_responses(401, 403, 429),
    dependencies=[access("customer", "high", owns="self")],
)
async def confirm_all(ways: CurrentWaysIn) -> Response:
    """They begin sign-ins again."""
    await ways.keep()
    return Response(status_code=204)
