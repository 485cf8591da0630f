"""Splits lose nothing, invent nothing, and treat nobody worse than a minor unit."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.rules.fx import FxQuote
from models.rules.splits import basis_points, split
from models.types import Money

AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


@given(AMOUNTS, WEIGHTS)
@example(100, [1, 1, 1])
@example(-1, [0, 0])
def test_the_shares_sum_to_the_total(total: int, weights: list[int]) -> None:
    shares = split(total, weights)
    assert len(shares) == len(weights)
    assert sum(shares) == total


@given(AMOUNTS, WEIGHTS.filter(any))
def test_each_share_is_less_than_one_unit_from_its_proportion(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    for share, weight in zip(split(total, weights), weights, strict=True):
        assert abs(share - Fraction(total * weight, whole)) < 1
        assert weight or not share, "who has no weight takes nothing"


@given(AMOUNTS, WEIGHTS)
def test_a_refund_is_split_as_its_charge_was(total: int, weights: list[int]) -> None:
    assert split(-total, weights) == [-share for share in split(total, weights)]


@given(AMOUNTS, WEIGHTS)
def test_the_answer_depends_on_nothing_but_the_question(total: int, weights: list[int]) -> None:
    assert split(total, weights) == split(total, tuple(weights))


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(2, 12))
def test_equal_parts_differ_by_one_at_most_and_the_earlier_ones_are_the_larger(total: int, weight: int, n: int) -> None:
    shares = split(total, [weight] * n)
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1


@given(AMOUNTS, st.integers(1, 10))
def test_without_any_weight_the_last_share_takes_the_rest(total: int, n: int) -> None:
    assert split(total, [0] * n) == [0] * (n - 1) + [total]


QUOTES = st.builds(
    FxQuote,
    id=st.just("fxq_1"),
    base=st.sampled_from(["USD", "JPY", "KWD"]),
    quote=st.sampled_from(["EUR", "MXN"]),
    billionths=st.integers(10**7, 10**12),
    expires_at=st.just(datetime(2026, 12, 1, tzinfo=UTC)),
)


@given(QUOTES, st.lists(st.integers(0, 10**8), min_size=1, max_size=12))
@example(FxQuote("fxq_1", "JPY", "EUR", 6_000_000, datetime(2026, 12, 1, tzinfo=UTC)), [100, 100, 100])
def test_a_converted_amount_split_over_its_parts_loses_nothing(quote: FxQuote, parts: list[int]) -> None:
    """Converted once and split, not converted part by part: that would round every part by itself."""
    whole = quote.owed(Money(sum(parts), quote.quote)).minor
    shares = split(whole, parts)
    assert sum(shares) == whole
    for share, part in zip(shares, parts, strict=True):
        assert abs(share - quote.owed(Money(part, quote.quote)).minor) <= 2


@given(QUOTES, st.lists(st.integers(0, 10**8), min_size=1, max_size=12))
def test_converted_parts_taken_one_after_the_other_sum_to_the_whole(quote: FxQuote, parts: list[int]) -> None:
    """As refunds behind a release take them: each is what the rest is worth less without it."""
    left, taken = sum(parts), []
    for part in parts:
        before, left = quote.owed(Money(left, quote.quote)).minor, left - part
        taken.append(before - quote.owed(Money(left, quote.quote)).minor)
    assert sum(taken) == quote.owed(Money(sum(parts), quote.quote)).minor
    assert min(taken) >= 0, "nobody pays for a refund"


def test_worked_numbers() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(7, [5, 3, 2]) == [4, 2, 1]  # 3.5, 2.1, 1.4: the largest remainder is the first
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to split"):
        split(1, [])
    with pytest.raises(ValueError, match="negative"):
        split(1, [2, -1])


@given(st.integers(0, 10**12), st.integers(0, 10_000))
@example(999, 650)
@example(1, 5_000)
def test_basis_points_round_half_up(amount: int, rate: int) -> None:
    exact = Decimal(amount) * rate / 10_000
    assert basis_points(amount, rate) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
