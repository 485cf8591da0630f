"""Refunds by piece, by amount and whole, in any order: they sum exactly, and never exceed what was paid."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import order_postings, refund_postings, repayment
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.refund_requests import asked_for, why_not_pieces
from models.rules.refunds import (
    NOTHING,
    OrderedLine,
    OrderTerms,
    Share,
    left_of,
    lines_of_amount,
    not_back_yet,
    share_of_amount,
    share_of_pieces,
    together,
)
from models.rules.sale_postings import SoldOrder, sale
from tests.models.test_refunds import MUGS, orders

WHOLE = left_of(MUGS, [])


def test_the_worked_examples() -> None:
    assert share_of_amount(WHOLE, 2_000) == Share(1_587, 264, 149, 103)
    chip = share_of_amount(WHOLE, 1_000)
    first = share_of_pieces(MUGS, WHOLE - chip, {}, {"mug": 1})
    second = share_of_pieces(MUGS, WHOLE - chip - first, {"mug": 1}, {"mug": 1})
    assert (first.total_minor, second.total_minor) == (3_026, 2_024)


def test_an_amount_counts_against_what_is_left_of_its_line() -> None:
    order = OrderTerms((OrderedLine("mug", 1, 2_400, 0), OrderedLine("scarf", 1, 2_400, 0)), 0, 0, 0)
    whole = left_of(order, [])
    given = lines_of_amount(order, {}, {}, {"mug": 1}, 2_399)
    assert given == {"mug": 2_399}
    left = whole - share_of_amount(whole, 2_399)
    assert asked_for(order, left, {}, {"mug": 1}, None, given=given) == 1, "not the whole mug once more"
    assert asked_for(order, left, {}, {"scarf": 1}, None, given=given) == 2_400
    with pytest.raises(ValueError, match="already"):
        asked_for(order, left, {}, {"mug": 1}, None, given={"mug": 2_400})
    assert lines_of_amount(order, {}, given, {}, 1_000) == {"scarf": 1_000}, "as what is left of each stands"
    assert lines_of_amount(order, {}, {}, {}, 1_001) == {"mug": 501, "scarf": 500}
    assert lines_of_amount(order, {"mug": 1, "scarf": 1}, {}, {}, 5) == {}


def test_what_is_back_is_back() -> None:
    assert share_of_pieces(MUGS, WHOLE, {"mug": 2}, {"mug": 1}) == NOTHING
    assert share_of_pieces(MUGS, WHOLE, {}, {"mug": 5}) == WHOLE
    assert share_of_pieces(MUGS, WHOLE, {}, {"scarf": 1}) == NOTHING
    assert share_of_amount(NOTHING, 100) == NOTHING
    with pytest.raises(ValueError, match="no payment"):
        share_of_amount(WHOLE, -1)
    with pytest.raises(ValueError, match="more was given back"):
        left_of(MUGS, [WHOLE, Share(1, 0, 0, 0)])


def test_what_may_be_asked_for() -> None:
    assert asked_for(MUGS, WHOLE, {}, {"mug": 1}, None) == 3_026
    assert asked_for(MUGS, WHOLE, {}, {"mug": 1}, 3_026) == 3_026
    for amount in (0, -5, 3_027):
        with pytest.raises(ValueError, match="than"):
            asked_for(MUGS, WHOLE, {}, {"mug": 1}, amount)
    with pytest.raises(ValueError, match="already"):
        asked_for(MUGS, NOTHING, {"mug": 2}, {"mug": 2}, None)
    present = OrderTerms((OrderedLine("mug", 1, 2_400, 0, 2_400), OrderedLine("scarf", 1, 2_400, 0)), 0, 0, 0)
    with pytest.raises(ValueError, match="Nothing was paid"):
        asked_for(present, left_of(present, []), {}, {"mug": 1}, None)
    refused = [
        why_not_pieces(MUGS, {}, {"mug": 2}, {"scarf": 1}),
        why_not_pieces(MUGS, {}, {"mug": 2}, {"mug": 0}),
        why_not_pieces(MUGS, {}, {"mug": 1}, {"mug": 2}),
        why_not_pieces(MUGS, {"mug": 1}, {"mug": 2}, {"mug": 2}),
    ]
    assert len({words for words in refused if words}) == 4
    assert why_not_pieces(MUGS, {"mug": 1}, {"mug": 2}, {"mug": 1}) is None


@st.composite
def lives(draw: st.DrawFn) -> tuple[OrderTerms, list[tuple[str, int]]]:
    order = draw(orders())
    steps = st.tuples(st.sampled_from(["piece", "amount", "amount", "release", "fail"]), st.integers(1, 2 * 10**6))
    return order, draw(st.lists(steps, max_size=12))


def test_what_a_dinar_order_has_left_can_always_be_sent() -> None:
    """Cards carry no third decimal, so no line may be left with one: KWD 5.010 for two bowls are 2.510 and 2.500."""
    order = OrderTerms((OrderedLine("bowl", 1, 30_000, 0), OrderedLine("vase", 1, 30_000, 0)), 0, 0, 0, step=10)
    given = lines_of_amount(order, {}, {}, {}, 5_010)
    assert given == {"bowl": 2_510, "vase": 2_500}
    left = left_of(order, [share_of_amount(left_of(order, []), 5_010)])
    back = share_of_pieces(order, left, {}, {"bowl": 1}, given)
    assert back.total_minor == 27_490


@given(lives())
def test_whatever_goes_back_in_dinars_can_be_sent(life: tuple[OrderTerms, list[tuple[str, int]]]) -> None:
    """As the test below, of amounts that a card can carry: so are all that follow from them."""
    order, steps = life
    lines = tuple(
        OrderedLine(one.listing_id, one.quantity, one.unit_minor * 10, one.tax_minor * 10, one.discount_minor * 10)
        for one in order.lines
    )
    order = OrderTerms(lines, order.shipping_minor * 10, order.tax_minor * 10, order.fee_minor * 10, step=10)
    taken: list[Share] = []
    back: dict[str, int] = {}
    given: dict[str, int] = {}
    for kind, number in steps:
        left, line = left_of(order, taken), lines[number % len(lines)]
        of = {line.listing_id: 1}
        if kind == "amount":
            of = of if number % 2 else {}
            most = share_of_pieces(order, left, back, of, given) if of else left
            share = share_of_amount(left, min(number * 10, most.total_minor))
            given = together(given, lines_of_amount(order, back, given, of, share.total_minor))
        else:
            share = share_of_pieces(order, left, back, of, given)
            back = together(back, not_back_yet(order, back, of))
        assert share.total_minor % 10 == 0
        taken.append(share)


@given(lives())
def test_any_sequence_sums_to_zero_and_never_exceeds_what_was_paid(
    life: tuple[OrderTerms, list[tuple[str, int]]],
) -> None:
    order, steps = life
    whole = left_of(order, [])
    books: Counter[tuple[AccountKind, str]] = Counter()

    def book(entries: list[LedgerEntry]) -> None:
        assert sum(entry.amount.minor for entry in entries) == 0
        for entry in entries:
            books[entry.kind, entry.owner] += entry.amount.minor

    sold = SoldOrder("o", order.items_minor, order.shipping_minor, order.tax_minor)
    book(sale([sold], 0, "USD"))
    taken: list[Share] = []
    back: dict[str, int] = {}
    given: dict[str, int] = {}
    released = False
    for kind, number in [*steps, ("piece", 0), ("whole", 0)]:
        left = left_of(order, taken)
        if kind == "release":
            if not released:
                book(order_postings.release("o", "s", left, "USD"))
            released = True
            continue
        line = order.lines[number % len(order.lines)]
        if kind in {"amount", "fail"}:
            of = {line.listing_id: 1} if number % 2 else {}
            most = share_of_pieces(order, left, back, of, given) if of else left
            share = share_of_amount(left, min(number, most.total_minor))
            assert share.total_minor == min(number, most.total_minor) <= left.total_minor
            counted = lines_of_amount(order, back, given, of, share.total_minor)
            assert sum(counted.values()) <= share.total_minor
            if kind == "amount":
                given = together(given, counted)
        else:
            wanted = order.pieces if kind == "whole" else {line.listing_id: 1}
            share = share_of_pieces(order, left, back, wanted, given)
            assert share.total_minor <= left.total_minor
            back = together(back, not_back_yet(order, back, wanted))
        assert min(share.items_minor, share.shipping_minor, share.tax_minor, share.fee_minor) >= 0
        entries = (
            refund_postings.after_release("s", share, "USD") if released else order_postings.refund("o", share, "USD")
        )
        book(entries)
        if kind == "fail":
            book(refund_postings.failed(entries))
        else:
            taken.append(share)
        assert sum(one.total_minor for one in taken) <= whole.total_minor
        assert books[AccountKind.ORDER_HELD, "o"] <= 0
    assert left_of(order, taken) == NOTHING
    if released:
        assert {key: value for key, value in books.items() if value} == {}
    else:
        assert (books[AccountKind.ORDER_HELD, "o"], books[AccountKind.PROVIDER_PENDING, ""]) == (0, 0)


def test_a_plan_leaves_the_artisan_the_floor() -> None:
    plan = repayment.Plan(left_minor=30_000, floor_minor=20_000, share_bp=2_500)
    assert [repayment.instalment(plan, available) for available in (50_000, 24_000, 15_000, 20_000)] == [
        *(12_500, 4_000, 0, 0),
    ]
    assert repayment.instalment(repayment.Plan(100, 0, 10_000), 50_000) == 100
    assert repayment.instalment(repayment.Plan(0, 0, 10_000), 50_000) == 0


def test_daily_payouts_below_the_floor_repay_too() -> None:
    """As the rule's own example has it: what was paid out within 30 days fills the floor."""
    left, kept, repaid = 30_000, [0], []
    while left:
        plan = repayment.Plan(left, floor_minor=20_000, share_bp=2_500)
        repaid.append(repayment.instalment(plan, 5_000, sum(kept[-30:])))
        kept.append(5_000 - repaid[-1])
        left -= repaid[-1]
        assert len(repaid) <= 28, "it is repaid at last"
    assert repaid == [0] * 4 + [1_250] * 24


