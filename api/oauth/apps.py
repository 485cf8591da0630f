"""A person's own list of the apps that they allowed, as JSON. The same as a page is `api.web.account.apps`."""

from datetime import datetime

from fastapi import APIRouter, Response

from api.access import access
from api.catalogue.schemas import View
from api.dependencies import CurrentVisitor, Session, SignedIn
from api.errors import error_responses
from api.oauth.routes import OAuth
from api.oauth.words import may
from models.errors import Forbidden, NotFound
from models.repositories import oauth_grants
from models.repositories.oauth_grants import AllowedApp

router = APIRouter(prefix="/api/v1/me/apps", tags=["people"])


class AppView(View):
    """One app that may act for the person."""

    client_id: str
    name: str
    scopes: list[str]
    may: list[str]
    """The same in words."""
    allowed_at: datetime
    last_active_at: datetime | None

    @classmethod
    def of(cls, app: AllowedApp) -> "AppView":
        return cls(
            client_id=app.client_id,
            name=app.name,
            scopes=list(app.scopes),
            may=may(app.scopes),
            allowed_at=app.allowed_at,
            last_active_at=app.last_active_at,
        )


class AppsView(View):
    items: list[AppView]


@router.get(
    "",
    summary="The apps that you allowed to act for you",
    responses=error_responses(401, 403),
    dependencies=[access("customer", "medium", owns="self")],
)
async def apps(person: SignedIn, session: Session) -> AppsView:
    return AppsView(items=[AppView.of(app) for app in await oauth_grants.apps_of(session, person.id)])


@router.delete(
    "/{client_id}",
    status_code=204,
    summary="Take back what you allowed an app",
    responses=error_responses(401, 403, 404, 429),
    dependencies=[access("customer", "medium", owns="app")],
)
async def withdraw(client_id: str, person: SignedIn, visitor: CurrentVisitor, oauth: OAuth) -> Response:
    """All its tokens for you end at once. An app may give up what is its own, and nothing of another."""
    if visitor.client_id not in {None, client_id}:
        raise Forbidden("An app may give up only what it was allowed itself.")
    if not await oauth.withdraw(person.id, person.role, client_id[:40]):
        raise NotFound("You have allowed no such app.")
    return Response(status_code=204)
