"""Server-side sessions: an opaque token in a cookie or a Bearer header, its SHA-256 in the database.

Owns lifetimes, rotation and the cookie; not who may do what (`api.access`) nor cross-site checks (`cross_site`).
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import NOBODY, Person, Visitor
from core import clock
from core.reads import Reads
from models.repositories import people
from models.repositories.people import PersonRow, SessionRow
from models.types import Role

COOKIE = "artisan_session"
CUSTOMER_IDLE = timedelta(minutes=60)
LIFETIME = {
    Role.CUSTOMER: timedelta(days=30),
    Role.ARTISAN: timedelta(hours=12),
    Role.ADMINISTRATOR: timedelta(minutes=90),
}
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
    cookie = request.cookies.get(COOKIE)
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
    found = await people.find_session(reads, token_hash(token))
    now = clock.now()
    if found is None or _ended(found, now):
        return Visitor(bearer=bearer)
    if now - found.last_active_at > TOUCH_AFTER and not in_background(request):
        await people.touch_session(session, found.token_hash, now)
    return Visitor(found.token_hash, found.csrf_token, _person(found.person), bearer)


def _ended(found: SessionRow, now: datetime) -> bool:
    if now >= found.expires_at:
        return True
    is_customer = found.person is not None and found.person.role is Role.CUSTOMER
    return is_customer and now - found.last_active_at > CUSTOMER_IDLE


def _person(row: PersonRow | None) -> Person | None:
    if row is None:
        return None
    return Person(row.id, row.name, row.email, row.role, row.shop_id, row.shop_slug, row.time_scale)


async def open_anonymous(request: Request, session: AsyncSession) -> Visitor:
    """Gives a new browser a session, once it has something to remember."""
    token, visitor = await _open(session, None, ANONYMOUS_LIFETIME)
    set_cookie(request, token, ANONYMOUS_LIFETIME)
    return visitor


async def open_for(session: AsyncSession, person_id: str, replaces: str | None) -> tuple[str, Visitor]:
    """A fresh token for somebody who has just proved who they are; the one they had before is void.

    The caller hands the token to the cookie or to the API client.
    """
    row = await people.find_person(session, person_id)
    if row is None:
        raise LookupError(f"{person_id} has vanished during sign-in")
    if replaces is not None:
        await people.close_session(session, replaces)
    await people.forget_expired_sessions(session, clock.now())
    return await _open(session, _person(row), LIFETIME[row.role])


async def _open(session: AsyncSession, person: Person | None, lifetime: timedelta) -> tuple[str, Visitor]:
    token, csrf_token, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), clock.now()
    hashed = token_hash(token)
    await people.open_session(
        session, hashed, csrf_token, person.id if person else None, now=now, expires_at=now + lifetime
    )
    return token, Visitor(hashed, csrf_token, person)


def set_cookie(request: Request, token: str, lifetime: timedelta) -> None:
    """Leaves the cookie for whatever response the route makes; `api.headers` writes it."""
    secure = "; Secure" if request.app.state.parts.settings.public_url.startswith("https:") else ""
    request.state.cookie = (
        f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={int(lifetime.total_seconds())}{secure}"
    )


def clear_cookie(request: Request) -> None:
    set_cookie(request, "", timedelta(0))
