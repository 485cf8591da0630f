"""`artisan keys rotate-signing`: a new key for tokens before its month is over, or at once when others may have it."""

from activities import signing_keys
from core import clock
from core.database import Database, create_engine
from core.keys import open_key_ring
from core.settings import Settings
from models.repositories import audit


async def rotate(settings: Settings, *, at_once: bool) -> str:
    """What has happened, for people."""
    database = Database(create_engine(settings.database_url), open_key_ring(settings.keys_path))
    try:
        async with database.transaction() as session:
            made = await signing_keys.rotate(session, clock.now(), at_once=at_once, actor=audit.SYSTEM)
    finally:
        await database.close()
    if at_once:
        return f"{made.kid} signs from now on; what the others signed is worth nothing any more"
    return (
        f"{made.kid} is published, and signs from {made.signs_from:%H:%M} UTC; the others stay until then and a while"
    )
