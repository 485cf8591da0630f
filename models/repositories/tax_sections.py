"""What a person's own copy shows of taxes: those on what they bought, their certificates, their shop's numbers."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import taxes
from models.tables.selling import Checkout
from models.tables.taxes import TaxLine


async def read(session: AsyncSession, person_id: str) -> dict[str, Any]:
    rows = await session.execute(
        select(*TaxLine.__table__.columns)
        .join(Checkout, Checkout.id == TaxLine.checkout_id)
        .where(Checkout.buyer_id == person_id)
        .order_by(TaxLine.checkout_id, TaxLine.shop_id, TaxLine.item, TaxLine.position)
    )
    return {"taxes": [dict(row) for row in rows.mappings()], **await taxes.numbers_of(session, person_id)}
