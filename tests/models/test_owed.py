"""What is charged in one currency and owed in another: prices, whole orders, and their parts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.gateways.table_tax import TableTax
from models.errors import CurrencyMismatch
from models.ports import PostalAddress
from models.rules.fees import flat
from models.rules.fx import NOTHING, ONE, Exchange, FxQuote
from models.rules.money import step_of
from models.rules.offers import offer, shown
from models.rules.owed import Owed, net_of, owed_for, taken_by
from models.rules.pricing import PricedLine, Quote, ShopTerms, quote
from models.rules.refunds import Share
from models.types import CURRENCY_DECIMALS, Money

EXPIRES = datetime(2026, 11, 23, tzinfo=UTC)
IN_EURO = FxQuote("fxq_1", "USD", "EUR", 932_000_000, EXPIRES)
IN_YEN = FxQuote("fxq_2", "USD", "JPY", 137_500_548_246, EXPIRES)
IN_DINAR = FxQuote("fxq_3", "USD", "KWD", 313_600_000, EXPIRES)
RATES = Exchange({(fx.base, fx.quote): fx for fx in (IN_EURO, IN_YEN, IN_DINAR)})
MUG = Money(4_800, "USD")


@pytest.mark.parametrize(("currency", "minor"), [("USD", 4_800), ("EUR", 4_470), ("JPY", 6_600), ("KWD", 15_100)])
def test_a_price_is_converted_where_the_artisan_asks_none(currency: str, minor: int) -> None:
    made = offer(MUG, None, currency, RATES)
    assert made.unit == Money(minor, currency)
    assert made.stated == MUG
    assert made.owed(2) == (None if currency == "USD" else Money(9_600, "USD")), "their price, whatever rounding did"


@pytest.mark.parametrize(("currency", "listed", "owed"), [("JPY", 7_000, 5_091), ("KWD", 14_900, 4_751)])
def test_an_artisans_own_price_is_charged_as_it_is_and_owed_at_the_rate(currency: str, listed: int, owed: int) -> None:
    made = offer(MUG, listed, currency, RATES)
    assert (made.unit, made.converted) == (Money(listed, currency), False)
    assert made.owed(1) == Money(owed, "USD")


def test_without_a_rate_nothing_is_guessed() -> None:
    for listed in (None, 4_500):
        with pytest.raises(CurrencyMismatch, match="no current exchange rate"):
            offer(MUG, listed, "EUR", NOTHING)
        assert shown(MUG, listed, "EUR", NOTHING).unit == MUG
    assert shown(MUG, None, None, RATES).unit == MUG
    assert shown(MUG, None, "EUR", RATES).unit == Money(4_470, "EUR")


def quoted(fx: FxQuote, quantity: int = 2, fee_bp: int = 650) -> Quote:
    made = offer(MUG, None, fx.quote, RATES)
    line = PricedLine("mug", "pots", "ceramics", "Mug", quantity, made.unit, 400, 5, made.owed(quantity))
    terms = ShopTerms("pots", "Pots", "US", 600, 200, 1_800, 700, True, 2, flat(fee_bp), fx)
    to = PostalAddress("Ada Byron", "1 Mill Lane", "Berlin", "", "10115", "DE")
    return quote([line], {"pots": terms}, to, TableTax())


@pytest.mark.parametrize(
    ("fx", "items", "shipping"),
    [(IN_EURO, 8_940, 1_680 + 650), (IN_YEN, 13_200, 2_480 + 965), (IN_DINAR, 30_200, 5_650 + 2_200)],
)
def test_an_order_is_priced_in_both_currencies(fx: FxQuote, items: int, shipping: int) -> None:
    result = quoted(fx)
    (shop,) = result.shops
    assert (result.currency, shop.items_minor, shop.shipping_minor) == (fx.quote, items, shipping)
    assert shop.owed == Owed("USD", 9_600, 2_500, 624)
    assert shop.owed.total == Money(11_476, "USD")
    assert shop.fx == fx
    assert result.total_minor % step_of(fx.quote) == 0


def test_a_line_that_does_not_say_what_its_shop_is_owed_is_a_defect() -> None:
    terms = ShopTerms("pots", "Pots", "US", 600, 200, 1_800, 700, True, 2, flat(650), IN_EURO)
    line = PricedLine("mug", "pots", "ceramics", "Mug", 1, Money(4_470, "EUR"), 400, 5)
    to = PostalAddress("Ada Byron", "1 Mill Lane", "Berlin", "", "10115", "DE")
    with pytest.raises(ValueError, match="does not say"):
        quote([line], {"pots": terms}, to, TableTax())


@given(
    st.integers(0, 10**9),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=6),
    st.integers(0, 10**6),
    st.sampled_from(sorted(CURRENCY_DECIMALS)),
)
def test_refunds_behind_the_release_take_what_was_released_and_no_more(
    total: int, parts: list[int], kept_back: int, currency: str
) -> None:
    whole = Share(sum(parts) + kept_back, 0, 0, 0)
    if not whole.items_minor:
        return
    owed, left = Money(total, currency), sum(parts)
    released, taken = owed_for(owed, whole, left), []
    for part in parts:
        taken.append(taken_by(owed, whole, left, part).minor)
        left -= part
    assert sum(taken) == released.minor <= total
    assert min(taken) >= 0
    if not kept_back:
        assert released == owed


def test_the_worked_example_of_parts() -> None:
    whole, total = Share(9_000, 1_000, 600, 585), Money(8_003, "GBP")
    assert net_of(whole) == 9_415
    assert owed_for(total, whole, 9_415) == total
    assert owed_for(total, whole, 6_415).minor == 5_453
    assert taken_by(total, whole, 6_415, 3_000).minor == 2_550
    assert taken_by(total, whole, 3_415, 3_415).minor == 2_903


@given(st.integers(1, 10**8), st.integers(10**6, 10**12), st.integers(1, 50))
def test_what_an_artisan_asks_is_what_they_are_owed(price: int, rate: int, quantity: int) -> None:
    """And what the buyer pays for it is the frozen rate's worth, give or take half a per cent or half a unit."""
    if price * rate // ONE > 10**9:
        return
    own = Money(price, "USD")
    made = offer(own, None, "EUR", Exchange({("USD", "EUR"): FxQuote("fxq_4", "USD", "EUR", rate, EXPIRES)}))
    assert made.owed(quantity) == own * quantity
    assert made.unit.minor >= 1
    assert abs(made.unit.minor * ONE - price * rate) <= max(price * rate // 200 + ONE, ONE)
