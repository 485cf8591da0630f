"""What comes off a line, for any mix of promotions; and that what is paid, owed, charged and given back adds up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.gateways.table_tax import TableTax
from models.errors import InvalidInput
from models.ports import PostalAddress
from models.rules import fx_postings, order_postings
from models.rules.fees import FeeRule, Scope, ShopFees
from models.rules.fx import Exchange, FxQuote
from models.rules.money import step_of
from models.rules.offers import offer
from models.rules.pricing import PricedLine, Quote, ShopTerms, quote
from models.rules.promotions import (
    CodeProblem,
    Goods,
    Promotion,
    Taken,
    Voucher,
    discounts,
    normalised,
    problem_of,
    refuse_promotion,
)
from models.rules.refunds import OrderedLine, OrderTerms, left_of, share_of_pieces, worth
from models.rules.sale_postings import SoldOrder, sale
from models.types import Money

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BOWLS = Goods("bowl", "ceramics", 2_400)
VASE = Goods("vase", "ceramics", 4_000)
TEN = Promotion("p1", "Ten off bowls", percent_bp=1_000, listings=frozenset({"bowl"}))
SIX = Promotion("p2", "Six off", amount_minor=600, minimum_minor=5_000)
CLOTH = Promotion("p3", "Cloth", percent_bp=5_000, categories=frozenset({"textiles"}))


def minors(taken: list[Taken]) -> list[int]:
    return [one.minor for one in taken]


def test_the_worked_example() -> None:
    taken = discounts([BOWLS, VASE], [TEN, SIX, CLOTH], 6_400, "USD")
    assert minors(taken) == [225, 375]
    assert {one.promotion for one in taken} == {SIX}


@pytest.mark.parametrize(
    ("promotions", "asked", "expected"),
    [
        ([], 6_400, [0, 0]),
        ([TEN], 6_400, [240, 0]),
        ([TEN, SIX], 4_999, [240, 0]),  # below the minimum
        ([CLOTH], 6_400, [0, 0]),
        ([replace(TEN, percent_bp=10_000)], 6_400, [2_400, 0]),
        ([replace(SIX, amount_minor=10**9)], 6_400, [2_400, 4_000]),  # never more than they cost
        ([TEN, replace(TEN, id="p9", percent_bp=1_500)], 6_400, [360, 0]),  # one for each line, and the best
        ([TEN, replace(SIX, listings=frozenset({"vase"}))], 6_400, [240, 600]),
        ([SIX, replace(SIX, id="p9", amount_minor=700)], 6_400, [263, 437]),  # an amount does not come twice
    ],
)
def test_what_comes_off(promotions: list[Promotion], asked: int, expected: list[int]) -> None:
    assert minors(discounts([BOWLS, VASE], promotions, asked, "USD")) == expected
    assert minors(discounts([BOWLS, VASE], promotions[::-1], asked, "USD")) == expected


def test_amounts_are_converted_and_stay_chargeable() -> None:
    taken = discounts([Goods("bowl", "", 7_530)], [Promotion("p", "", percent_bp=1_000)], 0, "KWD")
    assert minors(taken) == [750], "a card carries dinars in steps of ten"
    taken = discounts([Goods("bowl", "", 90_000)], [SIX], 5_000, "JPY", lambda minor: minor * 150 // 100)
    assert minors(taken) == [900]


ids = st.sampled_from(["bowl", "vase", "coat", "scarf", "ring"])
categories = st.sampled_from(["ceramics", "textiles", "jewellery"])


@st.composite
def offered(draw: st.DrawFn) -> Promotion:
    percent = draw(st.none() | st.integers(100, 10_000))
    return Promotion(
        id=f"pro_{draw(st.integers(0, 10**6))}",
        name="Sale",
        percent_bp=percent,
        amount_minor=None if percent else draw(st.integers(1, 300_000)),
        minimum_minor=draw(st.sampled_from([0, 0, 20_000])),
        listings=frozenset(draw(st.sets(ids, max_size=2))),
        categories=frozenset(draw(st.sets(categories, max_size=1))),
    )


promotions = st.lists(offered(), max_size=5, unique_by=lambda one: one.id)


@st.composite
def lines(draw: st.DrawFn) -> list[Goods]:
    listings = draw(st.lists(ids, min_size=1, unique=True))
    return [Goods(one, draw(categories), draw(st.integers(1, 50_000)) * 10) for one in listings]


@given(lines(), promotions, st.sampled_from(["USD", "JPY", "KWD"]))
def test_no_line_gets_more_than_it_costs_and_no_single_promotion_is_better(
    goods: list[Goods], held: list[Promotion], currency: str
) -> None:
    asked = sum(line.gross_minor for line in goods)
    taken = discounts(goods, held, asked, currency)
    for line, one in zip(goods, taken, strict=True):
        assert 0 <= one.minor <= line.gross_minor
        assert one.minor % step_of(currency) == 0
        assert (one.promotion is None) == (one.minor == 0)
        assert one.promotion is None or one.promotion.covers(line.listing_id, line.category)
        assert one.promotion is None or one.promotion.minimum_minor <= asked
    for promotion in held:
        own = sum(one.minor for one in taken if one.promotion == promotion)
        assert promotion.amount_minor is None or own <= promotion.amount_minor
        assert sum(minors(discounts(goods, [promotion], asked, currency))) <= sum(minors(taken))


RULES = (
    FeeRule("", 650),
    FeeRule("ceramics", 400, scope=Scope(category="ceramics")),
    FeeRule("amounts", 300, 50, 200, Scope(category="textiles", currency="USD")),
)
FEES = ShopFees({"ceramics": RULES[1], "textiles": RULES[2]}, RULES[0])
RATES = Exchange(
    {
        ("USD", quoted): FxQuote(f"fxq_{quoted}", "USD", quoted, rate, NOW + DAY)
        for quoted, rate in (("EUR", 932_000_000), ("JPY", 137_500_548_246), ("KWD", 313_600_000))
    }
)
HOME = PostalAddress("Ada Byron", "1 Mill Lane", "Albany", "NY", "12207", "US")


@st.composite
def carts(draw: st.DrawFn) -> Quote:
    """Of two shops that price in dollars, paid in any currency."""
    currency = draw(st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
    shops = ["pots", "wool"][: draw(st.integers(1, 2))]
    priced = []
    for number in range(draw(st.integers(1, 5))):
        made = offer(Money(draw(st.integers(1, 100_000)), "USD"), None, currency, RATES)
        quantity = draw(st.integers(1, 7))
        priced.append(
            PricedLine(
                listing_id=draw(ids) if number == 0 else f"l{number}",
                shop_id=draw(st.sampled_from(shops)),
                category=draw(categories),
                title="Piece",
                quantity=quantity,
                unit=made.unit,
                weight_grams=300,
                lead_time_days=1,
                owed=made.owed(quantity),
            )
        )
    fx = RATES.find("USD", currency)
    terms = {
        shop: ShopTerms(shop, shop, "US", 600, 200, 1_800, 700, True, 2, FEES, fx, tuple(draw(promotions)))
        for shop in shops
    }
    return quote(priced, terms, HOME, TableTax())


@given(carts())
def test_lines_make_up_orders_and_orders_the_whole(quoted: Quote) -> None:
    for shop in quoted.shops:
        own = [line for line in quoted.lines if line.line.shop_id == shop.shop_id]
        assert shop.items_minor == sum(line.net_minor for line in own)
        assert shop.items_minor + shop.discount_minor == sum(line.line.gross.minor for line in own)
        assert shop.fee_minor == sum(line.fee_minor for line in own)
        assert 0 <= shop.fee_minor <= shop.items_minor
        assert all(sum(part.base.minor for part in line.taxes[:1]) <= line.net_minor for line in own), "before tax"
        if shop.owed is not None:
            asked = sum(line.line.owed.minor for line in own if line.line.owed)
            assert shop.owed.items_minor + shop.owed.discount_minor == asked
            assert 0 <= shop.owed.fee_minor <= shop.owed.items_minor
    assert quoted.total_minor == quoted.items_minor + quoted.shipping_minor + quoted.tax_minor


@given(carts())
def test_what_the_buyer_pays_is_what_artisans_platform_and_tax_offices_get(quoted: Quote) -> None:
    sold = [SoldOrder(one.shop_id, one.items_minor, one.shipping_minor, one.tax_minor) for one in quoted.shops]
    entries = sale(sold, 0, quoted.currency)
    assert sum(entry.amount.minor for entry in entries) == 0
    assert entries[0].amount.minor == quoted.total_minor
    for shop in quoted.shops:
        whole = worth(order_of(quoted, shop.shop_id), order_of(quoted, shop.shop_id).pieces)
        net = shop.items_minor + shop.shipping_minor - shop.fee_minor
        released = order_postings.release(shop.shop_id, shop.shop_id, whole, quoted.currency)
        assert released[-1].amount.minor == -net
        assert net + shop.fee_minor + shop.tax_minor == shop.total_minor
        if shop.owed is not None:
            booked = fx_postings.release("ord", shop.shop_id, whole, quoted.currency, shop.owed.total)
            for currency in (quoted.currency, "USD"):
                assert sum(entry.amount.minor for entry in booked if entry.amount.currency == currency) == 0


def order_of(quoted: Quote, shop_id: str) -> OrderTerms:
    shop = next(one for one in quoted.shops if one.shop_id == shop_id)
    own = tuple(
        OrderedLine(
            one.line.listing_id, one.line.quantity, one.line.unit.minor, one.tax_minor, discount_minor=one.taken.minor
        )
        for one in quoted.lines
        if one.line.shop_id == shop_id
    )
    return OrderTerms(own, shop.shipping_minor, shop.tax_minor, shop.fee_minor, step_of(quoted.currency))


@given(carts(), st.randoms(use_true_random=False))
def test_pieces_given_back_one_by_one_give_back_what_was_paid_for_them(quoted: Quote, random: Any) -> None:
    for shop in quoted.shops:
        order = order_of(quoted, shop.shop_id)
        pieces = [listing for listing, count in order.pieces.items() for _ in range(count)]
        random.shuffle(pieces)
        left, back, goods = left_of(order, []), dict.fromkeys(order.pieces, 0), dict.fromkeys(order.pieces, 0)
        assert left.total_minor == shop.total_minor
        for piece in pieces:
            share = share_of_pieces(order, left, back, {piece: 1})
            assert min(share.items_minor, share.shipping_minor, share.tax_minor) >= 0
            left -= share
            back[piece] += 1
            goods[piece] += share.items_minor
        assert left.total_minor == 0
        assert goods == {line.listing_id: line.net_minor for line in order.lines}


def voucher(**changes: Any) -> Voucher:
    known = Voucher(replace(TEN, code="TEN"), "pots", "USD", NOW - DAY, NOW + DAY, False, 3, 1, 0, 0)
    return replace(known, **changes)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"until": NOW}, CodeProblem.EXPIRED),
        ({"ended": True}, CodeProblem.EXPIRED),
        ({"since": NOW + DAY}, CodeProblem.NOT_YET),
        ({"used": 3}, CodeProblem.USED_UP),
        ({"used_by_person": 1}, CodeProblem.USED_BY_YOU),
        ({"used": 999, "used_by_person": 9, "most_uses": None, "most_per_person": None}, None),
    ],
)
def test_when_a_code_can_be_used(changes: dict[str, Any], problem: CodeProblem | None) -> None:
    assert problem_of(voucher(**changes), NOW) == problem


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" spring-10 ", "SPRING-10"),
        ("sp ring", "SPRING"),
        ("ab", ""),
        ("", ""),
        ("é10", ""),
        ("A" * 25, ""),
        ("-AB", ""),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, kept: str) -> None:
    assert normalised(typed) == kept


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda one: replace(one, percent_bp=None), "percent"),
        (lambda one: replace(one, amount_minor=100), "percent"),
        (lambda one: replace(one, percent_bp=-1_000), "percent"),
        (lambda one: replace(one, percent_bp=10_001), "percent"),
        (lambda one: replace(one, percent_bp=None, amount_minor=-1), "amount"),
        (lambda one: replace(one, percent_bp=None, amount_minor=105), "amount"),
        (lambda one: replace(one, minimum_minor=-1), "minimum"),
    ],
)
def test_promotions_that_nobody_may_open(change: Callable[[Promotion], Promotion], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        refuse_promotion(change(TEN), "KWD", NOW, NOW + DAY, now=NOW, limits=())
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("since", "until", "limits", "field"),
    [
        (NOW - 2 * DAY, NOW + DAY, (), "since"),
        (NOW, NOW, (), "until"),
        (NOW, NOW + 400 * DAY, (), "until"),
        (NOW, NOW + DAY, (5,), "code"),
    ],
)
def test_dates_and_limits_that_make_no_sense(since: datetime, until: datetime, limits: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        refuse_promotion(TEN, "USD", since, until, now=NOW, limits=limits)
    assert refused.value.details["field"] == field
    with pytest.raises(InvalidInput, match="once or more"):
        refuse_promotion(replace(TEN, code="TEN"), "USD", NOW, NOW + DAY, now=NOW, limits=(0,))
