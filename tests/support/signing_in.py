"""Sessions for tests that are not about signing in."""

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import sessions
from api.auth.proof import Proof


async def session_of(session: AsyncSession, person_id: str, *, two_factors: bool = False) -> str:
    """A token of somebody who has just proved who they are."""
    methods = ("password", "totp") if two_factors else ("password",)
    token, _ = await sessions.open_for(session, person_id, None, Proof(methods, second_factor=two_factors))
    return token
