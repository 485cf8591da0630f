"""Server-side sessions: an opaque token in a cookie or a Bearer header, its SHA-256 in the database.

Owns lifetimes, rotation and the cookie; not who may do what (`api.access`) nor cross-site checks (`cross_site`).
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.cookies import name_of, over_https
from api.auth.devices import device_of
from api.auth.proof import Proof
from api.auth.visitor import NOBODY, Person, Visitor
from core import clock
from core.database import keys_of
from core.reads import Reads
from models.repositories import people
from models.repositories import sessions as stored
from models.repositories.sessions import NewSession, SessionRow
from models.rules.proof import LIFETIME, has_lapsed

COOKIE = "artisan_session"
ANONYMOUS_LIFETIME = timedelta(days=30)
TOUCH_AFTER = timedelta(minutes=1)
"""Activity is written at most this often: looking around should not cost a write a page."""
MAX_TOKEN_LENGTH = 200


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def presented_token(request: Request) -> tuple[str, bool] | None:
    """The token that the request carries, and whether as `Authorization: Bearer`."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials:
        return credentials.strip()[:MAX_TOKEN_LENGTH], True
    cookie = request.cookies.get(name_of(COOKIE, request))
    return (cookie[:MAX_TOKEN_LENGTH], False) if cookie else None


def in_background(request: Request) -> bool:
    """A page that refreshes itself is no sign that anybody sits before it."""
    return "x-background" in request.headers or (request.method == "GET" and "hx-request" in request.headers)


async def find_visitor(request: Request, session: AsyncSession, reads: Reads) -> Visitor:
    """Costs no query for a browser without a session."""
    presented = presented_token(request)
    if presented is None:
        return NOBODY
    token, bearer = presented
    found = await stored.find_session(reads, keys_of(session), token_hash(token))
    now = clock.now()
    if found is None or now >= found.expires_at:
        return Visitor(bearer=bearer)
    person = found.person
    if person is not None and _rests(found, person, now):
        return _visitor(found, None, bearer, lapsed=person)
    if now - found.last_active_at > TOUCH_AFTER and not in_background(request):
        await stored.touch_session(session, found.token_hash, now)
    return _visitor(found, person, bearer)


def _rests(found: SessionRow, person: Person, now: datetime) -> bool:
    return has_lapsed(
        person.role,
        now,
        last_active_at=found.last_active_at,
        authenticated_at=found.authenticated_at or found.last_active_at,
    )


def _visitor(found: SessionRow, person: Person | None, bearer: bool, *, lapsed: Person | None = None) -> Visitor:
    return Visitor(
        session_hash=found.token_hash,
        csrf_token=found.csrf_token,
        person=person,
        bearer=bearer,
        session_id=found.id,
        lapsed=lapsed,
        authenticated_at=found.authenticated_at,
        second_factor=found.second_factor,
        client_id=found.client_id,
        scopes=found.scopes,
    )


async def open_anonymous(request: Request, session: AsyncSession) -> Visitor:
    """Gives a new browser a session, once it has something to remember."""
    token, now = secrets.token_urlsafe(32), clock.now()
    new = NewSession(token_hash(token), secrets.token_urlsafe(32), now, now + ANONYMOUS_LIFETIME)
    session_id = await stored.open_session(session, new)
    set_cookie(request, token, ANONYMOUS_LIFETIME)
    return Visitor(new.token_hash, new.csrf_token, session_id=session_id)


async def open_for(
    session: AsyncSession, person_id: str, replaces: str | None, proof: Proof, user_agent: str = ""
) -> tuple[str, Visitor]:
    """A fresh token for somebody who has just proved who they are; the one they had before is void.

    The caller hands the token to the cookie or to the API client. Raises `LookupError` for nobody.
    """
    row = await people.find_person(session, person_id)
    if row is None:
        raise LookupError(f"{person_id} has vanished during sign-in")
    if replaces is not None:
        await stored.close_session(session, replaces)
    now = clock.now()
    await stored.forget_expired_sessions(session, now)
    token = secrets.token_urlsafe(32)
    new = NewSession(
        token_hash(token),
        secrets.token_urlsafe(32),
        now,
        now + LIFETIME[row.role],
        person_id=person_id,
        methods=proof.methods,
        second_factor=proof.second_factor,
        device=device_of(user_agent),
    )
    session_id = await stored.open_session(session, new)
    return token, Visitor(
        new.token_hash,
        new.csrf_token,
        row,
        session_id=session_id,
        authenticated_at=now,
        second_factor=proof.second_factor,
    )


async def elevate(session: AsyncSession, visitor: Visitor, proof: Proof) -> str:
    """The new token of a session whose owner has proved again who they are. Raises `LookupError` when it has ended
    meanwhile. Its cross-site token stays, so that a form open in another tab can still be sent."""
    person = visitor.known
    if person is None or visitor.session_id is None:
        raise LookupError("nobody is known here")
    token, now = secrets.token_urlsafe(32), clock.now()
    goes_on = await stored.elevate(
        session,
        visitor.session_id,
        token_hash=token_hash(token),
        now=now,
        expires_at=now + LIFETIME[person.role],
        methods=proof.methods,
        second_factor=proof.second_factor,
    )
    if not goes_on:
        raise LookupError("this session has ended")
    return token


def set_cookie(request: Request, token: str, lifetime: timedelta) -> None:
    """Leaves the cookie for whatever response the route makes; `api.headers` writes it."""
    secure = "; Secure" if over_https(request) else ""
    named, lives = f"{name_of(COOKIE, request)}={token}", int(lifetime.total_seconds())
    request.state.cookie = f"{named}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lives}{secure}"


def clear_cookie(request: Request) -> None:
    set_cookie(request, "", timedelta(0))
