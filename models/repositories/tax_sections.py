"""What a person's own copy shows of taxes and invoices: those on what they bought, their certificates, their shop's
numbers."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import invoices, taxes
from models.tables.selling import Checkout
from models.tables.taxes import TaxLine


async def read(session: AsyncSession, person_id: str) -> dict[str, Any]:
    rows = await session.execute(
        select(*TaxLine.__table__.columns)
        .join(Checkout, Checkout.id == TaxLine.checkout_id)
        .where(Checkout.buyer_id == person_id)
        .order_by(TaxLine.checkout_id, TaxLine.shop_id, TaxLine.item, TaxLine.position)
    )
    return {
        "taxes": [dict(row) for row in rows.mappings()],
        "invoices": [
            {
                "number": one.number,
                "issued_at": one.issued_at.isoformat(),
                "supplied_on": one.supplied_on.isoformat(),
                "to": asdict(one.addressee) if one.addressee else None,
                **one.draft.as_json(),
            }
            for one in await invoices.of_person(session, person_id)
        ],
        **await taxes.numbers_of(session, person_id),
    }
