"""Second factors of an account: which there are, and whether a code is one of them now."""

from sqlalchemy.ext.asyncio import AsyncSession


async def methods_of(session: AsyncSession, person_id: str) -> frozenset[str]:
    """`totp`, `passkey`, `recovery_code`; empty for an account that has set none up."""
    return frozenset()


async def check_code(session: AsyncSession, person_id: str, code: str) -> str | None:
    """The method whose code this is, used up by this; None for a wrong one."""
    return None
