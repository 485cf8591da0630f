"""The one-time code of a demo account: what its authenticator app would show, if it had a telephone.

Works on the embedded stack alone, where whoever runs it holds all its keys anyway.
"""

import asyncio

from api.auth import factors
from core import clock
from core.database import Database, create_engine
from core.keys import open_key_ring
from core.settings import Settings
from models.repositories import factors as stored
from models.repositories import people


async def code_for(settings: Settings, email: str) -> str:
    """A code that has not been taken yet; waits for the next one where it has, at most a minute.

    Raises `ValueError` with a sentence for whoever asked.
    """
    if settings.environment != "embedded":
        raise ValueError("codes are told on the embedded stack only; elsewhere they are on their owner's telephone")
    database = Database(create_engine(settings.database_url, 1), open_key_ring(settings.keys_path))
    try:
        async with database.transaction() as session:
            found = await people.find_by_email(session, email)
            secret = await stored.secret_of(session, found.id) if found else None
    finally:
        await database.close()
    if found is None:
        raise ValueError(f"nobody signs in as {email} here. Has the marketplace been seeded? artisan seed")
    if secret is None:
        raise ValueError(f"{email} has no one-time codes set up")
    step = max(factors.step_at(clock.now()), secret.last_step + 1)
    ahead = (step - factors.DRIFT) * factors.STEP - clock.now().timestamp()
    await asyncio.sleep(max(0.0, ahead))
    return factors.code_of(secret.text, step)
