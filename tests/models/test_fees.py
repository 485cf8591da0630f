"""Which fee rule holds, and what it comes to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInput
from models.rules.fees import PLATFORM, FeeRule, Scope, charge, charges, refuse_rule, rule_for

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEFAULT = FeeRule("default", 700)
CERAMICS = FeeRule("ceramics", 600, scope=Scope(category="ceramics"))
PLUS = FeeRule("plus", 500, scope=Scope(plan="plus"))
PLUS_CERAMICS = FeeRule("plus ceramics", 400, scope=Scope(plan="plus", category="ceramics"))
POTS = FeeRule("pots", 300, scope=Scope(shop_id="pots"))
EUROS = FeeRule("euros", 650, 30, 100, Scope(currency="EUR"))
ALL = (DEFAULT, EUROS, CERAMICS, PLUS, PLUS_CERAMICS, POTS)


@pytest.mark.parametrize(
    ("shop", "plan", "category", "currency", "wins"),
    [
        ("wool", "standard", "textiles", "USD", DEFAULT),
        ("wool", "standard", "textiles", "EUR", EUROS),
        ("wool", "standard", "ceramics", "USD", CERAMICS),
        ("wool", "standard", "ceramics", "EUR", CERAMICS),
        ("wool", "plus", "textiles", "USD", PLUS),
        ("wool", "plus", "ceramics", "USD", PLUS_CERAMICS),
        ("pots", "plus", "ceramics", "USD", POTS),
        ("pots", "standard", "textiles", "EUR", POTS),
    ],
)
def test_the_most_specific_rule_wins(shop: str, plan: str, category: str, currency: str, wins: FeeRule) -> None:
    assert rule_for(ALL, shop, plan, category, currency) == wins
    assert rule_for(reversed(ALL), shop, plan, category, currency) == wins, "in whatever order they come"


def test_where_nobody_has_set_anything_the_usual_fee_holds() -> None:
    assert rule_for((), "pots", "standard", "ceramics", "USD") == PLATFORM
    assert rule_for((POTS, PLUS, CERAMICS), "wool", "standard", "textiles", "USD") == PLATFORM


@pytest.mark.parametrize(
    ("net", "fee"), [(3_200, 238), (400, 100), (80, 80), (0, 0), (1_077, 100), (1_085, 101), (100_000_000, 6_500_030)]
)
def test_rate_fixed_part_and_minimum(net: int, fee: int) -> None:
    assert charge(EUROS, net) == fee


def test_the_worked_example() -> None:
    coats = FeeRule("coats", 500, scope=Scope(category="coats"))
    assert charges([EUROS, EUROS, coats], [2_400, 800, 9_000]) == [179, 59, 450]


def test_amounts_are_converted_and_rates_are_not() -> None:
    assert charge(EUROS, 100_000, lambda minor: minor * 160) == 6_500 + 4_800 + 4_700


@given(st.lists(st.tuples(st.sampled_from(ALL), st.integers(0, 10**9)), min_size=1, max_size=9), st.integers(1, 200))
def test_nobody_is_charged_more_than_the_pieces_bring(lines: list[tuple[FeeRule, int]], rate: int) -> None:
    rules, nets = [rule for rule, _ in lines], [net for _, net in lines]
    fees = charges(rules, nets, lambda minor: minor * rate)
    assert all(0 <= fee <= net for fee, net in zip(fees, nets, strict=True))
    for rule in set(rules):
        own = [at for at, one in enumerate(rules) if one == rule]
        assert sum(fees[at] for at in own) == charge(rule, sum(nets[at] for at in own), lambda minor: minor * rate)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rate_bp": -1}, "rate_bp"),
        ({"rate_bp": 5_001}, "rate_bp"),
        ({"fixed_minor": -1, "scope": Scope(currency="EUR")}, "fixed_minor"),
        ({"minimum_minor": 10**9, "scope": Scope(currency="EUR")}, "minimum_minor"),
        ({"fixed_minor": 30}, "currency"),
        ({"scope": Scope(shop_id="pots", plan="plus")}, "shop_id"),
        ({"scope": Scope(plan="gold")}, "plan"),
    ],
)
def test_rules_that_nobody_may_set(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        refuse_rule(FeeRule(**{"id": "", "rate_bp": 650, **changes}), NOW, None, NOW)
    assert refused.value.details["field"] == field


def test_a_rule_reaches_nothing_that_was_sold_before() -> None:
    rule, hour = FeeRule("", 650), timedelta(hours=1)
    refuse_rule(rule, NOW, NOW + hour, NOW)
    with pytest.raises(InvalidInput, match="now or later"):
        refuse_rule(rule, NOW - hour, None, NOW)
    with pytest.raises(InvalidInput, match="ends after"):
        refuse_rule(rule, NOW + hour, NOW + hour, NOW)
