"""Whom mails about a commission go to: both sides with their addresses, and the figures that mails name."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.database import keys_of
from models.errors import NotFound
from models.repositories.commissions import UNKNOWN
from models.repositories.people import email_of, name_of
from models.tables.catalogue import Shop
from models.tables.commissions import CommissionRefund, CommissionRow
from models.tables.people import PersonKey, User


@dataclass(frozen=True)
class CommissionContacts:
    """Addresses are empty once their owner has been erased."""

    number: str
    currency: str
    back_minor: int
    """What went back to the customer, or is on its way."""
    shop_name: str
    customer_id: str
    customer_name: str
    customer_email: str
    artisan_id: str
    artisan_name: str
    artisan_email: str


async def contacts(session: AsyncSession, commission_id: str) -> CommissionContacts:
    """Raises `NotFound`."""
    owner, owner_key = aliased(User), aliased(PersonKey)
    row = (
        await session.execute(
            select(CommissionRow, User, PersonKey.wrapped_key, owner, owner_key.wrapped_key, Shop.name)
            .select_from(CommissionRow)
            .join(User, User.id == CommissionRow.customer_id)
            .join(PersonKey, PersonKey.person_id == User.id)
            .join(Shop, Shop.id == CommissionRow.shop_id)
            .join(owner, owner.id == Shop.owner_id)
            .join(owner_key, owner_key.person_id == owner.id)
            .where(CommissionRow.id == commission_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    commission, customer, customer_wrapped, artisan, artisan_wrapped, shop_name = row
    back = await session.scalar(
        select(func.coalesce(func.sum(CommissionRefund.amount_minor), 0)).where(
            CommissionRefund.commission_id == commission_id
        )
    )
    ring = keys_of(session)
    return CommissionContacts(
        number=commission.number,
        currency=commission.currency,
        back_minor=int(back or 0),
        shop_name=shop_name,
        customer_id=customer.id,
        customer_name=name_of(ring, customer.id, customer_wrapped, customer.name_sealed),
        customer_email=email_of(ring, customer.id, customer_wrapped, customer.email_sealed),
        artisan_id=artisan.id,
        artisan_name=name_of(ring, artisan.id, artisan_wrapped, artisan.name_sealed),
        artisan_email=email_of(ring, artisan.id, artisan_wrapped, artisan.email_sealed),
    )
