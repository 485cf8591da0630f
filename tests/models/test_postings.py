"""Whatever is sold, released or refunded: the entries of a posting sum to zero, and so does a whole order's life."""

from collections import defaultdict
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from models.rules import order_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder, sale
from models.types import CURRENCY_DECIMALS

AMOUNTS = st.integers(0, 10**8)
CURRENCIES = st.sampled_from(sorted(CURRENCY_DECIMALS))


@st.composite
def sold_orders(draw: st.DrawFn) -> list[SoldOrder]:
    return [
        SoldOrder(f"ord_{number}", draw(st.integers(1, 10**8)), draw(AMOUNTS), draw(AMOUNTS))
        for number in range(draw(st.integers(1, 6)))
    ]


@st.composite
def shares(draw: st.DrawFn) -> Share:
    items = draw(AMOUNTS)
    return Share(items, draw(AMOUNTS), draw(AMOUNTS), draw(st.integers(0, items)))


def totals(entries: Iterable[LedgerEntry]) -> dict[AccountKind, int]:
    sums: dict[AccountKind, int] = defaultdict(int)
    for entry in entries:
        sums[entry.kind] += entry.amount.minor
    return sums


def net(entries: Iterable[LedgerEntry]) -> dict[str, int]:
    """By currency."""
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        sums[entry.amount.currency] += entry.amount.minor
    return dict(sums)


@given(sold_orders(), AMOUNTS, CURRENCIES)
def test_a_sale_sums_to_zero_and_books_every_order(orders: list[SoldOrder], fee: int, currency: str) -> None:
    entries = sale(orders, fee, currency)
    assert net(entries) == {currency: 0}
    booked = totals(entries)
    paid = sum(order.items_minor + order.shipping_minor + order.tax_minor for order in orders)
    assert booked[AccountKind.PROVIDER_PENDING] == paid - fee
    assert booked[AccountKind.PROCESSING_FEES] == fee
    assert booked[AccountKind.TAX_PAYABLE] == -sum(order.tax_minor for order in orders)
    held = {entry.owner: -entry.amount.minor for entry in entries if entry.kind is AccountKind.ORDER_HELD}
    assert held == {order.order_id: order.items_minor + order.shipping_minor for order in orders}


@given(shares(), CURRENCIES)
def test_a_release_and_a_refund_of_any_part_sum_to_zero(share: Share, currency: str) -> None:
    released = order_postings.release("ord_1", "shp_1", share, currency)
    refunded = order_postings.refund("ord_1", share, currency)
    assert net(released) == net(refunded) == {currency: 0}
    assert totals(released)[AccountKind.ARTISAN_PAYABLE] == share.fee_minor - share.held_minor
    assert totals(refunded)[AccountKind.PROVIDER_PENDING] == -share.total_minor
    assert AccountKind.FEES_EARNED not in totals(refunded), "of what was refunded no fee is taken"


@given(shares(), shares(), AMOUNTS, CURRENCIES)
def test_an_order_that_is_partly_refunded_and_partly_released_leaves_nothing_held(
    refunded: Share, released: Share, fee: int, currency: str
) -> None:
    order = SoldOrder(
        "ord_1",
        refunded.items_minor + released.items_minor,
        refunded.shipping_minor + released.shipping_minor,
        refunded.tax_minor + released.tax_minor,
    )
    life = [
        *sale([order], fee, currency),
        *order_postings.refund("ord_1", refunded, currency),
        *order_postings.release("ord_1", "shp_1", released, currency),
    ]
    left = totals(life)
    assert left[AccountKind.ORDER_HELD] == 0
    assert left[AccountKind.TAX_PAYABLE] == -released.tax_minor
    assert left[AccountKind.ARTISAN_PAYABLE] == released.fee_minor - released.held_minor
    assert left[AccountKind.FEES_EARNED] == -released.fee_minor
    # what the provider still owes us is exactly what we owe others and have earned
    assert left[AccountKind.PROVIDER_PENDING] == released.total_minor - fee
