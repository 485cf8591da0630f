"""What a fetch leaves behind: rates once, quotes once a run, and nothing that is older than it may be."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from activities.rates import FetchRates, RateActivities
from core.database import Database
from models.errors import CurrencyMismatch, PartnerUnavailable
from models.ports import DayRates
from models.repositories.rates import Rates, mid_rate
from models.rules.fx import MARGIN_BP
from models.tables.currencies import FxQuote, FxRate
from models.types import Money

FRIDAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 16, 15, tzinfo=UTC)


class Bank:
    """Publishes what it is told to, or nothing."""

    def __init__(self) -> None:
        self.published: DayRates | None = DayRates(
            "EUR", FRIDAY, {"USD": Decimal("1.1043"), "JPY": Decimal("171.20"), "CHF": Decimal("0.9385")}
        )

    async def rates(self, day: date) -> DayRates:
        if self.published is None:
            raise PartnerUnavailable("The source of exchange rates did not answer.")
        return self.published


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def steps(database: Database, bank: Bank) -> RateActivities:
    return RateActivities(database, bank)


async def count(database: Database, table: type) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_rates_and_quotes_are_made_once_a_run(database: Database, steps: RateActivities) -> None:
    with time_machine.travel(NOW, tick=False):
        first = await steps.fetch(FetchRates("fx-refresh-1"))
        assert (first.day, first.quotes, first.answered) == ("2026-11-20", 6, True)
        assert await steps.fetch(FetchRates("fx-refresh-1")) == first
        assert (await count(database, FxRate), await count(database, FxQuote)) == (2, 6), "and no francs"
        await steps.fetch(FetchRates("fx-refresh-2"))
        assert (await count(database, FxRate), await count(database, FxQuote)) == (2, 12)


async def test_quotes_are_cross_rates_with_a_margin_and_end(database: Database, steps: RateActivities) -> None:
    rates = Rates()
    with time_machine.travel(NOW, tick=False):
        await steps.fetch(FetchRates("fx-refresh-1"))
        async with database.transaction() as session:
            exchange = await rates.exchange(session)
            mid = await mid_rate(session, "USD", "JPY", FRIDAY)
        quote = exchange.find("USD", "JPY")
        assert quote is not None
        assert mid is not None
        assert abs(quote.billionths * 10_000 - mid * (10_000 + MARGIN_BP)) <= 20_000
        assert quote.price(Money(4_800, "USD")) == Money(7_600, "JPY")
        assert exchange.find("EUR", "USD") is not None
    with time_machine.travel(NOW + timedelta(hours=26), tick=False):
        rates.forget()
        async with database.transaction() as session:
            late = await rates.exchange(session)
        assert late.quotes == {}
        with pytest.raises(CurrencyMismatch, match="no current exchange rate"):
            late.need("USD", "JPY")


async def test_what_a_process_keeps_ends_with_its_quotes(database: Database, steps: RateActivities) -> None:
    """Kept for seconds, not beyond the end."""
    rates = Rates()
    with time_machine.travel(NOW, tick=False) as clock:
        await steps.fetch(FetchRates("fx-refresh-1"))
        async with database.transaction() as session:
            assert (await rates.exchange(session)).quotes
            clock.shift(timedelta(hours=26))
            assert not (await rates.exchange(session)).quotes


async def test_without_an_answer_the_last_rates_are_used_for_as_long_as_they_may_be(
    database: Database, steps: RateActivities, bank: Bank
) -> None:
    with time_machine.travel(NOW, tick=False):
        await steps.fetch(FetchRates("fx-refresh-1"))
    bank.published = None
    with time_machine.travel(NOW + timedelta(days=5), tick=False):
        easter = await steps.fetch(FetchRates("fx-refresh-2"))
        assert (easter.day, easter.quotes, easter.answered) == ("2026-11-20", 6, False)
    with time_machine.travel(NOW + timedelta(days=6), tick=False):
        too_late = await steps.fetch(FetchRates("fx-refresh-3"))
        assert (too_late.day, too_late.quotes) == ("2026-11-20", 0)
    assert await count(database, FxQuote) == 12


async def test_an_answer_after_silence_makes_quotes_in_the_same_run(steps: RateActivities, bank: Bank) -> None:
    published, bank.published = bank.published, None
    with time_machine.travel(NOW, tick=False):
        assert await steps.fetch(FetchRates("fx-refresh-1")) == await steps.fetch(FetchRates("fx-refresh-1"))
        bank.published = published
        assert (await steps.fetch(FetchRates("fx-refresh-1"))).quotes == 6


async def test_what_a_day_said_stays(database: Database, steps: RateActivities, bank: Bank) -> None:
    with time_machine.travel(NOW, tick=False):
        await steps.fetch(FetchRates("fx-refresh-1"))
        bank.published = DayRates("EUR", FRIDAY, {"USD": Decimal("9.9999")})
        await steps.fetch(FetchRates("fx-refresh-2"))
    async with database.transaction() as session:
        assert await session.scalar(select(FxRate.billionths).where(FxRate.currency == "USD")) == 1_104_300_000
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(update(FxRate).values(billionths=1))
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(update(FxQuote).values(billionths=1))


async def test_without_a_source_nobody_is_asked(database: Database) -> None:
    fetched = await RateActivities(database, None).fetch(FetchRates("fx-refresh-1"))
    assert (fetched.quotes, fetched.answered) == (0, True)
