"""Money keeps to its currency and its range; ids sort by the time they were made."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import CURRENCY_DECIMALS, MAX_MINOR, Money, new_id

CURRENCIES = st.sampled_from(sorted(CURRENCY_DECIMALS))
SAFE = st.integers(-MAX_MINOR // 2, MAX_MINOR // 2)


@given(SAFE, SAFE, CURRENCIES)
def test_adding_and_taking_away_undo_each_other(a: int, b: int, currency: str) -> None:
    assert Money(a, currency) + Money(b, currency) - Money(b, currency) == Money(a, currency)
    assert Money(a, currency) + Money(b, currency) == Money(b, currency) + Money(a, currency)


@given(st.integers(0, 10**6), st.integers(0, 999), CURRENCIES)
def test_a_quantity_is_repeated_addition(unit: int, quantity: int, currency: str) -> None:
    assert Money(unit, currency) * quantity == Money(unit * quantity, currency)


@given(SAFE, SAFE, CURRENCIES, CURRENCIES)
def test_two_currencies_never_mix(a: int, b: int, one: str, other: str) -> None:
    if one == other:
        return
    with pytest.raises(ValueError, match="cannot mix"):
        Money(a, one) + Money(b, other)
    with pytest.raises(ValueError, match="cannot mix"):
        Money(a, one) - Money(b, other)


@pytest.mark.parametrize("minor", [MAX_MINOR + 1, -MAX_MINOR - 1])
def test_an_amount_out_of_range_is_refused(minor: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        Money(minor, "USD")
    with pytest.raises(ValueError, match="out of range"):
        Money(MAX_MINOR, "USD") * 2


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "US"])
def test_a_currency_that_no_shop_sells_in_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        Money(1, currency)


def test_currencies_with_no_two_and_three_decimals_are_sold_in() -> None:
    assert set(CURRENCY_DECIMALS.values()) == {0, 2, 3}


def test_ids_sort_by_time_and_never_repeat() -> None:
    earlier = new_id("ord")
    time.sleep(0.002)
    made = [new_id("ord") for _ in range(500)]
    assert len(set(made)) == len(made)
    assert all(earlier < later for later in made)
    assert all(len(one) == len("ord_") + 26 for one in made)
