"""The page on which a person lets an app act for them, or does not.

Owns who may answer (somebody in their own browser, signed in as freshly as the app asks), and when nobody has to be
asked again. What is a valid request and what an answer leads to is `api.oauth`'s.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from api.access import access
from api.auth.visitor import Person, Visitor
from api.oauth.facts import AUTHORISE, Proven, Sent
from api.oauth.routes import OAuth
from api.oauth.service import Consent, OAuthService, Redirected, Unanswerable
from api.oauth.words import may
from api.web import forms
from api.web.page import CurrentPage, Page
from core import clock
from core.database import keys_of
from core.sealing import derived_token
from models.errors import DomainError, Forbidden
from models.repositories import oauth_grants
from models.rules import redirects

SINCE = "since"
"""In the address after a proof was asked for: when, and a seal that only we can make."""
WAITS = timedelta(minutes=30)
LONGEST_ADDRESS = 1_800

router = APIRouter(prefix=AUTHORISE, include_in_schema=False)


class BadAuthorization(DomainError):
    """Leads nowhere: whoever made the link may not choose where we send people."""

    code, status = "bad_authorization", 400


@router.get("", dependencies=[access("visitor", "high")])
async def ask(page: CurrentPage, oauth: OAuth) -> Response:
    try:
        return await _ask(page, oauth)
    except Redirected as to:
        return _to_app(to.location)
    except Unanswerable as error:
        raise _bad() from error


@router.post("", dependencies=[access("visitor", "high")])
async def answer(page: CurrentPage, oauth: OAuth) -> Response:
    decision = (await forms.typed(page.request)).get("decision", "")
    try:
        return await _answer(page, oauth, decision)
    except Redirected as to:
        return _to_app(to.location)
    except Unanswerable as error:
        raise _bad() from error


async def _ask(page: Page, oauth: OAuthService) -> Response:
    sent, person = _sent(page, oauth), page.visitor.person
    consent = await oauth.consent(sent, person.id if person else None)
    _check_own_browser(page.visitor)
    prompts = set(sent.get("prompt").split())
    silently = "none" in prompts
    if (silently and len(prompts) > 1) or len(_here(page)) > LONGEST_ADDRESS:
        raise Redirected(await oauth.error(sent, "invalid_request"))
    if person is None or await _must_prove(page, oauth, sent, prompts):
        if silently:
            raise Redirected(await oauth.error(sent, "login_required"))
        return _prove(page, sent)
    known = consent.remembered and redirects.belongs_to_its_app(consent.redirect_uri)
    if silently and not known:
        raise Redirected(await oauth.error(sent, "consent_required"))
    if known and (silently or (not prompts and _comes_from_the_app(page))):
        return _to_app(await oauth.allow(sent, await _proven(page, person)))
    page.request.state.form_target = redirects.form_target(consent.redirect_uri)
    return await page.html("account/authorize.html", person=person, here=_here(page), **_shown(consent))


async def _answer(page: Page, oauth: OAuthService, decision: str) -> Response:
    sent, person = _sent(page, oauth), page.visitor.person
    await oauth.consent(sent, person.id if person else None)
    _check_own_browser(page.visitor)
    prompts = set(sent.get("prompt").split())
    if person is None or await _must_prove(page, oauth, sent, prompts):
        return _prove(page, sent)
    if decision == "allow":
        return _to_app(await oauth.allow(sent, await _proven(page, person)))
    if decision == "refuse":
        return _to_app(await oauth.refuse(sent, person.id))
    return page.go(_here(page))


def _sent(page: Page, oauth: OAuthService) -> Sent:
    """The query alone, also of the form: what is allowed is what was shown."""
    if any("\x00" in value for _, value in page.request.query_params.multi_items()):
        raise _bad()
    return Sent("GET", oauth.issuer + AUTHORISE, page.request.query_params.multi_items())


def _here(page: Page) -> str:
    """This address without our own addition."""
    query = [(name, value) for name, value in page.request.query_params.multi_items() if name != SINCE]
    return f"{AUTHORISE}?{urlencode(query)}"


def _check_own_browser(visitor: Visitor) -> None:
    """An app must not allow itself more than it was allowed, nor a program with a token anything."""
    if visitor.bearer or visitor.client_id is not None:
        raise Forbidden("Only a person can allow an app, in their own browser.")


async def _must_prove(page: Page, oauth: OAuthService, sent: Sent, prompts: set[str]) -> bool:
    at = page.visitor.authenticated_at
    if at is None:
        return True
    asked = _asked_since(page, sent)
    if asked is not None and at >= asked:
        return False
    if "login" in prompts:
        return True
    oldest = sent.get("max_age")
    if not oldest:
        return False
    if not (oldest.isascii() and oldest.isdigit() and len(oldest) <= 9):
        raise Redirected(await oauth.error(sent, "invalid_request"))
    return clock.now() - at > timedelta(seconds=int(oldest))


def _prove(page: Page, sent: Sent) -> Response:
    """To the form that is missing, and back here. The address then says since when we have waited for it."""
    now = int(clock.now().timestamp())
    back = f"{_here(page)}&{SINCE}={now}.{_seal(page, sent, now)}"
    way = "/sign-in/again" if page.visitor.known is not None else "/sign-in"
    return page.go(f"{way}?next={quote(back, safe='/')}")


def _asked_since(page: Page, sent: Sent) -> datetime | None:
    number, _, seal = page.request.query_params.get(SINCE, "").partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= 12):
        return None
    now = clock.now()
    at = datetime.fromtimestamp(int(number), now.tzinfo)
    if not hmac.compare_digest(seal.encode(), _seal(page, sent, int(number)).encode()):
        return None
    return at if now - WAITS < at <= now else None


def _seal(page: Page, sent: Sent, number: int) -> str:
    return derived_token(keys_of(page.session), f"authorise {sent.client_id} since {number}")


def _comes_from_the_app(page: Page) -> bool:
    """Not by way of a form of ours: browsers let that one lead only where its own page said. And where a browser does
    not tell, a click costs little."""
    return page.request.headers.get("sec-fetch-site") in {"none", "cross-site"}


async def _proven(page: Page, person: Person) -> Proven:
    visitor = page.visitor
    if visitor.session_hash is None or visitor.authenticated_at is None:
        raise _bad()
    methods = await oauth_grants.methods_of(page.session, visitor.session_hash)
    return Proven(person.id, visitor.authenticated_at, visitor.second_factor, methods)


def _shown(consent: Consent) -> dict[str, Any]:
    own = redirects.belongs_to_its_app(consent.redirect_uri)
    return {
        "app": consent.client.name,
        "may": may(consent.scopes),
        "remembered": consent.remembered,
        "back_to": urlsplit(consent.redirect_uri).netloc if own else "",
    }


def _to_app(location: str) -> Response:
    return RedirectResponse(location, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _bad() -> BadAuthorization:
    return BadAuthorization(
        "This link does not come from an app that we know, or has been changed on its way. Go back to the app and try "
        "again; if it stays, tell whoever makes the app."
    )
