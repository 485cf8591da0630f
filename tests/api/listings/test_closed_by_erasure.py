"""A shop that its keeper's erasure has closed stays closed: nobody buys there what nobody will be there to make."""

import asyncio

import pytest
from httpx import AsyncClient

from core import clock
from core.database import Database
from models.repositories import privacy_erasing, privacy_erasures
from models.repositories.processes import Progress, record_progress
from tests.support.marketplace import TestShop


async def stands(database: Database, person_id: str, status: str, sequence: int) -> None:
    erasure_id, now = f"erasure-{person_id}-1", clock.now()
    async with database.transaction() as session:
        await privacy_erasures.announce(session, erasure_id, person_id, 1, requested_at=now, erase_at=now)
        await record_progress(session, Progress(erasure_id, "erasure", status, sequence))


@pytest.mark.parametrize(
    "case", [("scheduled", 200), ("waiting", 409), ("erasing", 409), ("cancelled", 200)], ids=lambda case: case[0]
)
async def test_pieces_come_back_on_sale_only_before_it_or_when_it_is_cancelled(
    database: Database, keeper: AsyncClient, shop: TestShop, listing_id: str, case: tuple[str, int]
) -> None:
    status, answer = case
    async with database.transaction() as session:
        assert await privacy_erasing.close_shop(session, shop.owner_id, clock.now()) == [listing_id]
    await stands(database, shop.owner_id, status, 1)
    published = await keeper.post(f"/api/v1/shop/listings/{listing_id}/publish")
    assert published.status_code == answer, published.text


async def test_publishing_and_closing_at_once_end_closed(database: Database, shop: TestShop, listing_id: str) -> None:
    """Whoever is publishing is waited for, and then taken off sale, too."""
    async with database.transaction() as session:
        assert not await privacy_erasures.closes_shop(session, shop.id)

        async def close() -> list[str]:
            async with database.transaction() as other:
                return await privacy_erasing.close_shop(other, shop.owner_id, clock.now())

        closing = asyncio.create_task(close())
        done, _ = await asyncio.wait([closing], timeout=0.3)
        assert not done
    assert await closing == [listing_id]
