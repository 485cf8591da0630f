"""Conversion: exact, half up, with no currency's decimals forgotten; quotes end when they say so."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import CurrencyMismatch, InvalidInput
from models.rules.fx import ONE, FxQuote, billionths, cross, exchanges, pairs, presentable, too_old
from models.rules.money import (
    LEAST,
    chargeable,
    refuse_too_little,
    refuse_unchargeable,
    step_of,
    written,
)
from models.rules.splits import split_in_steps
from models.types import CURRENCY_DECIMALS, MAX_MINOR, Money

NOW = datetime(2026, 11, 22, 16, 15, tzinfo=UTC)
CURRENCIES = st.sampled_from(sorted(CURRENCY_DECIMALS))
PER_EURO = {"EUR": ONE, "USD": 1_094_400_000, "JPY": 147_530_000_000, "KWD": 336_500_000, "GBP": 880_530_000}


def quoted(base: str, quote: str, rate: int, *, expires_at: datetime = NOW + timedelta(hours=1)) -> FxQuote:
    return FxQuote("fxq_1", base, quote, rate, expires_at)


def test_the_worked_example() -> None:
    rate = cross(PER_EURO, "USD", "JPY")
    assert cross(PER_EURO, "USD", "JPY", margin_bp=0) == 134_804_459_064
    assert rate == 137_500_548_246
    quote = quoted("USD", "JPY", rate)
    assert quote.charged(Money(4_800, "USD")) == Money(6_600, "JPY")
    assert quote.price(Money(4_800, "USD")) == Money(6_600, "JPY")
    assert quote.owed(Money(6_600, "JPY")) == Money(4_800, "USD")


@pytest.mark.parametrize(
    ("owed", "quote", "charged"),
    [
        (Money(4_800, "USD"), quoted("USD", "KWD", 313_000_000), Money(15_024, "KWD")),
        (Money(7_412, "JPY"), quoted("JPY", "USD", 6_700_000), Money(4_966, "USD")),
        (Money(5_125, "KWD"), quoted("KWD", "JPY", 480_100_000_000), Money(2_461, "JPY")),
        (Money(1, "USD"), quoted("USD", "EUR", 500_000_000), Money(1, "EUR")),
        (Money(-1, "USD"), quoted("USD", "EUR", 500_000_000), Money(-1, "EUR")),
        (Money(0, "USD"), quoted("USD", "EUR", 932_000_000), Money(0, "EUR")),
    ],
)
def test_decimals_of_both_currencies_count_and_halves_go_up(owed: Money, quote: FxQuote, charged: Money) -> None:
    assert quote.charged(owed) == charged


@given(st.integers(0, 10**9), CURRENCIES, CURRENCIES, st.integers(10**6, 10**12))
def test_a_conversion_is_the_nearest_amount_and_never_a_float(minor: int, base: str, quote: str, rate: int) -> None:
    if base == quote:
        return
    exact = Fraction(minor, 10 ** CURRENCY_DECIMALS[base]) * Fraction(rate, ONE) * 10 ** CURRENCY_DECIMALS[quote]
    if exact > MAX_MINOR - 1:
        return
    charged = quoted(base, quote, rate).charged(Money(minor, base)).minor
    assert abs(charged - exact) <= Fraction(1, 2)
    assert charged == int((Decimal(exact.numerator) / exact.denominator).quantize(Decimal(1), ROUND_HALF_UP))


@given(st.integers(0, 10**9), st.integers(10**7, 10**11))
def test_there_and_back_loses_no_more_than_the_coarser_currencys_half(minor: int, rate: int) -> None:
    quote = quoted("USD", "EUR", rate)
    back = quote.owed(quote.charged(Money(minor, "USD"))).minor
    assert abs(back - minor) <= Fraction(ONE, 2 * rate) + Fraction(1, 2)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (317, "EUR", 317),
        (517, "EUR", 515),
        (4_152, "EUR", 4_150),
        (4_155, "EUR", 4_160),
        (28_933, "USD", 28_900),
        (7_412, "JPY", 7_400),
        (51, "JPY", 51),
        (14_250, "KWD", 14_300),
        (5_124, "KWD", 5_100),
        (1, "KWD", 10),
        (0, "KWD", 0),
    ],
)
def test_converted_prices_look_like_prices(minor: int, currency: str, shown: int) -> None:
    assert presentable(Money(minor, currency)).minor == shown


@given(st.integers(0, 10**10), CURRENCIES)
def test_a_presentable_price_moves_little_and_can_be_charged(minor: int, currency: str) -> None:
    shown = presentable(Money(minor, currency)).minor
    assert shown % step_of(currency) == 0
    assert abs(shown - minor) <= max(Fraction(minor, 200), Fraction(step_of(currency), 2)) or minor < step_of(currency)
    assert (shown == 0) == (minor == 0)


@given(st.integers(1, 10**7), CURRENCIES, CURRENCIES)
def test_no_price_is_rounded_below_what_the_artisan_is_owed(minor: int, base: str, quote: str) -> None:
    """Or 999 pieces at a few cents would be bought for a third less than we then owe for them."""
    per_euro = PER_EURO | {"CAD": 1_530_000_000, "MXN": 20_150_000_000}
    if base == quote or not {base, quote} <= per_euro.keys():
        return
    price = quoted(base, quote, cross(per_euro, base, quote)).price(Money(minor, base)).minor
    mid = Fraction(cross(per_euro, base, quote, margin_bp=0), ONE)
    owed = Fraction(minor, 10 ** CURRENCY_DECIMALS[base]) * mid * 10 ** CURRENCY_DECIMALS[quote]
    assert price >= owed
    assert price % step_of(quote) == 0
    assert price <= owed * Fraction(103, 100) + step_of(quote)


def test_a_price_of_a_few_centavos_is_a_step_more_in_dinars() -> None:
    quote = quoted("MXN", "KWD", cross(PER_EURO | {"MXN": 20_150_000_000}, "MXN", "KWD"))
    assert quote.charged(Money(87, "MXN")) == Money(15, "KWD")
    assert quote.price(Money(70, "MXN")) == Money(20, "KWD"), "12 fils would be shown as 10"


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 1_000), min_size=1, max_size=6), CURRENCIES)
def test_chargeable_shares_lose_nothing(total: int, weights: list[int], currency: str) -> None:
    shares = split_in_steps(total, weights, step_of(currency))
    assert sum(shares) == total
    assert all(share % step_of(currency) == 0 for share in shares[:-1])


@pytest.mark.parametrize(("minor", "nearest"), [(5_124, 5_120), (5_125, 5_130), (5_130, 5_130), (4, 0)])
def test_dinars_are_charged_in_steps_of_ten_fils(minor: int, nearest: int) -> None:
    assert chargeable(minor, "KWD") == nearest
    assert chargeable(minor, "USD") == minor


def test_what_no_card_carries_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match=r"steps of 0\.010"):
        refuse_unchargeable(Money(5_125, "KWD"))
    refuse_unchargeable(Money(5_120, "KWD"))
    refuse_unchargeable(Money(1, "JPY"))


@pytest.mark.parametrize("currency", sorted(CURRENCY_DECIMALS))
def test_every_currency_has_a_least_charge(currency: str) -> None:
    refuse_too_little(Money(LEAST[currency], currency))
    with pytest.raises(InvalidInput, match=written(LEAST[currency], currency)):
        refuse_too_little(Money(LEAST[currency] - 1, currency))


def test_the_newest_quote_counts_and_the_older_one_until_it_ends() -> None:
    newer = quoted("USD", "EUR", 932_000_000, expires_at=NOW + timedelta(hours=26))
    older = quoted("USD", "EUR", 931_000_000, expires_at=NOW + timedelta(hours=2))
    other = quoted("USD", "JPY", 137_500_000_000, expires_at=NOW + timedelta(hours=26))
    first, second = exchanges([newer, older, other], NOW)
    assert first.find("USD", "EUR") == newer
    assert second.find("USD", "EUR") == older
    assert first.find("USD", "JPY") == second.find("USD", "JPY") == other
    (later,) = exchanges([newer, older, other], NOW + timedelta(hours=2))
    assert later.find("USD", "EUR") == newer
    (silence,) = exchanges([newer, older, other], NOW + timedelta(hours=26))
    assert silence.quotes == {}


def test_no_rate_is_never_a_guess() -> None:
    (nothing,) = exchanges([], NOW)
    assert nothing.need("USD", "USD") is None
    with pytest.raises(CurrencyMismatch, match="between USD and EUR"):
        nothing.need("USD", "EUR")


@pytest.mark.parametrize(("day", "old"), [(date(2026, 11, 17), False), (date(2026, 11, 16), True)])
def test_rates_are_good_for_the_longest_holiday_and_no_longer(day: date, old: bool) -> None:
    assert too_old(day, NOW) is old


@pytest.mark.parametrize("rate", ["0", "-1.2", "NaN", "Infinity"])
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="no exchange rate"):
        billionths(Decimal(rate))


def test_rates_are_kept_in_billionths() -> None:
    assert billionths(Decimal("1.0944")) == 1_094_400_000
    assert billionths(Decimal("0.00000000051")) == 1


def test_pairs_are_those_that_we_deal_in() -> None:
    assert list(pairs(["USD", "EUR", "CHF"])) == [("EUR", "USD"), ("USD", "EUR")]
