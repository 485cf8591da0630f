"""Formatting and reading of money and text, without a server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.money import money_text, parse_amount
from api.text import slug_of
from models.errors import InvalidInput
from models.types import CURRENCY_DECIMALS, MAX_MINOR


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (4_800, "USD", "$48.00"),
        (123_456_789, "USD", "$1,234,567.89"),
        (950, "CAD", "CA$9.50"),
        (1_500, "JPY", "¥1,500"),
        (1_234, "KWD", "KWD1.234"),
        (-50, "USD", "-$0.50"),
    ],
)
def test_money_is_written_with_its_currencys_decimals(minor: int, currency: str, text: str) -> None:
    assert money_text(minor, currency) == text


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("48", "USD", 4_800),
        (" 48.5 ", "USD", 4_850),
        ("$1,200.05", "USD", 120_005),
        ("CA$ 9.50", "CAD", 950),
        ("1500", "JPY", 1_500),
        ("1.234", "KWD", 1_234),
    ],
)
def test_prices_are_read_as_people_type_them(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize("text", ["", "-5", "4.999", "1e3", "NaN", "12 34x", "٤٨", "9" * 13, "1.2.3", "--"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_amount(text, "USD")


@pytest.mark.parametrize(
    ("text", "currency", "says"),
    [
        ("4.999", "USD", "An amount in USD has 2 decimals at the most."),
        ("1500.5", "JPY", "An amount in JPY has no decimals."),
        ("1.2345", "KWD", "An amount in KWD has 3 decimals at the most."),
    ],
)
def test_more_decimals_than_the_currency_has_are_named(text: str, currency: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_amount(text, currency)
    assert refused.value.message == says


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("$9.50", "CAD", 950), ("cad 9.50", "CAD", 950), ("\uffe51,500", "JPY", 1_500), ("1,234.5", "KWD", 1_234_500)],
)
def test_a_sign_may_be_the_currencys_own_or_its_code(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize("text", ["\u20ac200", "EUR 200", "CA$200", "\u00a3 1,200.00", "about 200"])
def test_another_currencys_amount_is_not_read_as_as_many_dollars(text: str) -> None:
    with pytest.raises(InvalidInput, match="Write the amount in USD"):
        parse_amount(text, "USD")


@pytest.mark.parametrize("text", ["200,00", "1200,50", "1.200,50", "1,20,000", ",500", "1,2345"])
def test_a_comma_before_cents_does_not_make_a_hundredfold(text: str) -> None:
    with pytest.raises(InvalidInput, match="A comma parts thousands"):
        parse_amount(text, "USD")


@given(minor=st.integers(0, 10**11), currency=st.sampled_from(sorted(CURRENCY_DECIMALS)))
def test_what_is_written_reads_back(minor: int, currency: str) -> None:
    assert minor <= MAX_MINOR
    assert parse_amount(money_text(minor, currency), currency) == minor


@given(title=st.text(min_size=1, max_size=200))
def test_a_slug_is_always_fit_for_an_address(title: str) -> None:
    slug = slug_of(title)
    assert 1 <= len(slug) <= 110
    assert slug.strip("-") == slug
    assert slug.isascii()
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(("title", "slug"), [("Émile's Mug, 300 ml", "emile-s-mug-300-ml"), ("花瓶", "piece")])
def test_slugs_keep_what_they_can(title: str, slug: str) -> None:
    assert slug_of(title) == slug
