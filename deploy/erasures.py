"""`artisan erasures replay`: after a backup of the database was restored, erases again whoever had been erased.

A backup knows people whom we have forgotten since, and the keys to read them. The journal of erasures lies outside of
the database and its backups, so it knows better. Partners need not be asked again: their memory was not restored.
"""

import asyncio
from dataclasses import dataclass

from activities.gateways.erasure_journal import FileErasureJournal
from activities.gateways.postgres_search import PostgresSearch
from core import clock
from core.database import Database, create_engine
from core.keys import open_key_ring
from core.settings import Settings
from models.audited import Audited
from models.ports import ErasureJournal
from models.repositories import audit, person_keys, privacy_erasing, privacy_erasures


@dataclass(frozen=True)
class Replayed:
    known: int
    """Erasures in the journal."""
    erased: int
    """Of people who had come back."""


def run(settings: Settings) -> Replayed:
    return asyncio.run(_run(settings))


async def _run(settings: Settings) -> Replayed:
    database = Database(create_engine(settings.database_url, 1), open_key_ring(settings.keys_path))
    try:
        return await replay(database, FileErasureJournal(settings.erasures_path))
    finally:
        await database.close()


async def replay(database: Database, journal: ErasureJournal) -> Replayed:
    """One transaction a person. What others still need of them stays as it does in any erasure; nothing is waited
    for, because it had been waited for when they were erased."""
    known, erased = await journal.all(), 0
    for tombstone in known:
        async with database.transaction() as session:
            if not await privacy_erasing.lock(session, tombstone.person_id):
                continue  # the backup is older than the account
            if await person_keys.is_destroyed(session, tombstone.person_id):
                continue
            listings = await privacy_erasing.close_shop(session, tombstone.person_id, clock.now())
            await PostgresSearch(session).index(listings)
            count = await privacy_erasing.erase_person(session, tombstone.person_id, tombstone.erasure_id, tombstone.at)
            await privacy_erasures.mark_erased(session, tombstone.erasure_id, tombstone.at)
            await audit.append(
                session,
                Audited.ERASED,
                actor=audit.SYSTEM,
                role=audit.SYSTEM,
                subject=tombstone.person_id,
                details={"rows": count, "replayed": True},
            )
            erased += 1
    return Replayed(len(known), erased)
