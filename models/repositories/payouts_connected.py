"""All SQL of shops' accounts at the payment provider: the mirror of what it last said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.ports import ConnectedAccount as Seen
from models.tables.catalogue import Shop
from models.tables.payouts import ConnectedAccount

LONGEST_NAME = 100
"""Of a requirement, as the column holds it."""


async def find(session: AsyncSession, shop_id: str) -> ConnectedAccount | None:
    return await session.scalar(
        select(ConnectedAccount).where(ConnectedAccount.shop_id == shop_id).execution_options(populate_existing=True)
    )


async def shop_of(session: AsyncSession, provider_id: str) -> str | None:
    """None for an account that is none of ours."""
    return await session.scalar(select(ConnectedAccount.shop_id).where(ConnectedAccount.provider_id == provider_id))


async def unable(session: AsyncSession, shop_ids: Sequence[str], *, before: datetime) -> Sequence[str]:
    """Those of the shops that could not be paid when the provider was last asked, which was before then."""
    rows = await session.scalars(
        select(ConnectedAccount.shop_id)
        .where(
            ConnectedAccount.shop_id.in_(shop_ids),
            ~(ConnectedAccount.transfers_enabled & ConnectedAccount.payouts_enabled),
            ConnectedAccount.checked_at < before,
        )
        .order_by(ConnectedAccount.shop_id)
    )
    return rows.all()


async def mirror(session: AsyncSession, shop_id: str, seen: Seen, now: datetime) -> None:
    """What the provider says now, in place of what it said before."""
    fresh = {
        "provider_id": seen.id,
        "country": seen.country,
        "transfers_enabled": seen.transfers_enabled,
        "payouts_enabled": seen.payouts_enabled,
        "requirements_due": [name[:LONGEST_NAME] for name in seen.requirements_due],
        "due_by": seen.due_by,
        "disabled_reason": seen.disabled_reason[:LONGEST_NAME],
        "checked_at": now,
    }
    await session.execute(
        insert(ConnectedAccount)
        .values(shop_id=shop_id, **fresh)
        .on_conflict_do_update(index_elements=[ConnectedAccount.shop_id], set_=fresh)
    )


async def bank_learned(
    session: AsyncSession, shop_id: str, changed_at: datetime, *, bank_id: str = "", refused: str = ""
) -> None:
    """The provider knows the details of then under this id, or did not take them."""
    await session.execute(
        update(ConnectedAccount)
        .where(ConnectedAccount.shop_id == shop_id)
        .values(bank_learned_at=changed_at, bank_refused=refused[:40], bank_id=bank_id)
    )


async def forget(session: AsyncSession, shop_id: str) -> int:
    """Empties what the provider said of its holder; the account's id stays until it is closed there."""
    bare: dict[str, Any] = {
        "requirements_due": [],
        "due_by": None,
        "disabled_reason": "",
        "bank_learned_at": None,
        "bank_refused": "",
    }
    said = or_(
        *(func.cardinality(ConnectedAccount.requirements_due) > 0, ConnectedAccount.due_by.is_not(None)),
        *(ConnectedAccount.disabled_reason != "", ConnectedAccount.bank_refused != ""),
        ConnectedAccount.bank_learned_at.is_not(None),
    )
    emptied = await session.scalars(
        update(ConnectedAccount)
        .where(ConnectedAccount.shop_id == shop_id, said)
        .values(bare)
        .returning(ConnectedAccount.shop_id)
    )
    return len(emptied.all())


async def remove(session: AsyncSession, shop_id: str) -> None:
    """There is no such account any more. What was paid to it stays, with its id, in `payouts`."""
    await session.execute(delete(ConnectedAccount).where(ConnectedAccount.shop_id == shop_id))


async def destination_of(session: AsyncSession, shop_id: str, details_of: datetime | None, currency: str) -> str:
    """The provider's id of the bank account with the details of then; empty when it does not know them, or knows
    others."""
    found: str | None = await session.scalar(
        select(ConnectedAccount.bank_id)
        .join(Shop, Shop.id == ConnectedAccount.shop_id)
        .where(
            ConnectedAccount.shop_id == shop_id,
            ConnectedAccount.bank_learned_at == details_of,
            ConnectedAccount.bank_refused == "",
            Shop.currency == currency,
        )
    )
    return found or ""
