"""Keeps what somebody sent while they prove again who they are, so that nothing is typed twice.

Text fields only: a browser lets nobody refill a file, so pictures are chosen again.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request

from api.auth import cross_site
from core import clock
from core.database import Database
from core.keys import Purpose
from core.sealing import seal, unseal
from models.errors import NotFound
from models.repositories import sessions as stored
from models.types import new_id

WAITS = timedelta(minutes=30)
NEVER_KEPT = {cross_site.FIELD, "password"}
LARGEST = 200_000
"""Characters of all fields together; the longest form of ours has a tenth of that."""


@dataclass(frozen=True, slots=True)
class Parked:
    path: str
    fields: list[tuple[str, str]]
    had_files: bool


async def park(request: Request, database: Database, person_id: str) -> str:
    """The id under which the form waits; empty when there is nothing to keep. In a transaction of its own, because the
    request's is about to be rolled back."""
    if request.method != "POST" or not request.headers.get("content-type", "").startswith(cross_site.FORMS):
        return ""
    form = await request.form()
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name not in NEVER_KEPT]
    if sum(len(name) + len(value) for name, value in fields) > LARGEST:
        return ""
    had_files = any(not isinstance(value, str) and value.size for _, value in form.multi_items())
    form_id = new_id("frm")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    plain = json.dumps({"path": path, "fields": fields, "had_files": had_files}).encode()
    sealed = seal(database.keys, Purpose.TOKENS, plain, _bound_to(form_id, person_id))
    async with database.transaction() as session:
        await stored.park(session, form_id, person_id, sealed, clock.now() + WAITS)
    return form_id


async def take(database: Database, form_id: str, person_id: str) -> Parked:
    """Raises `NotFound` for somebody else's form, or one that has waited too long."""
    async with database.transaction() as session:
        sealed = await stored.parked(session, form_id, person_id, clock.now())
    if sealed is None:
        raise NotFound("What you sent has waited too long. Go back to the page and send it again.")
    kept = json.loads(unseal(database.keys, sealed, _bound_to(form_id, person_id)))
    return Parked(kept["path"], [(name, value) for name, value in kept["fields"]], kept["had_files"])


def _bound_to(form_id: str, person_id: str) -> str:
    return f"parked form {form_id} of {person_id}"
