"""What routes may ask for by type: the transaction, who is there, and the application's parts.

A request is one transaction. It is committed when the route has returned and before the response is sent, so nobody
is told of something that did not happen; it is rolled back when the route raises.

Dependencies are `async def`, also those that await nothing: the framework runs plain ones in a thread each.
"""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from activities.gateways.partners import Gateways
from api.auth import cross_site, sessions
from api.auth.throttle import address_of, throttle_of
from api.auth.visitor import Person, Visitor
from api.letter.post import Post
from api.process_client import ProcessClient
from api.webhooks.inbox import Inbox
from core.database import Database
from core.reads import Reader, Reads
from core.settings import Settings
from models.errors import Forbidden, SignInRequired
from models.ports import SearchIndex, TaxEngine
from models.repositories.rates import Rates
from models.types import Role

__all__ = [
    "CurrentParts",
    "CurrentReads",
    "CurrentVisitor",
    "Letterbox",
    "Parts",
    "Person",
    "Processes",
    "Search",
    "Session",
    "ShopKeeper",
    "SignedIn",
    "Visitor",
    "get_database",
    "get_parts",
    "get_processes",
    "get_reads",
    "get_search",
    "get_settings",
]


ANONYMOUS = 4
"""How many browsers' worth of writes an address has for all who are not signed in there. Each has a count of its own,
too, but a new cart costs nothing."""


@dataclass(frozen=True)
class Parts:
    """What the application is made of; built once by `create_app`, closed with it."""

    settings: Settings
    database: Database
    reader: Reader
    """For pages that only look; see `core.reads`."""
    processes: ProcessClient
    gateways: Gateways
    tax: TaxEngine
    rates: Rates
    """What one currency is worth in another; kept for seconds."""
    inbox: Inbox
    post: Post
    search: Callable[[AsyncSession], SearchIndex]
    """The search index, taking part in the request's transaction where it can."""


def get_parts(request: Request) -> Parts:
    parts = request.app.state.parts
    assert isinstance(parts, Parts)  # noqa: S101 - set by create_app
    return parts


async def current_parts(request: Request) -> Parts:
    return get_parts(request)


CurrentParts = Annotated[Parts, Depends(current_parts)]


async def get_settings(request: Request) -> Settings:
    return get_parts(request).settings


async def get_database(request: Request) -> Database:
    return get_parts(request).database


async def get_processes(request: Request) -> ProcessClient:
    return get_parts(request).processes


Processes = Annotated[ProcessClient, Depends(get_processes)]


async def get_post(request: Request) -> Post:
    return get_parts(request).post


Letterbox = Annotated[Post, Depends(get_post)]
"""For whoever writes a letter; see `models.repositories.letters.write`."""


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Takes a connection with the first statement, not before. A route that calls another server in between may
    `commit()` first: a later statement begins anew."""
    async with get_parts(request).database.session() as session:
        yield session
        if session.in_transaction():
            await session.commit()


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


async def get_reads(request: Request) -> Reads:
    return get_parts(request).reader


CurrentReads = Annotated[Reads, Depends(get_reads)]
"""What is committed, read at the least cost. Takes no part in the request's transaction."""


async def get_search(request: Request, session: Session) -> SearchIndex:
    return get_parts(request).search(session)


Search = Annotated[SearchIndex, Depends(get_search)]


async def current_visitor(request: Request, session: Session, reads: CurrentReads) -> Visitor:
    """Also the place where cross-site requests end, so no route can forget it."""
    visitor = await sessions.find_visitor(request, session, reads)
    if visitor.bearer and visitor.session_hash is None:
        raise SignInRequired("This token has expired or was never valid. Sign in again for a new one.")
    request.state.visitor = visitor
    await cross_site.check(request, visitor)
    if request.method not in cross_site.SAFE:
        address = address_of(request)
        count_write(request, visitor.owner or f"address {address}")
        if visitor.person is None:
            count_write(request, f"nobody at {address}", times=ANONYMOUS)
    return visitor


def count_write(request: Request, sender: str, *, times: int = 1) -> None:
    """A program that has lost its way, or means harm, does not keep everybody else from buying. `times` as many are
    allowed. Raises `TooManyRequests`."""
    throttle_of(request.app, "write").spend(
        sender, times * get_parts(request).settings.writes_per_minute, time.monotonic()
    )


CurrentVisitor = Annotated[Visitor, Depends(current_visitor)]


async def signed_in(visitor: CurrentVisitor) -> Person:
    if visitor.person is None:
        raise SignInRequired("Sign in to go on.")
    return visitor.person


SignedIn = Annotated[Person, Depends(signed_in)]


@dataclass(frozen=True, slots=True)
class Keeper:
    """An artisan and the shop that they keep."""

    person: Person
    shop_id: str
    shop_slug: str


async def shop_keeper(person: SignedIn) -> Keeper:
    if person.role is not Role.ARTISAN:
        raise Forbidden("Only artisans have a desk. Sign in with your shop's account.")
    if person.shop_id is None or person.shop_slug is None:
        raise Forbidden("Your account has no shop yet.")
    return Keeper(person, person.shop_id, person.shop_slug)


ShopKeeper = Annotated[Keeper, Depends(shop_keeper)]
