"""Starts the export process and reads what has come of it. Decides nothing that the process decides."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.catalogue.schemas import View
from api.process_client import ProcessClient, ProcessClosed
from api.wording import status_label, status_text
from core import clock
from models.audited import Audited
from models.errors import NotFound
from models.repositories import audit, privacy_exports
from models.repositories.processes import read_process
from models.tables.privacy import DataExport
from models.types import ExportStatus
from workflows import policies
from workflows.data_export import messages

GONE = "There is no such copy, or it has been deleted. Ask for a new one."


class ExportView(View):
    id: str
    status: ExportStatus
    status_label: str
    status_text: str
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size_bytes: int
    can_be_fetched: bool


@dataclass(frozen=True)
class ExportService:
    """`allow_time_scale` is false in the cluster."""

    session: AsyncSession
    processes: ProcessClient
    allow_time_scale: bool

    async def request(self, person: Person) -> ExportView:
        """Today's copy: made now, being made, or ready already."""
        export_id = messages.export_id(person.id, clock.now().date())
        if await privacy_exports.find(self.session, export_id, person.id) is None:
            scale = person.time_scale if self.allow_time_scale else 1
            start = messages.ExportInput(export_id, person.id, policies.resolve_export(scale=scale))
            await self.session.commit()  # the process opens transactions of its own
            with suppress(ProcessClosed):  # ready faster than we looked
                await self.processes.request_export(start)
        return await self.find(person, export_id)

    async def find(self, person: Person, export_id: str) -> ExportView:
        """Raises `NotFound` for somebody else's too."""
        self.session.expire_all()
        return await self._view(await self._found(person, export_id))

    async def newest(self, person: Person) -> ExportView | None:
        found = await privacy_exports.newest_of(self.session, person.id)
        return None if found is None else await self._view(found)

    async def archive(self, person: Person, export_id: str) -> bytes:
        """Raises `NotFound` for one that is not ready, or over."""
        found = await self._found(person, export_id)
        if not _can_be_fetched(found):
            raise NotFound(GONE)
        await audit.append(
            self.session,
            Audited.DATA_EXPORTED,
            actor=person.id,
            role=person.role,
            subject=export_id,
            details={"fetched": True},
        )
        return await privacy_exports.archive_of(self.session, found)

    async def _found(self, person: Person, export_id: str) -> DataExport:
        found = await privacy_exports.find(self.session, export_id, person.id) if "\x00" not in export_id else None
        if found is None:
            raise NotFound(GONE)
        return found

    async def _view(self, found: DataExport) -> ExportView:
        process = await read_process(self.session, messages.workflow_id(found.id))
        status = ExportStatus(process.status) if process is not None else ExportStatus.GATHERING
        return ExportView(
            id=found.id,
            status=status,
            status_label=status_label(status),
            status_text=status_text(status),
            requested_at=found.requested_at,
            ready_at=found.ready_at,
            expires_at=found.expires_at,
            size_bytes=found.size_bytes,
            can_be_fetched=_can_be_fetched(found),
        )


def _can_be_fetched(found: DataExport) -> bool:
    return found.sealed is not None and found.expires_at is not None and clock.now() < found.expires_at
