"""Which process may ask the provider to send a refund now.

A refund that came back may be looked after by two processes, its own and one that mends it. Each looks for what the
other has done before it sends anything, and that is no protection while both look: so one sends at a time.
"""

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.commissions import CommissionRefund
from models.tables.refunds import Refund

Refunds = type[Refund] | type[CommissionRefund]
"""Of an order, or of a commission."""


async def claim(
    session: AsyncSession, operation: str, sender: str, *, until: datetime, now: datetime, of: Refunds = Refund
) -> bool:
    """False while another process is at it. The same one may claim it again and again."""
    claimed = await session.scalar(
        update(of)
        .where(of.id == operation, or_(of.sender.is_(None), of.sender == sender, of.sender_until < now))
        .values(sender=sender, sender_until=until)
        .returning(of.id)
    )
    return claimed is not None


async def let_go(session: AsyncSession, operation: str, sender: str, *, of: Refunds = Refund) -> None:
    """The provider has answered: whoever mends what it undoes later need not wait for the claim to lapse."""
    await session.execute(
        update(of).where(of.id == operation, of.sender == sender).values(sender=None, sender_until=None)
    )
