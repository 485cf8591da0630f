"""The apps that a person allowed to act for them, and taking that back."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth.cross_site import local_path
from api.dependencies import SignedIn
from api.oauth.apps import AppView
from api.oauth.routes import OAuth
from api.web import forms
from api.web.page import CurrentPage
from models.errors import NotFound
from models.repositories import oauth_grants

router = APIRouter(prefix="/account/apps", include_in_schema=False)


@router.get("", dependencies=[access("customer", "medium", owns="self")])
async def apps(page: CurrentPage, person: SignedIn) -> Response:
    return await page.html(
        "account/apps.html",
        account_here="apps",
        apps=[AppView.of(app) for app in await oauth_grants.apps_of(page.session, person.id)],
        done="done" in page.request.query_params,
    )


@router.post("/{client_id}/withdraw", dependencies=[access("customer", "medium", owns="app")])
async def withdraw(client_id: str, page: CurrentPage, person: SignedIn, oauth: OAuth) -> Response:
    if not await oauth.withdraw(person.id, person.role, client_id[:40]):
        raise NotFound("You have allowed no such app, or have taken it back already.")
    return page.go(local_path((await forms.typed(page.request)).get("next"), "/account/apps?done"))
