"""What can get into somebody's account beside the password: shown after a reset by letter, and to whoever looks.

Single ones are removed by the routes that always do so, which lead back here. `api.auth.ways_in` decides.
"""

from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth.cross_site import local_path
from api.auth.ways_in import WaysIn, left
from api.auth.ways_in_routes import CurrentWaysIn
from api.dependencies import CurrentParts, SignedIn
from api.oauth.apps import AppView
from api.web import forms
from api.web.account.security import HERE as SECURITY
from api.web.account.sign_in import WAYS_IN
from api.web.page import CurrentPage, Page
from models.errors import DomainError

router = APIRouter(prefix=WAYS_IN, include_in_schema=False)


@router.get("", dependencies=[access("customer", "high", owns="self")])
async def ways_in(page: CurrentPage, person: SignedIn, ways: CurrentWaysIn, parts: CurrentParts) -> Response:
    names = {code: provider.name for code, provider in parts.gateways.identity_providers.items()}
    return await _page(page, ways, names, local_path(page.request.query_params.get("next"), ""))


@router.post("/remove", dependencies=[access("customer", "high", owns="self")])
async def remove_all(page: CurrentPage, ways: CurrentWaysIn, parts: CurrentParts) -> Response:
    onward = local_path((await forms.typed(page.request)).get("next"), "")
    try:
        async with page.session.begin_nested():
            await ways.remove_all()
    except DomainError as problem:
        if problem.code == "second_factor_required":
            raise
        names = {code: provider.name for code, provider in parts.gateways.identity_providers.items()}
        return await _page(page, ways, names, onward, problem)
    return page.go(onward or f"{SECURITY}?done=ways_in")


@router.post("/keep", dependencies=[access("customer", "high", owns="self")])
async def keep_all(page: CurrentPage, ways: CurrentWaysIn) -> Response:
    await ways.keep()
    return page.go(local_path((await forms.typed(page.request)).get("next"), SECURITY))


async def _page(
    page: Page, ways: WaysIn, names: dict[str, str], onward: str, problem: DomainError | None = None
) -> Response:
    there = await left(page.session, ways.person.id)
    return await page.html(
        "account/ways_in.html",
        status=problem.status if problem else 200,
        account_here="ways_in",
        there=there,
        here=await ways.in_use(there),
        apps=[AppView.of(app) for app in there.apps],
        outside=[(one, names.get(one.provider, one.provider.capitalize())) for one in there.outside],
        has_to_review=await ways.has_to_review(),
        onward=onward,
        back=f"{WAYS_IN}?{urlencode({'next': onward})}" if onward else WAYS_IN,
        problem=problem.message if problem else "",
    )