def test_when_a_plan_is_over() -> None:
    plan = repayment.Plan(left_minor=30_000, floor_minor=20_000, share_bp=2_500)
    assert repayment.days_left(plan, 50_000) == 72
    assert repayment.days_left(plan, 20_000) is None
    assert repayment.days_left(repayment.Plan(100, 20_000, 2_500), 50_000) == 1
    assert repayment.days_left(repayment.Plan(0, 20_000, 2_500), 0) == 0


def test_only_easier_terms_need_no_second_agreement() -> None:
    plan = repayment.Plan(30_000, 20_000, 2_500)
    assert repayment.is_easier(plan, 20_000, 2_500) and repayment.is_easier(plan, 30_000, 1_000)
    assert not repayment.is_easier(plan, 19_999, 1_000) and not repayment.is_easier(plan, 30_000, 2_501)


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(500, 10_000),
    st.integers(-(10**6), 10**9),
    st.integers(0, 10**9),
)
def test_an_instalment_is_never_more_than_agreed(
    left: int, floor: int, share_bp: int, available: int, received: int
) -> None:
    paid = repayment.instalment(repayment.Plan(left, floor, share_bp), available, received)
    assert 0 <= paid <= left
    assert paid == 0 or received + available - paid >= floor
    assert paid <= max(0, available)


@pytest.mark.parametrize(
    ("debt", "owed", "floor", "share"),
    [(1, 0, 0, 2_000), (0, 10, 0, 2_000), (11, 10, 0, 2_000), (5, 10, -1, 2_000), (5, 10, 0, 499), (5, 10, 0, 10_001)],
)
def test_a_plan_that_makes_no_sense_is_refused_in_words(debt: int, owed: int, floor: int, share: int) -> None:
    assert repayment.why_not(debt, owed, floor, share)


def test_a_plan_that_makes_sense_is_not() -> None:
    assert repayment.why_not(5, 10, 0, 2_000) is None
