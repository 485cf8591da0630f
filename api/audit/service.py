"""Searching and exporting the audit log. Both leave an entry of their own; how a file is written is `export`'s."""

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.reading import opaque
from api.audit.schemas import AuditEntryView, AuditExportQuery, AuditPage, AuditQuery, AuditSealView
from api.audit.words import audited_text
from api.auth.visitor import Person
from models.audited import Audited
from models.repositories import audit, audit_seals
from models.repositories.audit import Asked, Entry


class AuditLogService:
    """One administrator's look into the log."""

    def __init__(self, session: AsyncSession, person: Person) -> None:
        self._session = session
        self._person = person

    async def search(self, query: AuditQuery) -> AuditPage:
        asked = query.asked()
        await self._note(asked, "search")
        found = await audit.newest(self._session, asked, after=query.after, limit=query.limit + 1)
        shown = found[: query.limit]
        seal = await audit_seals.latest(self._session)
        return AuditPage(
            entries=[_view(entry) for entry in shown],
            next=shown[-1].link.entry_id if len(found) > query.limit else None,
            seal=None if seal is None else AuditSealView(day=seal.day, up_to_seq=seal.up_to_seq, hash=seal.hash.hex()),
        )

    async def note_export(self, query: AuditExportQuery) -> None:
        """Before the first line is sent: its entry is committed with the request, and is the export's last one."""
        await self._note(query.asked(), query.format)

    async def _note(self, asked: Asked, how: str) -> None:
        given = {
            "actor": asked.actor,
            "subject": asked.subject,
            "action": asked.action,
            "from": asked.from_,
            "to": asked.to,
        }
        await audit.append(
            self._session,
            Audited.LOG_READ,
            actor=self._person.id,
            role=self._person.role,
            subject=opaque(asked.subject) or opaque(asked.actor),
            details={"how": how, "filters": sorted(name for name, value in given.items() if value)},
        )


def _view(entry: Entry) -> AuditEntryView:
    link = entry.link
    return AuditEntryView(
        id=link.entry_id,
        at=link.at,
        actor=link.actor,
        role=link.role,
        action=link.action,
        text=audited_text(link.action),
        subject=link.subject,
        details=dict(entry.details),
        seq=link.seq,
        previous_hash=entry.previous_hash.hex(),
        hash=entry.hash.hex(),
    )
