"""An order divided among its parcels: nothing is lost, nothing is invented, whatever the order of the parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import order_postings
from models.rules.refunds import OrderedLine, OrderTerms, Share, part, remainder, together, worth

MUGS = OrderTerms(lines=(OrderedLine("mug", 2, 2400, 385),), shipping_minor=800, tax_minor=450, fee_minor=312)


@st.composite
def orders(draw: st.DrawFn) -> OrderTerms:
    count = draw(st.integers(1, 4))
    lines = tuple(
        OrderedLine(f"l{index}", draw(st.integers(1, 5)), draw(st.integers(1, 10**6)), draw(st.integers(0, 10**4)))
        for index in range(count)
    )
    items = sum(line.unit_minor * line.quantity for line in lines)
    return OrderTerms(
        lines=lines,
        shipping_minor=draw(st.integers(0, 10**5)),
        tax_minor=sum(line.tax_minor for line in lines) + draw(st.integers(0, 10**4)),
        fee_minor=draw(st.integers(0, items)),
    )


@st.composite
def divided_orders(draw: st.DrawFn) -> tuple[OrderTerms, list[dict[str, int]]]:
    """An order and its pieces, dealt out into up to four parcels in any order."""
    order = draw(orders())
    parcels: list[dict[str, int]] = [{} for _ in range(draw(st.integers(1, 4)))]
    for line in order.lines:
        for _ in range(line.quantity):
            parcel = parcels[draw(st.integers(0, len(parcels) - 1))]
            parcel[line.listing_id] = parcel.get(line.listing_id, 0) + 1
    return order, parcels


def test_the_worked_example() -> None:
    first = part(MUGS, {}, {"mug": 1})
    second = part(MUGS, {"mug": 1}, {"mug": 1})
    assert first == Share(items_minor=2400, shipping_minor=400, tax_minor=226, fee_minor=156)
    assert second == Share(items_minor=2400, shipping_minor=400, tax_minor=224, fee_minor=156)
    assert first.total_minor + second.total_minor == 6050


@given(divided_orders())
def test_parts_sum_to_the_whole_exactly_and_none_is_negative(divided: tuple[OrderTerms, list[dict[str, int]]]) -> None:
    order, parcels = divided
    already: dict[str, int] = {}
    parts = []
    for pieces in parcels:
        parts.append(part(order, already, pieces))
        already = together(already, pieces)
    assert sum(share.items_minor for share in parts) == order.items_minor
    assert sum(share.shipping_minor for share in parts) == order.shipping_minor
    assert sum(share.tax_minor for share in parts) == order.tax_minor
    assert sum(share.fee_minor for share in parts) == order.fee_minor
    assert all(min(s.items_minor, s.shipping_minor, s.tax_minor, s.fee_minor) >= 0 for s in parts)
    assert remainder(order, already) == Share(0, 0, 0, 0)


@given(divided_orders())
def test_a_part_is_within_rounding_of_its_proportion(divided: tuple[OrderTerms, list[dict[str, int]]]) -> None:
    order, parcels = divided
    share = worth(order, parcels[0])
    assert abs(share.shipping_minor * order.items_minor - order.shipping_minor * share.items_minor) <= order.items_minor
    assert abs(share.fee_minor * order.items_minor - order.fee_minor * share.items_minor) <= order.items_minor


@given(divided_orders())
def test_postings_balance_and_empty_the_hold(divided: tuple[OrderTerms, list[dict[str, int]]]) -> None:
    order, parcels = divided
    refunded = worth(order, parcels[0])
    kept = remainder(order, parcels[0])
    refund = order_postings.refund("ord", refunded, "USD")
    release = order_postings.release("ord", "shop", kept, "USD")
    assert sum(entry.amount.minor for entry in refund) == 0
    assert sum(entry.amount.minor for entry in release) == 0
    held = sum(e.amount.minor for e in (*refund, *release) if e.kind == "order_held")
    assert held == order.items_minor + order.shipping_minor


@pytest.mark.parametrize("pieces", [{"mug": 3}, {"mug": -1}, {"scarf": 1}])
def test_pieces_that_were_never_ordered_are_refused(pieces: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="the order has no"):
        worth(MUGS, pieces)
