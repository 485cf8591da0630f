"""Puts together everything we keep about a person, for that person: gathers, packs, seals. Nothing of it is ever in a
message: the history knows an id, and when the archive was ready.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.audited import Audited
from models.errors import TooLarge
from models.repositories import audit, letters, people, privacy_exports
from models.repositories.person_keys import PersonErased
from models.repositories.privacy_sections import SECTIONS
from models.repositories.processes import Progress, record_progress
from models.rules.letters import LetterKind

GONE = "There is nothing left to export: this person's data has been erased."
SCHEMA = 1
"""Of the files. Grows when a field changes its meaning; a new field or file does not change it."""
LARGEST = 64 * 1024 * 1024
"""Bytes of one archive."""
README = """Your data at ArtisanConnect
===========================

This archive was made for you on {made}. It holds everything that we keep about you, as JSON (UTF-8):

{files}
Every date is in UTC. Amounts are whole numbers in the smallest unit of their currency (cents, for dollars). Letters and
digits like "usr_01h..." are our own names for things; the same one means the same thing in every file.

Left out are keys, passwords (of which we only have a hash) and what lives for minutes. Pictures are named by their
address; those of commissions open for you once you are signed in. manifest.json says which files there are and by which
version of their description ({schema}) to read them.
"""


@dataclass(frozen=True)
class OpenExport:
    export_id: str
    person_id: str
    progress: Progress


@dataclass(frozen=True)
class GatherExport:
    export_id: str
    person_id: str
    fetch_within: timedelta


@dataclass(frozen=True)
class Gathered:
    expires_at: datetime
    letter_id: str


class DataExportActivities:
    """Dependencies: the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.open_export, self.record_export, self.gather]

    @activity.defn(name="privacy.open_export")
    @translates_errors
    async def open_export(self, step: OpenExport) -> None:
        async with self._database.transaction() as session:
            await privacy_exports.request(session, step.export_id, step.person_id, clock.now())
            await record_progress(session, step.progress)

    @activity.defn(name="privacy.record_export")
    @translates_errors
    async def record_export(self, progress: Progress) -> None:
        async with self._database.transaction() as session:
            await record_progress(session, progress)

    @activity.defn(name="privacy.gather")
    @translates_errors
    async def gather(self, step: GatherExport) -> Gathered:
        """Reads in one snapshot, so that an order is not without its parcels. Repeated after it was done, it answers
        what it made: one archive, one letter.

        Raises `PersonErased` for somebody who is not there any more, `TooLarge`.
        """
        async with self._database.transaction() as session:
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            person = await people.find_person(session, step.person_id)
            if person is None or person.erased:
                raise PersonErased(GONE)
            if made := await _made(session, step):
                return made
            files = await gather(session, step.person_id)
        now = clock.now()
        archive, expires_at = pack(files, now), now + step.fetch_within
        async with self._database.transaction() as session:
            if not await privacy_exports.keep(
                session, step.export_id, step.person_id, archive, at=now, expires_at=expires_at
            ):
                if made := await _made(session, step):
                    return made
                raise PersonErased(GONE)
            await audit.append(
                session,
                Audited.DATA_EXPORTED,
                actor=step.person_id,
                role=person.role,
                subject=step.export_id,
                details={"bytes": len(archive)},
            )
            about = {"export_id": step.export_id}
            letter_id = await letters.write(session, LetterKind.EXPORT_READY, step.person_id, details=about)
        return Gathered(expires_at, letter_id)


async def _made(session: AsyncSession, step: GatherExport) -> Gathered | None:
    """What an earlier try has made."""
    there = await privacy_exports.find(session, step.export_id, step.person_id)
    if there is None or there.expires_at is None:
        return None
    about = {"export_id": step.export_id}
    letter_id = await letters.find_about(session, LetterKind.EXPORT_READY, step.person_id, about)
    return None if letter_id is None else Gathered(there.expires_at, letter_id)


async def gather(session: AsyncSession, person_id: str) -> dict[str, Mapping[str, Any]]:
    """File name → content."""
    return {section.name: await section.read(session, person_id) for section in SECTIONS}


def pack(files: Mapping[str, Mapping[str, Any]], made: datetime) -> bytes:
    """The archive. Raises `TooLarge`."""
    about = {section.name: section.about for section in SECTIONS}
    manifest = {
        "schema": SCHEMA,
        "made_at": made.isoformat(),
        "files": [{"name": f"{name}.json", "about": about[name]} for name in files],
    }
    listed = "".join(f"  {name}.json\n      {about[name]}\n" for name in files)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(made=f"{made:%Y-%m-%d}", files=listed, schema=SCHEMA))
        archive.writestr("manifest.json", _json(manifest))
        for name, content in files.items():
            archive.writestr(f"{name}.json", _json(content))
    packed = target.getvalue()
    if len(packed) > LARGEST:
        raise TooLarge("This archive is larger than we can put together by ourselves.")
    return packed


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1)
