"""All SQL of parcels: their lines, their way, and which delivery attempts the workflow has recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.orders import DeliveryAttempt, Parcel, ParcelLine
from models.types import Money, ParcelStatus


async def add_parcel(
    session: AsyncSession,
    *,
    parcel_id: str,
    order_id: str,
    courier: str,
    service: str,
    tracking_number: str,
    label_url: str,
    label_price: Money,
    status: ParcelStatus,
    pieces: Mapping[str, int],
) -> None:
    """Keeps a labelled parcel with its lines. Safe to repeat."""
    added = await session.scalar(
        insert(Parcel)
        .values(
            id=parcel_id,
            order_id=order_id,
            courier=courier,
            service=service,
            tracking_number=tracking_number,
            label_url=label_url,
            label_price_minor=label_price.minor,
            currency=label_price.currency,
            status=status.value,
        )
        .on_conflict_do_nothing(index_elements=[Parcel.id])
        .returning(Parcel.id)
    )
    if added is not None:
        await session.execute(
            insert(ParcelLine).values(
                [
                    {"parcel_id": parcel_id, "listing_id": listing_id, "quantity": quantity}
                    for listing_id, quantity in pieces.items()
                ]
            )
        )


async def hand_over(session: AsyncSession, parcel_id: str, at: datetime) -> None:
    """From now on the courier's callbacks about its first attempt are heard."""
    await session.execute(
        update(Parcel)
        .where(Parcel.id == parcel_id, Parcel.attempt == 0)
        .values(status=ParcelStatus.HANDED_OVER.value, handed_over_at=at, attempt=1)
    )


async def record_attempt(
    session: AsyncSession,
    parcel_id: str,
    attempt: int,
    outcome: str,
    status: ParcelStatus,
    *,
    next_attempt: int | None = None,
    delivered_at: datetime | None = None,
) -> None:
    """How an attempt ended in the workflow's eyes, and what has become of the parcel by it. Safe to repeat, also late:
    a parcel never goes back to an earlier attempt, and what has become of it is final."""
    await session.execute(
        insert(DeliveryAttempt).values(parcel_id=parcel_id, attempt=attempt, outcome=outcome).on_conflict_do_nothing()
    )
    await session.execute(
        update(Parcel)
        .where(Parcel.id == parcel_id, Parcel.attempt == attempt, Parcel.status == ParcelStatus.HANDED_OVER.value)
        .values(status=status.value, attempt=next_attempt or attempt, delivered_at=delivered_at)
    )


async def cancel_unsent(session: AsyncSession, order_id: str) -> None:
    """Labels that will not be used any more."""
    await session.execute(
        update(Parcel)
        .where(Parcel.order_id == order_id, Parcel.status == ParcelStatus.LABELLED.value)
        .values(status=ParcelStatus.CANCELLED.value)
    )


async def cancel(session: AsyncSession, parcel_ids: Sequence[str]) -> None:
    """Labels that will not be used after all."""
    await session.execute(
        update(Parcel)
        .where(Parcel.id.in_(parcel_ids), Parcel.status == ParcelStatus.LABELLED.value)
        .values(status=ParcelStatus.CANCELLED.value)
    )


@dataclass(frozen=True)
class TrackedParcel:
    """What a courier's callback is checked against."""

    parcel_id: str
    order_id: str
    courier: str
    attempt: int


async def find_tracked(session: AsyncSession, tracking_number: str) -> list[TrackedParcel]:
    """Parcels under a tracking number, which is unique only within one courier."""
    rows = await session.execute(
        select(Parcel.id, Parcel.order_id, Parcel.courier, Parcel.attempt)
        .where(Parcel.tracking_number == tracking_number)
        .order_by(Parcel.courier)
    )
    return [TrackedParcel(*row) for row in rows]


async def is_recorded(session: AsyncSession, parcel_id: str, attempt: int) -> bool:
    """Whether the workflow knows how this attempt ended, so that its callback needs no further delivery."""
    found = await session.scalar(
        select(exists().where(DeliveryAttempt.parcel_id == parcel_id, DeliveryAttempt.attempt == attempt))
    )
    return bool(found)


@dataclass(frozen=True)
class ParcelFacts:
    parcel: Parcel
    pieces: Mapping[str, int]


async def get_parcel(session: AsyncSession, parcel_id: str) -> Parcel | None:
    return await session.get(Parcel, parcel_id)


async def parcels_of(session: AsyncSession, order_id: str) -> Sequence[ParcelFacts]:
    """The order's parcels with their lines, oldest first."""
    parcels = (
        await session.scalars(select(Parcel).where(Parcel.order_id == order_id).order_by(Parcel.created_at, Parcel.id))
    ).all()
    lines = await session.execute(
        select(ParcelLine.parcel_id, ParcelLine.listing_id, ParcelLine.quantity)
        .where(ParcelLine.parcel_id.in_([parcel.id for parcel in parcels]))
        .order_by(ParcelLine.listing_id)
    )
    by_parcel: dict[str, dict[str, int]] = {parcel.id: {} for parcel in parcels}
    for parcel_id, listing_id, quantity in lines:
        by_parcel[parcel_id][listing_id] = quantity
    return [ParcelFacts(parcel, by_parcel[parcel.id]) for parcel in parcels]
