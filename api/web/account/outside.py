"""Signing in with an outside provider, and linking its account to one's own: the links, the way back, the list.

`api.auth.outside` decides whose account is opened. All ways out are links, not forms: a browser would hold a form's
redirect to another site against our Content-Security-Policy.
"""

import hashlib
import hmac
import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from api.access import access
from api.auth.cookies import name_of, over_https
from api.auth.cross_site import CrossSiteRequest, local_path
from api.auth.outside import WITHIN, Attempt, AttemptGone, OutsideSignIn, Why
from api.auth.routes import Auth, CurrentCaller
from api.auth.service import SecondFactorNeeded
from api.auth.visitor import Visitor
from api.dependencies import CurrentParts, SignedIn
from api.web import forms
from api.web.account.sign_in import entered_page, second_step
from api.web.page import CurrentPage, Page
from models.errors import DomainError
from models.ports import OutsideAnswer, OutsideIdentity
from models.repositories import identities

router = APIRouter(include_in_schema=False)

COOKIE = "artisan_outside"
"""Holds a secret that ties an attempt to the browser that began it; several at once share it."""
LIST = "/account/security/outside"


async def outside_sign_in(page: CurrentPage, auth: Auth, parts: CurrentParts) -> OutsideSignIn:
    return OutsideSignIn(page.session, auth, parts.gateways.identity_providers, parts.settings.public_url)


Outside = Annotated[OutsideSignIn, Depends(outside_sign_in)]


@router.get("/sign-in/with/{code}", dependencies=[access("visitor", "low")])
async def sign_in_with(code: str, page: CurrentPage, outside: Outside, caller: CurrentCaller) -> Response:
    return await _leave(page, outside, caller, code, Why.SIGN_IN)


@router.get("/sign-in/again/with/{code}", dependencies=[access("visitor", "low")])
async def prove_again_with(code: str, page: CurrentPage, outside: Outside, caller: CurrentCaller) -> Response:
    if page.visitor.known is None:
        return page.go("/sign-in")
    return await _leave(page, outside, caller, code, Why.AGAIN)


@router.get(LIST + "/{code}/link", dependencies=[access("customer", "high", owns="self")])
async def link_with(code: str, page: CurrentPage, outside: Outside, caller: CurrentCaller) -> Response:
    outside.provider(code)
    token = page.request.query_params.get("token", "")
    if not hmac.compare_digest(token.encode(), link_token(page.visitor, code).encode()):
        raise CrossSiteRequest("This page is out of date. Start again from your list of linked accounts.")
    return await _leave(page, outside, caller, code, Why.LINK)


@router.get("/sign-in/with/{code}/callback", dependencies=[access("visitor", "high")])
async def come_back(code: str, page: CurrentPage, outside: Outside, caller: CurrentCaller) -> Response:
    query = page.request.query_params
    outside.provider(code)
    try:
        attempt = await outside.take(code, query.get("state", "")[:200], _browser_of(page)[:200])
    except AttemptGone as problem:
        return await _problem(page, outside, code, problem)
    answer = OutsideAnswer(query.get("code", "")[:4000], query.get("iss", "")[:500])
    try:
        who = await outside.identify(attempt, answer, caller, query.get("error", "")[:60])
        return await _arrived(page, outside, caller, attempt, who)
    except SecondFactorNeeded as needed:
        return await second_step(page, needed, target=attempt.target, parked=attempt.parked)
    except DomainError as problem:
        return await _problem(page, outside, code, problem, attempt)


@router.get(LIST, dependencies=[access("customer", "medium", owns="self")])
async def linked_accounts(page: CurrentPage, person: SignedIn, outside: Outside) -> Response:
    return await _list(page, outside, person.id)


