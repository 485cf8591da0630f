"""Whose cart a request is about. A browser gets a session with its first piece, not with its first look."""

from typing import Annotated

from fastapi import Depends, Request

from api.auth import sessions
from api.carts.service import CartOwner, CartService
from api.currencies.choice import chosen
from api.dependencies import CurrentVisitor, Session, get_parts


async def cart_service(request: Request, session: Session, visitor: CurrentVisitor) -> CartService:
    return CartService(session, get_parts(request).rates, chosen(request, visitor))


async def known_owner(visitor: CurrentVisitor) -> CartOwner:
    return CartOwner(visitor.person.id if visitor.person else None, visitor.session_hash)


async def certain_owner(request: Request, session: Session, visitor: CurrentVisitor) -> CartOwner:
    """Opens an anonymous session where there is none; its cookie goes out with whatever the route answers."""
    if visitor.owner is None:
        visitor = await sessions.open_anonymous(request, session)
    return await known_owner(visitor)


Carts = Annotated[CartService, Depends(cart_service)]
Owner = Annotated[CartOwner, Depends(known_owner)]
"""For looking, changing and removing."""
NewOwner = Annotated[CartOwner, Depends(certain_owner)]
"""For adding."""
