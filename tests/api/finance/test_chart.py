"""Lines over time: every value between the lines across, nothing beside the drawing, and round numbers on the scale."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.finance.chart import HEIGHT, TICKS, WIDTH, chart_of
from api.finance.schemas import BalancesOfDay, BalancesView
from api.money import money

AMOUNT = st.integers(-(10**14), 10**14)
START = date(2026, 11, 1)


def _balances(rows: list[tuple[int, int, int]], currency: str = "USD") -> BalancesView:
    days = [
        BalancesOfDay(
            day=START + timedelta(days=n),
            provider=money(row[0], currency),
            held=money(row[1], currency),
            artisans=money(row[2], currency),
        )
        for n, row in enumerate(rows)
    ]
    return BalancesView(currency=currency, currencies=[currency], days=days)


@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=12))
def test_everything_lies_within_the_drawing(rows: list[tuple[int, int, int]]) -> None:
    chart = chart_of(_balances(rows))
    assert chart is not None
    assert 2 <= len(chart.ticks) <= TICKS
    for line in chart.lines:
        points = [tuple(map(float, one.split())) for one in re.split("[ML]", line.path)[1:]]
        assert len(points) == max(2, len(rows))
        assert (points[0][0], points[-1][0]) == (0, WIDTH)
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert float(chart.ticks[0][1]) == 0 and float(chart.ticks[-1][1]) == HEIGHT
    assert chart.zero in {y for _, y in chart.ticks}


@pytest.mark.parametrize(
    ("currency", "rows", "words"),
    [
        ("USD", [(0, 0, 0)], ["$1", "$0"]),
        ("USD", [(123_456, 99, 0)], ["$1.5K", "$1K", "$500", "$0"]),
        ("USD", [(40_000, 0, -15_000)], ["$400", "$200", "$0", "-$200"]),
        ("JPY", [(12_000, 0, 0)], ["¥15K", "¥10K", "¥5K", "¥0"]),
        ("KWD", [(12_345, 0, 0)], ["KWD 15", "KWD 10", "KWD 5", "KWD 0"]),
    ],
)
def test_the_scale_has_round_numbers(currency: str, rows: list[tuple[int, int, int]], words: list[str]) -> None:
    chart = chart_of(_balances(rows, currency))
    assert chart is not None
    assert [text.replace("\xa0", " ") for text, _ in chart.ticks] == words


def test_a_value_lies_where_its_number_says() -> None:
    chart = chart_of(_balances([(0, 0, 0), (75_000, 0, 0), (150_000, 0, 0)]))
    assert chart is not None
    assert chart.lines[0].path == "M0.0 240.0L360.0 120.0L720.0 0.0"


def test_nothing_booked_is_no_chart() -> None:
    assert chart_of(_balances([])) is None