@router.post(LIST + "/{identity_id}/unlink", dependencies=[access("customer", "high", owns="identity")])
async def unlink(
    identity_id: str, page: CurrentPage, person: SignedIn, outside: Outside, caller: CurrentCaller
) -> Response:
    try:
        await outside.unlink(identity_id[:40], person.id, caller)
    except DomainError as problem:
        if problem.status == 404:
            raise
        return await _list(page, outside, person.id, problem)
    return page.go(local_path((await forms.typed(page.request)).get("next"), f"{LIST}?done=unlinked"))


def link_token(visitor: Visitor, code: str) -> str:
    """Proves that a link to a provider stood on a page of this session. It tells nothing of the session's own token,
    which has no business in an address."""
    return hmac.new((visitor.csrf_token or "").encode(), f"link {code}".encode(), hashlib.sha256).hexdigest()


def _browser_of(page: Page) -> str:
    return page.request.cookies.get(name_of(COOKIE, page.request), "")


async def _leave(page: Page, outside: OutsideSignIn, caller: CurrentCaller, code: str, why: Why) -> Response:
    query, given = page.request.query_params, _browser_of(page)
    browser = given if 40 <= len(given) <= 50 and given.isascii() else secrets.token_urlsafe(32)
    try:
        url = await outside.begin(
            code,
            why,
            browser,
            caller,
            target=local_path(query.get("next"), ""),
            parked=query.get("parked", "")[:40],
        )
    except DomainError as problem:
        if problem.status == 404:
            raise
        return await _problem(page, outside, code, problem)
    response = RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        name_of(COOKIE, page.request),
        browser,
        max_age=int(WITHIN.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=over_https(page.request),
    )
    return response


async def _arrived(
    page: Page, outside: OutsideSignIn, caller: CurrentCaller, attempt: Attempt, who: OutsideIdentity
) -> Response:
    match attempt.why:
        case Why.SIGN_IN:
            entered = await outside.enter(attempt, who, caller)
        case Why.AGAIN:
            entered = await outside.prove_again(attempt, who, caller)
        case Why.LINK:
            await outside.link(attempt, who, caller)
            return page.go(local_path(attempt.target, f"{LIST}?done=linked"))
    return entered_page(page.request, entered, attempt.target, attempt.parked)


async def _list(page: Page, outside: OutsideSignIn, person_id: str, problem: DomainError | None = None) -> Response:
    linked = await identities.identities_of(page.session, person_id)
    return await page.html(
        "account/outside.html",
        status=problem.status if problem else 200,
        account_here="outside",
        linked=[(one, _name(outside, one.provider)) for one in linked],
        linkable=[
            (code, provider.name, link_token(page.visitor, code))
            for code, provider in outside.providers.items()
            if code not in {one.provider for one in linked}
        ],
        done=page.request.query_params.get("done", ""),
        problem=problem.message if problem else "",
    )


def _name(outside: OutsideSignIn, code: str) -> str:
    provider = outside.providers.get(code)
    return provider.name if provider is not None else code.capitalize()


async def _problem(
    page: Page, outside: OutsideSignIn, code: str, problem: DomainError, attempt: Attempt | None = None
) -> Response:
    """What went wrong on the way, and the ways on from there."""
    target, why = (attempt.target, attempt.why) if attempt else ("", Why.SIGN_IN)
    known = page.visitor.person is not None
    if problem.code == "account_exists":
        ways = [(LIST if known else f"/sign-in?{urlencode({'next': LIST})}", "Link them" if known else "Sign in")]
    elif why is Why.LINK:
        ways = [(LIST, "Back to your linked accounts")]
    elif why is Why.AGAIN:
        parked = attempt.parked if attempt else ""
        ways = [(f"/sign-in/again?{urlencode({'next': target, 'parked': parked})}", "Confirm it in another way")]
    else:
        onward = f"?{urlencode({'next': target})}" if target else ""
        name = outside.provider(code).name
        ways = [(f"/sign-in/with/{code}{onward}", f"Try {name} again"), (f"/sign-in{onward}", "Sign in another way")]
    return await page.html(
        "account/outside_problem.html", status=problem.status, message=problem.message, code=problem.code, ways=ways
    )
