"""Leaves a mark in the audit log when an administrator's route shows personal or financial data: one line a route.

@router.get("/held", dependencies=[access("administrator", "high", owns="any"), audits_reading("held_checkouts")])
"""

import re
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.dependencies import Session, SignedIn
from models.audited import Audited
from models.repositories import audit

_ID = re.compile(r"(?:workflow:)?(?:[a-z]+-)?[a-z]{2,5}_[0-9a-z]{26}(?:-[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class _Reading:
    """Hashable, so that the framework runs it once a request."""

    what: str
    of: str

    async def __call__(self, request: Request, session: Session, person: SignedIn) -> None:
        await note_reading(session, person, self.what, str(request.path_params.get(self.of, "")))


def audits_reading(what: str, of: str = "") -> Any:
    """A dependency for a route's `dependencies`, after its `access`. `what` is the code of what is shown, `of` the path
    parameter that holds the id of whom or what it is about.

    The mark is part of the request's transaction: what was refused was not shown, and leaves none.
    """
    return Depends(_Reading(what, of))


async def note_reading(session: AsyncSession, person: Person, what: str, subject: str = "") -> None:
    """The same, for a route that finds out later whether it shows something."""
    await audit.append(
        session,
        Audited.DATA_READ,
        actor=person.id,
        role=person.role,
        subject=opaque(subject),
        details={"what": what},
    )


def opaque(text: str) -> str:
    """The text when it is an id of ours, else nothing: what somebody typed does not belong into the log."""
    return text if _ID.fullmatch(text) else ""
