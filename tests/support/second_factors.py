"""One-time codes for tests that act as somebody with a second factor."""

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import factors
from core import clock
from models.repositories import factors as stored


async def add_codes(session: AsyncSession, person_id: str) -> str:
    """Sets one-time codes up without a browser; the secret."""
    secret = factors.new_secret()
    await stored.activate_secret(session, person_id, secret, clock.now())
    return secret


def code_now(secret: str, *, steps: int = 0) -> str:
    """What an app shows now, or so many half minutes from now. A code is taken once: use another step for the next."""
    return factors.code_of(secret, factors.step_at(clock.now()) + steps)
