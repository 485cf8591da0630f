"""All SQL of data exports: the request and its sealed archive. What goes into one stands in `privacy_sections`."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.sealing import decrypt, encrypt
from models.repositories import person_keys
from models.tables.privacy import DataExport


async def request(session: AsyncSession, export_id: str, person_id: str, at: datetime) -> None:
    """Safe to repeat."""
    await session.execute(
        insert(DataExport).values(id=export_id, person_id=person_id, requested_at=at).on_conflict_do_nothing()
    )


async def find(session: AsyncSession, export_id: str, person_id: str) -> DataExport | None:
    """None for somebody else's too."""
    return await session.scalar(select(DataExport).where(DataExport.id == export_id, DataExport.person_id == person_id))


async def newest_of(session: AsyncSession, person_id: str) -> DataExport | None:
    return await session.scalar(
        select(DataExport)
        .where(DataExport.person_id == person_id)
        .order_by(DataExport.requested_at.desc(), DataExport.id.desc())
        .limit(1)
    )


async def keep(
    session: AsyncSession, export_id: str, person_id: str, archive: bytes, *, at: datetime, expires_at: datetime
) -> bool:
    """Seals the archive with the person's own key. False when there is one already, or the request is gone, because
    its owner was erased a moment ago. Raises `NotFound`, `PersonErased`."""
    key = await person_keys.open_key(session, person_id)
    kept = await session.scalar(
        update(DataExport)
        .where(DataExport.id == export_id, DataExport.ready_at.is_(None))
        .values(
            sealed=encrypt(key, archive, _bound(person_id, export_id)),
            size_bytes=len(archive),
            ready_at=at,
            expires_at=expires_at,
        )
        .returning(DataExport.id)
    )
    return kept is not None


async def archive_of(session: AsyncSession, export: DataExport) -> bytes:
    """Raises `NotFound`, `PersonErased`; `LookupError` for one that is not there yet or not any more."""
    if export.sealed is None:
        raise LookupError(export.id)
    key = await person_keys.open_key(session, export.person_id)
    return decrypt(key, export.sealed, _bound(export.person_id, export.id))


def _bound(person_id: str, export_id: str) -> bytes:
    return f"person/{person_id}/export/{export_id}".encode()
