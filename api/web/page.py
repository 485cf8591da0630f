"""What every page's route gets: the visitor, the transaction, and a way to answer with a rendered page.

Owns what the masthead needs on every page (categories, pieces in the cart). Decides nothing about any process.
"""

import hashlib
import time
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Visitor
from api.carts.service import CartOwner, CartService, pieces_in_cart
from api.catalogue.schemas import CategoryView
from api.catalogue.service import CatalogueService
from api.currencies.choice import chosen
from api.dependencies import CurrentVisitor, Search, Session, get_parts
from api.idempotency import Idempotency
from api.web.templating import render
from models.ports import SearchIndex

CATEGORIES_KEPT = 60.0
"""Seconds for which a process keeps the list of categories; it changes a few times a year."""
KEY_LENGTH = 64


class Page:
    """One request's page. `html` renders, `go` redirects after a form was carried out."""

    def __init__(self, request: Request, visitor: Visitor, session: AsyncSession, search: SearchIndex) -> None:
        self.request = request
        self.visitor = visitor
        self.session = session
        self.search = search

    @property
    def owner(self) -> CartOwner:
        person = self.visitor.person
        return CartOwner(person.id if person else None, self.visitor.session_hash)

    @property
    def catalogue(self) -> CatalogueService:
        parts = get_parts(self.request)
        return CatalogueService(parts.reader, self.search, parts.rates, self.currency)

    @property
    def carts(self) -> CartService:
        return CartService(self.session, get_parts(self.request).rates, self.currency)

    @property
    def currency(self) -> str | None:
        """What the visitor sees prices in; None is each shop's own."""
        return chosen(self.request, self.visitor)

    async def categories(self) -> list[CategoryView]:
        state = self.request.app.state
        kept: tuple[float, list[CategoryView]] | None = getattr(state, "web_categories", None)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        found = await self.catalogue.categories()
        if found:
            state.web_categories = (time.monotonic() + CATEGORIES_KEPT, found)
        return found

    def once(self, typed: Mapping[str, str], *content: object) -> Idempotency:
        """What a form's hidden `key` makes one thing, however often the form is sent. With `content`, whoever went back
        to the form and filled it in with something else has another thing done, and is not refused."""
        key = typed.get("key", "")[:KEY_LENGTH]
        if key and content:
            key = f"{key}/{hashlib.sha256(repr(content).encode()).hexdigest()}"
        return Idempotency(self.request, self.session, self.visitor.owner, key or None)

    async def html(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """The rendered page. Private pages are never kept by a shared cache."""
        shell: dict[str, object] = {
            "visitor": self.visitor,
            "nav_categories": await self.categories(),
            "searched": "",
            "here": "",
            "errors": {},
            "shown_in": self.currency,
            "outside_providers": [(one.code, one.name) for one in get_parts(self.request).settings.identity_providers],
        }
        if "cart_count" not in values:
            shell["cart_count"] = await pieces_in_cart(get_parts(self.request).reader, self.owner)
        return HTMLResponse(
            render(template, {**shell, **values}), status_code=status, headers={"Cache-Control": "private, no-cache"}
        )

    def fragment(self, template: str, **values: object) -> HTMLResponse:
        """A piece of a page, for a live update."""
        return HTMLResponse(
            render(template, {"visitor": self.visitor, **values}), headers={"Cache-Control": "no-store"}
        )

    @staticmethod
    def go(path: str) -> RedirectResponse:
        """After a POST: the browser fetches `path` with GET, so that reloading repeats nothing."""
        return RedirectResponse(path, status_code=303)


async def current_page(request: Request, visitor: CurrentVisitor, session: Session, search: Search) -> Page:
    return Page(request, visitor, session, search)


CurrentPage = Annotated[Page, Depends(current_page)]
