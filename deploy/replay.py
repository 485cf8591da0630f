"""Hands a stored webhook over once more: makes its row due, and the API's sweeper takes it within seconds."""

from core.database import Database, create_engine
from core.keys import open_key_ring
from core.settings import Settings
from models.repositories import inbox


async def replay(settings: Settings, row_id: int) -> bool:
    """False when there is no such row. Safe to repeat: processes know an event by its id."""
    database = Database(create_engine(settings.database_url, 1), open_key_ring(settings.keys_path))
    try:
        async with database.transaction() as session:
            return await inbox.reopen(session, row_id)
    finally:
        await database.close()
