"""Quotes for tests: what one currency is worth in another, written down as the daily refresh would."""

from datetime import timedelta

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.repositories import rates
from models.rules.fx import ONE
from models.tables.currencies import FxRate, ListingPrice
from models.types import CURRENCY_DECIMALS

PER_EURO = {
    "USD": 1_104_300_000,
    "CAD": 1_541_700_000,
    "GBP": 871_450_000,
    "MXN": 20_631_000_000,
    "JPY": 171_200_000_000,
    "KWD": 339_050_000,
}
"""Billionths."""


async def publish_rates(session: AsyncSession, **changed: int) -> None:
    """Rates of today, and quotes made of them; `changed` are billionths for one euro."""
    per_euro = PER_EURO | changed
    today = clock.now().date() - timedelta(days=1 if changed else 2)
    await session.execute(
        insert(FxRate),
        [{"day": today, "currency": currency, "billionths": rate} for currency, rate in per_euro.items()],
    )
    assert {"EUR", *per_euro} == set(CURRENCY_DECIMALS)
    await rates.issue_quotes(session, today, {"EUR": ONE, **per_euro}, clock.now())


async def ask_price(session: AsyncSession, listing_id: str, currency: str, minor: int) -> None:
    """The artisan's own price in another currency."""
    await session.execute(insert(ListingPrice).values(listing_id=listing_id, currency=currency, price_minor=minor))
