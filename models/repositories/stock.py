"""Reserves, sells and frees pieces. The only writer of `stock.reserved`; rows are locked in primary-key order."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, and_, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import OutOfStock
from models.tables.catalogue import Stock
from models.tables.selling import Reservation


async def lock(session: AsyncSession, listing_ids: set[str]) -> dict[str, Stock]:
    """Locks the rows until the transaction ends. The order makes a deadlock between two carts impossible."""
    rows = await session.scalars(
        select(Stock).where(Stock.listing_id.in_(listing_ids)).order_by(Stock.listing_id).with_for_update()
    )
    return {row.listing_id: row for row in rows}


async def reserve(session: AsyncSession, checkout_id: str, quantities: Mapping[str, int], expires_at: datetime) -> None:
    """All lines or none: raises `OutOfStock`, naming what is left of each line that falls short."""
    rows = await lock(session, set(quantities))
    left = {
        listing_id: (rows[listing_id].on_hand - rows[listing_id].reserved if listing_id in rows else 0)
        for listing_id in quantities
    }
    short = {listing_id: left[listing_id] for listing_id, wanted in quantities.items() if left[listing_id] < wanted}
    if short:
        raise OutOfStock(
            "Somebody was faster: not all pieces in your cart are still available. Look at the cart and try again.",
            left=short,
        )
    connection = await session.connection()
    await connection.execute(
        insert(Reservation),
        [
            {
                "checkout_id": checkout_id,
                "listing_id": listing_id,
                "quantity": wanted,
                "state": "held",
                "expires_at": expires_at,
            }
            for listing_id, wanted in quantities.items()
        ],
    )
    await connection.execute(
        update(Stock)
        .where(Stock.listing_id == Reservation.listing_id, Reservation.checkout_id == checkout_id)
        .values(reserved=Stock.reserved + Reservation.quantity)
    )


async def extend(session: AsyncSession, checkout_id: str, expires_at: datetime) -> None:
    await session.execute(
        update(Reservation)
        .where(Reservation.checkout_id == checkout_id, Reservation.state == "held")
        .values(expires_at=expires_at)
    )


async def sell(session: AsyncSession, checkout_id: str) -> set[str]:
    """Turns the checkout's reservations into sales. Returns the listings that are now sold out. Safe to repeat."""
    rows = await _close(session, checkout_id, "sold")
    return {listing_id for listing_id, on_hand in rows if on_hand == 0}


async def release(session: AsyncSession, checkout_id: str) -> None:
    """Frees what the checkout still holds. Safe to repeat."""
    await _close(session, checkout_id, "released")


async def restock(session: AsyncSession, quantities: Mapping[str, int]) -> None:
    """Puts sold pieces back on sale. Not idempotent by itself: call it inside `effects.once`."""
    rows = await lock(session, set(quantities))
    for listing_id, quantity in quantities.items():
        rows[listing_id].on_hand += quantity
    await session.flush()


async def _close(session: AsyncSession, checkout_id: str, state: str) -> Sequence[Row[str, int]]:
    """(listing id, pieces on hand) of what the checkout has held until now."""
    connection = await session.connection()
    held = and_(Reservation.checkout_id == checkout_id, Reservation.state == "held")
    # Locked first, in the one order; then both tables at once, so that neither is closed without the other.
    await connection.execute(
        select(Stock.listing_id)
        .join(Reservation, Reservation.listing_id == Stock.listing_id)
        .where(held)
        .order_by(Stock.listing_id)
        .with_for_update()
    )
    closed = (
        update(Reservation)
        .where(held)
        .values(state=state)
        .returning(Reservation.listing_id, Reservation.quantity)
        .cte("closed")
    )
    sold = closed.c.quantity if state == "sold" else literal(0)
    rows = await connection.execute(
        update(Stock)
        .where(Stock.listing_id == closed.c.listing_id)
        .values(reserved=Stock.reserved - closed.c.quantity, on_hand=Stock.on_hand - sold)
        .returning(Stock.listing_id, Stock.on_hand)
    )
    return rows.all()
